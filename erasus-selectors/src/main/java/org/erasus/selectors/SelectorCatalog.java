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
    return all;
  }
}
