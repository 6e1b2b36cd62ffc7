package org.erasus.eval.metrics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The catalogue of metrics: every metric by its name, in its default settings.
 *
 * <p>{@link NeurIps2023Score} is of many networks at once and thus in no protocol: call it.
 */
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

  /** All metrics of outputs by name, in the order of reports; those of the inside are {@link InsideMetric}. */
  public static Map<String, Metric> all() {
    return Collections.unmodifiableMap(ALL);
  }

  /**
   * A metric of outputs or of the inside by its name.
   *
   * @throws IllegalArgumentException for an unknown name, with all known ones
   */
  public static Metric get(String name) {
    Metric metric = ALL.get(name);
    if (metric != null) {
      return metric;
    }
    List<String> known = new ArrayList<>(ALL.keySet());
    for (InsideMetric inside : InsideMetric.values()) {
      if (inside.id().equals(name)) {
        return inside;
      }
      known.add(inside.id());
    }
    throw new IllegalArgumentException(
        "no metric named \""
            + name
            + "\"; known: "
            + String.join(", ", known)
            + "; the score of many networks is NeurIps2023Score.of");
  }
}
