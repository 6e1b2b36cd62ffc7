package org.erasus.eval.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The catalogue of metrics: every metric by its name, in its default settings. */
public final class Metrics {
  private static final Map<String, Metric> ALL = new LinkedHashMap<>();

  static {
    ALL.put("forget-accuracy", new ForgetAccuracy());
    ALL.put("unlearning-accuracy", new UnlearningAccuracy());
    ALL.put("retain-accuracy", new RetainAccuracy());
    ALL.put("test-accuracy", new TestAccuracy());
    ALL.put("gap-to-retrain", new GapToRetrain());
    ALL.put("over-forgetting", new OverForgetting());
    ALL.put("kl-to-retrain", new KlToRetrain());
    ALL.put("js-to-retrain", new JsToRetrain());
    ALL.put("activation-distance", new ActivationDistance());
    ALL.put("completeness", new Completeness());
    ALL.put("zrf", Zrf.DEFAULTS);
    ALL.put("aus", new Aus());
    ALL.put("nomus", new Nomus());
    ALL.put("indiscernibility", new Indiscernibility());
    ALL.put("anamnesis-index", new AnamnesisIndex());
    ALL.put("efficiency", new Efficiency());
  }

  private Metrics() {}

  /** All metrics by name, in the order of reports. */
  public static Map<String, Metric> all() {
    return Collections.unmodifiableMap(ALL);
  }

  /**
   * A metric by its name.
   *
   * @throws IllegalArgumentException for an unknown name, with all known ones
   */
  public static Metric get(String name) {
    Metric metric = ALL.get(name);
    if (metric == null) {
      throw new IllegalArgumentException(
          "no metric named \"" + name + "\"; known: " + String.join(", ", ALL.keySet()));
    }
    return metric;
  }
}
