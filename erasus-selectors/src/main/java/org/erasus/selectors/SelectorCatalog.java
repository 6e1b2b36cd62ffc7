package org.erasus.selectors;

import java.util.LinkedHashMap;
import java.util.Map;
import org.erasus.Catalog;
import org.erasus.Selector;

/** The selectors of this module by name. */
public final class SelectorCatalog implements Catalog.Provider {
  /** For {@link java.util.ServiceLoader}. */
  public SelectorCatalog() {}

  @Override
  public Map<String, Selector> selectors() {
    Map<String, Selector> all = new LinkedHashMap<>();
    all.put("random", RandomRows.DEFAULTS);
    all.put("full", Full.DEFAULTS);
    all.put("gradient-norm", GradientNorm.DEFAULTS);
    all.put("el2n", El2n.DEFAULTS);
    all.put("k-center", KCenter.DEFAULTS);
    all.put("grand", Grand.DEFAULTS);
    all.put("tracin", TracIn.DEFAULTS);
    all.put("trak", Trak.DEFAULTS);
    all.put("craig", Craig.DEFAULTS);
    all.put("grad-match", GradMatch.DEFAULTS);
    all.put("glister", Glister.DEFAULTS);
    all.put("herding", Herding.DEFAULTS);
    all.put("k-means", KMeans.DEFAULTS);
    all.put("facility-location", FacilityLocation.DEFAULTS);
    all.put("graph-cut", GraphCut.DEFAULTS);
    all.put("log-determinant", LogDeterminant.DEFAULTS);
    all.put("saturated-coverage", SaturatedCoverage.DEFAULTS);
    all.put("feature-based", FeatureBased.DEFAULTS);
    all.put("influence", Influence.DEFAULTS);
    all.put("representer", Representer.DEFAULTS);
    all.put("knn-shapley", KnnShapley.DEFAULTS);
    all.put("data-shapley", DataShapley.DEFAULTS);
    all.put("banzhaf", Banzhaf.DEFAULTS);
    all.put("beta-shapley", BetaShapley.DEFAULTS);
    all.put("memorization", Memorization.DEFAULTS);
    all.put("valuation-network", ValuationNetwork.DEFAULTS);
    all.put("stratified-random", StratifiedRandom.DEFAULTS);
    all.put("loss", Loss.DEFAULTS);
    all.put("entropy", Entropy.DEFAULTS);
    all.put("margin", Margin.DEFAULTS);
    all.put("least-confidence", LeastConfidence.DEFAULTS);
    all.put("bald", Bald.DEFAULTS);
    all.put("forgetting-events", ForgettingEvents.DEFAULTS);
    all.put("accumulated-loss", AccumulatedLoss.DEFAULTS);
    all.put("voting", Voting.DEFAULTS);
    all.put("weighted-fusion", WeightedFusion.DEFAULTS);
    all.put("auto", AutoSelector.DEFAULTS);
    return all;
  }
}
