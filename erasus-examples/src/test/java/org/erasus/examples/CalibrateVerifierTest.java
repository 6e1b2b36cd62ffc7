package org.erasus.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.erasus.eval.Protocol;
import org.erasus.eval.Verdict.Outcome;
import org.junit.jupiter.api.Test;

/** The calibration of the verifier at reduced size: docs/verifier.md has it whole. */
class CalibrateVerifierTest {
  @Test
  void wholeClasses() {
    Map<String, Map<Outcome, Integer>> verdicts =
        CalibrateVerifier.count(Protocol.CLASS, 4_000, 4_000, 12, 2).verdicts();
    assertThat(verdicts.get(CalibrateVerifier.RETRAINED)).doesNotContainKey(Outcome.FAIL);
    assertThat(verdicts.keySet())
        .contains("original", "random-weights", "half of the rows", "refuses at the output");
    verdicts.forEach(
        (name, found) -> {
          if (!name.equals(CalibrateVerifier.RETRAINED)) {
            assertThat(found).as(name).containsOnlyKeys(Outcome.FAIL);
          }
        });
  }

  @Test
  void tooFewRowsDecideNothingAboutARetrainedNetwork() {
    CalibrateVerifier.Counts counts =
        CalibrateVerifier.count(Protocol.RANDOM_ROWS, 400, 400, 12, 1);
    assertThat(counts.verdicts().get(CalibrateVerifier.RETRAINED))
        .containsOnlyKeys(Outcome.INCONCLUSIVE);
    assertThat(counts.rowsToDecide()).isPresent();
    assertThat(counts.rowsToDecide().getAsLong()).isGreaterThan(40);
  }
}
