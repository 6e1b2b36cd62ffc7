package org.erasus.eval.experiments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.UnlearningDataset;

/**
 * Which rows an experiment forgets: exactly one of the three.
 *
 * @param classes whole classes
 * @param fraction of all training rows, drawn alike from every class
 * @param file ids of rows, one a line
 */
public record Forget(
    Optional<List<Integer>> classes, Optional<Double> fraction, Optional<Path> file) {
  /** Checks that there is exactly one, and its range. */
  public Forget {
    classes = classes.map(List::copyOf);
    int given =
        (classes.isPresent() ? 1 : 0) + (fraction.isPresent() ? 1 : 0) + (file.isPresent() ? 1 : 0);
    if (given != 1) {
      throw new IllegalArgumentException(
          "forget must name exactly one of classes, fraction and file, but names " + given);
    }
    fraction.ifPresent(share -> Check.inOpen(share, 0, 1, "forget.fraction"));
  }

  /** Whole classes. */
  public static Forget classes(Integer... classes) {
    return new Forget(Optional.of(List.of(classes)), Optional.empty(), Optional.empty());
  }

  /** A share of the rows. */
  public static Forget fraction(double share) {
    return new Forget(Optional.empty(), Optional.of(share), Optional.empty());
  }

  /** Rows by their ids in a file. */
  public static Forget file(Path ids) {
    return new Forget(Optional.empty(), Optional.empty(), Optional.of(ids));
  }

  /** Marks the rows. */
  UnlearningDataset mark(UnlearningDataset data, long seed) throws IOException {
    if (file.isPresent()) {
      return data.markForget(file.get());
    }
    if (classes.isPresent()) {
      return data.markForgetClasses(classes.get().stream().mapToInt(Integer::intValue).toArray());
    }
    return data.markForgetShare(fraction.orElseThrow(), seed);
  }
}
