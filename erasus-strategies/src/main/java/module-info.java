/** Ways to make a network forget. */
module org.erasus.strategies {
  requires transitive org.erasus.core;
}
