package org.erasus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.erasus.io.DType;
import org.erasus.io.HostTensor;
import org.erasus.io.Safetensors;

/** The weights of a network as named tensors and as a safetensors file, both ways. */
final class StateDict {
  private static final String ARCHITECTURE = "architecture";
  private static final String COUNTER = "num_batches_tracked";

  private StateDict() {}

  /** The weights by name; those that are not trained are 32 bits wide always. */
  static Map<String, HostTensor> of(Network network, DType format) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    try (Weights now = network.weights()) {
      for (WeightLayout.Tensor tensor : network.layout().tensors()) {
        tensors.put(
            tensor.name(),
            HostTensor.encode(
                tensor.trainable() ? format : DType.F32,
                now.values(tensor.name()),
                tensor.shape().getShape()));
      }
    }
    return tensors;
  }

  static void save(Network network, Path file, DType format) throws IOException {
    Map<String, HostTensor> tensors = of(network, format);
    HostTensor.requireFinite(file, tensors);
    new Safetensors(tensors, Map.of(ARCHITECTURE, network.architectureFingerprint())).write(file);
  }

  static void load(Network network, Path file) throws IOException {
    Safetensors read = Safetensors.read(file);
    String own = network.architectureFingerprint();
    try (Weights weights = weights(network.layout(), read.tensors())) {
      if (!read.metadata().getOrDefault(ARCHITECTURE, own).equals(own)) {
        throw new IOException(
            file
                + ": the tensors fit, but they were saved from a network of other layers. If that is meant, use"
                + " load(Safetensors.read(file).tensors())");
      }
      network.restore(weights);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Named tensors as weights.
   *
   * @throws IllegalArgumentException naming every tensor that is missing, unexpected, of another shape or not finite
   */
  static Weights weights(WeightLayout layout, Map<String, HostTensor> tensors) {
    float[] parameters = new float[Math.toIntExact(layout.parameters())];
    float[] statistics = new float[Math.toIntExact(layout.statistics())];
    List<String> problems = new ArrayList<>();
    for (WeightLayout.Tensor wanted : layout.tensors()) {
      HostTensor found = tensors.get(wanted.name());
      List<Long> shape = Arrays.stream(wanted.shape().getShape()).boxed().toList();
      if (found == null) {
        problems.add(wanted.name() + " is missing");
      } else if (!found.dtype().isFloating() || !found.shape().equals(shape)) {
        problems.add(wanted.name() + " must be floats of shape " + shape + ", but is " + found);
      } else if (found.firstNonFinite().isPresent()) {
        problems.add(
            wanted.name()
                + " must be finite floats, but is not at index "
                + found.firstNonFinite().getAsLong());
      } else {
        float[] into = wanted.trainable() ? parameters : statistics;
        System.arraycopy(found.toFloats(), 0, into, (int) wanted.offset(), found.size());
      }
    }
    for (String name : tensors.keySet()) {
      boolean counter = name.equals(COUNTER) || name.endsWith("." + COUNTER);
      if (!counter && layout.find(name).isEmpty()) {
        problems.add(name + " is unexpected");
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "the tensors are not those of this network: " + String.join("; ", problems));
    }
    return Weights.of(layout, parameters, statistics);
  }
}
