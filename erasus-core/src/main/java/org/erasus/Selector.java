package org.erasus;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.annotation.JsonTypeIdResolver;
import java.util.Set;

/**
 * A way to choose the rows that matter. Implementations are immutable records; {@link ScoringSelector} is for those that
 * only score.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CUSTOM, property = "name")
@JsonTypeIdResolver(Json.SelectorNames.class)
public interface Selector {
  /**
   * Chooses rows: exactly min(k, N) of the candidates, deterministic from the task's seed. This is what a selector implements;
   * those who want rows ask {@link #select}.
   *
   * @throws IllegalArgumentException before any work when the task cannot be carried out
   */
  Coreset choose(SelectionTask task);

  /**
   * Chooses rows, and takes down how: {@link Coreset#made} says what it takes to choose them again. Whatever is wrong is told with
   * the selector's name.
   *
   * @throws IllegalArgumentException before any work when the task cannot be carried out; later when the network says what is
   *     not finite
   * @throws ArithmeticException when a sum over rows is not finite
   * @throws UnsupportedOperationException when the network's layers cannot be looked into as the selector needs: {@code el2n},
   *     {@code loss} and {@code random} look at none
   */
  default Coreset select(SelectionTask task) {
    try {
      return choose(task).withMade(this, task);
    } catch (IllegalArgumentException | ArithmeticException | UnsupportedOperationException e) {
      throw named(e);
    }
  }

  /** What went wrong, with the name of the selector unless it is there. */
  private RuntimeException named(RuntimeException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains(displayName())) {
      return e;
    }
    String named = displayName() + ": " + message;
    RuntimeException again =
        e instanceof UnsupportedOperationException
            ? new UnsupportedOperationException(named)
            : e instanceof ArithmeticException
                ? new ArithmeticException(named)
                : new IllegalArgumentException(named);
    again.initCause(e);
    return again;
  }

  /**
   * What it needs beyond candidates and a network, as its settings are now: without it {@link #select} refuses the task.
   * Programs that go through the catalogue pass over what they cannot give.
   */
  default Set<Need> needs() {
    return Set.of();
  }

  /** The name in the catalogue, or of the class for a selector that is in none. */
  default String displayName() {
    return Catalog.selectors().nameOf(this);
  }
}
