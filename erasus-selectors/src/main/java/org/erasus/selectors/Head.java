package org.erasus.selectors;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Objects;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.UnlearningDataset;
import org.erasus.Weights;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.ForwardPass;

/** The last linear layer of a network, z = s·(W h + b) with h what goes into it and s a number, 1 for most networks. */
final class Head {
  private static final int LOOKED_AT = 16;

  /** The parameter of a network with a class added. */
  private static final String EXTRA = "extra.weight";

  private final float[] weight;
  private final float[] bias;
  private final double scale;
  private final int width;

  private Head(float[] weight, float[] bias, double scale, int width) {
    this.weight = weight;
    this.bias = bias;
    this.scale = scale;
    this.width = width;
  }

  /**
   * Reads it off a network, looking at some rows.
   *
   * @throws UnsupportedOperationException when the logits are not those of a last linear layer times a number
   */
  static Head of(Network network, Rows rows) {
    try (Batch batch = rows.first(LOOKED_AT).load(network.device());
        GradMode off = GradMode.off()) {
      Network.Recorded recorded = network.record(batch);
      ForwardPass.Visit last = last(recorded);
      if (!last.output().getShape().equals(recorded.logits().getShape())) {
        throw notLinear();
      }
      List<Parameter> parameters = last.layer().layerParameters();
      double scale = scale(last.output().toFloatArray(), recorded.logits().toFloatArray());
      float[] weight = values(recorded.pass(), parameters.get(0), network.device());
      float[] bias =
          parameters.size() > 1
              ? values(recorded.pass(), parameters.get(1), network.device())
              : new float[0];
      return new Head(weight, bias, scale, weight.length / network.classes());
    }
  }

  /**
   * How logits depend on the parameters of the last layer: ∂z_c/∂[W, b]_c = s·[h, 1].
   *
   * @param scale s
   * @param hasBias whether there is the 1
   */
  record Slope(double scale, boolean hasBias) {}

  /**
   * Reads off a network, looking at some rows, all that gradients need. A class added beside those of the last layer reads
   * what they read, so its gradient is as theirs.
   *
   * @throws UnsupportedOperationException when the logits are not those of a last linear layer times a number
   */
  static Slope slope(Network network, Rows rows) {
    try (Batch batch = rows.first(LOOKED_AT).load(network.device());
        GradMode off = GradMode.off()) {
      Network.Recorded recorded = network.record(batch);
      ForwardPass.Visit last = last(recorded);
      Shape given = recorded.logits().getShape();
      int units = Math.toIntExact(last.output().getShape().get(1));
      boolean hasBias = last.layer().layerParameters().size() > 1;
      boolean widened =
          given.equals(new Shape(batch.size(), units + 1L))
              && network.layout().find(EXTRA).isPresent();
      if (!last.output().getShape().equals(given) && !(widened && hasBias)) {
        throw notLinear();
      }
      float[] outputs = last.output().toFloatArray();
      float[] logits = recorded.logits().toFloatArray();
      if (widened) {
        float[] own = new float[outputs.length];
        for (int i = 0; i < batch.size(); i++) {
          System.arraycopy(logits, i * (units + 1), own, i * units, units);
        }
        logits = own;
      }
      return new Slope(scale(outputs, logits), hasBias);
    }
  }

  private static ForwardPass.Visit last(Network.Recorded recorded) {
    List<ForwardPass.Visit> visits = recorded.visits();
    ForwardPass.Visit last = visits.get(visits.size() - 1);
    if (last.layer().layerParameters().get(0).getShape().dimension() != 2
        || last.output().getShape().dimension() != 2) {
      throw notLinear();
    }
    return last;
  }

  private static UnsupportedOperationException notLinear() {
    return new UnsupportedOperationException(
        "the last layer alone can be looked at only where the logits are those of a last linear layer, or a multiple:"
            + " look at all layers");
  }

  /** The number that makes logits of outputs. */
  private static double scale(float[] outputs, float[] logits) {
    double both = 0;
    double own = 0;
    double largest = 0;
    for (int i = 0; i < outputs.length; i++) {
      both += (double) outputs[i] * logits[i];
      own += (double) outputs[i] * outputs[i];
      largest = Math.max(largest, Math.abs(logits[i]));
    }
    if (!Double.isFinite(both)) {
      throw new IllegalArgumentException(
          "the network gives logits that are not finite: look at its weights");
    }
    double scale = own == 0 && largest == 0 ? 1 : both / own;
    for (int i = 0; i < outputs.length; i++) {
      if (!(Math.abs(logits[i] - scale * outputs[i]) <= 1e-4 * largest)) {
        throw notLinear();
      }
    }
    return scale;
  }

  private static float[] values(ParameterStore pass, Parameter parameter, Device device) {
    return Objects.requireNonNull(pass.getValue(parameter, device, false)).toFloatArray();
  }

  /** s. */
  double scale() {
    return scale;
  }

  boolean hasBias() {
    return bias.length > 0;
  }

  /** The layer as a network of its own, which the caller closes. */
  Network network(Device device) {
    int classes = weight.length / width;
    Network network =
        Network.of(
            new SequentialBlock()
                .add(Linear.builder().setUnits(classes).optBias(hasBias()).build())
                .add(z -> new NDList(TorchOps.scale(z.singletonOrThrow(), scale))),
            new Shape(width),
            0,
            device);
    float[] flat = new float[weight.length + bias.length];
    System.arraycopy(weight, 0, flat, 0, weight.length);
    System.arraycopy(bias, 0, flat, weight.length, bias.length);
    try (Weights weights = Weights.of(network.layout(), flat, new float[0])) {
      network.restore(weights);
    }
    return network;
  }

  /** Rows as the layer sees them, with their classes and weights; the caller closes the data set. */
  static UnlearningDataset seen(SelectionTask task, Rows rows) {
    Probe probe = task.probe(rows);
    float[][] h = probe.features();
    UnlearningDataset data =
        UnlearningDataset.of(
            List.of(h), new Shape(h[0].length), probe.labels(), rows.data().classes());
    return data.withWeights(data.rows(), rows.weights());
  }
}
