package org.erasus.train;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.erasus.Check;

/**
 * Where a run leaves its state, so that it can be killed at any instant and go on to the same weights, bit for bit.
 *
 * <p>Weights that are no longer finite are never left: the run ends there with a {@link DivergedException}, as it does when it
 * is started again.
 *
 * <p>A finished run leaves its result, too: starting it again gives it back at once. Delete the folder to start afresh.
 *
 * @param folder one for each run
 * @param everySteps also this often within an epoch
 */
public record Checkpoints(Path folder, OptionalInt everySteps) {
  /** Checks the range. */
  public Checkpoints {
    everySteps.ifPresent(steps -> Check.atLeast(1, steps, "everySteps"));
  }

  /** At the end of every epoch. */
  public static Checkpoints in(Path folder) {
    return new Checkpoints(folder, OptionalInt.empty());
  }

  /** Those of a run that is part of this one, in a folder below. */
  public Checkpoints part(String name) {
    return new Checkpoints(folder.resolve(name), everySteps);
  }

  /** Also within epochs. */
  public Checkpoints withEverySteps(int steps) {
    return new Checkpoints(folder, OptionalInt.of(steps));
  }
}
