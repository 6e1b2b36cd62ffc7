package org.erasus.selectors;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.function.Predicate;
import org.erasus.Batch;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.ScoringSelector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/**
 * BALD, Bayesian active learning by disagreement: prefers the rows on which the networks that dropout makes of this one are
 * sure each, but not of the same class.
 *
 * <pre>{@code
 * p_t     = softmax(z(x_i; θ, dropout t))                   t = 1…T, (C)
 * score_i = H(1/T Σ_t p_t) − 1/T Σ_t H(p_t)                 H(p) = −Σ_c p_c log p_c, in [0, log min(C, T)], (N)
 * }</pre>
 *
 * <p>The score estimates the mutual information of a row's class and the weights. Dropout is on, and batch normalisation uses its
 * running statistics. What is dropped is drawn from the seed of the selection, for every pass and row anew. Unlike in the paper
 * the network may have been trained in any way; whether dropout then stands for a posterior is for the user to judge. T·N rows
 * forward.
 *
 * @param passes T, 2 or more
 * @see <a href="https://arxiv.org/abs/1112.5745">Houlsby et al., 2011</a>
 * @see <a href="https://arxiv.org/abs/1703.02910">Gal, Islam and Ghahramani, 2017</a>, equation 2 and section 3
 */
public record Bald(int passes) implements ScoringSelector {
  /** Twenty passes. */
  public static final Bald DEFAULTS = new Bald(20);

  private static final int BATCH = 256;

  /** Checks the range. */
  public Bald {
    Check.atLeast(2, passes, "passes");
  }

  /** These settings with another number of passes. */
  public Bald withPasses(int passes) {
    return new Bald(passes);
  }

  /**
   * Scores the rows of a probe.
   *
   * @throws IllegalArgumentException when the passes do not differ on the first batch, as those of a network without dropout
   */
  @Override
  public double[] score(Probe probe) {
    double[] scores = new double[probe.rows().size()];
    int at = 0;
    for (Rows piece : probe.rows().batches(BATCH)) {
      double[][] p = passes(probe, piece, at);
      if (at == 0 && !Double.isNaN(p[0][0]) && Arrays.stream(p).allMatch(same(p[0]))) {
        throw new IllegalArgumentException(
            displayName()
                + " needs a network with dropout, but "
                + passes
                + " passes over the first "
                + piece
                + " gave the same: use \"entropy\", or a network with an org.erasus.nn.Dropout");
      }
      int classes = p[0].length / piece.size();
      for (int i = 0; i < piece.size(); i++) {
        scores[at + i] = disagreement(p, i * classes, classes);
      }
      at += piece.size();
      probe.progressed("dropout passes", at, scores.length);
    }
    return scores;
  }

  private static Predicate<double[]> same(double[] first) {
    return other -> Arrays.equals(other, first);
  }

  /** Probabilities of a batch in every pass, (T, B·C). */
  private double[][] passes(Probe probe, Rows rows, int batchNumber) {
    double[][] found = new double[passes][];
    try (GradMode off = GradMode.off();
        Batch batch = rows.load(probe.network().device())) {
      for (int t = 0; t < passes; t++) {
        found[t] =
            probe
                .network()
                .forward(
                    batch,
                    Network.Mode.TRAIN_FIXED_STATISTICS,
                    probe.seeds().of("bald", t, batchNumber))
                .toDevice(EngineRuntime.wideDevice(probe.network().device()), false)
                .toType(DataType.FLOAT64, true)
                .softmax(1)
                .toDoubleArray();
      }
    }
    return found;
  }

  /** H of the mean less the mean of H, of one row; not below 0, where rounding would take it. */
  static double disagreement(double[][] p, int from, int classes) {
    double[] mean = new double[classes];
    double entropy = 0;
    for (double[] pass : p) {
      double[] row = Arrays.copyOfRange(pass, from, from + classes);
      for (int c = 0; c < classes; c++) {
        mean[c] += row[c] / p.length;
      }
      entropy += Entropy.of(row) / p.length;
    }
    return Math.max(0, Entropy.of(mean) - entropy);
  }
}
