package org.erasus.benchmarks;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.Protocol;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.UnlearningVerificationSuite;
import org.erasus.eval.VerificationReport;
import org.erasus.eval.report.HtmlReport;
import org.erasus.eval.report.MarkdownReport;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.train.Supervised;
import org.erasus.zoo.SmallCnn;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.Images;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Times a whole report of protocol {@code random-rows} in default settings, and all attacks and tests of recovery without reference
 * networks: drawn digits, an original, a reference and a candidate beside the controls, from networks that are there to the
 * files on disk. The networks are trained for a moment before the clock starts, so that they answer as networks do.
 */
@Command(name = "full-report", mixinStandardHelpOptions = true)
public final class FullReport implements Callable<Integer> {
  private static final Shape IMAGE = new Shape(1, 28, 28);
  private static final int CLASSES = 10;

  @Option(names = "--rows", defaultValue = "60000", description = "to forget or retain")
  private int rows;

  @Option(names = "--unseen", defaultValue = "10000", description = "rows never trained on")
  private int unseen;

  @Option(names = "--share", defaultValue = "0.1", description = "of the rows to forget")
  private double share;

  @Option(names = "--train-rows", defaultValue = "5000", description = "for one epoch, not timed")
  private int trainRows;

  @Option(names = "--threads", defaultValue = "2", description = "threads in one operation")
  private int threads;

  @Option(names = "--out", description = "folder for the report, which is left there")
  private Optional<Path> out = Optional.empty();

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new FullReport()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    EngineRuntime.setThreads(threads);
    Path folder = out.isPresent() ? out.get() : Files.createTempDirectory("full-report");
    Files.createDirectories(folder);
    try (UnlearningDataset data = digits();
        Network original = network(data, 1);
        Network reference = network(data, 2);
        Network candidate = network(data, 3)) {
      report(folder, data, original, reference, candidate);
      attacks(folder, data, original, reference, candidate);
    }
    return 0;
  }

  private void report(
      Path folder, UnlearningDataset data, Network original, Network reference, Network candidate)
      throws IOException {
    Stages stages = new Stages();
    BenchmarkReport report =
        UnlearningBenchmark.of(data, original)
            .withReference("retrained", reference)
            .withCandidate("candidate", candidate)
            .withProtocol(Protocol.RANDOM_ROWS)
            .run(stages);
    stages.did("pictures");
    report.save(folder.resolve("report.json"));
    stages.did("JSON");
    MarkdownReport.save(report, folder.resolve("report.md"));
    stages.did("Markdown");
    HtmlReport.save(report, folder.resolve("report.html"));
    stages.did("HTML");
    print("report", data, report.networks().size(), stages);
  }

  private void attacks(
      Path folder, UnlearningDataset data, Network original, Network reference, Network candidate)
      throws IOException {
    Stages stages = new Stages();
    VerificationReport report =
        UnlearningVerificationSuite.of(data, original, "candidate", candidate)
            .withRetrained("retrained", reference)
            .run(stages);
    report.save(folder.resolve("attacks.json"));
    stages.did("JSON");
    MarkdownReport.save(report, folder.resolve("attacks.md"));
    stages.did("Markdown");
    HtmlReport.save(report, folder.resolve("attacks.html"));
    stages.did("HTML");
    print("attacks", data, report.networks().size(), stages);
  }

  private void print(String what, UnlearningDataset data, int networks, Stages stages) {
    System.out.printf(
        Locale.ROOT,
        "{\"what\": \"%s\", \"rows\": %d, \"unseen\": %d, \"forget\": %d, \"networks\": %d, \"seconds\": %.1f, \"stages\": %s}%n",
        what,
        rows,
        unseen,
        data.forget().size(),
        networks,
        stages.total(),
        stages.json());
  }

  private UnlearningDataset digits() {
    Images train = DrawnDigits.DEFAULTS.train(rows);
    Images test = DrawnDigits.DEFAULTS.test(unseen);
    return UnlearningDataset.of(train.scaled(), IMAGE, train.labels(), CLASSES)
        .withUnseen(test.scaled(), test.labels())
        .markForgetShare(share, 1);
  }

  /** Forget rows are not among what it is trained on; what a report takes does not depend on that. */
  private Network network(UnlearningDataset data, long seed) {
    Network network = Network.of(SmallCnn.DEFAULTS.block(CLASSES), IMAGE, seed);
    network.compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST));
    Supervised.DEFAULTS
        .withEpochs(1)
        .train(network, data.asIfTrainedOn(data.retain().first(trainRows)), seed);
    return network;
  }
}
