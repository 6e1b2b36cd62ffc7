/** Contracts for implementers, toy problems, the leak check, golden values. */
module org.erasus.testkit {
  requires transitive org.erasus.core;
  requires transitive org.junit.jupiter.api;
  requires transitive org.assertj.core;
  requires com.fasterxml.jackson.databind;

  exports org.erasus.testkit;

  provides org.junit.jupiter.api.extension.Extension with
      org.erasus.testkit.LeakCheck;
}
