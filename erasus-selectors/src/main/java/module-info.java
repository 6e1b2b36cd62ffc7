/** Ways to choose the rows that matter. */
module org.erasus.selectors {
  requires transitive org.erasus.core;
  requires com.fasterxml.jackson.annotation;

  exports org.erasus.selectors;

  opens org.erasus.selectors to
      com.fasterxml.jackson.databind;

  provides org.erasus.Catalog.Provider with
      org.erasus.selectors.SelectorCatalog;
}
