package org.erasus.strategies;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;

/**
 * Strategies one after the other: each starts from what the one before it left.
 *
 * <pre>{@code
 * θ₁ = stage₁(θ₀),  θ₂ = stage₂(θ₁),  …
 * }</pre>
 *
 * <p>For a stage, θ₀ is where it starts: a teacher or an anchor is the network as the stage before left it. All stages have
 * the seed, the coresets and the mask of the task, and checkpoints in folders {@code stage-1}, {@code stage-2}, … of their own.
 *
 * @param stages in order, one or more
 */
public record InSequence(List<UnlearningStrategy> stages) implements UnlearningStrategy {
  /** Ascends on the forget rows, then repairs on the retain rows. */
  public static final InSequence DEFAULTS =
      new InSequence(
          List.of(
              GradientAscent.DEFAULTS,
              FineTune.DEFAULTS.withTraining(FineTune.DEFAULTS.training().withMaxEpochs(2))));

  /** Copies the list. */
  public InSequence {
    stages = List.copyOf(stages);
    Check.atLeast(1, stages.size(), "number of stages");
  }

  /** Other stages. */
  public static InSequence of(UnlearningStrategy... stages) {
    return new InSequence(List.of(stages));
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.noneOf(Need.class);
    stages.forEach(stage -> needs.addAll(stage.needs()));
    return needs;
  }

  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    return run(stages, i -> task, "stage", RunLog.start(task, this));
  }

  /**
   * Runs stages, each on the network that the one before it left.
   *
   * @param tasks of the stages, from 0; that of the first has the network to start from
   * @param folder of checkpoints, with the number of the stage after it
   * @param log of the strategy whose stages they are, which is ended
   */
  static Unlearned run(
      List<UnlearningStrategy> stages,
      IntFunction<UnlearningTask> tasks,
      String folder,
      RunLog log) {
    List<String> reasons = new ArrayList<>();
    Network now = tasks.apply(0).network();
    for (int i = 0; i < stages.size(); i++) {
      UnlearningTask task = tasks.apply(i).withNetwork(now);
      try (Network before = i == 0 ? null : now) {
        Unlearned next =
            stages.get(i).unlearn(task.withOptions(task.options().part(folder + "-" + (i + 1))));
        now = next.network();
        log.include(next.record());
        reasons.add(next.record().name() + ": " + next.record().reason());
      }
    }
    return new Unlearned(now, log.end(String.join("; ", reasons)));
  }
}
