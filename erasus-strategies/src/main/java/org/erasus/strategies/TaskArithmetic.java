package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.train.Optimizer;
import org.erasus.train.Statistics;
import org.erasus.train.Training;

/**
 * Task arithmetic: trains an expert on the forget rows and takes its way from the original network backwards.
 *
 * <pre>{@code
 * θ_e = θ₀ trained on CE(D_f)
 * τ   = θ_e − θ₀, zero where |τ| < quantile_ρ(|τ|)       (P), quantile within each tensor
 * θ   = θ₀ + α τ,  α < 0
 * }</pre>
 *
 * <p>Of several (α, ρ) the one of the highest RA − 1.5·FA is taken, the gentlest among equals, of those that lose at most 0.05 of
 * θ₀'s RA as long as there are any: RA is the accuracy on validation
 * rows and FA that on D_f itself. Neither is a test row: the rows to forget are part of the request, and validation rows are
 * set aside to choose on. The grid usual in published code chooses on the test rows. FA counts against a candidate down
 * to 0, so a grid tends to forget more than retraining would; a single (α, ρ) is taken as it is and measures nothing.
 *
 * <p>τ is of trainable parameters alone. Running statistics are those of θ₀, and the expert is trained with them fixed unless
 * its settings say otherwise; on request every candidate's are estimated anew, from a hundred training batches of D_r, since
 * those of θ₀ are of other activations. The paper has no ρ.
 *
 * @param scales α to choose from, each below 0
 * @param dropped ρ to choose from, each in [0, 1): the share of each tensor's entries that is left out, small ones first
 * @param training settings of the expert's training
 * @param reestimate whether running statistics are estimated anew on D_r
 * @see <a href="https://arxiv.org/abs/2212.04089">Ilharco et al., 2023</a>
 */
public record TaskArithmetic(
    List<Double> scales, List<Double> dropped, Training training, boolean reestimate)
    implements WeightEdit {
  /** α −0.5 to −3, ρ 0.5 to 0.99; the expert trains five epochs of AdamW at 1e-4. */
  public static final TaskArithmetic DEFAULTS =
      new TaskArithmetic(
          List.of(-0.5, -1.0, -1.5, -2.0, -2.5, -3.0),
          List.of(0.5, 0.75, 0.9, 0.95, 0.99),
          Training.DEFAULTS
              .withMaxEpochs(5)
              .withOptimizer(Optimizer.AdamW.DEFAULTS)
              .withLearningRate(1e-4)
              .withStatistics(Statistics.FREEZE),
          false);

  /** Checks the ranges. */
  public TaskArithmetic {
    scales = List.copyOf(scales);
    dropped = List.copyOf(dropped);
    Check.atLeast(1, scales.size(), "number of scales");
    Check.atLeast(1, dropped.size(), "number of dropped shares");
    for (double scale : scales) {
      Check.positive(-scale, "minus the scale");
    }
    for (double share : dropped) {
      Check.inClosed(share, 0, Math.nextDown(1.0), "dropped share");
    }
  }

  /** This strategy with one α and one ρ, without a choice. */
  public TaskArithmetic withFixed(double scale, double share) {
    return new TaskArithmetic(List.of(scale), List.of(share), training, reestimate);
  }

  /** This strategy with other α to choose from. */
  public TaskArithmetic withScales(List<Double> scales) {
    return new TaskArithmetic(scales, dropped, training, reestimate);
  }

  /** This strategy with other ρ to choose from. */
  public TaskArithmetic withDropped(List<Double> dropped) {
    return new TaskArithmetic(scales, dropped, training, reestimate);
  }

  /** This strategy with other settings of the expert's training. */
  public TaskArithmetic withTraining(Training training) {
    return new TaskArithmetic(scales, dropped, training, reestimate);
  }

  /** This strategy with running statistics kept or estimated anew. */
  public TaskArithmetic withReestimate(boolean reestimate) {
    return new TaskArithmetic(scales, dropped, training, reestimate);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.of(Need.FORGET_ROWS);
    needs.addAll(new Expert(training).needs());
    if (scales.size() * dropped.size() > 1) {
      needs.add(Need.VALIDATION_ROWS);
    }
    if (reestimate) {
      needs.add(Need.RETAIN_ROWS);
    }
    return needs;
  }

  @Override
  public Weights edit(UnlearningTask task, RunLog log) {
    try (Weights original = task.network().weights();
        Weights way = new Expert(training).way(task, log)) {
      List<Choice.Candidate> candidates = new ArrayList<>();
      for (double scale : scales.stream().sorted(Comparator.reverseOrder()).toList()) {
        for (double share : dropped.stream().sorted(Comparator.reverseOrder()).toList()) {
          candidates.add(
              new Choice.Candidate(
                  "scale " + scale + ", share left out " + share,
                  () -> candidate(task, original, way, scale, share, log)));
        }
      }
      return Choice.best(task, candidates, log);
    }
  }

  private Weights candidate(
      UnlearningTask task, Weights original, Weights way, double scale, double share, RunLog log) {
    Weights negated = negated(original, way, scale, share);
    if (!reestimate) {
      return negated;
    }
    try (negated) {
      return RunningStatistics.reestimated(task, negated, log);
    }
  }

  /** θ₀ + α τ with the smallest entries of each tensor left out. */
  static Weights negated(Weights original, Weights way, double scale, double share) {
    try (NDManager scope = EngineRuntime.newManager(way.parameters().getDevice());
        GradMode off = GradMode.off()) {
      NDArray tau = way.parameters().duplicate();
      tau.attach(scope);
      for (WeightLayout.Tensor tensor : way.layout().trainable()) {
        NDArray part = TorchOps.view(tau, tensor.offset(), tensor.shape());
        NDArray size = part.abs().flatten();
        // of the sorted sizes the first at or above position ρ(n−1), where the quantile lies
        long k = (long) Math.ceil(share * (tensor.size() - 1)) + 1;
        part.muli(part.abs().gte(TorchOps.kthSmallest(size, k)));
      }
      return original.with(original.parameters().add(tau.mul((float) scale)));
    }
  }
}
