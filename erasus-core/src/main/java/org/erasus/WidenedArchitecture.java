package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.ForwardPass;

/** A classifier with one class more: a linear unit beside those of its last layer, which reads what they read. */
final class WidenedArchitecture implements Extension {
  private static final String WEIGHT = "extra.weight";
  private static final String BIAS = "extra.bias";

  private final Architecture base;
  private final long width;
  private final WeightLayout layout;

  /**
   * A widened function.
   *
   * @param width of what goes into the last layer
   */
  WidenedArchitecture(Architecture base, long width) {
    this.base = base;
    this.width = width;
    WeightLayout.Builder tensors = new WeightLayout.Builder();
    tensors.addAll("", base.layout());
    tensors.add(WEIGHT, new Shape(1, width), true);
    tensors.add(BIAS, new Shape(1), true);
    layout = tensors.build();
  }

  /** The visit of the linear layer a pass ended in. */
  static ForwardPass.Visit head(Result result) {
    List<ForwardPass.Visit> visits = result.visits();
    String logits = result.outputs().singletonOrThrow().getUid();
    if (!visits.isEmpty()) {
      ForwardPass.Visit last = visits.get(visits.size() - 1);
      boolean linear =
          last.layer().layerParameters().get(0).getShape().dimension() == 2
              && last.input().getShape().dimension() == 2;
      if (linear && last.output().getUid().equals(logits)) {
        return last;
      }
    }
    throw new IllegalArgumentException(
        "another class needs a network whose last layer is a linear one that gives the logits");
  }

  @Override
  public Architecture base() {
    return base;
  }

  @Override
  public WeightLayout layout() {
    return layout;
  }

  @Override
  public String description() {
    return new Digest().update("widened").update(base.description()).hex();
  }

  @Override
  public boolean supportsHalf() {
    return base.supportsHalf();
  }

  @Override
  public void initialize(NDArray parameters, NDArray statistics, long seed, boolean frozenToo) {
    base.initialize(parameters, statistics, seed, frozenToo);
    initializeExtra(parameters, seed);
  }

  /** U(−1/√n, 1/√n) for the n weights of the extra unit and its bias, as a linear layer has them. */
  void initializeExtra(NDArray parameters, long seed) {
    SplittableRandom random = new Seeds(seed).stream("extra class");
    double bound = 1 / Math.sqrt((double) width);
    float[] drawn = new float[Math.toIntExact(width + 1)];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = (float) random.nextDouble(-bound, bound);
    }
    try (GradMode off = GradMode.off();
        NDArray values = parameters.getManager().create(drawn);
        NDArray view =
            TorchOps.view(parameters, base.layout().parameters(), new Shape(drawn.length))) {
      TorchOps.copyInPlace(view, values);
    }
  }

  @Override
  public Bound bind(NDManager manager, NDArray parameters, NDArray statistics) {
    NDArray weight = view(WEIGHT, manager, parameters);
    NDArray bias = view(BIAS, manager, parameters);
    weight.setRequiresGradient(true);
    bias.setRequiresGradient(true);
    return new BoundWidened(base.bind(manager, parameters, statistics), weight, bias);
  }

  private static final class BoundWidened implements Bound {
    private final Bound bound;
    private final NDArray weight;
    private final NDArray bias;

    BoundWidened(Bound bound, NDArray weight, NDArray bias) {
      this.bound = bound;
      this.weight = weight;
      this.bias = bias;
    }

    @Override
    public NDArray[] trainable() {
      return Stream.concat(Arrays.stream(bound.trainable()), Stream.of(weight, bias))
          .toArray(NDArray[]::new);
    }

    @Override
    public Result forward(NDList inputs, Manner manner) {
      Result result = bound.forward(inputs, manner.recordingLast());
      NDArray extra =
          TorchOps.linear(
              head(result).input(),
              manner.replaced().getOrDefault(WEIGHT, weight),
              manner.replaced().getOrDefault(BIAS, bias),
              false);
      NDArray all = result.outputs().singletonOrThrow().concat(extra, 1);
      return new Result(new NDList(all), result.pass(), result.visits());
    }

    @Override
    public void close() {
      bound.close();
    }
  }
}
