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
 * Chooses rows that are like the candidates and unlike each other.
 *
 * <pre>{@code
 * f(A)   = Σ_{i ∈ A} Σ_j s_ij − λ Σ_{i ∈ A} Σ_{j ∈ A} s_ij          j in the first sum over all N candidates
 * gain_i = Σ_j s_ij − λ (s_ii + 2 Σ_{j ∈ A} s_ij)
 * }</pre>
 *
 * <p>Submodular, and monotone up to λ = ½; above, the choice still takes the largest gain, which may be below 0, and the bounds
 * of {@link Maximizer} no longer hold. Similarities s are those of the network's features; those below 0 count as 0. All pairs
 * are compared, for at most 20,000 candidates; with {@code neighbours} each row counts only for itself, its nearest rows and
 * those it is nearest to. Scores are the gains. Time O(N²·D) for the similarities, then O(N) a choice; memory as for {@link
 * FacilityLocation}.
 *
 * @param similarity s
 * @param neighbours 1 or more; all pairs without
 * @param redundancyWeight λ, 0 or more
 * @param maximizer finds A
 * @see <a href="https://arxiv.org/abs/2202.10680">Kaushal, Ramakrishnan and Iyer, 2022</a>
 * @see <a href="https://aclanthology.org/P11-1052/">Lin and Bilmes, 2011</a>
 */
public record GraphCut(
    Similarity similarity, OptionalInt neighbours, double redundancyWeight, Maximizer maximizer)
    implements Selector {
  /** Cosines of all pairs, λ = ½, lazily. */
  public static final GraphCut DEFAULTS =
      new GraphCut(Similarity.COSINE, OptionalInt.empty(), 0.5, new Maximizer.Lazy());

  /** Checks the settings. */
  public GraphCut {
    Objects.requireNonNull(similarity, "similarity");
    SimilarityMatrix.checked(neighbours);
    Check.nonNegative(redundancyWeight, "redundancyWeight");
    Objects.requireNonNull(maximizer, "maximizer");
  }

  /** The same with another similarity. */
  public GraphCut withSimilarity(Similarity other) {
    return new GraphCut(other, neighbours, redundancyWeight, maximizer);
  }

  /** The same with so many neighbours of each row in the place of all pairs. */
  public GraphCut withNeighbours(int count) {
    return new GraphCut(similarity, OptionalInt.of(count), redundancyWeight, maximizer);
  }

  /** The same with another weight of likeness within A. */
  public GraphCut withRedundancyWeight(double weight) {
    return new GraphCut(similarity, neighbours, weight, maximizer);
  }

  /** The same with another maximizer. */
  public GraphCut withMaximizer(Maximizer other) {
    return new GraphCut(similarity, neighbours, redundancyWeight, other);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      SimilarityMatrix s =
          SimilarityMatrix.of(manager, task, similarity, neighbours, displayName());
      double[] sums = s.sums();
      return maximizer.choose(task, () -> function(s, sums, redundancyWeight), displayName());
    }
  }

  static SubmodularFunction function(SimilarityMatrix s, double[] sums, double redundancyWeight) {
    double[] gain = sums.clone();
    for (int i = 0; i < gain.length; i++) {
      gain[i] -= redundancyWeight * s.self(i);
    }
    return new SubmodularFunction() {
      @Override
      public int size() {
        return s.size();
      }

      @Override
      public double[] gains(int[] rows) {
        return Arrays.stream(rows).mapToDouble(i -> gain[i]).toArray();
      }

      @Override
      public void add(int row) {
        s.addRow(row, -2 * redundancyWeight, gain);
      }
    };
  }
}
