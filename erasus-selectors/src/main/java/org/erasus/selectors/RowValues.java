package org.erasus.selectors;

import org.erasus.Coreset;
import org.erasus.SelectionTask;

/** What rows were found to be worth, in the order of the candidates, and how sure that is. */
public final class RowValues {
  private final double[] values;
  private final double[] standardErrors;
  private final int samples;
  private final boolean converged;

  RowValues(double[] values, double[] standardErrors, int samples, boolean converged) {
    this.values = values;
    this.standardErrors = standardErrors;
    this.samples = samples;
    this.converged = converged;
  }

  /** One a candidate (N). */
  public double[] values() {
    return values.clone();
  }

  /** The standard error of each value over the choice of samples (N). */
  public double[] standardErrors() {
    return standardErrors.clone();
  }

  /** Samples taken: permutations, subsets or models. */
  public int samples() {
    return samples;
  }

  /** Whether the rule that ends the sampling was met before the samples ran out; true where there is no such rule. */
  public boolean converged() {
    return converged;
  }

  /** The best candidates; who made it says when the values had not settled. */
  Coreset best(SelectionTask task, String selector) {
    String madeBy =
        converged ? selector : selector + " (not converged after " + samples + " samples)";
    return Coreset.of(task.candidates().ids(), values, madeBy).top(task.wanted());
  }
}
