package org.erasus.benchmarks;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that studies of selectors have in common: what is trained, and where results are left. */
final class StudyOptions {
  @Option(names = "--data", defaultValue = "fashion-mnist", description = "a data set by name")
  String data = "fashion-mnist";

  @Option(names = "--data-dir", required = true, description = "folder of its original files")
  Path dataDir = Path.of(".");

  @Option(names = "--out", required = true, description = "file of the results, JSON lines")
  Path out = Path.of(".");

  @Option(names = "--work", required = true, description = "folder of checkpoints and histories")
  Path work = Path.of(".");

  @Option(names = "--network", defaultValue = "small-cnn", description = "a network of the zoo")
  String network = "small-cnn";

  @Option(names = "--rows", defaultValue = "60000", description = "to train on, from the first")
  int rows;

  @Option(
      names = "--test-rows",
      defaultValue = "10000",
      description = "from the first; a quarter of them is validation, the others are unseen")
  int testRows;

  @Option(names = "--epochs", defaultValue = "20", description = "of training")
  int epochs;

  @Option(
      names = "--seeds",
      split = ",",
      defaultValue = "1,2,3,4,5",
      description = "a network each")
  long[] seeds = {};
}
