package org.erasus;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.annotation.JsonTypeIdResolver;
import java.util.Set;

/**
 * A way to make a network forget. There are three ways to write one: an {@link org.erasus.train.UnlearningModule} that
 * says what gradient steps minimise, a {@link WeightEdit}, or this interface itself for a procedure that owns its training.
 *
 * <p>Strategies are immutable; records print, compare and become JSON by themselves.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CUSTOM, property = "name")
@JsonTypeIdResolver(Json.StrategyNames.class)
public interface UnlearningStrategy {
  /** What it cannot work without. */
  Set<Need> needs();

  /**
   * Makes a network that has forgotten; the task's own network stays as it is.
   *
   * @return the new network and how it was made; the caller closes it
   * @throws IllegalArgumentException before any work, when the task does not offer what is needed
   */
  Unlearned unlearn(UnlearningTask task);

  /** The name in the catalogue, or of the class for a strategy that is in none. */
  default String displayName() {
    return Catalog.strategies().nameOf(this);
  }
}
