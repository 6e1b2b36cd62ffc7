package org.erasus.eval.corrective;

import java.util.Arrays;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;

/**
 * Interclass confusion: a share of the rows of two classes bears the label of the other, so that the network takes one for the
 * other.
 *
 * <pre>{@code
 * y = first → second,  y = second → first        for the same share of each
 * }</pre>
 *
 * @param first a class
 * @param second another one
 * @param share of each, in (0, 1]
 * @see <a href="https://arxiv.org/abs/2201.06640">Goel et al., 2022</a>
 */
public record InterclassConfusion(int first, int second, double share) implements Manipulation {
  /** Half of the rows of classes 0 and 1. */
  public static final InterclassConfusion DEFAULTS = new InterclassConfusion(0, 1, 0.5);

  /** Checks the ranges. */
  public InterclassConfusion {
    Check.atLeast(0, first, "first");
    Check.atLeast(0, second, "second");
    Check.inClosed(share, Double.MIN_VALUE, 1, "share");
    if (first == second) {
      throw new IllegalArgumentException(
          "first and second must be different classes, but both were " + first);
    }
  }

  /** This manipulation of two other classes. */
  public InterclassConfusion withClasses(int first, int second) {
    return new InterclassConfusion(first, second, share);
  }

  /** This manipulation of another share. */
  public InterclassConfusion withShare(double share) {
    return new InterclassConfusion(first, second, share);
  }

  @Override
  public Manipulated apply(UnlearningDataset data, long seed) {
    if (Math.max(first, second) >= data.classes()) {
      throw new IllegalArgumentException(
          "first and second must be classes from 0 to "
              + (data.classes() - 1)
              + ", but were "
              + first
              + " and "
              + second);
    }
    Rows chosen = drawn(data, first, seed).and(drawn(data, second, seed));
    int[] labels =
        Arrays.stream(chosen.labels()).map(label -> label == first ? second : first).toArray();
    return Manipulated.of(this, seed, chosen, labels, Manipulated.relabelled(chosen, labels));
  }

  private Rows drawn(UnlearningDataset data, int label, long seed) {
    return Manipulation.draw(data.trained().ofClasses(Set.of(label)), share, "confusion", seed);
  }

  /** Those of some rows that belong to either class: where the confusion shows. */
  public Rows affected(Rows rows) {
    return rows.ofClasses(Set.of(first, second));
  }
}
