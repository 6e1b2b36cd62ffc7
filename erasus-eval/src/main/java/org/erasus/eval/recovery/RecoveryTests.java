package org.erasus.eval.recovery;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.erasus.eval.metrics.Lesson;
import org.erasus.eval.metrics.Relearning;

/**
 * The catalogue of recovery tests, in their default settings.
 *
 * <p>Relearning on {@link Lesson#SAME_CLASS} and {@link Lesson#UNRELATED} rows is possible only where there are such rows.
 */
public final class RecoveryTests {
  private static final Map<String, RecoveryTest> ALL = new LinkedHashMap<>();

  static {
    for (RecoveryTest test :
        List.of(
            new Relearn(Relearning.DEFAULTS, Lesson.FORGET_ROWS),
            new Relearn(Relearning.DEFAULTS, Lesson.SAME_CLASS),
            new Relearn(Relearning.DEFAULTS, Lesson.UNRELATED),
            Quantise.DEFAULTS,
            Prune.DEFAULTS,
            LinearProbe.DEFAULTS,
            FewShotProbe.DEFAULTS)) {
      ALL.put(test.name(), test);
    }
  }

  private RecoveryTests() {}

  /** All tests by name, in the order of reports. */
  public static Map<String, RecoveryTest> all() {
    return Collections.unmodifiableMap(ALL);
  }

  /**
   * A test by its name.
   *
   * @throws IllegalArgumentException for an unknown name, with all known ones
   */
  public static RecoveryTest get(String name) {
    RecoveryTest test = ALL.get(name);
    if (test == null) {
      throw new IllegalArgumentException(
          "no recovery test named \"" + name + "\"; known: " + String.join(", ", ALL.keySet()));
    }
    return test;
  }
}
