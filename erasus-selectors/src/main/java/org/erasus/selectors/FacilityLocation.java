package org.erasus.selectors;

import ai.djl.ndarray.NDManager;
import java.util.Objects;
import java.util.OptionalInt;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/**
 * Chooses rows so that every candidate has one like it among them.
 *
 * <pre>{@code
 * f(A)   = Σ_j max(0, max_{i ∈ A} s_ij)                over all N candidates j
 * gain_i = Σ_j max(s_ij − ℓ_j, 0)                      ℓ_j = max(0, max_{i ∈ A} s_ij)
 * }</pre>
 *
 * <p>Monotone and submodular. Similarities s are those of the network's features; those below 0 count as 0. All pairs are
 * compared, for at most 20,000 candidates; with {@code neighbours} each row counts only for itself, its nearest rows and those
 * it is nearest to, and other similarities are 0. Scores are the gains. Time O(N²·D) for the similarities and O(N), with
 * neighbours O(neighbours), for a gain; memory 4·N² bytes, with neighbours 24·N·neighbours while they are found.
 *
 * @param similarity s
 * @param neighbours 1 or more; all pairs without
 * @param maximizer finds A
 * @see <a href="https://doi.org/10.1287/mnsc.23.8.789">Cornuejols, Fisher and Nemhauser, 1977</a>
 * @see <a href="https://las.inf.ethz.ch/files/krause12survey.pdf">Krause and Golovin, 2014</a>
 */
public record FacilityLocation(Similarity similarity, OptionalInt neighbours, Maximizer maximizer)
    implements Selector {
  /** Cosines of all pairs, lazily. */
  public static final FacilityLocation DEFAULTS =
      new FacilityLocation(Similarity.COSINE, OptionalInt.empty(), new Maximizer.Lazy());

  /** Checks the settings. */
  public FacilityLocation {
    Objects.requireNonNull(similarity, "similarity");
    SimilarityMatrix.checked(neighbours);
    Objects.requireNonNull(maximizer, "maximizer");
  }

  /** The same with another similarity. */
  public FacilityLocation withSimilarity(Similarity other) {
    return new FacilityLocation(other, neighbours, maximizer);
  }

  /** The same with so many neighbours of each row in the place of all pairs. */
  public FacilityLocation withNeighbours(int count) {
    return new FacilityLocation(similarity, OptionalInt.of(count), maximizer);
  }

  /** The same with another maximizer. */
  public FacilityLocation withMaximizer(Maximizer other) {
    return new FacilityLocation(similarity, neighbours, other);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      SimilarityMatrix s =
          SimilarityMatrix.of(manager, task, similarity, neighbours, displayName());
      return maximizer.choose(task, () -> function(s), displayName());
    }
  }

  static SubmodularFunction function(SimilarityMatrix s) {
    SimilarityMatrix.Levels covered = s.levels(new double[s.size()]);
    return new SubmodularFunction() {
      @Override
      public int size() {
        return s.size();
      }

      @Override
      public double[] gains(int[] rows) {
        return covered.above(rows);
      }

      @Override
      public void add(int row) {
        covered.raise(row);
      }
    };
  }
}
