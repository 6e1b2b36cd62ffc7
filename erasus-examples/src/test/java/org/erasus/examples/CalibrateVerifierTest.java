package org.erasus.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.examples.CalibrateVerifier.Asked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The calibration of the verifier at reduced size. */
class CalibrateVerifierTest {
  @Test
  void rowsLearnedByHeart() {
    Map<String, Map<Outcome, Integer>> verdicts =
        CalibrateVerifier.count(Asked.MISLABELLED, 6_000, 6_000, 15, 1, 1, List.of(3))
            .get(0)
            .verdicts();
    verdicts.remove("a little over-forgotten"); // no claim is made of it
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
        CalibrateVerifier.count(Asked.CLASS, 3_000, 3_000, 12, 1, 2, List.of(3)).get(0).verdicts();
    assertThat(verdicts.remove(CalibrateVerifier.RETRAINED)).doesNotContainKey(Outcome.FAIL);
    verdicts.remove("a little over-forgotten");
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
        CalibrateVerifier.count(Asked.MISLABELLED, 400, 400, 12, 1, 1, List.of(3)).get(0);
    assertThat(counts.verdicts().get(CalibrateVerifier.RETRAINED))
        .containsOnlyKeys(Outcome.INCONCLUSIVE);
    assertThat(counts.rowsToDecide()).isPresent();
    assertThat(counts.rowsToDecide().getAsLong()).isGreaterThan(40);
  }

  @Test
  void aCountIsPutInThePlaceOfTheLastOneAlone(@TempDir Path folder) throws IOException {
    Path page = folder.resolve("page.md");
    CalibrateVerifier.write(page, "one\n");
    Files.writeString(page, "# Title\n" + Files.readString(page) + "What is seen.\n");
    CalibrateVerifier.write(page, "two\n");
    assertThat(page)
        .hasContent("# Title\n<!-- counted -->\ntwo\n<!-- /counted -->\nWhat is seen.\n");
    Files.writeString(page, "# Title\n");
    assertThatIOException()
        .isThrownBy(() -> CalibrateVerifier.write(page, "three\n"))
        .withMessageContaining("<!-- counted -->");
  }
}
