package org.erasus.train;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a run stands, apart from weights and optimizer: everything else follows from the recipe. */
final class RunState {
  int epoch;
  long step;
  long stepInEpoch;
  double rate;
  int withoutBetter;
  double bestWatched = Double.NEGATIVE_INFINITY;
  double bestScore = Double.NEGATIVE_INFINITY;
  long passedStep;
  long checkedStep = -1;
  boolean finished;

  /** Whether the module itself ended the run, so that its weights stand. */
  boolean decided;

  List<Double> notes = new ArrayList<>();
  @Nullable String reason;
  Map<UnlearningTrainer.Part, Sum> losses = new EnumMap<>(UnlearningTrainer.Part.class);
  Map<Sweep, Long> swept = new EnumMap<>(Sweep.class);

  /** A running sum. */
  record Sum(double sum, long count) {}

  /** The state as it is written to a file. */
  record Saved(
      int epoch,
      long step,
      long stepInEpoch,
      double rate,
      int withoutBetter,
      double bestWatched,
      double bestScore,
      long passedStep,
      long checkedStep,
      boolean finished,
      boolean decided,
      List<Double> notes,
      Optional<String> reason,
      Map<UnlearningTrainer.Part, Sum> losses,
      Map<Sweep, Long> swept) {}

  Saved saved() {
    return new Saved(
        epoch,
        step,
        stepInEpoch,
        rate,
        withoutBetter,
        bestWatched,
        bestScore,
        passedStep,
        checkedStep,
        finished,
        decided,
        List.copyOf(notes),
        Optional.ofNullable(reason),
        new EnumMap<>(losses),
        new EnumMap<>(swept));
  }

  void restore(Saved saved) {
    epoch = saved.epoch;
    step = saved.step;
    stepInEpoch = saved.stepInEpoch;
    rate = saved.rate;
    withoutBetter = saved.withoutBetter;
    bestWatched = saved.bestWatched;
    bestScore = saved.bestScore;
    passedStep = saved.passedStep;
    checkedStep = saved.checkedStep;
    finished = saved.finished;
    decided = saved.decided;
    notes = new ArrayList<>(saved.notes);
    reason = saved.reason.orElse(null);
    losses = new EnumMap<>(UnlearningTrainer.Part.class);
    losses.putAll(saved.losses);
    swept = new EnumMap<>(Sweep.class);
    swept.putAll(saved.swept);
  }

  /** Counts a step of a sweep; returns how many such steps were before it in the run. */
  long next(Sweep sweep) {
    return swept.merge(sweep, 1L, Long::sum) - 1;
  }

  void count(UnlearningTrainer.Part part, double loss) {
    losses.merge(part, new Sum(loss, 1), (a, b) -> new Sum(a.sum + b.sum, a.count + b.count));
  }

  Optional<Double> mean(UnlearningTrainer.Part part) {
    return Optional.ofNullable(losses.get(part)).map(s -> s.sum / s.count);
  }

  void nextEpoch() {
    epoch++;
    stepInEpoch = 0;
    losses.clear();
  }
}
