package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.erasus.Check;
import org.erasus.Fisher;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Fisher forgetting: blurs every weight with noise, the more the less the rows to keep need it.
 *
 * <pre>{@code
 * F = (1/n_r) Σ_{i∈D_r} Σ_c p(c|x_i) (∂CE(x_i, c)/∂θ₀)²     (P), expected over the classes as θ₀ sees them
 * v = α · min(F^−power, bound)                              (P), bound 1000, in the last layer 100
 * v ← 10 v                                                  in the last layer, biases and normalisations
 * θ = θ₀ + √v · ξ,  ξ ~ N(0, I)                             (P)
 * }</pre>
 *
 * <p>Where all rows of a class are to be forgotten, its row in the last layer has mean 0 and variance 1e-4. Of several α, with as
 * many draws of ξ each, the one of the highest RA − 1.5·FA on validation and forget rows is taken, the gentlest among equals;
 * one that loses more than 0.05 of the accuracy on validation rows only when all do.
 *
 * <p>The paper has v ∝ F^−½ (its noise is F^−¼), the authors' code 1/F, on which the results in the literature rest: power 1 is
 * the code's, 0.5 the paper's, with an α of another size. Bounds, factors of 10 and the class's row are the code's as well.
 * It also averages v over each unit's inputs, and lets the factor of 10 count for the class's row: not here. The last layer is
 * that of the last tensor; running statistics stay.
 *
 * @param scales α to choose from, each above 0
 * @param draws of the noise for every α, 1 or more
 * @param power of 1/F, in (0, 1]
 * @see <a href="https://arxiv.org/abs/1911.04933">Golatkar et al., 2020</a>
 */
public record FisherForgetting(List<Double> scales, int draws, double power) implements WeightEdit {
  /** α 1e-9 to 1e-6, three draws each, v ∝ 1/F. */
  public static final FisherForgetting DEFAULTS =
      new FisherForgetting(List.of(1e-9, 1e-8, 1e-7, 1e-6), 3, 1);

  private static final float BOUND = 1000;
  private static final float BOUND_OF_LAST = 100;
  private static final double CLASS_VARIANCE = 1e-4;

  /** Checks the ranges. */
  public FisherForgetting {
    scales = List.copyOf(scales);
    Check.atLeast(1, scales.size(), "number of scales");
    scales.forEach(scale -> Check.positive(scale, "scale"));
    Check.atLeast(1, draws, "draws");
    Check.inClosed(power, Double.MIN_VALUE, 1, "power");
  }

  /** This strategy with other α to choose from. */
  public FisherForgetting withScales(List<Double> scales) {
    return new FisherForgetting(scales, draws, power);
  }

  /** This strategy with another number of draws. */
  public FisherForgetting withDraws(int draws) {
    return new FisherForgetting(scales, draws, power);
  }

  /** This strategy with another power of 1/F. */
  public FisherForgetting withPower(double power) {
    return new FisherForgetting(scales, draws, power);
  }

  /** This strategy with one α and one draw, without a choice. */
  public FisherForgetting withFixed(double scale) {
    return new FisherForgetting(List.of(scale), 1, power);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS);
    if (scales.size() * draws > 1) {
      needs.add(Need.VALIDATION_ROWS);
    }
    return needs;
  }

  /**
   * Draws new weights.
   *
   * @throws IllegalArgumentException when the network does not end in a layer with a row for every class
   */
  @Override
  public Weights edit(UnlearningTask task, RunLog log) {
    requireHead(task.network());
    try (NDManager scope = EngineRuntime.newManager(task.network().device());
        Weights original = task.network().weights();
        Weights mean = mean(task, original)) {
      NDArray fisher = Fisher.expectedDiagonal(task.network(), task.retainRows(), scope);
      log.forwardBackward((long) task.network().classes() * task.retainRows().size());
      List<Choice.Candidate> candidates = new ArrayList<>();
      for (double scale : scales.stream().sorted().toList()) {
        for (int draw = 0; draw < draws; draw++) {
          long seed = task.seeds().of("fisher-noise", draw);
          candidates.add(
              new Choice.Candidate(
                  "scale " + scale + ", draw " + (draw + 1),
                  () -> drawn(task, mean, fisher, scale, seed)));
        }
      }
      return Choice.best(task, candidates, log);
    }
  }

  private Weights drawn(
      UnlearningTask task, Weights mean, NDArray fisher, double scale, long seed) {
    try (NDManager scope = EngineRuntime.newManager(task.network().device());
        GradMode off = GradMode.off()) {
      NDArray noise = noise(mean.layout().parameters(), seed, scope);
      return mean.with(
          noise.mul(variance(task, fisher, scale, scope).sqrt()).add(mean.parameters()));
    }
  }

  /** ξ, (P). */
  static NDArray noise(long size, long seed, NDManager scope) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    try (NDArray window = scope.create(values)) {
      return window.duplicate();
    }
  }

  /** v, (P). */
  NDArray variance(UnlearningTask task, NDArray fisher, double scale, NDManager scope) {
    try (GradMode off = GradMode.off()) {
      NDArray base = fisher.duplicate();
      base.attach(scope);
      NDArray v = base.pow((float) -power).minimum(BOUND);
      for (WeightLayout.Tensor tensor : task.network().layout().trainable()) {
        NDArray part = TorchOps.view(v, tensor.offset(), tensor.shape());
        boolean last = isLast(task.network(), tensor);
        if (last) {
          TorchOps.copyInPlace(part, part.minimum(BOUND_OF_LAST));
        }
        part.muli((float) (last || tensor.shape().dimension() == 1 ? 10 * scale : scale));
        if (last) {
          setRows(task, part, CLASS_VARIANCE);
        }
      }
      return v;
    }
  }

  /** θ₀, with the rows of forgotten classes 0. */
  private static Weights mean(UnlearningTask task, Weights original) {
    try (NDManager scope = EngineRuntime.newManager(task.network().device());
        GradMode off = GradMode.off()) {
      NDArray mean = original.parameters().duplicate();
      mean.attach(scope);
      for (WeightLayout.Tensor tensor : original.layout().trainable()) {
        if (isLast(task.network(), tensor)) {
          setRows(task, TorchOps.view(mean, tensor.offset(), tensor.shape()), 0);
        }
      }
      return original.with(mean);
    }
  }

  /** Sets the rows of the classes that no row to keep has. */
  private static void setRows(UnlearningTask task, NDArray part, double value) {
    Set<Integer> forgotten = classes(task.data().forget());
    forgotten.removeAll(classes(task.data().retain()));
    for (int c : forgotten) {
      NDArray row = part.get(c);
      TorchOps.copyInPlace(row, row.zerosLike().addi((float) value));
    }
  }

  private static Set<Integer> classes(Rows rows) {
    Set<Integer> classes = new TreeSet<>();
    for (int label : rows.labels()) {
      classes.add(label);
    }
    return classes;
  }

  private static boolean isLast(Network network, WeightLayout.Tensor tensor) {
    List<WeightLayout.Tensor> all = network.layout().trainable();
    return all.indexOf(tensor) >= LastLayers.firstTensor(network, 1);
  }

  private void requireHead(Network network) {
    for (WeightLayout.Tensor tensor : network.layout().trainable()) {
      if (isLast(network, tensor) && tensor.shape().get(0) != network.classes()) {
        throw new IllegalArgumentException(
            displayName()
                + " needs a network whose last layer has a row for each of its "
                + network.classes()
                + " classes, but "
                + tensor.name()
                + " is "
                + tensor.shape()
                + ": put the classifying layer last, or freeze what stands after it");
      }
    }
  }
}
