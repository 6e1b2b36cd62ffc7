/** Data, networks, training, strategy and selector interfaces, recipes and the engine runtime. */
module org.erasus.core {
  exports org.erasus.io;

  requires transitive ai.djl.api;
  requires ai.djl.pytorch_engine;
  requires com.sun.jna;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.datatype.jdk8;
  requires com.fasterxml.jackson.datatype.jsr310;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports org.erasus;
  exports org.erasus.engine;
  exports org.erasus.nn;
  exports org.erasus.train;

  uses org.erasus.Catalog.Provider;

  opens org.erasus to
      com.fasterxml.jackson.databind;
  opens org.erasus.train to
      com.fasterxml.jackson.databind;
}
