package org.erasus.eval;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.eval.NetworkReport.Role;
import org.erasus.eval.attacks.Attack;
import org.erasus.eval.attacks.ClassCalibrated;
import org.erasus.eval.attacks.Lira;
import org.erasus.eval.attacks.LogisticRegression;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.QuantileRegression;
import org.erasus.eval.attacks.RbfSvm;
import org.erasus.eval.attacks.References;
import org.erasus.eval.attacks.Rmia;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.attacks.ULira;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.recovery.RecoveryCase;
import org.erasus.eval.recovery.RecoveryReport;
import org.erasus.eval.recovery.RecoveryTest;
import org.erasus.eval.recovery.RecoveryTests;
import org.erasus.train.DivergedException;
import org.erasus.train.Listener;

/**
 * Puts every attack to a network that was made to forget, and to the original and retrained networks beside it, and with a
 * retrained network every test whether the forgotten rows come back.
 *
 * <p>What needs something that is not given, or does not fit the rows or the networks, is left out, and a note of the report says
 * why: without retrained networks tests of recovery, without reference networks LiRA and RMIA, without the strategy U-LiRA. So is a
 * test of recovery in which a network diverges, and U-LiRA when the strategy fails on a reference network.
 * Tests of recovery take longest, above all relearning: {@link #withRecovery} runs only those that are named, {@link #withoutRecovery}
 * none.
 *
 * <p>All attacks are reported and none is picked. There is no verdict: an attack that succeeds as well on retrained networks
 * says that the rows are special, not that they are remembered; {@link UnlearningBenchmark} judges.
 *
 * <pre>{@code
 * VerificationReport report =
 *     UnlearningVerificationSuite.of(data, original, "scrub", unlearned)
 *         .withRetrained("retrained", retrained)
 *         .withReferences(ReferenceTraining.in(folder))
 *         .withStrategy(strategy)
 *         .run();
 * report.attack("scrub", "u-lira").auc();
 * }</pre>
 *
 * @param data rows with marks; borrowed
 * @param original the network before unlearning
 * @param unlearned the network after it
 * @param retrained networks trained on the retain rows alone, for comparison; may be empty
 * @param references how reference networks are trained; without them LiRA and RMIA are left out
 * @param strategy how the network unlearned; without it, or without references, U-LiRA is left out
 * @param perturbations of the label-only attack, one attack each; when absent, {@link Perturbation#fitting}
 * @param recovery tests whether forgotten rows come back; when absent, all of {@link RecoveryTests} that fit. They compare with
 *     retrained networks, so there must be one
 * @param membership how attacks are calibrated, and the level of intervals
 * @param seed of every random choice
 */
public record UnlearningVerificationSuite(
    UnlearningDataset data,
    Subject original,
    Subject unlearned,
    List<Subject> retrained,
    Optional<ReferenceTraining> references,
    Optional<UnlearningStrategy> strategy,
    Optional<List<Perturbation>> perturbations,
    Optional<List<RecoveryTest>> recovery,
    MembershipTest membership,
    long seed) {
  /** Copies the lists. */
  public UnlearningVerificationSuite {
    retrained = List.copyOf(retrained);
    perturbations = perturbations.map(List::copyOf);
    recovery = recovery.map(List::copyOf);
  }

  /** A suite without retrained and reference networks, so far with all that can do without them. */
  public static UnlearningVerificationSuite of(
      UnlearningDataset data, Network original, String name, Network unlearned) {
    return new UnlearningVerificationSuite(
        data,
        Subject.of("original", original),
        Subject.of(name, unlearned),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        MembershipTest.DEFAULTS,
        0);
  }

  /** The same, with one more retrained network beside it. */
  public UnlearningVerificationSuite withRetrained(String name, Network network) {
    return new UnlearningVerificationSuite(
        data,
        original,
        unlearned,
        plus(retrained, Subject.of(name, network)),
        references,
        strategy,
        perturbations,
        recovery,
        membership,
        seed);
  }

  /** The same with LiRA and RMIA. */
  public UnlearningVerificationSuite withReferences(ReferenceTraining training) {
    return new UnlearningVerificationSuite(
        data,
        original,
        unlearned,
        retrained,
        Optional.of(training),
        strategy,
        perturbations,
        recovery,
        membership,
        seed);
  }

  /** The same with U-LiRA, which needs reference networks, too. */
  public UnlearningVerificationSuite withStrategy(UnlearningStrategy how) {
    return new UnlearningVerificationSuite(
        data,
        original,
        unlearned,
        retrained,
        references,
        Optional.of(how),
        perturbations,
        recovery,
        membership,
        seed);
  }

  /** The same with this label-only attack and others that are given so, and no others. */
  public UnlearningVerificationSuite withPerturbation(Perturbation perturbation) {
    return new UnlearningVerificationSuite(
        data,
        original,
        unlearned,
        retrained,
        references,
        strategy,
        Optional.of(plus(perturbations.orElse(List.of()), perturbation)),
        recovery,
        membership,
        seed);
  }

  /** The same with this test of recovery and others that are given so, and no others. */
  public UnlearningVerificationSuite withRecovery(RecoveryTest test) {
    return withRecovery(plus(recovery.orElse(List.of()), test));
  }

  /** The same without tests of recovery, which take longest. */
  public UnlearningVerificationSuite withoutRecovery() {
    return withRecovery(List.of());
  }

  private UnlearningVerificationSuite withRecovery(List<RecoveryTest> tests) {
    return new UnlearningVerificationSuite(
        data,
        original,
        unlearned,
        retrained,
        references,
        strategy,
        perturbations,
        Optional.of(tests),
        membership,
        seed);
  }

  /** The same with another calibration or level. */
  public UnlearningVerificationSuite withMembership(MembershipTest test) {
    return new UnlearningVerificationSuite(
        data,
        original,
        unlearned,
        retrained,
        references,
        strategy,
        perturbations,
        recovery,
        test,
        seed);
  }

  /** The same with another seed. */
  public UnlearningVerificationSuite withSeed(long other) {
    return new UnlearningVerificationSuite(
        data,
        original,
        unlearned,
        retrained,
        references,
        strategy,
        perturbations,
        recovery,
        membership,
        other);
  }

  /**
   * Does it: reference networks first, then each network is run over each split once.
   *
   * @throws IllegalArgumentException before any work, listing every split that is too small and everything that does not fit
   */
  public VerificationReport run() {
    return run(new Listener() {});
  }

  /**
   * Does it, and says how far it is: {@link Listener#progressed} hears of "references" when attacks can begin, of "attacks" after each
   * network with how many of how many are done, and likewise of each test of recovery by its name.
   *
   * @throws IllegalArgumentException as {@link #run()}
   */
  public VerificationReport run(Listener listener) {
    List<String> problems = Preconditions.of(this);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException("suite cannot run: " + String.join("; ", problems));
    }
    List<String> notes = new ArrayList<>();
    List<Attack> attacks = attacks(notes);
    listener.progressed("references", 1, 1);
    Map<Subject, Role> subjects = new LinkedHashMap<>();
    subjects.put(unlearned, Role.CANDIDATE);
    subjects.put(original, Role.ORIGINAL);
    retrained.forEach(subject -> subjects.put(subject, Role.RETRAINED));
    List<NetworkReport> networks = new ArrayList<>();
    subjects.forEach(
        (subject, role) -> {
          networks.add(report(subject, role, attacks));
          listener.progressed("attacks", networks.size(), subjects.size());
        });
    return new VerificationReport(
        VerificationReport.SCHEMA,
        Instant.now(),
        membership.level(),
        seed,
        BenchmarkReport.DataSummary.of(data),
        networks,
        recovered(listener, notes),
        notes);
  }

  private NetworkReport report(Subject subject, Role role, List<Attack> shared) {
    List<Attack> attacks = new ArrayList<>(shared);
    Rows rows = ReferenceTraining.attacked(data);
    perturbations
        .orElseGet(() -> Perturbation.fitting(rows))
        .forEach(p -> attacks.add(p.ask(subject.network(), rows, seed)));
    return new NetworkReport(
        subject.name(),
        role,
        Optional.empty(),
        Map.of(),
        new AttackReports(membership, seed, retrained.isEmpty()).of(outputs(subject), attacks),
        List.of());
  }

  private List<RecoveryReport> recovered(Listener listener, List<String> notes) {
    if (recovery.isEmpty() && retrained.isEmpty()) {
      notes.add(
          "tests of recovery are left out: they compare with retrained networks, see withRetrained");
      return List.of();
    }
    List<RecoveryTest> tests = recovery.orElseGet(() -> List.copyOf(RecoveryTests.all().values()));
    RecoveryCase networks = recoveryCase();
    List<RecoveryReport> reports = new ArrayList<>();
    for (int t = 0; t < tests.size(); t++) {
      RecoveryTest test = tests.get(t);
      try {
        reports.add(test.run(networks));
      } catch (IllegalArgumentException | UnsupportedOperationException unfit) {
        if (recovery.isPresent()) {
          throw unfit;
        }
        notes.add(test.name() + " is left out: " + unfit.getMessage());
      } catch (DivergedException broken) {
        notes.add(test.name() + " is left out: " + broken.getMessage());
      }
      listener.progressed(test.name(), t + 1, tests.size());
    }
    return reports;
  }

  /** On the rows attacks look at. */
  private NetworkOutputs outputs(Subject subject) {
    Network network = subject.network();
    return new NetworkOutputs(
        subject.name(),
        Map.of(
            Mark.FORGET, NetworkOutputs.score(subject.name(), network, data.forget(), "forget"),
            Mark.UNSEEN, NetworkOutputs.score(subject.name(), network, data.unseen(), "unseen")),
        Optional.empty(),
        List.of());
  }

  RecoveryCase recoveryCase() {
    RecoveryCase networks =
        RecoveryCase.of(data, original.network())
            .withCandidate(unlearned.name(), unlearned.network())
            .withLevel(membership.level())
            .withSeed(seed);
    for (Subject one : retrained) {
      networks = networks.withReference(one.name(), one.network());
    }
    return networks;
  }

  /** The attacks that are the same for all networks. */
  private List<Attack> attacks(List<String> notes) {
    List<Attack> attacks = new ArrayList<>(ThresholdAttacks.ALL);
    attacks.add(new ClassCalibrated(ThresholdAttacks.LOSS));
    attacks.add(new ClassCalibrated(ThresholdAttacks.ENTROPY));
    attacks.add(new ClassCalibrated(ThresholdAttacks.MODIFIED_ENTROPY));
    attacks.add(LogisticRegression.DEFAULTS);
    attacks.add(RbfSvm.DEFAULTS);
    Rows rows = ReferenceTraining.attacked(data);
    Rows unseen = data.unseen().ofClasses(data.forget().classes());
    int judged =
        retrained.isEmpty()
            ? Differences.inProportion(unseen.labels(), data.forget().labels()).length
            : unseen.size();
    int calibration = membership.calibrationRows(judged);
    if (calibration > RowFeatures.width(rows) + 1) {
      attacks.add(QuantileRegression.of(RowFeatures.of(rows, seed)));
    } else {
      notes.add(
          "quantile-regression is left out: it has "
              + (RowFeatures.width(rows) + 1)
              + " coefficients to fit, but there are "
              + calibration
              + " unseen rows to calibrate on");
    }
    if (references.isPresent()) {
      strategy.ifPresent(s -> ReferenceRun.require(original.network(), data, s));
      ReferenceRun run = new ReferenceRun(references.get(), original.network(), data);
      References trained = run.trained();
      attacks.add(Lira.online(trained));
      attacks.add(Lira.offline(trained));
      attacks.add(Rmia.online(trained));
      attacks.add(Rmia.offline(trained));
      if (strategy.isPresent()) {
        try {
          References forgot = run.unlearned(strategy.get());
          attacks.add(ULira.of(forgot, trained));
          attacks.add(ULira.heldOut(forgot));
        } catch (IllegalArgumentException
            | UnsupportedOperationException
            | DivergedException failed) {
          notes.add("u-lira is left out: " + failed.getMessage());
        }
      }
    } else {
      notes.add("lira and rmia are left out: they need reference networks, see withReferences");
    }
    if (references.isEmpty() || strategy.isEmpty()) {
      notes.add("u-lira is left out: it needs reference networks and the strategy that unlearned");
    }
    return attacks;
  }

  private static <T> List<T> plus(List<T> some, T one) {
    List<T> more = new ArrayList<>(some);
    more.add(one);
    return more;
  }
}
