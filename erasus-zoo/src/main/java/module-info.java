/** Networks of the protocols, readers of standard data formats, generated data sets. */
module org.erasus.zoo {
  requires transitive org.erasus.core;

  exports org.erasus.zoo;
  exports org.erasus.zoo.data;
}
