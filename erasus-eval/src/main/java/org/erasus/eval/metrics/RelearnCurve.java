package org.erasus.eval.metrics;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What a network knows of D_f in the course of a lesson.
 *
 * @param seed of the order of the rows
 * @param steps taken at each look, ascending, the first 0
 * @param known at each look, the indices of the rows of D_f that are answered right; not to be changed
 * @param rows of D_f
 */
public record RelearnCurve(long seed, List<Long> steps, List<BitSet> known, int rows) {
  /** Copies the lists. */
  public RelearnCurve {
    steps = List.copyOf(steps);
    known = List.copyOf(known);
  }

  /** Accuracy on D_f at a look. */
  public double accuracy(int look) {
    return (double) known.get(look).cardinality() / rows;
  }

  /** The curve up to an accuracy; when it is never reached, all of it. */
  public Relearned to(double target) {
    List<Relearned.Look> looks = new ArrayList<>();
    for (int look = 0; look < steps.size(); look++) {
      looks.add(new Relearned.Look(steps.get(look), accuracy(look)));
      if (accuracy(look) >= target) {
        return new Relearned(seed, steps.get(look), true, looks);
      }
    }
    return new Relearned(seed, steps.get(steps.size() - 1), false, looks);
  }
}
