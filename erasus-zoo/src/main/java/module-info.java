/** Networks of the protocols, readers of standard data formats, generated data sets. */
module org.erasus.zoo {
  requires transitive org.erasus.core;
  requires static transitive org.jspecify;

  exports org.erasus.zoo;
}
