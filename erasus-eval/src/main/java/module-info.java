/** Attacks, metrics, statistics, protocols, benchmark and reports. */
module org.erasus.eval {
  requires transitive org.erasus.core;
  requires hipparchus.core;
  requires hipparchus.stat;
  requires com.fasterxml.jackson.annotation;
  requires com.fasterxml.jackson.databind;
  requires liblinear;
  requires libsvm;
  requires org.slf4j;

  exports org.erasus.eval;
  exports org.erasus.eval.attacks;
  exports org.erasus.eval.corrective;
  exports org.erasus.eval.embedding;
  exports org.erasus.eval.experiments;
  exports org.erasus.eval.metrics;
  exports org.erasus.eval.recovery;
  exports org.erasus.eval.report;
  exports org.erasus.eval.stats;
  exports org.erasus.eval.tracking;
  exports org.erasus.eval.tuning;

  opens org.erasus.eval to
      com.fasterxml.jackson.databind;
  opens org.erasus.eval.corrective to
      com.fasterxml.jackson.databind;
  opens org.erasus.eval.experiments to
      com.fasterxml.jackson.databind;
  opens org.erasus.eval.metrics to
      com.fasterxml.jackson.databind;
  opens org.erasus.eval.recovery to
      com.fasterxml.jackson.databind;
  opens org.erasus.eval.stats to
      com.fasterxml.jackson.databind;
  opens org.erasus.eval.tracking to
      com.fasterxml.jackson.databind;
  opens org.erasus.eval.tuning to
      com.fasterxml.jackson.databind;
}
