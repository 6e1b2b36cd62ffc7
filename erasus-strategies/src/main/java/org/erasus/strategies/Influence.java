package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.erasus.Check;
import org.erasus.InverseHessian;
import org.erasus.Need;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.Weights;
import org.erasus.WoodFisher;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Influence unlearning: takes the step that, to first order, leads to the weights that training without the forget rows would
 * have given.
 *
 * <pre>{@code
 * v = ∇L(1/n; θ₀) − ∇L(1/n_r on D_r; θ₀) = (1/n) [Σ_{D_f} ∇CE_i − (n_f/n_r) Σ_{D_r} ∇CE_i]      (P)
 * θ = θ₀ + α (H + λI)⁻¹ v,   H the Hessian of the mean CE at θ₀, on D or on D_r                  (P)
 * }</pre>
 *
 * <p>Where θ₀ minimises mean CE + λ/2 ‖θ‖² on D, as L2-regularised logistic regression does, the step with α = 1 and H on D_r is one
 * Newton step of the same objective on D_r. In networks H is replaced by the Fisher information (see {@link
 * WoodFisher}), and of several α the one of the highest RA − 1.5·FA on validation and forget rows is taken,
 * the gentlest among equals; one that loses more than 0.05 of the accuracy on validation rows only when all do. Rows count by the weights of coresets. Running statistics stay.
 *
 * <p>The paper has H on D; its code has the Fisher information on D_r. Published α of
 * 1e-6 and less do nothing.
 *
 * @param scales α to choose from, each above 0
 * @param inverse the way to (H + λI)⁻¹
 * @param curvature the rows of H
 * @see <a href="https://arxiv.org/abs/2304.04934">Jia et al., 2023</a>
 * @see <a href="https://arxiv.org/abs/2002.10077">Izzo et al., 2021</a>
 */
public record Influence(List<Double> scales, InverseHessian inverse, Curvature curvature)
    implements WeightEdit {
  /** The rows by which the Hessian is. */
  public enum Curvature {
    /** D, as in the paper. */
    ALL,
    /** D_r, as in a Newton step. */
    RETAIN
  }

  /** α 1 to 20; Fisher information of a thousand rows of D. */
  public static final Influence DEFAULTS =
      new Influence(List.of(1.0, 2.0, 5.0, 10.0, 20.0), WoodFisher.DEFAULTS, Curvature.ALL);

  /** Checks the ranges. */
  public Influence {
    scales = List.copyOf(scales);
    Check.atLeast(1, scales.size(), "number of scales");
    scales.forEach(scale -> Check.positive(scale, "scale"));
  }

  /** This strategy with other α to choose from; one alone is taken as it is. */
  public Influence withScales(List<Double> scales) {
    return new Influence(scales, inverse, curvature);
  }

  /** This strategy with another way to (H + λI)⁻¹. */
  public Influence withInverse(InverseHessian inverse) {
    return new Influence(scales, inverse, curvature);
  }

  /** This strategy with the Hessian of other rows. */
  public Influence withCurvature(Curvature curvature) {
    return new Influence(scales, inverse, curvature);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS);
    if (scales.size() > 1) {
      needs.add(Need.VALIDATION_ROWS);
    }
    return needs;
  }

  /**
   * Steps.
   *
   * @throws IllegalArgumentException before any work, when all forget rows or all retain rows weigh 0, or H cannot be by so
   *     many rows
   * @throws ArithmeticException when the way to the inverse fails, naming the remedy
   */
  @Override
  public Weights edit(UnlearningTask task, RunLog log) {
    try (NDManager scope = EngineRuntime.newManager(task.network().device());
        Weights original = task.network().weights();
        Weights step = original.with(step(task, scope, log))) {
      List<Choice.Candidate> candidates =
          scales.stream()
              .sorted()
              .map(
                  scale ->
                      new Choice.Candidate("scale " + scale, () -> plus(original, step, scale)))
              .toList();
      return Choice.best(task, candidates, log);
    }
  }

  private static Weights plus(Weights original, Weights step, double scale) {
    try (Weights scaled = step.times(scale)) {
      return original.plus(scaled);
    }
  }

  /** (H + λI)⁻¹ v. */
  private NDArray step(UnlearningTask task, NDManager scope, RunLog log) {
    Rows forget = task.forgetRows();
    Rows retain = task.retainRows();
    Rows rows = curvature == Curvature.ALL ? forget.and(retain) : retain;
    inverse.require(rows);
    double forgetWeight = forget.totalWeight();
    double retainWeight = retain.totalWeight();
    if (!(forgetWeight > 0) || !(retainWeight > 0)) {
      throw new IllegalArgumentException(
          "influence needs forget and retain rows of weight above 0, but their weights add up to "
              + forgetWeight
              + " and "
              + retainWeight
              + ": set some above 0");
    }
    NDArray v = task.network().lossGradient(forget, scope);
    NDArray ofRetain = task.network().lossGradient(retain, scope);
    log.forwardBackward(forget.size() + retain.size());
    try (GradMode off = GradMode.off()) {
      TorchOps.addInPlace(v, ofRetain, -forgetWeight / retainWeight);
      v.divi((float) (forgetWeight + retainWeight));
    }
    return inverse.times(task.network(), rows, v, task.seeds(), scope, log);
  }
}
