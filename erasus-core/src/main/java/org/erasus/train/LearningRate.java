package org.erasus.train;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.erasus.Check;

/** How the learning rate η moves over a run. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes({
  @JsonSubTypes.Type(value = LearningRate.Constant.class, name = "constant"),
  @JsonSubTypes.Type(value = LearningRate.Cosine.class, name = "cosine"),
  @JsonSubTypes.Type(value = LearningRate.Step.class, name = "step"),
  @JsonSubTypes.Type(value = LearningRate.Linear.class, name = "linear"),
  @JsonSubTypes.Type(value = LearningRate.WarmUp.class, name = "warm-up")
})
public sealed interface LearningRate {
  /**
   * The rate of a step.
   *
   * @param step steps taken before this one, t
   * @param total steps of the whole run, T
   * @param epoch epoch of the step, from 0
   */
  double at(long step, long total, int epoch);

  /** The same rate throughout. */
  static LearningRate of(double rate) {
    return new Constant(rate);
  }

  /**
   * η = rate.
   *
   * @param rate 0 or more
   */
  record Constant(double rate) implements LearningRate {
    /** Checks the range. */
    public Constant {
      Check.nonNegative(rate, "rate");
    }

    @Override
    public double at(long step, long total, int epoch) {
      return rate;
    }
  }

  /**
   * η = end + (start − end)·(1 + cos(π·t/T))/2.
   *
   * @param start first rate
   * @param end the rate after the last step
   */
  record Cosine(double start, double end) implements LearningRate {
    /** Checks the ranges. */
    public Cosine {
      Check.nonNegative(start, "start");
      Check.nonNegative(end, "end");
    }

    @Override
    public double at(long step, long total, int epoch) {
      return end + (start - end) * (1 + Math.cos(Math.PI * step / total)) / 2;
    }
  }

  /**
   * η = start·factor^⌊epoch/everyEpochs⌋.
   *
   * @param start first rate
   * @param everyEpochs epochs between drops, 1 or more
   * @param factor of each drop, in (0, 1]
   */
  record Step(double start, int everyEpochs, double factor) implements LearningRate {
    /** Checks the ranges. */
    public Step {
      Check.nonNegative(start, "start");
      Check.atLeast(1, everyEpochs, "everyEpochs");
      Check.inClosed(factor, Double.MIN_VALUE, 1, "factor");
    }

    @Override
    public double at(long step, long total, int epoch) {
      return start * Math.pow(factor, Math.floorDiv(epoch, everyEpochs));
    }
  }

  /**
   * η = start + (end − start)·t/T.
   *
   * @param start first rate
   * @param end the rate after the last step
   */
  record Linear(double start, double end) implements LearningRate {
    /** Checks the ranges. */
    public Linear {
      Check.nonNegative(start, "start");
      Check.nonNegative(end, "end");
    }

    @Override
    public double at(long step, long total, int epoch) {
      return start + (end - start) * step / total;
    }
  }

  /**
   * Rises linearly to the first rate of another schedule over some steps: η = then(t)·min(1, (t+1)/steps).
   *
   * @param steps of the rise, 1 or more
   * @param then the schedule that is scaled, and goes on alone
   */
  record WarmUp(int steps, LearningRate then) implements LearningRate {
    /** Checks the range. */
    public WarmUp {
      Check.atLeast(1, steps, "steps");
    }

    @Override
    public double at(long step, long total, int epoch) {
      return then.at(step, total, epoch) * Math.min(1, (step + 1) / (double) steps);
    }
  }
}
