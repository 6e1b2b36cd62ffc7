package org.erasus.eval.metrics;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Locale;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.eval.stats.Interval;

/** What a metric found: a number with what is known about it, a bound, or why there is none. Never NaN, never infinite. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Measure.Estimated.class, name = "estimated"),
  @JsonSubTypes.Type(value = Measure.Single.class, name = "single"),
  @JsonSubTypes.Type(value = Measure.Censored.class, name = "censored"),
  @JsonSubTypes.Type(value = Measure.Unavailable.class, name = "unavailable")
})
public sealed interface Measure {
  /** The number for charts, where there is one; a bound is none. */
  default Optional<Double> value() {
    return Optional.empty();
  }

  /** For people, such as {@code 0.91 [0.88, 0.93]} or {@code ≥ 4.2}. */
  String format(int decimals);

  /**
   * A number with its interval.
   *
   * @param interval of rows or seeds
   */
  record Estimated(Interval interval) implements Measure {
    @Override
    public Optional<Double> value() {
      return Optional.of(interval.estimate());
    }

    @Override
    public String format(int decimals) {
      String number = "%." + decimals + "f";
      return String.format(
          Locale.ROOT,
          number + " [" + number + ", " + number + "]",
          interval.estimate(),
          interval.low(),
          interval.high());
    }
  }

  /**
   * One observation, of which nothing says how far it would move, such as a time.
   *
   * @param number finite
   */
  record Single(double number) implements Measure {
    /** Checks the range. */
    public Single {
      Check.finite(number, "number");
    }

    @Override
    public Optional<Double> value() {
      return Optional.of(number);
    }

    @Override
    public String format(int decimals) {
      return String.format(Locale.ROOT, "%." + decimals + "f", number);
    }
  }

  /**
   * A bound, because a run was ended before the number showed.
   *
   * @param atLeast whether the number is at or above the bound; otherwise at or below
   * @param bound finite
   * @param reason which run was ended
   */
  record Censored(boolean atLeast, double bound, String reason) implements Measure {
    /** Checks the range. */
    public Censored {
      Check.finite(bound, "bound");
    }

    @Override
    public String format(int decimals) {
      return String.format(Locale.ROOT, "%s %." + decimals + "f", atLeast ? "≥" : "≤", bound);
    }
  }

  /**
   * No number.
   *
   * @param reason why
   */
  record Unavailable(String reason) implements Measure {
    @Override
    public String format(int decimals) {
      return "–";
    }
  }
}
