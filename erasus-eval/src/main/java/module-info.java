/** Attacks, metrics, statistics, protocols, benchmark and reports. */
module org.erasus.eval {
  requires transitive org.erasus.core;
  requires hipparchus.core;
  requires hipparchus.stat;
  requires com.fasterxml.jackson.databind;
  requires org.slf4j;

  exports org.erasus.eval.attacks;
  exports org.erasus.eval.stats;
}
