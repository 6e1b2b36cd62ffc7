package org.erasus.selectors;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Need;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/**
 * Lets several selectors rank all candidates, and takes the rows of the highest weighted mean rank.
 *
 * <pre>{@code
 * r_v(i)  = (number of rows v ranks below i + half of the others it ranks alike) / (N − 1)          in [0, 1], ½ when N = 1
 * score_i = Σ_v w_v r_v(i) / Σ_v w_v                                                                (N)
 * }</pre>
 *
 * <p>Ranks and not scores are added, since an entropy and a gradient norm have no common unit. Rows of equal score are ranked
 * alike, those of {@code full} all; without scores the order of choice decides, and rows that a selector leaves out come last, alike. Each ranks all N
 * candidates, which for {@code k-center} and other selectors that choose one after the other takes N of their steps. Every
 * selector has a seed of its own.
 *
 * @param parts one or more
 */
public record WeightedFusion(List<Part> parts) implements Selector {
  /**
   * A selector and how much it counts.
   *
   * @param selector ranks the rows
   * @param weight above 0
   */
  public record Part(Selector selector, double weight) {
    /** Checks the range. */
    public Part {
      Check.positive(weight, "weight");
    }
  }

  /** Error, uncertainty and gradient, which count alike. */
  public static final WeightedFusion DEFAULTS =
      new WeightedFusion(
          List.of(
              new Part(El2n.DEFAULTS, 1),
              new Part(Entropy.DEFAULTS, 1),
              new Part(GradientNorm.DEFAULTS, 1)));

  /** Copies the list and checks that there is a part. */
  public WeightedFusion {
    parts = List.copyOf(parts);
    Check.atLeast(1, parts.size(), "number of parts");
  }

  /** The same rule with other parts. */
  public WeightedFusion withParts(List<Part> parts) {
    return new WeightedFusion(parts);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> all = new TreeSet<>();
    parts.forEach(part -> all.addAll(part.selector.needs()));
    return all;
  }

  @Override
  public Coreset choose(SelectionTask task) {
    long[] ids = task.candidates().ids();
    double total = parts.stream().mapToDouble(Part::weight).sum();
    double[] scores = new double[ids.length];
    SelectionTask shared = task.sharing().withK(ids.length);
    for (int v = 0; v < parts.size(); v++) {
      Part part = parts.get(v);
      Coreset ranked = part.selector.select(shared.withSeed(task.seeds().of("part", v)));
      double[] ranks = ranks(worths(ids, ranked));
      for (int i = 0; i < ids.length; i++) {
        scores[i] += part.weight / total * ranks[i];
      }
      task.progressed("rankings", v + 1, parts.size());
    }
    return Coreset.of(ids, scores, displayName()).top(task.wanted()).withMadeBy(displayName());
  }

  /** Numbers in the order of a ranking; those of rows that are left out are the least. */
  private static double[] worths(long[] ids, Coreset ranked) {
    Map<Long, Double> known = new HashMap<>();
    for (int place = 0; place < ranked.size(); place++) {
      known.put(ranked.id(place), ranked.score(place).orElse((double) -place));
    }
    return Arrays.stream(ids)
        .mapToDouble(id -> known.getOrDefault(id, Double.NEGATIVE_INFINITY))
        .toArray();
  }

  /** Ranks from 0 to 1, equal numbers alike, (N). */
  static double[] ranks(double[] worths) {
    int n = worths.length;
    double[] sorted = worths.clone();
    Arrays.sort(sorted);
    double[] ranks = new double[n];
    for (int i = 0; i < n; i++) {
      int below = first(sorted, worths[i], true);
      int notAbove = first(sorted, worths[i], false);
      ranks[i] = n == 1 ? 0.5 : (below + (notAbove - below - 1) / 2.0) / (n - 1);
    }
    return ranks;
  }

  /** How many of the sorted numbers are below a value, or not above it. */
  private static int first(double[] sorted, double value, boolean strictly) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value || (!strictly && sorted[middle] == value)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
