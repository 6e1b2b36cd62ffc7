package org.erasus.strategies;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Need;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.train.Training;

/**
 * Refined unlearning (RUM): splits the forget rows into groups of like difficulty and forgets one group after the other, each
 * by a strategy of its own.
 *
 * <pre>{@code
 * D_f = S_1 ∪ … ∪ S_K                     equal parts along a score, in order
 * θ_k = U_k(θ_{k−1}; forget S_k, retain D ∖ (S_1 ∪ … ∪ S_k))
 * }</pre>
 *
 * <p>The scores are those of θ₀. As in the authors' code for groups by memorisation, groups whose turn has not come are
 * retained until it does; their code for entanglement leaves them out, which is {@link Later#LEFT_OUT}. The paper's groups
 * are the rows of the lowest, the middle and the highest scores of the whole training set, chosen to study them; here they
 * are the parts of the request there is. Chosen retain rows (a coreset) are retained alone, without later groups.
 *
 * <p>For a stage, θ₀ is where it starts. Checkpoints lie in folders {@code group-1}, {@code group-2}, ….
 *
 * @param difficulty score of a row
 * @param order which groups come first
 * @param later what groups are until their turn
 * @param stages U_1 … U_K, as many as groups, at most as many as forget rows
 * @see <a href="https://arxiv.org/abs/2406.01257">Zhao et al., 2024</a>
 */
public record DifficultyGroups(
    Difficulty difficulty, Order order, Later later, List<UnlearningStrategy> stages)
    implements UnlearningStrategy {
  /** Which groups come first. */
  public enum Order {
    /** From low scores to high ones, as in the paper. */
    EASIEST_FIRST,
    /** From high scores to low ones. */
    HARDEST_FIRST
  }

  /** What groups are until their turn. */
  public enum Later {
    /** Rows to keep. */
    RETAINED,
    /** Neither to keep nor to forget. */
    LEFT_OUT
  }

  /** Three groups by confidence, each by NegGrad+ in the settings of the published example: λ .99, .97, .97. */
  public static final DifficultyGroups DEFAULTS =
      new DifficultyGroups(
          new Difficulty.Confidence(),
          Order.EASIEST_FIRST,
          Later.RETAINED,
          List.of(
              negativeGradient(0.99, 5, 0.01),
              negativeGradient(0.97, 5, 0.01),
              negativeGradient(0.97, 10, 0.001)));

  private static NegativeGradient negativeGradient(double retainWeight, int epochs, double rate) {
    Training training = NegativeGradient.DEFAULTS.training();
    return NegativeGradient.DEFAULTS
        .withRetainWeight(retainWeight)
        .withTraining(training.withMaxEpochs(epochs).withLearningRate(rate));
  }

  /** Copies the list. */
  public DifficultyGroups {
    stages = List.copyOf(stages);
    Check.atLeast(1, stages.size(), "number of stages");
  }

  /** This strategy with other scores. */
  public DifficultyGroups withDifficulty(Difficulty difficulty) {
    return new DifficultyGroups(difficulty, order, later, stages);
  }

  /** This strategy in another order. */
  public DifficultyGroups withOrder(Order order) {
    return new DifficultyGroups(difficulty, order, later, stages);
  }

  /** This strategy with later groups treated otherwise. */
  public DifficultyGroups withLater(Later later) {
    return new DifficultyGroups(difficulty, order, later, stages);
  }

  /** This strategy with other stages, one a group. */
  public DifficultyGroups withStages(List<UnlearningStrategy> stages) {
    return new DifficultyGroups(difficulty, order, later, stages);
  }

  /** This strategy with one stage for every group. */
  public DifficultyGroups withStage(UnlearningStrategy stage, int groups) {
    return withStages(IntStream.range(0, groups).mapToObj(i -> stage).toList());
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.of(Need.FORGET_ROWS);
    stages.forEach(stage -> needs.addAll(stage.needs()));
    return needs;
  }

  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    if (task.forgetRows().size() < stages.size()) {
      throw new IllegalArgumentException(
          "stages must be at most as many as forget rows, but there are "
              + stages.size()
              + " stages for "
              + task.forgetRows().size()
              + " rows");
    }
    RunLog log = RunLog.start(task, this);
    List<Rows> groups = groups(task, log);
    return InSequence.run(stages, k -> forgetting(task, groups, k), "group", log);
  }

  /** S_1 … S_K, in the order of their turns. */
  private List<Rows> groups(UnlearningTask task, RunLog log) {
    Rows rows = task.forgetRows();
    double[] scores = difficulty.of(task, log);
    for (double score : scores) {
      Check.finite(score, "score");
    }
    Comparator<Integer> byScore = Comparator.comparingDouble(i -> scores[i]);
    int[] sorted =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(order == Order.EASIEST_FIRST ? byScore : byScore.reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    List<Rows> groups = new ArrayList<>();
    for (int k = 0; k < stages.size(); k++) {
      int[] part =
          Arrays.copyOfRange(
              sorted, k * sorted.length / stages.size(), (k + 1) * sorted.length / stages.size());
      groups.add(rows.take(part));
      log.remark(
          String.format(
              Locale.ROOT,
              "group %d: %d rows, scores %.3g to %.3g",
              k + 1,
              part.length,
              scores[part[0]],
              scores[part[part.length - 1]]));
    }
    return groups;
  }

  /** The task of forgetting one group: those before are gone, those after are what {@link #later} says. */
  private UnlearningTask forgetting(UnlearningTask task, List<Rows> groups, int k) {
    UnlearningDataset data = task.data();
    if (later == Later.RETAINED) {
      for (Rows after : groups.subList(k + 1, groups.size())) {
        data = data.markRetain(after.ids());
      }
    }
    Rows group = groups.get(k);
    return task.withData(data).withForgetCoreset(Coreset.of(group.ids(), "group " + (k + 1)));
  }
}
