package org.erasus;

/** A strategy that computes new weights at once, without a training loop of its own. */
public interface WeightEdit extends UnlearningStrategy {
  /**
   * Computes the new weights.
   *
   * @param task what to forget; its network is borrowed and must come out as it went in
   * @param log takes down what the edit costs
   * @return new weights, handed over
   */
  Weights edit(UnlearningTask task, RunLog log);

  @Override
  default Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    RunLog log = RunLog.start(task, this);
    Network result = task.network().copy();
    try (Weights edited = edit(task, log);
        Weights original = task.network().weights()) {
      if (!edited.isFinite()) {
        throw new ArithmeticException(
            displayName() + " computed weights that are not finite; the network is unchanged");
      }
      if (task.mask().isPresent()) {
        try (Weights kept = edited.masked(task.mask().get(), original)) {
          result.restore(kept);
        }
      } else {
        result.restore(edited);
      }
      return new Unlearned(result, log.end("edited"));
    } catch (RuntimeException | Error e) {
      result.close();
      throw e;
    }
  }
}
