/** Programs to run and to read. */
module org.erasus.examples {
  requires ai.djl.basicdataset;
  requires info.picocli;
  requires me.tongfei.progressbar;
  requires org.erasus.core;
  requires org.erasus.eval;
  requires org.erasus.selectors;
  requires org.erasus.strategies;
  requires org.erasus.zoo;
  requires org.slf4j;
  requires static org.jspecify;

  opens org.erasus.examples to
      info.picocli;
}
