package org.erasus.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.erasus.eval.Protocol;
import org.erasus.eval.Verdict.Outcome;
import org.junit.jupiter.api.Test;

/** The calibration of the verifier at reduced size. */
class CalibrateVerifierTest {
  @Test
  void rowsLearnedByHeart() {
    Map<String, Map<Outcome, Integer>> verdicts =
        CalibrateVerifier.count(Protocol.RANDOM_ROWS, 6_000, 6_000, 15, 1).verdicts();
    verdicts.forEach(
        (name, found) ->
            assertThat(found)
                .as(name)
                .containsOnlyKeys(
                    name.equals(CalibrateVerifier.RETRAINED) ? Outcome.PASS : Outcome.FAIL));
    assertThat(verdicts)
        .containsKeys("original", "new last layer", "half of the rows", "over-forgotten");
  }

  @Test
  void wholeClasses() {
    Map<String, Map<Outcome, Integer>> verdicts =
        CalibrateVerifier.count(Protocol.CLASS, 3_000, 3_000, 12, 2).verdicts();
    assertThat(verdicts.remove(CalibrateVerifier.RETRAINED)).doesNotContainKey(Outcome.FAIL);
    assertThat(verdicts)
        .containsOnlyKeys(
            "new last layer",
            "half of the rows",
            "over-forgotten",
            "refuses at the output",
            "original",
            "random-weights");
    verdicts.forEach((name, found) -> assertThat(found).as(name).containsOnlyKeys(Outcome.FAIL));
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
