package org.erasus.eval.experiments;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Some runs of experiments failed; those of all others are done, and here. */
public final class FailedRunsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<FailedRun> failures;
  private final transient List<ExperimentResult> results;

  FailedRunsException(
      List<FailedRun> failures,
      List<RuntimeException> causes,
      List<ExperimentResult> results,
      Path folder) {
    super(
        failures.stream()
            .map(f -> f.experiment() + ", seed " + f.seed() + ": " + f.message())
            .collect(
                Collectors.joining(
                    "; ",
                    failures.size() + (failures.size() == 1 ? " run failed: " : " runs failed: "),
                    ". All others are done, and kept in "
                        + folder
                        + ": start again to try the failed ones once more")));
    causes.forEach(this::addSuppressed);
    this.failures = List.copyOf(failures);
    this.results = List.copyOf(results);
  }

  /** What failed, in the order it was tried. */
  public List<FailedRun> failures() {
    return failures;
  }

  /** The results of all other runs, in the order of the experiments. */
  public List<ExperimentResult> results() {
    return results;
  }
}
