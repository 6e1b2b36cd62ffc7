package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.erasus.Catalog;
import org.erasus.Recipe;
import org.erasus.Selector;
import org.junit.jupiter.api.Test;

class SelectorCatalogTest {
  @Test
  void everySelectorIsFoundUnderItsName() {
    assertThat(Catalog.selectors().names())
        .containsExactly(
            "random",
            "full",
            "gradient-norm",
            "el2n",
            "k-center",
            "grand",
            "tracin",
            "trak",
            "craig",
            "grad-match",
            "glister",
            "herding",
            "k-means",
            "facility-location",
            "graph-cut",
            "log-determinant",
            "saturated-coverage",
            "feature-based",
            "influence",
            "representer",
            "knn-shapley",
            "data-shapley",
            "banzhaf",
            "beta-shapley",
            "memorization",
            "valuation-network",
            "stratified-random",
            "loss",
            "entropy",
            "margin",
            "least-confidence",
            "bald",
            "forgetting-events",
            "accumulated-loss",
            "voting",
            "weighted-fusion",
            "auto");
    for (String name : Catalog.selectors().names()) {
      Selector selector = Catalog.selectors().get(name);
      assertThat(selector.displayName()).isEqualTo(name);
    }
  }

  @Test
  void aMisspeltNameIsAnsweredWithTheNearestAndAllKnown() {
    assertThatThrownBy(() -> Catalog.selectors().get("gradient-nrom"))
        .hasMessage(
            "no selector named \"gradient-nrom\"; did you mean \"gradient-norm\"? known: "
                + String.join(", ", Catalog.selectors().names()));
  }

  /** Results of experiments are kept under it. */
  @Test
  void identitiesTellAllSelectorsFromOthers() {
    assertThat(Catalog.selectors().entries().values().stream().map(Recipe::identity))
        .doesNotHaveDuplicates();
  }
}
