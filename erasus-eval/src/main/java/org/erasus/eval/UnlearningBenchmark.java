package org.erasus.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.train.Listener;

/**
 * Judges networks that were made to forget: compares them with retrained ones, under a protocol, next to controls.
 *
 * <p>Without a retrained network, forget rows are compared with the network's own unseen rows of their classes, and its use with
 * the original's: as far as that goes. A network retrained without the rows answers them like unseen ones only where they are like
 * them. Where a linear classifier that saw neither tells them apart, as it does wrong labels, no forgetting gate condemns anyone
 * and nobody passes; rows that are harder or easier in ways it does not see are not noticed, and a network retrained without them
 * could be rejected. Where a whole class is forgotten, forget rows that are remembered beyond their class are found, and FAIL,
 * but nobody passes: unseen rows of a class that is still known are known as well. Questions that only a retrained network
 * answers, such as {@link RecoveryGate}'s, are left out. The report says which reference was used. More rows are needed than with a
 * retrained network, as nothing is paired.
 *
 * <p>Rows are taken to be independent of each other. Of rows that come in groups of near duplicates, such as the photos of one
 * person, there are fewer independent ones than are counted, so errors are too small and verdicts too sure of themselves:
 * keep one forget and one unseen row of each group.
 *
 * <p>The original, a copy of it and random weights are always judged, too: a PASS is only given where the same gates catch
 * the original and the random weights.
 *
 * <pre>{@code
 * BenchmarkReport report =
 *     UnlearningBenchmark.of(data, original)
 *         .withReference("retrained", retrained)
 *         .withControl("retrained-again", again)
 *         .withCandidate("scrub", unlearned)
 *         .run();
 * report.verdict("scrub").outcome();        // PASS, FAIL or INCONCLUSIVE
 * }</pre>
 *
 * @param data rows with marks; borrowed
 * @param original the network before unlearning
 * @param references networks trained on the retain rows alone; with 2 or more the margins follow their spread, with 3 or more
 *     each is judged against the others, with none unseen rows stand in for them
 * @param controls further retrained networks, judged but not compared with: they show whether retraining itself would be
 *     rejected, which 1 or 2 references do not
 * @param candidates networks to judge
 * @param protocol what is measured and what decides; empty for {@link Protocol#of that of the request}, or {@link
 *     Protocol#GENERAL} with a warning where rows are too few for its probes or a network cannot be looked into
 * @param options settings
 */
public record UnlearningBenchmark(
    UnlearningDataset data,
    Subject original,
    List<Subject> references,
    List<Subject> controls,
    List<Subject> candidates,
    Optional<Protocol> protocol,
    BenchmarkOptions options) {
  /** Copies the lists. */
  public UnlearningBenchmark {
    references = List.copyOf(references);
    controls = List.copyOf(controls);
    candidates = List.copyOf(candidates);
  }

  /** A benchmark under {@link Protocol#of the protocol of the request}, so far with nothing to judge or to compare with. */
  public static UnlearningBenchmark of(UnlearningDataset data, Network original) {
    return new UnlearningBenchmark(
        data,
        Subject.of("original", original),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        BenchmarkOptions.DEFAULTS);
  }

  /** The same, comparing with one more retrained network. */
  public UnlearningBenchmark withReference(Subject retrained) {
    return new UnlearningBenchmark(
        data, original, plus(references, retrained), controls, candidates, protocol, options);
  }

  /** The same, comparing with one more retrained network. */
  public UnlearningBenchmark withReference(String name, Network retrained) {
    return withReference(Subject.of(name, retrained));
  }

  /** The same, comparing with one more retrained network, of which the cost is known. */
  public UnlearningBenchmark withReference(String name, Unlearned retrained) {
    return withReference(Subject.of(name, retrained));
  }

  /** The same, judging one more retrained network as a control. */
  public UnlearningBenchmark withControl(Subject retrained) {
    return new UnlearningBenchmark(
        data, original, references, plus(controls, retrained), candidates, protocol, options);
  }

  /** The same, judging one more retrained network as a control. */
  public UnlearningBenchmark withControl(String name, Network retrained) {
    return withControl(Subject.of(name, retrained));
  }

  /** The same, judging one more network. */
  public UnlearningBenchmark withCandidate(Subject candidate) {
    return new UnlearningBenchmark(
        data, original, references, controls, plus(candidates, candidate), protocol, options);
  }

  /** The same, judging one more network. */
  public UnlearningBenchmark withCandidate(String name, Network network) {
    return withCandidate(Subject.of(name, network));
  }

  /** The same, judging the outcome of a strategy. */
  public UnlearningBenchmark withCandidate(String name, Unlearned unlearned) {
    return withCandidate(Subject.of(name, unlearned));
  }

  /** The same under another protocol, whatever the request. */
  public UnlearningBenchmark withProtocol(Protocol other) {
    return new UnlearningBenchmark(
        data, original, references, controls, candidates, Optional.of(other), options);
  }

  /** The same with other settings. */
  public UnlearningBenchmark withOptions(BenchmarkOptions other) {
    return new UnlearningBenchmark(
        data, original, references, controls, candidates, protocol, other);
  }

  /**
   * Does it.
   *
   * @throws IllegalArgumentException before any work, listing every split that is too small and every network that does not
   *     fit
   */
  public BenchmarkReport run() {
    return run(new Listener() {});
  }

  /**
   * Does it, and says how far it is: after each piece of work {@link Listener#progressed} hears what was done ("outputs",
   * "probes", "layouts", "relearning", "gates", "metrics", "attacks") and how many networks of how many have been looked at.
   *
   * @throws IllegalArgumentException as {@link #run()}
   */
  public BenchmarkReport run(Listener listener) {
    UnlearningBenchmark chosen = withProtocol(inForce());
    List<String> problems = Preconditions.of(chosen);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "benchmark \""
              + chosen.inForce().name()
              + "\" cannot run: "
              + String.join("; ", problems));
    }
    return new BenchmarkRun(chosen, listener).run();
  }

  /**
   * The protocol that {@link #run()} takes: the one that was given, else that of the request, or {@link Protocol#GENERAL} where
   * its probes cannot look into a network.
   */
  public Protocol inForce() {
    if (protocol.isPresent()) {
      return protocol.get();
    }
    Protocol fitting = Protocol.of(data);
    return Preconditions.probes(withProtocol(fitting)).isEmpty() ? fitting : Protocol.GENERAL;
  }

  /** What is not looked at under a protocol whose gates look at answers alone, such as {@code general}, and why. */
  Optional<String> answersAlone() {
    if (!inForce().gates().equals(Protocol.GENERAL.gates())) {
      return Optional.empty();
    }
    Protocol fitting = Protocol.of(data);
    List<String> problems = Preconditions.probes(withProtocol(fitting));
    String why =
        fitting.equals(Protocol.GENERAL)
            ? "of some forget classes rows are kept, of others none: ask for them apart"
            : problems.isEmpty()
                ? "protocol \"" + fitting.name() + "\" is made for this request"
                : "protocol \"" + fitting.name() + "\" cannot run: " + String.join("; ", problems);
    return Optional.of(
        "protocol \""
            + inForce().name()
            + "\" looks at answers alone, so a network that only refuses to say what it knows can pass; "
            + why);
  }

  /** The gates that are asked: without a retrained network, those that can do without. */
  List<Gate> gates() {
    List<Gate> gates = inForce().gates();
    return references.isEmpty()
        ? gates.stream().flatMap(g -> g.withoutRetraining().stream()).toList()
        : gates;
  }

  private static List<Subject> plus(List<Subject> subjects, Subject one) {
    List<Subject> more = new ArrayList<>(subjects);
    more.add(one);
    return more;
  }
}
