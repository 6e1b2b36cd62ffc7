package org.erasus.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.erasus.Catalog;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.eval.corrective.CorrectiveProtocol;
import org.erasus.eval.corrective.CorrectiveReport;
import org.erasus.eval.report.HtmlReport;
import org.erasus.eval.report.MarkdownReport;
import org.erasus.train.LearningRate;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.SmallCnn;
import org.erasus.zoo.data.TrainTest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Undoes what manipulated rows did: a backdoor, two classes confused, wrong labels. Some of the spoilt rows are found, few or
 * all, a strategy unlearns them, and the harm that is left is compared with a network that never saw a spoilt row.
 */
@Command(name = "undo-manipulation", mixinStandardHelpOptions = true)
public final class UndoManipulation implements Callable<Integer> {
  @Option(names = "--data", defaultValue = Problems.DRAWN_DIGITS, description = "a data set")
  private String data = Problems.DRAWN_DIGITS;

  @Option(names = "--data-dir", description = "folder of its original files")
  private Optional<Path> dataDir = Optional.empty();

  @Option(names = "--rows", defaultValue = "6000", description = "to train on, from the first")
  private int rows;

  @Option(names = "--epochs", defaultValue = "10", description = "of training")
  private int epochs;

  @Option(names = "--strategy", defaultValue = "scrub", description = "of the catalogue")
  private String strategy = "";

  @Option(
      names = "--shares",
      split = ",",
      defaultValue = "0.1,0.5,1",
      description = "of the spoilt rows that are found")
  private List<Double> shares = List.of();

  @Option(names = "--seed", defaultValue = "1", description = "of everything")
  private long seed;

  @Option(names = "--out", description = "folder for corrective.html and corrective.json")
  private Optional<Path> out = Optional.empty();

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    Program.run(new UndoManipulation(), args);
  }

  @Override
  public Integer call() throws IOException {
    Check.atLeast(1, rows, "--rows");
    Check.atLeast(1, epochs, "--epochs");
    shares.forEach(share -> Check.inClosed(share, Double.MIN_VALUE, 1, "--shares"));
    UnlearningStrategy chosen = Catalog.strategies().get(strategy);
    if (out.isPresent()) {
      Program.makeFolder(out.get());
    }
    CorrectiveReport report =
        run(
            Problems.load(data, dataDir, rows),
            CorrectiveProtocol.DEFAULTS.withShares(shares),
            chosen,
            epochs,
            seed);
    System.out.println(MarkdownReport.of(report));
    if (out.isPresent()) {
      HtmlReport.save(report, out.get().resolve("corrective.html"));
      report.save(out.get().resolve("corrective.json"));
    }
    return 0;
  }

  static CorrectiveReport run(
      TrainTest images,
      CorrectiveProtocol protocol,
      UnlearningStrategy strategy,
      int epochs,
      long seed) {
    Training recipe =
        Training.DEFAULTS.withMaxEpochs(epochs).withLearningRate(new LearningRate.Cosine(0.05, 0));
    try (UnlearningDataset clean = Problems.rows(images, 0.25, seed)) {
      return protocol.run(clean, (rows, own) -> trained(recipe, rows, own), strategy, seed);
    }
  }

  private static Network trained(Training recipe, UnlearningDataset rows, long seed) {
    Network network = Network.of(SmallCnn.DEFAULTS.block(rows.classes()), rows.rowShape(), seed);
    try {
      new Supervised(recipe).train(network, rows, seed);
      return network;
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
  }
}
