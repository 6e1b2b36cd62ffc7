package org.erasus.eval.recovery;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.UnlearningDataset;

/**
 * The networks of a recovery test and what they are compared on.
 *
 * @param data rows with marks; borrowed, as all networks are
 * @param original the network before unlearning, judged, too: where it is not caught, nobody is acquitted
 * @param candidates networks to judge, by name
 * @param references networks trained without the forget rows, by name, 1 or more when a test is run
 * @param margin the largest harmless difference of accuracy on D_f from the references, above 0; empty for that of each test:
 *     0.15 of {@link FewShotProbe}, 0.05 of the others. Where two or more references differ more among themselves, twice that
 *     difference is allowed
 * @param level of all intervals, above 0.5 and below 1; tests are at 1 − level
 * @param seed of every random choice
 */
public record RecoveryCase(
    UnlearningDataset data,
    Network original,
    Map<String, Network> candidates,
    Map<String, Network> references,
    Optional<Double> margin,
    double level,
    long seed) {
  static final String ORIGINAL = "original";

  /** The margin of a test that has no other. */
  static final double MARGIN = 0.05;

  private static final int LEAST_ROWS = 2;

  /** Copies the maps and checks the ranges. */
  public RecoveryCase {
    candidates = Collections.unmodifiableMap(new LinkedHashMap<>(candidates));
    references = Collections.unmodifiableMap(new LinkedHashMap<>(references));
    margin.ifPresent(m -> Check.positive(m, "margin"));
    Check.inOpen(level, 0.5, 1, "level");
  }

  /** Nothing yet to judge or to compare with; each test's own margin, 95 %, seed 0. */
  public static RecoveryCase of(UnlearningDataset data, Network original) {
    return new RecoveryCase(data, original, Map.of(), Map.of(), Optional.empty(), 0.95, 0);
  }

  /** The same, judging one more network. */
  public RecoveryCase withCandidate(String name, Network network) {
    return new RecoveryCase(
        data, original, plus(candidates, name, network), references, margin, level, seed);
  }

  /** The same, comparing with one more retrained network. */
  public RecoveryCase withReference(String name, Network retrained) {
    return new RecoveryCase(
        data, original, candidates, plus(references, name, retrained), margin, level, seed);
  }

  /** The same with another margin, whatever the test. */
  public RecoveryCase withMargin(double other) {
    return new RecoveryCase(
        data, original, candidates, references, Optional.of(other), level, seed);
  }

  /** The same with another level. */
  public RecoveryCase withLevel(double other) {
    return new RecoveryCase(data, original, candidates, references, margin, other, seed);
  }

  /** The same with another seed. */
  public RecoveryCase withSeed(long other) {
    return new RecoveryCase(data, original, candidates, references, margin, level, other);
  }

  /** All networks by name: candidates, then the original, then references. */
  Map<String, Network> networks() {
    Map<String, Network> all = new LinkedHashMap<>(candidates);
    all.put(ORIGINAL, original);
    all.putAll(references);
    return all;
  }

  /**
   * Checks what every test needs.
   *
   * @throws IllegalArgumentException naming all that is wrong
   */
  void require(String test) {
    List<String> problems = new ArrayList<>();
    if (data.forget().size() < LEAST_ROWS) {
      problems.add(
          "split \"forget\" must have at least "
              + LEAST_ROWS
              + " rows, but has "
              + data.forget().size()
              + ": mark the rows that were forgotten");
    }
    if (references.isEmpty()) {
      problems.add(
          "there must be at least 1 reference, a network trained on the retain rows alone, but there is none:"
              + " knowledge comes back to any network in time, so it is compared with retraining; give one with"
              + " withReference");
    }
    Set<String> names = new HashSet<>(Set.of(ORIGINAL));
    candidates.keySet().forEach(name -> distinct(problems, names, name));
    references.keySet().forEach(name -> distinct(problems, names, name));
    networks()
        .forEach(
            (name, network) -> {
              try {
                network.requireFit(data);
              } catch (IllegalArgumentException e) {
                problems.add("network \"" + name + "\": " + e.getMessage());
              }
            });
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "recovery test \"" + test + "\" cannot run: " + String.join("; ", problems));
    }
  }

  /**
   * Checks that a test can do with every network what it does; those that do not fit the rows are passed over.
   *
   * @param check throws when it cannot
   * @throws UnsupportedOperationException naming the first network with which it cannot
   */
  void require(String test, Consumer<Network> check) {
    networks()
        .forEach(
            (name, network) -> {
              try {
                network.requireFit(data);
              } catch (IllegalArgumentException saidElsewhere) {
                return;
              }
              try {
                check.accept(network);
              } catch (UnsupportedOperationException e) {
                throw new UnsupportedOperationException(
                    "recovery test \""
                        + test
                        + "\" cannot run: network \""
                        + name
                        + "\": "
                        + e.getMessage(),
                    e);
              }
            });
  }

  private static void distinct(List<String> problems, Set<String> names, String name) {
    if (!names.add(name)) {
      problems.add("two networks are named \"" + name + "\"");
    }
  }

  private static Map<String, Network> plus(Map<String, Network> some, String name, Network one) {
    Map<String, Network> more = new LinkedHashMap<>(some);
    if (more.put(name, one) != null) {
      throw new IllegalArgumentException("two networks are named \"" + name + "\"");
    }
    return more;
  }
}
