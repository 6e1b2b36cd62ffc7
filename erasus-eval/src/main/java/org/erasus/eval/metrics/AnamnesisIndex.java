package org.erasus.eval.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.eval.stats.Means;

/**
 * Anamnesis index (AIN): how fast a network remembers, compared with a retrained one.
 *
 * <pre>{@code
 * AIN = mean over seeds of  steps(network) / steps(retrained)       steps until the accuracy on D_f is that of the original, but for α
 * }</pre>
 *
 * <p>1 is best; well below 1 the rows were hidden, not forgotten; well above 1 more than the rows was destroyed. Within a
 * seed both learn the same rows in the same order with the same optimizer and budget ({@link Relearning}). A run that was
 * ended before it got there makes the index a bound. With several retrained networks the steps are their mean.
 * Where the original itself is wrong about most of the rows, there is little to remember and the index says little.
 *
 * @see <a href="https://arxiv.org/abs/2201.05629">Chundawat et al., 2023</a>
 */
public record AnamnesisIndex() implements Metric {
  /** Its name in reports. */
  public static final String NAME = "anamnesis-index";

  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    Map<String, List<Relearned>> references = new LinkedHashMap<>();
    evidence.references().forEach(r -> references.put(r.name(), r.relearned()));
    return Map.of(NAME, of(evidence.network().relearned(), references, evidence.level()));
  }

  /**
   * The index.
   *
   * @param mine runs of a network, one a seed
   * @param references runs of retrained networks, by name, of the same seeds; those without runs are passed over
   * @param level of the interval over seeds
   */
  public static Measure of(
      List<Relearned> mine, Map<String, List<Relearned>> references, double level) {
    Map<String, List<Relearned>> tried = new LinkedHashMap<>(references);
    tried.values().removeIf(List::isEmpty);
    if (mine.isEmpty() || tried.isEmpty()) {
      return new Measure.Unavailable(
          mine.isEmpty()
              ? "this network was not made to learn again"
              : "there is no other retrained network that was made to learn again");
    }
    double[] ratios = new double[mine.size()];
    boolean mineEnded = false;
    boolean theirsEnded = false;
    for (int s = 0; s < ratios.length; s++) {
      List<Relearned> theirs = ofSeed(tried, mine.get(s).seed());
      double steps = theirs.stream().mapToLong(Relearned::steps).average().orElse(0);
      if (steps == 0) {
        return new Measure.Unavailable(
            "the retrained network knows the forget rows already: there is nothing to learn again");
      }
      ratios[s] = mine.get(s).steps() / steps;
      mineEnded |= !mine.get(s).reached();
      theirsEnded |= theirs.stream().anyMatch(r -> !r.reached());
    }
    return measure(ratios, mineEnded, theirsEnded, level);
  }

  private static Measure measure(
      double[] ratios, boolean mineEnded, boolean theirsEnded, double level) {
    double mean = Arrays.stream(ratios).average().orElseThrow();
    if (mineEnded && theirsEnded) {
      return new Measure.Unavailable(
          "neither this network nor the retrained one learned the rows within the budget");
    }
    if (mineEnded) {
      return new Measure.Censored(true, mean, "this network did not learn the rows again in time");
    }
    if (theirsEnded) {
      return new Measure.Censored(
          false, mean, "a retrained network did not learn the rows in time");
    }
    return ratios.length == 1
        ? new Measure.Single(mean)
        : new Measure.Estimated(Means.interval(ratios, level));
  }

  private static List<Relearned> ofSeed(Map<String, List<Relearned>> references, long seed) {
    List<Relearned> found = new ArrayList<>();
    references.forEach(
        (name, runs) -> {
          Optional<Relearned> run = runs.stream().filter(r -> r.seed() == seed).findFirst();
          found.add(
              run.orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "network \"" + name + "\" has no relearning run of seed " + seed)));
        });
    return found;
  }
}
