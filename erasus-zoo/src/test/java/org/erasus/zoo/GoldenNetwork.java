package org.erasus.zoo;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.WeightLayout;
import org.erasus.io.HostTensor;
import org.erasus.testkit.Golden;

/** A network with the weights and inputs of {@code networks.py}, and what PyTorch made of them. */
final class GoldenNetwork {
  static final int CLASSES = 10;

  /** The number of the tensor that the inputs are. */
  private static final int INPUTS = 1000;

  private final Golden golden;
  private final NetworkDesign design;

  private GoldenNetwork(Golden golden, NetworkDesign design) {
    this.golden = golden;
    this.design = design;
  }

  static GoldenNetwork of(String name, NetworkDesign design) {
    return new GoldenNetwork(Golden.load(GoldenNetwork.class, name), design);
  }

  /** Names and shapes of the state dict, in its order. */
  Map<String, List<Long>> state() {
    Map<String, List<Long>> state = new LinkedHashMap<>();
    for (String name : golden.names("/state")) {
      double[] shape = golden.numbers("/state/" + name);
      state.put(name, Arrays.stream(shape).mapToObj(d -> (long) d).toList());
    }
    return state;
  }

  double[][] logits(String mode) {
    return golden.table("/" + mode);
  }

  /** Name and value of each trainable tensor's gradient norm. */
  Map<String, Double> gradientNorms(String mode) {
    String pointer = "/gradientNorms/" + mode;
    Map<String, Double> norms = new LinkedHashMap<>();
    for (String name : golden.names(pointer)) {
      norms.put(name, golden.number(pointer + "/" + name));
    }
    return norms;
  }

  /** Running statistics after a training pass, for some layers. */
  Map<String, double[]> statistics() {
    Map<String, double[]> statistics = new LinkedHashMap<>();
    for (String name : golden.names("/statistics")) {
      statistics.put(name, golden.numbers("/statistics/" + name));
    }
    return statistics;
  }

  Shape rowShape() {
    return new Shape(Arrays.stream(golden.numbers("/rowShape")).mapToLong(d -> (long) d).toArray());
  }

  UnlearningDataset data() {
    int[] labels = Arrays.stream(golden.numbers("/classes")).mapToInt(d -> (int) d).toArray();
    return data(rowShape(), labels);
  }

  static UnlearningDataset data(Shape rowShape, int... labels) {
    double[] u = uniform(INPUTS, labels.length * (int) rowShape.size());
    float[] inputs = new float[u.length];
    for (int i = 0; i < u.length; i++) {
      inputs[i] = (float) (u[i] * 4);
    }
    return UnlearningDataset.of(inputs, rowShape, labels, CLASSES);
  }

  Network network() {
    Network network = Network.of(design.block(CLASSES), rowShape(), 1);
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    List<WeightLayout.Tensor> layout = network.layout().tensors();
    for (int t = 0; t < layout.size(); t++) {
      WeightLayout.Tensor tensor = layout.get(t);
      tensors.put(
          tensor.name(), HostTensor.of(values(t, tensor), tensor.shape().getShape().clone()));
    }
    network.load(tensors);
    return network;
  }

  private static float[] values(int t, WeightLayout.Tensor tensor) {
    Shape shape = tensor.shape();
    double scale = 0.25;
    double middle = 0;
    if (tensor.name().endsWith("running_var")) {
      scale = 1;
      middle = 1;
    } else if (shape.dimension() > 1) {
      scale = 2 * Math.sqrt(6.0 / shape.slice(1).size());
    } else if (tensor.name().endsWith("weight")) {
      scale = 0.5;
      middle = 0.75;
    }
    double[] u = uniform(t, (int) tensor.size());
    float[] values = new float[u.length];
    for (int i = 0; i < u.length; i++) {
      values[i] = (float) (middle + u[i] * scale);
    }
    return values;
  }

  /** n values in [−0.5, 0.5), multiples of 2⁻²⁴, exactly the same in Python. */
  private static double[] uniform(int t, int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      long h = (i * 2654435761L + t * 40503L + 12345) & 0xFFFFFFFFL;
      h ^= h >> 16;
      h = (h * 0x45D9F3B) & 0xFFFFFFFFL;
      h ^= h >> 16;
      h = (h * 0x45D9F3B) & 0xFFFFFFFFL;
      h ^= h >> 16;
      values[i] = (h >> 8) / 16777216.0 - 0.5;
    }
    return values;
  }
}
