package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/** Several functions of one input and what is made of their outputs. Its weights are those of its parts, end to end. */
final class CombinedArchitecture implements Architecture {
  private final Combination combination;
  private final SortedSet<String> still;
  private final SortedMap<String, Part> parts = new TreeMap<>();
  private final WeightLayout layout;

  /**
   * A combined function.
   *
   * @param still parts that are evaluated whatever the mode
   */
  CombinedArchitecture(
      Combination combination, SortedMap<String, Architecture> functions, Set<String> still) {
    this.combination = combination;
    this.still = new TreeSet<>(still);
    WeightLayout.Builder tensors = new WeightLayout.Builder();
    long parameter = 0;
    long statistic = 0;
    for (Map.Entry<String, Architecture> named : functions.entrySet()) {
      WeightLayout own = named.getValue().layout();
      parts.put(named.getKey(), new Part(named.getValue(), parameter, statistic));
      tensors.addAll(named.getKey() + ".", own);
      parameter += own.parameters();
      statistic += own.statistics();
    }
    layout = tensors.build();
  }

  @Override
  public WeightLayout layout() {
    return layout;
  }

  @Override
  public Shape rowShape() {
    return parts.values().iterator().next().architecture().rowShape();
  }

  @Override
  public String description() {
    Digest digest = new Digest().update(combination.toString());
    parts.forEach((name, part) -> digest.update(name).update(part.architecture().description()));
    still.forEach(name -> digest.update("still").update(name));
    return digest.hex();
  }

  @Override
  public boolean supportsHalf() {
    return parts.values().stream().allMatch(part -> part.architecture().supportsHalf());
  }

  @Override
  public boolean hasGradient() {
    return combination.hasGradient()
        && parts.values().stream().allMatch(part -> part.architecture().hasGradient());
  }

  @Override
  public Part part(String name) {
    Part part = parts.get(name);
    if (part == null) {
      throw new IllegalArgumentException(
          "no part is named \"" + name + "\"; known: " + String.join(", ", parts.keySet()));
    }
    return part;
  }

  @Override
  public void initialize(NDArray parameters, NDArray statistics, long seed, boolean frozenToo) {
    parts.forEach(
        (name, part) -> {
          try (Slices own = new Slices(part, parameters, statistics)) {
            long seedOfPart = new Seeds(seed).of("part " + name);
            part.architecture().initialize(own.parameters, own.statistics, seedOfPart, frozenToo);
          }
        });
  }

  @Override
  public Bound bind(NDManager manager, NDArray parameters, NDArray statistics) {
    SortedMap<String, Bound> bound = new TreeMap<>();
    try {
      for (Map.Entry<String, Part> named : parts.entrySet()) {
        Part part = named.getValue();
        try (Slices own = new Slices(part, parameters, statistics)) {
          bound.put(
              named.getKey(), part.architecture().bind(manager, own.parameters, own.statistics));
        }
      }
    } catch (RuntimeException | Error e) {
      bound.values().forEach(Bound::close);
      throw e;
    }
    return new BoundParts(bound);
  }

  /** The places of a part in the buffers of the whole, as views. */
  static final class Slices implements AutoCloseable {
    final NDArray parameters;
    final NDArray statistics;

    Slices(Part part, NDArray parameters, NDArray statistics) {
      WeightLayout own = part.architecture().layout();
      try (GradMode off = GradMode.off()) {
        this.parameters = TorchOps.view(parameters, part.parameter(), new Shape(own.parameters()));
        this.statistics = TorchOps.view(statistics, part.statistic(), new Shape(own.statistics()));
      }
    }

    @Override
    public void close() {
      parameters.close();
      statistics.close();
    }
  }

  private final class BoundParts implements Bound {
    private final SortedMap<String, Bound> bound;

    BoundParts(SortedMap<String, Bound> bound) {
      this.bound = bound;
    }

    @Override
    public NDArray[] trainable() {
      return bound.values().stream()
          .flatMap(part -> Arrays.stream(part.trainable()))
          .toArray(NDArray[]::new);
    }

    @Override
    public Result forward(NDList inputs, Manner manner) {
      if (manner.looksInside()) {
        throw new UnsupportedOperationException(
            "the layers of a combination cannot be looked into: features and per-row gradients are those of a part,"
                + " see Network.part");
      }
      SortedMap<String, NDArray> logits = new TreeMap<>();
      bound.forEach(
          (name, part) -> {
            Manner own = manner.withSeed(new Seeds(manner.seed()).of("part", logits.size()));
            Manner how = still.contains(name) ? own.withMode(Network.Mode.EVALUATE) : own;
            NDArray output = part.forward(inputs, how).outputs().singletonOrThrow();
            logits.put(name, TorchOps.float32(output));
          });
      return Result.of(new NDList(combination.of(logits)), manner);
    }

    @Override
    public void close() {
      bound.values().forEach(Bound::close);
    }
  }

  @Override
  public void open() {
    parts.values().forEach(part -> part.architecture().open());
  }

  @Override
  public void close() {
    parts.values().forEach(part -> part.architecture().close());
  }
}
