package org.erasus.eval;

import java.util.List;

/**
 * Whether a network forgot as if it had been trained without the rows.
 *
 * @param outcome the verdict
 * @param gates what each gate said
 * @param reasons why, in sentences, the decisive ones first
 */
public record Verdict(Outcome outcome, List<GateResult> gates, List<String> reasons) {
  /** The three verdicts. */
  public enum Outcome {
    /** Every gate shows that the difference from retraining is harmless, and the same gates catch the controls. */
    PASS,
    /** At least one gate shows a harmful difference. */
    FAIL,
    /** Neither is shown: the reasons say how many rows would. */
    INCONCLUSIVE
  }

  /** Copies the lists. */
  public Verdict {
    gates = List.copyOf(gates);
    reasons = List.copyOf(reasons);
  }
}
