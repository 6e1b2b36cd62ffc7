/** Ways to choose the rows that matter. */
module org.erasus.selectors {
  requires transitive org.erasus.core;
}
