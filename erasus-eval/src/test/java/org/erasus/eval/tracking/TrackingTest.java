package org.erasus.eval.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.eval.Golden;
import org.erasus.eval.tracking.RunState.Status;
import org.erasus.testkit.Toys;
import org.erasus.train.CancelledRunException;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrackingTest {
  @TempDir private Path folder;

  @Test
  void eventsAreThoseOfTensorBoardsOwnWriter() throws IOException {
    JsonNode golden = Golden.cases("events").get(0);
    Path file = folder.resolve("new").resolve("events");
    try (EventFile events = new EventFile(file, 1234567890.5)) {
      for (JsonNode scalar : golden.get("scalars")) {
        events.scalar(
            1234567890.5,
            scalar.get(0).asLong(),
            scalar.get(1).asText(),
            (float) scalar.get(2).asDouble());
      }
    }
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(file)))
        .isEqualTo(golden.get("hex").asText());
    assertThatThrownBy(() -> new EventFile(file, 0)).isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void aRunLeavesItsCurvesForTensorBoard() throws IOException {
    try (TensorBoardListener curves = new TensorBoardListener(folder, 4)) {
      train(curves);
    }
    try (var files = Files.list(folder)) {
      Path file = files.findFirst().orElseThrow();
      assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.");
      String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
      assertThat(bytes)
          .contains("step/loss", "epoch/retain-loss", "epoch/learning-rate", "epoch/gradient-norm");
    }
  }

  @Test
  void aRunLeavesAFolderForMlflow() throws IOException {
    MlflowListener listener = new MlflowListener(folder, "requests \"2026\"", "request 1");
    assertThat(status(listener)).isEqualTo("status: 1");
    RunRecord record = train(listener);
    listener.finish(record);
    assertThat(status(listener)).isEqualTo("status: 3");
    Path run = listener.folder();
    List<String> losses = Files.readAllLines(run.resolve("metrics").resolve("loss"));
    assertThat(losses).hasSize((int) record.epochs().get(1).steps());
    assertThat(losses).allMatch(line -> line.matches("\\d+ [-0-9.E]+ \\d+"));
    assertThat(Files.readAllLines(run.resolve("metrics").resolve("retain-loss"))).hasSize(2);
    assertThat(Files.readString(run.resolve("params").resolve("seed"))).isEqualTo("1");
    assertThat(Files.readString(run.resolve("tags").resolve("mlflow.runName")))
        .isEqualTo("request 1");
    assertThat(run.resolve("artifacts").resolve("run-record.json"))
        .hasContent(Json.write(record) + "\n");

    listener.close();
    assertThat(status(listener)).as("closed after it has finished").isEqualTo("status: 3");

    MlflowListener second = new MlflowListener(folder, "requests \"2026\"", "request 2");
    assertThat(second.folder().getParent()).isEqualTo(run.getParent());
    assertThat(second.folder()).isNotEqualTo(run);
    second.close();
    assertThat(status(second)).as("closed without a record").isEqualTo("status: 4");
    assertThat(new MlflowListener(folder, "others", "a").folder().getParent())
        .isNotEqualTo(run.getParent());
  }

  /** As MLflow's file store writes it: without quotes where YAML needs none, else with single ones. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"requests|requests", "'it''s: all'|it's: all", "\"a \\\"b\\\"\"|a \"b\""})
  void anExperimentOfMlflowsOwnIsAddedTo(String written, String experiment) throws IOException {
    Path own = Files.createDirectories(folder.resolve("417"));
    Files.writeString(
        own.resolve("meta.yaml"),
        "artifact_location: file:///x/417\ncreation_time: 1\nexperiment_id: '417'\n"
            + "last_update_time: 1\nlifecycle_stage: active\nname: "
            + written
            + "\n");

    assertThat(new MlflowListener(folder, experiment, "a").folder().getParent()).isEqualTo(own);
    assertThat(new MlflowListener(folder, written + "s", "a").folder().getParent())
        .isNotEqualTo(own);
  }

  @Test
  void aRunKeepsItsFileAndLeavesItsRecord() throws IOException {
    Path file = folder.resolve("run").resolve("run.json");
    List<RunState> between = new ArrayList<>();
    Listener reader =
        new Listener() {
          @Override
          public void epochEnded(EpochRecord epoch) {
            between.add(read(file));
          }
        };
    RunRecord record;
    try (RunRecordListener run = new RunRecordListener(folder.resolve("run"))) {
      assertThat(read(file).status()).isEqualTo(Status.RUNNING);
      record = train(run, reader);
      assertThat(read(file).doing()).isEqualTo(record.reason());
      run.finish(record);
    }
    JsonNode left = Json.load(file, JsonNode.class);

    assertThat(between).extracting(RunState::status).containsOnly(Status.RUNNING);
    assertThat(between).extracting(s -> s.epochs().size()).containsExactly(1, 2);
    assertThat(between.get(0).steps()).isEqualTo(record.epochs().get(0).steps());
    assertThat(between.get(0).allSteps()).isEqualTo(record.epochs().get(1).steps());
    assertThat(between.get(0).loss()).isPresent();
    assertThat(between.get(0).record()).isEmpty();
    // "supervised" is in no catalogue, so its record is compared as it is written.
    assertThat(left.get("schema").asText()).isEqualTo("erasus-run/1");
    assertThat(left.get("status").asText()).isEqualTo("FINISHED");
    assertThat(left.get("record")).isEqualTo(Json.read(Json.write(record), JsonNode.class));
    assertThat(left.get("epochs")).isEqualTo(left.get("record").get("epochs"));
    assertThatThrownBy(() -> new RunRecordListener(folder.resolve("run")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is that of a run that has finished");
    try (var files = Files.list(folder.resolve("run"))) {
      assertThat(files).as("no temporary file stays behind").containsExactly(file);
    }
  }

  private static final Listener CANCELLER =
      new Listener() {
        @Override
        public void epochEnded(EpochRecord epoch) {
          Thread.currentThread().interrupt();
        }
      };

  /** The thread is interrupted before the curves of the first epoch are written. */
  @Test
  void anInterruptedRunLeavesItsCurves() throws IOException {
    try (TensorBoardListener curves = new TensorBoardListener(folder.resolve("board"));
        MlflowListener run = new MlflowListener(folder.resolve("flow"), "requests", "request 1")) {
      assertThatThrownBy(() -> train(CANCELLER, curves, run))
          .isInstanceOf(CancelledRunException.class);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      run.close();
      assertThat(status(run)).as("failed, not running").isEqualTo("status: 4");
      assertThat(Files.readAllLines(run.folder().resolve("metrics").resolve("retain-loss")))
          .hasSize(1);
    } finally {
      assertThat(Thread.interrupted()).as("the thread stays marked").isTrue();
    }
    try (var files = Files.list(folder.resolve("board"))) {
      assertThat(Files.readString(files.findFirst().orElseThrow(), StandardCharsets.ISO_8859_1))
          .contains("epoch/retain-loss");
    }
  }

  /** The run is cancelled in its second epoch; a process that is killed leaves what was written last. */
  @Test
  void anInterruptedRunLeavesAFileThatSaysSo() throws IOException {
    Path file = folder.resolve("run.json");
    try (RunRecordListener run = new RunRecordListener(folder)) {
      assertThatThrownBy(() -> train(run, CANCELLER)).isInstanceOf(CancelledRunException.class);
      RunState killed = read(file);
      assertThat(killed.status()).isEqualTo(Status.RUNNING);
      assertThat(killed.process()).isEqualTo(ProcessHandle.current().pid());
      assertThat(killed.epochs()).hasSize(1);
    } finally {
      Thread.interrupted();
    }
    assertThat(read(file).status()).isEqualTo(Status.INTERRUPTED);
    assertThat(read(file).record()).isEmpty();
    assertThat(read(file).epochs()).hasSize(1);
    try (RunRecordListener again = new RunRecordListener(folder)) {
      assertThat(read(file).status()).as("it may be begun again").isEqualTo(Status.RUNNING);
      again.close();
      assertThatThrownBy(() -> again.ended("late"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("one listener is one run");
    }
  }

  /** Steps are many: between epochs the file is written every ten seconds only. */
  @Test
  void stepsAreWrittenDownNowAndThen() throws IOException {
    Instant[] now = {Instant.EPOCH};
    Clock clock =
        new Clock() {
          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now[0];
          }
        };
    Path file = folder.resolve("run.json");
    try (RunRecordListener run = new RunRecordListener(folder, clock)) {
      run.started("scrub", 100, 40);
      now[0] = now[0].plusSeconds(9);
      run.stepped(41, 0.5);
      assertThat(read(file).steps()).isEqualTo(40);
      now[0] = now[0].plusSeconds(1);
      run.stepped(42, Double.NaN);
      assertThat(read(file).steps()).isEqualTo(42);
      assertThat(read(file).loss()).isEmpty();
      run.progressed("selecting", 3, 9);
      now[0] = now[0].plusSeconds(20);
      run.progressed("selecting", 4, 9);
      assertThat(read(file).doing()).isEqualTo("selecting, 4 of 9");
      assertThat(read(file).started()).isEqualTo(Instant.EPOCH);
      assertThat(read(file).updated()).isEqualTo(now[0]);
    }
  }

  private static RunState read(Path file) {
    try {
      return RunState.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String status(MlflowListener listener) throws IOException {
    return Files.readAllLines(listener.folder().resolve("meta.yaml")).stream()
        .filter(line -> line.startsWith("status"))
        .findFirst()
        .orElseThrow();
  }

  private static RunRecord train(Listener... listeners) {
    RunOptions options = RunOptions.DEFAULTS;
    for (Listener listener : listeners) {
      options = options.withListener(listener);
    }
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned =
            new Supervised(Toys.training().withMaxEpochs(2))
                .unlearn(UnlearningTask.of(network, data).withSeed(1).withOptions(options))) {
      return unlearned.record();
    }
  }
}
