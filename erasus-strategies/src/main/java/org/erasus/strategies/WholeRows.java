package org.erasus.strategies;

import java.util.Optional;
import org.erasus.Coreset;
import org.erasus.Rows;
import org.erasus.UnlearningTask;

/**
 * The rows that stand for all of a kind: all there are, or a coreset alone that sets weights, as these speak for the rows it left
 * out, which would count twice beside it.
 */
final class WholeRows {
  private WholeRows() {}

  /** Of D_f. */
  static Rows forget(UnlearningTask task) {
    return speaks(task.forgetCoreset()) ? task.forgetRows() : task.data().forget();
  }

  /** Of D_r. */
  static Rows retain(UnlearningTask task) {
    return speaks(task.retainCoreset()) ? task.retainRows() : task.data().retain();
  }

  private static boolean speaks(Optional<Coreset> coreset) {
    return coreset.filter(Coreset::setsWeights).isPresent();
  }
}
