package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * GRAD-MATCH: chooses, in every class, rows whose gradients, weighted, add up to the gradient of all, by orthogonal matching
 * pursuit.
 *
 * <pre>{@code
 * E(S, w) = ‖Σ_{j∈S} w_j g_j − Σ_i g_i‖² + λ ḡ² ‖w‖²          w ≥ 0, i of the class
 * g_i     = v_i ∂CE_i/∂[W, b]                                 last linear layer, v the rows' weights
 * ḡ²      = mean_i ‖g_i‖²
 * each step: the row of the steepest −∂E/∂w_j joins S, then w = argmin_{w ≥ 0} E(S, w)
 * }</pre>
 *
 * <p>Training multiplies w with the weights v that the rows have in losses, all 1 unless set. This is the paper's choice per
 * class, against the gradient of the training rows. It differs in three points: λ counts in units of ḡ², so that it means the
 * same early and late in a training; a row whose weight becomes 0 leaves S and frees its place; and there is no tolerance at
 * which to stop. When no row lowers E any more, the places left go to the rows nearest to doing so, with weight 0. A class gets a
 * share of the k rows by its size; one whose share is 0 is left out. Weights, times those of the rows, add up to about the
 * weights of all candidates, their number unless set, less the more λ shrinks them; scores are the weights.
 *
 * <p>Batch form: the products of the chosen gradients with all are kept, and a Cholesky factor grows with S. Time N forward
 * and, for k_c of n rows of a class, O(k_c·n·(C+D+k_c) + k_c³); memory O(N·(C+D) + k_c·n): a class
 * whose k_c·n is above 200 million, 1.6 GB, is refused before any work.
 *
 * @param regularization λ, 0 or more
 * @see <a href="https://arxiv.org/abs/2103.00123">Killamsetty et al., 2021</a>
 */
public record GradMatch(double regularization) implements Selector {
  /** The paper's λ = 0.5, in units of ḡ². */
  public static final GradMatch DEFAULTS = new GradMatch(0.5);

  /** 1.6 GB. */
  private static final long MOST_NUMBERS = 200_000_000;

  /** The share of the largest first slope below which a slope counts as 0. */
  private static final double FLAT = 1e-9;

  /** Checks the range. */
  public GradMatch {
    Check.nonNegative(regularization, "regularization");
  }

  /** With another regularization. */
  public GradMatch withRegularization(double other) {
    return new GradMatch(other);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    requireRoom(task);
    try (NDManager scope = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      LastLayer gradients =
          LastLayer.of(task.probe(), scope).times(Matrices.of(scope, task.candidates().weights()));
      return PerClass.coreset(
          task,
          PerClass.choose(task, (rows, wanted) -> choose(task, gradients, rows, wanted)),
          displayName());
    }
  }

  private void requireRoom(SelectionTask task) {
    int[] sizes = task.candidates().classCounts();
    int[] quotas = PerClass.quotas(task, sizes);
    for (int c = 0; c < sizes.length; c++) {
      long numbers = (long) quotas[c] * sizes[c];
      if (numbers > MOST_NUMBERS) {
        throw new IllegalArgumentException(
            displayName()
                + " keeps a number for each of k·n pairs in a class, at most "
                + MOST_NUMBERS
                + ", but k = "
                + quotas[c]
                + " of n = "
                + sizes[c]
                + " rows of class "
                + c
                + " make "
                + numbers
                + ": choose fewer, or from fewer");
      }
    }
  }

  private List<PerClass.Pick> choose(SelectionTask task, LastLayer all, int[] rows, int wanted) {
    try (NDManager scope = EngineRuntime.newManager()) {
      NDArray index = Matrices.index(scope, rows);
      Pursuit pursuit = new Pursuit(all.take(index, scope), rows.length, wanted, scope);
      // each step lowers E, so it ends; the bound is that of rounding
      for (int step = 0; step < 3 * rows.length && pursuit.step(wanted); step++) {
        task.progressed("rows of a class", pursuit.fit.members().size(), wanted);
      }
      return pursuit.picks(rows, wanted);
    }
  }

  /** The state of the pursuit in a class of n rows. */
  private final class Pursuit {
    private final LastLayer gradients;
    private final double[] squared;
    private final double[] first;
    private final double ridge;

    /** The products of members with all rows, n for each slot. */
    private final NDArray products;

    /** The slot of each row, −1 for none. */
    private final int[] slot;

    private final BitSet taken = new BitSet();
    private final BitSet useless = new BitSet();
    private final NonNegativeFit fit = new NonNegativeFit();
    private double[] slopes;

    Pursuit(LastLayer gradients, int n, int wanted, NDManager scope) {
      this.gradients = gradients;
      squared = gradients.squaredNorms().toDoubleArray();
      first =
          gradients
              .products(gradients.sum(scope.ones(new Shape(n), DataType.FLOAT64)))
              .toDoubleArray();
      ridge = regularization * Arrays.stream(squared).average().orElse(0);
      products = scope.zeros(new Shape((long) wanted * n), DataType.FLOAT64);
      slot = new int[n];
      Arrays.fill(slot, -1);
      slopes = first;
    }

    /** Takes one row in, when there is room and one that lowers E. */
    boolean step(int wanted) {
      int best = steepest();
      if (fit.members().size() == wanted || best < 0) {
        return false;
      }
      try (NDArray index = products.getManager().create(new long[] {best});
          NDArray found =
              TorchOps.outerProducts(gradients.residuals(), gradients.inputs(), index)) {
        double[] column = found.toDoubleArray();
        List<Integer> before = fit.members();
        double[] withMembers = before.stream().mapToDouble(m -> column[m]).toArray();
        if (fit.add(best, withMembers, squared[best] + ridge, first[best])) {
          useless.clear();
          keep(best, before, found);
          slopes = slopes();
        } else {
          useless.set(best);
        }
      }
      return true;
    }

    /** The row outside S of the steepest slope, the first of equals; −1 when E falls with none. */
    private int steepest() {
      int best = -1;
      float most = (float) (FLAT * Arrays.stream(first).map(Math::abs).max().orElse(0));
      for (int i = 0; i < slopes.length; i++) {
        if (slot[i] < 0 && !useless.get(i) && (float) slopes[i] > most) {
          most = (float) slopes[i];
          best = i;
        }
      }
      return best;
    }

    /** Keeps the products of a new member in a slot that is free, now that others may have left. */
    private void keep(int member, List<Integer> before, NDArray column) {
      Set<Integer> now = new HashSet<>(fit.members());
      for (int m : before) {
        if (!now.contains(m)) {
          taken.clear(slot[m]);
          slot[m] = -1;
        }
      }
      slot[member] = taken.nextClearBit(0);
      taken.set(slot[member]);
      long n = slot.length;
      try (NDArray place = TorchOps.view(products, slot[member] * n, new Shape(n, 1))) {
        TorchOps.copyInPlace(place, column);
      }
    }

    /** −½ ∂E/∂w_j of rows outside S, g_j·(Σ_i g_i − Σ_S w g), (n). */
    private double[] slopes() {
      double[] weights = new double[taken.length()];
      List<Integer> members = fit.members();
      double[] found = fit.weights();
      for (int m = 0; m < found.length; m++) {
        weights[slot[members.get(m)]] = found[m];
      }
      double[] slope;
      try (NDArray row = Matrices.of(products.getManager(), weights);
          NDArray w = row.reshape(1, weights.length);
          NDArray kept = TorchOps.view(products, 0, new Shape(weights.length, slot.length));
          NDArray sum = w.matMul(kept)) {
        slope = sum.toDoubleArray();
      }
      for (int i = 0; i < slope.length; i++) {
        slope[i] = first[i] - slope[i];
      }
      return slope;
    }

    List<PerClass.Pick> picks(int[] rows, int wanted) {
      List<Integer> members = fit.members();
      double[] weights = fit.weights();
      List<PerClass.Pick> picks = new ArrayList<>();
      for (int m = 0; m < weights.length; m++) {
        picks.add(new PerClass.Pick(rows[members.get(m)], weights[m], weights[m]));
      }
      IntStream.range(0, rows.length)
          .filter(i -> slot[i] < 0)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> -(float) slopes[i] + 0.0))
          .limit((long) wanted - picks.size())
          .forEach(i -> picks.add(new PerClass.Pick(rows[i], 0, 0)));
      return picks;
    }
  }
}
