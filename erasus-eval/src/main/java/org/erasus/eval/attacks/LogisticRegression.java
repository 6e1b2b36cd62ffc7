package org.erasus.eval.attacks;

import de.bwaldvogel.liblinear.Feature;
import de.bwaldvogel.liblinear.FeatureNode;
import de.bwaldvogel.liblinear.Linear;
import de.bwaldvogel.liblinear.Parameter;
import de.bwaldvogel.liblinear.Problem;
import de.bwaldvogel.liblinear.SolverType;
import org.erasus.Check;

/**
 * Fits a logistic regression on the numbers of all threshold attacks.
 *
 * <pre>{@code
 * min ½‖w‖² + c Σᵢ vᵢ log(1 + exp(−yᵢ(w·xᵢ + b)))          x standardised, (D); b free
 * score(x) = w·x + b
 * }</pre>
 *
 * <p>y is 1 for members and −1 for non-members; v makes both groups count alike, N / (2 N_group). Solved by LIBLINEAR to
 * 1e-8 of the first gradient.
 *
 * @param cost c, above 0: the larger, the closer to the calibration rows
 * @see <a href="https://www.jmlr.org/papers/v9/fan08a.html">Fan et al., 2008, LIBLINEAR</a>
 */
public record LogisticRegression(double cost) implements Attack {
  /** Cost 1. */
  public static final LogisticRegression DEFAULTS = new LogisticRegression(1);

  private static final double TOLERANCE = 1e-8;

  static {
    Linear.disableDebugOutput();
  }

  /** Checks the range. */
  public LogisticRegression {
    Check.positive(cost, "cost");
  }

  /** The same with another cost. */
  public LogisticRegression withCost(double other) {
    return new LogisticRegression(other);
  }

  @Override
  public String name() {
    return "logistic-regression";
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    Signals signals = Signals.of(members, nonMembers);
    Problem problem = new Problem();
    problem.l = members.size() + nonMembers.size();
    problem.n = Signals.count() + 1;
    problem.bias = 1;
    problem.x = new Feature[problem.l][];
    problem.y = new double[problem.l];
    add(problem, 0, signals.of(members), 1);
    add(problem, members.size(), signals.of(nonMembers), -1);
    Parameter parameter = new Parameter(SolverType.L2R_LR, cost, TOLERANCE);
    parameter.setRegularizeBias(false);
    parameter.setWeights(
        new double[] {problem.l / (2.0 * members.size()), problem.l / (2.0 * nonMembers.size())},
        new int[] {1, -1});
    // The first row is a member, so the weights point towards members.
    double[] weights = Linear.train(problem, parameter).getFeatureWeights();
    return rows -> {
      double[][] x = signals.of(rows);
      double[] scores = new double[x.length];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = weights[Signals.count()];
        for (int d = 0; d < Signals.count(); d++) {
          scores[i] += weights[d] * x[i][d];
        }
      }
      return scores;
    };
  }

  private static void add(Problem problem, int from, double[][] x, int label) {
    for (int i = 0; i < x.length; i++) {
      Feature[] nodes = new Feature[Signals.count() + 1];
      for (int d = 0; d < Signals.count(); d++) {
        nodes[d] = new FeatureNode(d + 1, x[i][d]);
      }
      nodes[Signals.count()] = new FeatureNode(Signals.count() + 1, 1);
      problem.x[from + i] = nodes;
      problem.y[from + i] = label;
    }
  }
}
