package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.train.Optimizer;
import org.erasus.train.Statistics;
import org.erasus.train.Training;

/**
 * Sign-consensual merging (NegMerge): trains several experts on the forget rows and takes back only what all of them agree on.
 *
 * <pre>{@code
 * τ_k = θ_k − θ₀ of the K experts, one for every rate and order of the rows      (P)
 * m   = 1 where all τ_k have the same sign, else 0                              (P)
 * θ   = θ₀ − λ m · (1/K) Σ_k τ_k                                                (P)
 * }</pre>
 *
 * <p>Of several λ the one of the highest RA − 1.5·FA on validation and forget rows is taken, the gentlest among equals;
 * one that loses more than 0.05 of the accuracy on validation rows only when all do. The
 * experts differ in learning rate and in the order of their batches, which the seed of the run decides; the paper varies
 * augmentations and epochs, too. Running statistics stay those of θ₀.
 *
 * @param scales λ to choose from, each above 0
 * @param rates learning rates of the experts, each above 0
 * @param orders of the rows for every rate, 1 or more
 * @param training other settings of the experts' training
 * @see <a href="https://arxiv.org/abs/2410.05583">Kim et al., 2025</a>
 */
public record NegMerge(List<Double> scales, List<Double> rates, int orders, Training training)
    implements WeightEdit {
  /** λ 0.5 to 3; three rates around 1e-4 by three orders, five epochs of AdamW each. */
  public static final NegMerge DEFAULTS =
      new NegMerge(
          List.of(0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
          List.of(5e-5, 1e-4, 2e-4),
          3,
          Training.DEFAULTS
              .withMaxEpochs(5)
              .withOptimizer(Optimizer.AdamW.DEFAULTS)
              .withStatistics(Statistics.FREEZE));

  /** Checks the ranges. */
  public NegMerge {
    scales = List.copyOf(scales);
    rates = List.copyOf(rates);
    Check.atLeast(1, scales.size(), "number of scales");
    Check.atLeast(1, rates.size(), "number of rates");
    Check.atLeast(1, orders, "orders");
    scales.forEach(scale -> Check.positive(scale, "scale"));
    rates.forEach(rate -> Check.positive(rate, "rate"));
  }

  /** This strategy with other λ to choose from; one alone is taken as it is. */
  public NegMerge withScales(List<Double> scales) {
    return new NegMerge(scales, rates, orders, training);
  }

  /** This strategy with other learning rates of the experts. */
  public NegMerge withRates(List<Double> rates) {
    return new NegMerge(scales, rates, orders, training);
  }

  /** This strategy with another number of orders. */
  public NegMerge withOrders(int orders) {
    return new NegMerge(scales, rates, orders, training);
  }

  /** This strategy with other settings of the experts' training. */
  public NegMerge withTraining(Training training) {
    return new NegMerge(scales, rates, orders, training);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.of(Need.FORGET_ROWS);
    needs.addAll(new Expert(training).needs());
    if (scales.size() > 1) {
      needs.add(Need.VALIDATION_ROWS);
    }
    return needs;
  }

  @Override
  public Weights edit(UnlearningTask task, RunLog log) {
    try (Weights original = task.network().weights();
        Weights merged = merged(task, original, log)) {
      List<Choice.Candidate> candidates =
          scales.stream()
              .sorted()
              .map(
                  scale ->
                      new Choice.Candidate(
                          "scale " + scale, () -> negated(original, merged, scale)))
              .toList();
      return Choice.best(task, candidates, log);
    }
  }

  private static Weights negated(Weights original, Weights merged, double scale) {
    try (Weights step = merged.times(scale)) {
      return original.minus(step);
    }
  }

  /** m · (1/K) Σ τ_k. */
  private Weights merged(UnlearningTask task, Weights original, RunLog log) {
    try (NDManager scope = EngineRuntime.newManager(task.network().device());
        GradMode off = GradMode.off()) {
      NDArray sum = scope.zeros(original.parameters().getShape());
      NDArray signs = scope.zeros(original.parameters().getShape());
      for (double rate : rates) {
        for (int order = 0; order < orders; order++) {
          String part = "expert-" + rate + "-" + order;
          UnlearningTask ofExpert =
              task.withSeed(task.seeds().of(part)).withOptions(task.options().part(part));
          try (Weights way = new Expert(training.withLearningRate(rate)).way(ofExpert, log)) {
            TorchOps.addInPlace(sum, way.parameters(), 1);
            try (NDArray sign = way.parameters().sign()) {
              TorchOps.addInPlace(signs, sign, 1);
            }
          }
        }
      }
      int experts = rates.size() * orders;
      NDArray unanimous = signs.abs().eq(experts);
      log.remark(
          unanimous.sum().toLongArray()[0]
              + " of "
              + sum.size()
              + " parameters had one sign in all "
              + experts
              + " experts");
      return original.with(sum.mul(unanimous).mul(1f / experts));
    }
  }
}
