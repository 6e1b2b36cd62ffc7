package org.erasus.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.erasus.Catalog;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.experiments.Experiment;
import org.erasus.eval.experiments.ExperimentResult;
import org.erasus.eval.experiments.ExperimentRunner;
import org.erasus.eval.experiments.Experiments;
import org.erasus.eval.experiments.Forget;
import org.erasus.eval.experiments.Laboratory;
import org.erasus.testkit.Toys;
import org.erasus.train.LearningRate;
import org.erasus.train.Optimizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentsTest {
  private static final String TWO =
      """
      {"defaults": {"data": "clouds", "network": "perceptron", "forget": {"fraction": 0.1}, "runs": 2,
                    "training": {"maxEpochs": 2, "batchSize": 16}},
       "experiments": [
         {"name": "a", "strategy": "fine-tune"},
         {"name": "b", "strategy": {"name": "fine-tune"}, "forget": {"classes": [1]}, "runs": 1,
          "training": {"optimizer": {"name": "adam", "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-8, "weightDecay": 0}}}
       ]}
      """;

  @Test
  void anExperimentIsMergedOverTheDefaults() throws IOException {
    List<Experiment> both = Experiments.parse(TWO);
    Experiment a = both.get(0);
    assertThat(a.runs()).isEqualTo(2);
    assertThat(a.forget()).isEqualTo(Forget.fraction(0.1));
    assertThat(a.training().maxEpochs()).isEqualTo(2);
    assertThat(a.training().learningRate()).isEqualTo(new LearningRate.Cosine(0.05, 0));
    assertThat(a.strategy()).isEqualTo(Catalog.strategies().get("fine-tune"));
    Experiment b = both.get(1);
    assertThat(b.runs()).isEqualTo(1);
    assertThat(b.forget()).isEqualTo(Forget.classes(1));
    assertThat(b.training().batchSize()).isEqualTo(16);
    assertThat(b.training().optimizer()).isInstanceOf(Optimizer.Adam.class);
    assertThat(b.metrics()).isEmpty();
    assertThat(Json.read(Json.write(b), Experiment.class)).isEqualTo(b);
    String asking = TWO.replace("\"runs\": 1", "\"runs\": 1, \"metrics\": [\"cka\"]");
    assertThat(Experiments.parse(asking).get(1).metrics()).containsExactly("cka");
  }

  @Test
  void mistakesAreAnsweredWithTheExperimentAtFault() {
    refused(TWO.replace("\"runs\": 1", "\"rums\": 1"), "experiment \"b\"", "rums");
    refused(TWO.replace("\"runs\": 1", "\"runs\": 0"), "experiment \"b\"", "runs");
    refused(TWO.replace("{\"classes\": [1]}", "{}"), "experiment \"b\"", "exactly one");
    refused(TWO.replaceFirst("\"strategy\": \"[^\"]+\"", "\"strategy\": \"srcub\""), "srcub");
    refused(TWO.replace("\"data\": \"clouds\", ", ""), "experiment \"a\"", "\"data\"");
    refused(TWO.replace("\"name\": \"b\"", "\"name\": \"a\""), "two experiments");
    refused(
        TWO.replace("\"runs\": 1", "\"metrics\": [\"ckaa\"]"),
        "experiment \"b\"",
        "\"ckaa\"",
        "cka");
    refused(
        TWO.replace("\"runs\": 1", "\"share\": 0.5"),
        "experiment \"b\"",
        "share must be 1 without a selector");
    refused("{\"experiments\": []}", "one or more");
    refused("{\"experimints\": []}", "experimints");
  }

  private static void refused(String text, String... words) {
    assertThatThrownBy(() -> Experiments.parse(text))
        .isInstanceOfAny(IOException.class, IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  /** Small enough for seconds, large enough for the benchmark's tests. */
  private static final class Toybox implements Laboratory {
    final List<Long> opened = new ArrayList<>();

    @Override
    public UnlearningDataset data(String name, long seed) {
      opened.add(seed);
      UnlearningDataset data = Toys.clouds(seed);
      return data.markRetain(data.trained());
    }

    @Override
    public Network network(String name, UnlearningDataset data, long seed) {
      return Toys.perceptron(seed);
    }
  }

  @Test
  void resultsAreKeptAndNotMadeTwice(@TempDir Path folder) throws IOException {
    List<Experiment> experiments = Experiments.parse(TWO);
    Toybox first = new Toybox();
    List<ExperimentResult> results = new ExperimentRunner(first, folder).run(experiments);
    assertThat(first.opened)
        .as("once for each training to see what there is to do, then for each run")
        .containsExactly(1L, 2L, 1L, 1L, 2L, 1L);
    assertThat(results).extracting(ExperimentResult::seed).containsExactly(1L, 2L, 1L);
    assertThat(results.get(0).metrics()).containsKeys("forget-accuracy", "auc-loss");
    for (ExperimentResult result : results) {
      assertThat(RunExperiments.numbers()).containsAll(result.metrics().keySet());
    }
    assertThat(results.get(0).metrics()).isNotEqualTo(results.get(1).metrics());

    Path file = folder.resolve("results.jsonl");
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(3);
    // killed while the last line was written: that run is done again, to the same numbers
    Files.writeString(
        file,
        lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(2).substring(0, 40),
        StandardOpenOption.TRUNCATE_EXISTING);
    Toybox second = new Toybox();
    List<ExperimentResult> again = new ExperimentRunner(second, folder).run(experiments);
    assertThat(second.opened).containsExactly(1L, 2L, 1L, 1L);
    assertThat(Files.readAllLines(file)).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(withoutTime(again.get(i))).isEqualTo(withoutTime(results.get(i)));
    }

    Toybox third = new Toybox();
    assertThat(new ExperimentRunner(third, folder).run(experiments)).isEqualTo(again);
    assertThat(third.opened).containsExactly(1L, 2L, 1L);
  }

  private static ExperimentResult withoutTime(ExperimentResult result) {
    var metrics = new TreeMap<>(result.metrics());
    metrics.remove("wall-seconds");
    metrics.remove("wall-ratio");
    return new ExperimentResult(
        result.experiment(),
        result.settings(),
        result.seed(),
        result.verdict(),
        metrics,
        Instant.EPOCH);
  }
}
