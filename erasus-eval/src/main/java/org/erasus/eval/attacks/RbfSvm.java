package org.erasus.eval.attacks;

import java.util.Arrays;
import java.util.stream.IntStream;
import libsvm.svm;
import libsvm.svm_model;
import libsvm.svm_node;
import libsvm.svm_parameter;
import libsvm.svm_problem;
import org.erasus.Check;

/**
 * Fits a support vector machine with a Gaussian kernel on the numbers of all threshold attacks.
 *
 * <pre>{@code
 * k(x, z)  = exp(−γ ‖x − z‖² / D)                     x standardised, (D)
 * score(x) = Σᵢ αᵢ yᵢ k(xᵢ, x) + b                    0 ≤ αᵢ ≤ c vᵢ
 * }</pre>
 *
 * <p>y is 1 for members and −1 for non-members; v makes both groups count alike, N / (2 N_group). Solved by LIBSVM to 1e-6.
 * The work grows with the square of the calibration rows and more; of each group the first {@code maxRows} are used, which a
 * {@link MembershipTest} puts in random order.
 *
 * @param cost c, above 0
 * @param gamma γ, above 0
 * @param maxRows of each group, at least 2
 * @see <a href="https://doi.org/10.1145/1961189.1961199">Chang and Lin, 2011, LIBSVM</a>
 */
public record RbfSvm(double cost, double gamma, int maxRows) implements Attack {
  /** Cost 1, γ = 1, at most 2000 rows of each group. */
  public static final RbfSvm DEFAULTS = new RbfSvm(1, 1, 2000);

  private static final double TOLERANCE = 1e-6;
  private static final double CACHE_MEGABYTES = 64;

  static {
    svm.svm_set_print_string_function(text -> {});
  }

  /** Checks the ranges. */
  public RbfSvm {
    Check.positive(cost, "cost");
    Check.positive(gamma, "gamma");
    Check.atLeast(2, maxRows, "maxRows");
  }

  /** The same with another cost. */
  public RbfSvm withCost(double other) {
    return new RbfSvm(other, gamma, maxRows);
  }

  /** The same with another γ. */
  public RbfSvm withGamma(double other) {
    return new RbfSvm(cost, other, maxRows);
  }

  /** The same with another limit of rows. */
  public RbfSvm withMaxRows(int other) {
    return new RbfSvm(cost, gamma, other);
  }

  @Override
  public String name() {
    return "rbf-svm";
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    ScoredRows in = first(members);
    ScoredRows out = first(nonMembers);
    Signals signals = Signals.of(in, out);
    svm_problem problem = new svm_problem();
    problem.l = in.size() + out.size();
    problem.x = Arrays.copyOf(nodes(signals, in), problem.l);
    System.arraycopy(nodes(signals, out), 0, problem.x, in.size(), out.size());
    problem.y = new double[problem.l];
    Arrays.setAll(problem.y, i -> i < in.size() ? 1 : -1);
    // The first row is a member, so the decision values point towards members.
    svm_model model = svm.svm_train(problem, parameter(in.size(), out.size()));
    return rows -> {
      svm_node[][] x = nodes(signals, rows);
      double[] scores = new double[x.length];
      double[] value = new double[1];
      for (int i = 0; i < scores.length; i++) {
        svm.svm_predict_values(model, x[i], value);
        scores[i] = value[0];
      }
      return scores;
    };
  }

  private ScoredRows first(ScoredRows rows) {
    return rows.size() <= maxRows ? rows : rows.subset(IntStream.range(0, maxRows).toArray());
  }

  private svm_parameter parameter(int in, int out) {
    svm_parameter parameter = new svm_parameter();
    parameter.svm_type = svm_parameter.C_SVC;
    parameter.kernel_type = svm_parameter.RBF;
    parameter.gamma = gamma / Signals.count();
    parameter.C = cost;
    parameter.eps = TOLERANCE;
    parameter.cache_size = CACHE_MEGABYTES;
    parameter.shrinking = 1;
    parameter.nr_weight = 2;
    parameter.weight_label = new int[] {1, -1};
    parameter.weight = new double[] {(in + out) / (2.0 * in), (in + out) / (2.0 * out)};
    return parameter;
  }

  private static svm_node[][] nodes(Signals signals, ScoredRows rows) {
    double[][] x = signals.of(rows);
    svm_node[][] nodes = new svm_node[x.length][Signals.count()];
    for (int i = 0; i < x.length; i++) {
      for (int d = 0; d < Signals.count(); d++) {
        nodes[i][d] = new svm_node();
        nodes[i][d].index = d + 1;
        nodes[i][d].value = x[i][d];
      }
    }
    return nodes;
  }
}
