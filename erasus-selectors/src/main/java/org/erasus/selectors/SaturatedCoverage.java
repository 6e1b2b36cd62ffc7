package org.erasus.selectors;

import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalInt;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/**
 * Chooses rows that are like every candidate, until it has had enough of them.
 *
 * <pre>{@code
 * f(A)   = Σ_j min(Σ_{i ∈ A} s_ij, α Σ_{i=1}^N s_ij)          over all N candidates j
 * gain_i = Σ_j min(s_ij, ℓ_j)                                 ℓ_j: what j may still have
 * }</pre>
 *
 * <p>Monotone and submodular. The paper adds a reward for clusters that are not covered yet; this is its coverage alone.
 * Similarities s are those of the network's features; those below 0 count as 0. All pairs are compared, for at most 20,000
 * candidates; with {@code neighbours} each row counts only for itself, its nearest rows and those it is nearest to. Scores are
 * the gains. Time and memory as for {@link FacilityLocation}.
 *
 * @param similarity s
 * @param neighbours 1 or more; all pairs without
 * @param saturation α in (0, 1], the share of all similarity to a row that is enough for it
 * @param maximizer finds A
 * @see <a href="https://aclanthology.org/P11-1052/">Lin and Bilmes, 2011</a>
 */
public record SaturatedCoverage(
    Similarity similarity, OptionalInt neighbours, double saturation, Maximizer maximizer)
    implements Selector {
  /** Cosines of all pairs, a tenth is enough, lazily. */
  public static final SaturatedCoverage DEFAULTS =
      new SaturatedCoverage(Similarity.COSINE, OptionalInt.empty(), 0.1, new Maximizer.Lazy());

  /** Checks the settings. */
  public SaturatedCoverage {
    Objects.requireNonNull(similarity, "similarity");
    SimilarityMatrix.checked(neighbours);
    Check.inClosed(saturation, Double.MIN_VALUE, 1, "saturation");
    Objects.requireNonNull(maximizer, "maximizer");
  }

  /** The same with another similarity. */
  public SaturatedCoverage withSimilarity(Similarity other) {
    return new SaturatedCoverage(other, neighbours, saturation, maximizer);
  }

  /** The same with so many neighbours of each row in the place of all pairs. */
  public SaturatedCoverage withNeighbours(int count) {
    return new SaturatedCoverage(similarity, OptionalInt.of(count), saturation, maximizer);
  }

  /** The same with another saturation. */
  public SaturatedCoverage withSaturation(double share) {
    return new SaturatedCoverage(similarity, neighbours, share, maximizer);
  }

  /** The same with another maximizer. */
  public SaturatedCoverage withMaximizer(Maximizer other) {
    return new SaturatedCoverage(similarity, neighbours, saturation, other);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      SimilarityMatrix s =
          SimilarityMatrix.of(manager, task, similarity, neighbours, displayName());
      double[] enough = Arrays.stream(s.sums()).map(sum -> saturation * sum).toArray();
      return maximizer.choose(task, () -> function(s, enough), displayName());
    }
  }

  static SubmodularFunction function(SimilarityMatrix s, double[] enough) {
    SimilarityMatrix.Levels wanting = s.levels(enough);
    return new SubmodularFunction() {
      @Override
      public int size() {
        return s.size();
      }

      @Override
      public double[] gains(int[] rows) {
        return wanting.below(rows);
      }

      @Override
      public void add(int row) {
        wanting.lower(row);
      }
    };
  }
}
