/** Rows from ND4J pipelines; outputs, coresets and weights back to ND4J. */
module org.erasus.nd4j {
  requires transitive org.erasus.core;
  requires transitive nd4j.api;
  requires org.bytedeco.javacpp;

  exports org.erasus.nd4j;
}
