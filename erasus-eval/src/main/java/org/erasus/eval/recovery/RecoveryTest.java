package org.erasus.eval.recovery;

/**
 * Treats networks and asks whether the forget rows D_f are known again, more than to retrained networks under the same
 * treatment.
 *
 * <pre>{@code
 * RecoveryCase networks =
 *     RecoveryCase.of(data, original).withReference("retrained", retrained).withCandidate("scrub", unlearned);
 * for (RecoveryTest test : RecoveryTests.all().values()) {
 *   test.run(networks).outcome("scrub").finding();        // STAYS_AWAY, COMES_BACK, NEVER_LEFT or OPEN
 * }
 * }</pre>
 */
public interface RecoveryTest {
  /** The name in reports, in kebab case; it says what the settings change most. */
  String name();

  /**
   * Checks the rows that this test alone needs, and that it can do with the networks what it does; whether these fit the rows, and
   * their names, are checked elsewhere.
   *
   * @throws IllegalArgumentException saying what is missing
   * @throws UnsupportedOperationException naming a network that cannot be looked into or be taught, where the test does so
   */
  default void require(RecoveryCase networks) {}

  /**
   * Treats copies of all networks, which stay as they are.
   *
   * @throws IllegalArgumentException before any work, when rows are missing that this test needs
   * @throws UnsupportedOperationException before any work, as {@link #require}
   */
  RecoveryReport run(RecoveryCase networks);
}
