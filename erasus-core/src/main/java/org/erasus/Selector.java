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
   * Chooses rows: exactly min(k, N) of the candidates, deterministic from the task's seed.
   *
   * @throws IllegalArgumentException before any work when the task cannot be carried out
   */
  Coreset select(SelectionTask task);

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
