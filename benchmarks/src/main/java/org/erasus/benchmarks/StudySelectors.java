package org.erasus.benchmarks;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.erasus.Catalog;
import org.erasus.Selector;
import org.erasus.selectors.AccumulatedLoss;
import org.erasus.selectors.ForgettingEvents;

/** Selectors of the catalogue in their defaults, with the history of the network where they ask for one. */
final class StudySelectors {
  private StudySelectors() {}

  /**
   * Looks them up.
   *
   * @param names of the catalogue; when there are none, all that have what they need and pass the test
   * @param history the folder of a history
   */
  static Map<String, Selector> of(List<String> names, Path history, Predicate<Selector> test) {
    Map<String, Selector> chosen = new LinkedHashMap<>();
    for (String name : names.isEmpty() ? Catalog.selectors().names() : names) {
      Selector selector = with(Catalog.selectors().get(name), history);
      if (!names.isEmpty() || (selector.needs().isEmpty() && test.test(selector))) {
        chosen.put(name, selector);
      }
    }
    return chosen;
  }

  private static Selector with(Selector selector, Path history) {
    if (selector instanceof ForgettingEvents events) {
      return events.withHistory(history);
    }
    return selector instanceof AccumulatedLoss loss ? loss.withHistory(history) : selector;
  }
}
