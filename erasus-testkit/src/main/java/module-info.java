/** Contracts for implementers, toy problems, the leak check, golden values. */
module org.erasus.testkit {
  requires transitive org.erasus.core;
  requires transitive org.junit.jupiter.api;
  requires transitive org.assertj.core;
}
