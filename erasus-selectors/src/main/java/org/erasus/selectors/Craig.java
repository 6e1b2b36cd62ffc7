package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * CRAIG: chooses, in every class, rows near whose gradients all others lie, and weighs each by the number of rows it stands
 * for.
 *
 * <pre>{@code
 * g_i  = ∂CE_i/∂[W, b]                                            last linear layer
 * F(S) = Σ_i v_i (c − min_{j∈S} ‖g_i − g_j‖₂),  c ≥ ‖g_i − g_j‖   to be maximised greedily, i of the class
 * w_j  = Σ {v_i: j is the nearest of S to i} / v_j                Σ_j w_j v_j = Σ_i v_i
 * }</pre>
 *
 * <p>v are the weights that the rows have in losses, all 1 unless set as in the paper; training multiplies w with them. The
 * weighted sum Σ_S w_j v_j g_j is then no further from Σ_i v_i g_i than Σ_i v_i min_j ‖g_i − g_j‖. Rows with v = 0 stand for
 * none: they come, with weight 0, where no others are left. A class gets a share of the k rows by its size; one whose share is 0
 * is left out. The paper bounds the distances of a deep network's gradients by those at the input of the last layer; here they
 * are those of its weights and bias, as in the authors' later library. Scores are the gains in F when a row was chosen, c being
 * twice the largest norm; weights, with v = 1, add up to the number of candidates of the classes chosen from, and a row that
 * coincides with one chosen before it weighs 0.
 *
 * <p>Lazy greedy: gains never grow, so most are not computed again. Time N forward and O(n²·(C+D)) for classes of n rows, and
 * at most as much again for each row chosen; memory O(N·(C+D) + 256·n), no n².
 *
 * @see <a href="https://arxiv.org/abs/1906.01827">Mirzasoleiman, Bilmes and Leskovec, 2020</a>
 */
public record Craig() implements Selector {
  /** The only settings. */
  public static final Craig DEFAULTS = new Craig();

  private static final int FIRST = 256;
  private static final int AGAIN = 32;

  /** Gains are compared in this share of c, so that rounding does not order equal rows. */
  private static final double GRAIN = 1e-9;

  @Override
  public Coreset choose(SelectionTask task) {
    try (NDManager scope = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      LastLayer gradients = LastLayer.of(task.probe(), scope);
      double[] v = task.candidates().weights();
      double c = 2 * Math.sqrt(gradients.squaredNorms().max().getDouble());
      List<PerClass.Pick> picks =
          PerClass.choose(task, (rows, wanted) -> choose(task, gradients, v, rows, wanted, c));
      return PerClass.coreset(task, picks, displayName());
    }
  }

  /**
   * A row that may be chosen.
   *
   * @param row its place in the class
   * @param gain at most so many grains
   * @param step at which this was its gain
   */
  private record Candidate(int row, long gain, int step) {}

  private static List<PerClass.Pick> choose(
      SelectionTask task, LastLayer all, double[] v, int[] rows, int wanted, double c) {
    int[] counting = IntStream.of(rows).filter(i -> v[i] > 0).toArray();
    int most = Math.min(wanted, counting.length);
    List<PerClass.Pick> picks = new ArrayList<>();
    if (most > 0) {
      picks.addAll(greedy(task, all, v, counting, most, c));
    }
    IntStream.of(rows)
        .filter(i -> v[i] == 0)
        .limit((long) wanted - most)
        .forEach(i -> picks.add(new PerClass.Pick(i, 0, 0)));
    return picks;
  }

  private static List<PerClass.Pick> greedy(
      SelectionTask task, LastLayer all, double[] v, int[] rows, int wanted, double c) {
    try (NDManager scope = EngineRuntime.newManager()) {
      double[] weights = IntStream.of(rows).mapToDouble(i -> v[i]).toArray();
      Cover cover = new Cover(all.take(Matrices.index(scope, rows), scope), weights, c, scope);
      PriorityQueue<Candidate> queue =
          new PriorityQueue<>(
              Comparator.comparingLong(Candidate::gain)
                  .reversed()
                  .thenComparingInt(Candidate::row));
      for (int from = 0; from < rows.length; from += FIRST) {
        int to = Math.min(from + FIRST, rows.length);
        queue.addAll(cover.gains(IntStream.range(from, to).toArray()));
        task.progressed("distances", to, rows.length);
      }
      List<Candidate> chosen = new ArrayList<>();
      while (chosen.size() < wanted) {
        int[] stale = stale(queue, chosen.size());
        if (stale.length == 0) {
          Candidate best = queue.remove();
          cover.add(best.row());
          chosen.add(best);
        } else {
          queue.addAll(cover.gains(stale));
        }
        task.progressed("rows of a class", chosen.size(), wanted);
      }
      double[] shares = cover.shares();
      return IntStream.range(0, wanted)
          .mapToObj(
              t -> {
                Candidate pick = chosen.get(t);
                return new PerClass.Pick(
                    rows[pick.row()], shares[t] / weights[pick.row()], pick.gain() * GRAIN * c);
              })
          .toList();
    }
  }

  /** Takes the first rows out of the queue whose gains are of an earlier step; none when the first of all is up to date. */
  private static int[] stale(PriorityQueue<Candidate> queue, int step) {
    IntStream.Builder found = IntStream.builder();
    for (int n = 0; n < AGAIN && !queue.isEmpty() && queue.element().step() < step; n++) {
      found.add(queue.remove().row());
    }
    return found.build().toArray();
  }

  /** What a set of rows covers of its class. */
  private static final class Cover {
    private final LastLayer gradients;
    private final NDArray squaredNorms;
    private final double[] weights;

    /** v (n, 1). */
    private final NDArray v;

    /** v times the distance to the nearest that was chosen, (n). */
    private final NDArray nearest;

    private final double grain;
    private final double[] distance;
    private final int[] owner;
    private int chosen;

    Cover(LastLayer gradients, double[] weights, double c, NDManager scope) {
      this.gradients = gradients;
      this.weights = weights;
      v = Matrices.of(scope, weights).reshape(-1, 1);
      squaredNorms = gradients.squaredNorms();
      grain = GRAIN * c;
      distance = new double[weights.length];
      owner = new int[weights.length];
      Arrays.fill(distance, c);
      nearest = Matrices.of(scope, weighted());
    }

    List<Candidate> gains(int[] rows) {
      try (NDArray distances = distances(rows);
          NDArray weighted = distances.mul(v);
          NDArray gains = TorchOps.gainsOfCover(nearest, weighted)) {
        double[] found = gains.toDoubleArray();
        return IntStream.range(0, rows.length)
            .mapToObj(
                i -> new Candidate(rows[i], grain == 0 ? 0 : Math.round(found[i] / grain), chosen))
            .toList();
      }
    }

    void add(int row) {
      double[] found;
      try (NDArray distances = distances(new int[] {row})) {
        found = distances.toDoubleArray();
      }
      for (int i = 0; i < distance.length; i++) {
        if (found[i] < distance[i]) {
          distance[i] = found[i];
          owner[i] = chosen;
        }
      }
      chosen++;
      try (NDArray now = nearest.getManager().create(weighted())) {
        TorchOps.copyInPlace(nearest, now);
      }
    }

    private double[] weighted() {
      return IntStream.range(0, distance.length)
          .mapToDouble(i -> weights[i] * distance[i])
          .toArray();
    }

    private NDArray distances(int[] rows) {
      try (NDArray index = Matrices.index(nearest.getManager(), rows)) {
        return TorchOps.outerDistances(
            gradients.residuals(), gradients.inputs(), squaredNorms, index);
      }
    }

    /** Σ v of the rows nearest to each chosen one. */
    double[] shares() {
      double[] shares = new double[chosen];
      for (int i = 0; i < owner.length; i++) {
        shares[owner[i]] += weights[i];
      }
      return shares;
    }
  }
}
