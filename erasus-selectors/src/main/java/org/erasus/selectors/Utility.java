package org.erasus.selectors;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.erasus.SelectionTask;

/**
 * What a set of candidates is worth, v(S): the utility that {@link DataShapley}, {@link Banzhaf} and {@link BetaShapley} share
 * out among the rows.
 *
 * <pre>{@code
 * Utility own = task -> chosen -> accuracyOfTrainingOn(task.candidates().take(chosen));
 * }</pre>
 *
 * <p>One of your own works as any other; only a selector with it cannot be written as JSON and read again.
 */
@FunctionalInterface
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes(@JsonSubTypes.Type(value = TargetAccuracy.class, name = "target-accuracy"))
public interface Utility {
  /** A utility at work on the candidates of one task. */
  @FunctionalInterface
  interface Game extends AutoCloseable {
    /**
     * v(S).
     *
     * @param chosen places of the rows of S among the candidates, each once, in any order; none for v(∅)
     * @return a finite number, the same whenever it is asked about the same set
     */
    double worth(int[] chosen);

    /** Lets go of what it holds. */
    @Override
    default void close() {}
  }

  /** Gets ready for a task; what is the same for all sets is done here, once. */
  Game on(SelectionTask task);

  /**
   * Refuses a task it cannot do anything with, before any work.
   *
   * @param selector who asks, for the message
   * @throws IllegalArgumentException when something is missing
   */
  default void require(SelectionTask task, String selector) {}
}
