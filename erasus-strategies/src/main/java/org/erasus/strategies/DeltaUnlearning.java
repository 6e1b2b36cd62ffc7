package org.erasus.strategies;

import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Combination.WeightedLogits;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.train.Supervised;
import org.erasus.train.Training;

/**
 * δ-unlearning: leaves the network as it is and corrects what it says by how unlearning changed a small network.
 *
 * <pre>{@code
 * z = z₀ + α (z_o − z_s)                                 (B, C)
 * z_s of a small network that knows all rows; z_o of its copy, which the inner strategy moves
 * }</pre>
 *
 * <p>As in the paper, the inner strategy is run on z as a whole and only the copy's weights move: it learns what is wrong with
 * the large network's answers, not with its own. Base and small network are evaluated all the while, without dropout and by their
 * running statistics, which stay; so at the start z = z₀, but for the dropout of a copy that has some. The result is a combination
 * with the parts {@code base}, {@code offset} and {@code small}; the weights of the base are those of θ₀, so a mask of the task is
 * kept, too. The inner strategy must work under a mask, and cannot look into layers.
 *
 * <p>The paper takes a small language model that exists. Here it is a perceptron with one hidden layer, trained for the purpose on
 * all rows, forget rows included, or one that is given to {@link #unlearn(UnlearningTask, Network)}. A coreset that sets weights
 * stands for the rows it was chosen from.
 *
 * @param inner the strategy that moves the copy
 * @param scale α, above 0
 * @param hidden units of the small network, 1 or more
 * @param small how the small network is trained
 * @see <a href="https://arxiv.org/abs/2404.11045">Huang et al., 2024</a>
 */
public record DeltaUnlearning(UnlearningStrategy inner, double scale, int hidden, Training small)
    implements UnlearningStrategy {
  /** The difference of gradients, α 1, a small network of 32 hidden units trained for ten epochs. */
  public static final DeltaUnlearning DEFAULTS =
      new DeltaUnlearning(NegativeGradient.DEFAULTS, 1, 32, Supervised.DEFAULTS.training());

  /** Checks the ranges. */
  public DeltaUnlearning {
    Check.positive(scale, "scale");
    Check.atLeast(1, hidden, "hidden");
  }

  /** This strategy with another inner one. */
  public DeltaUnlearning withInner(UnlearningStrategy inner) {
    return new DeltaUnlearning(inner, scale, hidden, small);
  }

  /** This strategy with another α. */
  public DeltaUnlearning withScale(double scale) {
    return new DeltaUnlearning(inner, scale, hidden, small);
  }

  /** This strategy with another size of the small network. */
  public DeltaUnlearning withHidden(int hidden) {
    return new DeltaUnlearning(inner, scale, hidden, small);
  }

  /** This strategy with another training of the small network. */
  public DeltaUnlearning withSmall(Training small) {
    return new DeltaUnlearning(inner, scale, hidden, small);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.of(Need.FORGET_ROWS);
    needs.addAll(inner.needs());
    return needs;
  }

  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    RunLog log = RunLog.start(task, this);
    try (Network made = perceptron(task)) {
      log.include(
          new Supervised(small)
              .train(
                  made,
                  task.data().asIfTrainedOn(WholeRows.forget(task).and(WholeRows.retain(task))),
                  task.seeds().of("small network"),
                  task.options().part("small")));
      return unlearn(task, made, log);
    }
  }

  /**
   * Unlearns by a small network of one's own. The recipe in the record does not hold that network, so it cannot be run again by
   * itself; the reason names the network's fingerprint.
   *
   * @param known trained on the same rows, borrowed
   * @throws IllegalArgumentException when it does not take the same rows to the same classes
   */
  public Unlearned unlearn(UnlearningTask task, Network known) {
    task.require(this);
    RunLog log = RunLog.start(task, this);
    try (Weights weights = known.weights()) {
      log.remark("the small network was given, " + weights.fingerprint());
    }
    return unlearn(task, known, log);
  }

  private Unlearned unlearn(UnlearningTask task, Network known, RunLog log) {
    Map<String, Network> parts = new LinkedHashMap<>();
    parts.put("base", task.network());
    parts.put("offset", known);
    parts.put("small", known);
    try (Network whole =
        Network.combined(
            WeightedLogits.of(Map.of("base", 1.0, "offset", scale, "small", -scale)),
            parts,
            Set.of("base", "small"))) {
      UnlearningTask part =
          task.withoutMask().withNetwork(whole).withOptions(task.options().part("offset"));
      Unlearned result =
          NamedLayers.under(NamedLayers.mask(whole, List.of("offset")), part, inner::unlearn);
      log.include(result.record());
      return new Unlearned(result.network(), log.end(result.record().reason()));
    }
  }

  private Network perceptron(UnlearningTask task) {
    return Network.of(
        new Sequential()
            .apply(Blocks::batchFlatten)
            .add("hidden", new Linear(hidden))
            .apply(Activation::relu)
            .add("head", new Linear(task.network().classes())),
        task.network().rowShape(),
        task.seeds().of("small network weights"),
        task.network().device());
  }
}
