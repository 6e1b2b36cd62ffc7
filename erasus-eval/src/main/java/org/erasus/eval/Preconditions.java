package org.erasus.eval;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.erasus.UnlearningDataset;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.recovery.RecoveryCase;
import org.erasus.eval.recovery.RecoveryTest;

/** Looks for everything that would make a benchmark or a suite meaningless, before it starts. */
final class Preconditions {
  /** An attack needs two rows of each group to calibrate and two to be judged. */
  private static final int LEAST_ATTACKED = 4;

  private static final int LEAST = 2;

  private static final String REMEDY =
      "attacks and test accuracy need rows no network was trained on or tuned on;"
          + " add some with withUnseen or hold some out";

  private Preconditions() {}

  static List<String> of(UnlearningBenchmark benchmark) {
    List<String> problems = new ArrayList<>();
    UnlearningDataset data = benchmark.data();
    least(problems, "forget", "", data.forget().size(), LEAST_ATTACKED, "mark the rows to forget");
    least(
        problems,
        "retain",
        "",
        data.retain().size(),
        LEAST,
        "without rows to keep there is no utility to lose, and no network to retrain");
    nonMembers(problems, data);
    SortedSet<Integer> trained = data.forget().and(data.retain()).classes();
    if (trained.size() == 1) {
      problems.add(
          "splits \"forget\" and \"retain\" must have rows of at least 2 classes, but have only those of class "
              + trained.first()
              + ": where there is nothing to tell apart, there is nothing to forget");
    }
    if (!data.retain().isEmpty()) {
      least(
          problems,
          "unseen",
          " of the retain classes " + data.retain().classes(),
          data.unseen().ofClasses(data.retain().classes()).size(),
          LEAST,
          REMEDY);
    }
    if (benchmark.references().isEmpty()) {
      unretrained(problems, benchmark);
    }
    problems.addAll(probes(benchmark));
    request(problems, benchmark.inForce(), data);
    subjects(problems, Set.of(BenchmarkRun.NO_OP, BenchmarkRun.RANDOM), all(benchmark), data);
    return problems;
  }

  /** What keeps the gates of a protocol from looking into networks: too few rows, and networks that do not let them. */
  static List<String> probes(UnlearningBenchmark benchmark) {
    List<String> problems = new ArrayList<>();
    UnlearningDataset data = benchmark.data();
    for (Gate gate : benchmark.gates()) {
      if (gate instanceof RecoveryGate attempt) {
        try {
          attempt.recovery().require(data);
          all(benchmark)
              .filter(subject -> fits(subject, data))
              .forEach(subject -> probe(problems, attempt, subject, data));
        } catch (IllegalArgumentException e) {
          problems.add(e.getMessage());
        }
      }
    }
    return problems;
  }

  private static void probe(
      List<String> problems, RecoveryGate gate, Subject subject, UnlearningDataset data) {
    try {
      gate.recovery().require(subject.network(), data);
    } catch (UnsupportedOperationException e) {
      problems.add(
          "gate \""
              + gate.name()
              + "\" looks into networks, which \""
              + subject.name()
              + "\" does not allow: "
              + e.getMessage());
    }
  }

  private static boolean fits(Subject subject, UnlearningDataset data) {
    try {
      subject.network().requireFit(data);
      return true;
    } catch (IllegalArgumentException saidElsewhere) {
      return false;
    }
  }

  private static Stream<Subject> all(UnlearningBenchmark benchmark) {
    return Stream.of(
            Stream.of(benchmark.original()),
            benchmark.references().stream(),
            benchmark.controls().stream(),
            benchmark.candidates().stream())
        .flatMap(s -> s);
  }

  static List<String> of(UnlearningVerificationSuite suite) {
    List<String> problems = new ArrayList<>();
    UnlearningDataset data = suite.data();
    least(problems, "forget", "", data.forget().size(), LEAST_ATTACKED, "mark the rows to forget");
    nonMembers(problems, data);
    if (suite.references().isPresent()) {
      least(
          problems,
          "retain",
          "",
          data.retain().size(),
          LEAST,
          "reference networks are trained on them");
    }
    List<RecoveryTest> recovery = suite.recovery().orElse(List.of());
    List<Perturbation> perturbations = suite.perturbations().orElse(List.of());
    if (suite.retrained().isEmpty()) {
      inProportion(problems, data, "withRetrained");
    }
    if (!recovery.isEmpty() && suite.retrained().isEmpty()) {
      problems.add(
          "there must be at least 1 retrained network for tests of recovery to compare with, but there is none: give"
              + " one with withRetrained");
    }
    recovery(problems, suite);
    distinct(problems, "recovery tests", recovery.stream().map(RecoveryTest::name));
    distinct(problems, "perturbations", perturbations.stream().map(Perturbation::name));
    for (Perturbation perturbation : perturbations) {
      try {
        perturbation.requireFit(data.rowShape());
      } catch (IllegalArgumentException e) {
        problems.add(e.getMessage());
      }
    }
    subjects(
        problems,
        Set.of(),
        Stream.concat(Stream.of(suite.original(), suite.unlearned()), suite.retrained().stream()),
        data);
    return problems;
  }

  /** Without a retrained network, unseen rows stand in for it: with the classes in the proportions of the forget rows. */
  private static void inProportion(List<String> problems, UnlearningDataset data, String give) {
    SortedSet<Integer> missing = data.forget().classes();
    missing.removeAll(data.unseen().classes());
    if (!missing.isEmpty()) {
      problems.add(
          "split \"unseen\" must have rows of every forget class, as there is no retrained network to compare with, but"
              + " has none of the classes "
              + missing
              + ": add some with withUnseen, or give a retrained network with "
              + give);
    } else if (!data.forget().isEmpty()) {
      least(
          problems,
          "unseen",
          " with the classes in the proportions of the forget rows, as there is no retrained network to compare with",
          Differences.inProportion(data.unseen().labels(), data.forget().labels()).length,
          LEAST_ATTACKED,
          "add unseen rows of the scarcest class, or give a retrained network with " + give);
    }
  }

  private static void unretrained(List<String> problems, UnlearningBenchmark benchmark) {
    inProportion(problems, benchmark.data(), "withReference");
    if (benchmark.gates().stream().noneMatch(g -> g.aim() == Gate.Aim.FORGETTING)) {
      problems.add(
          "protocol \""
              + benchmark.inForce().name()
              + "\" has no forgetting gate that can be asked without a retrained network: give one with withReference");
    }
  }

  private static void recovery(List<String> problems, UnlearningVerificationSuite suite) {
    RecoveryCase networks;
    try {
      networks = suite.recoveryCase();
    } catch (IllegalArgumentException twoOfOneName) {
      return; // which is said of the networks
    }
    for (RecoveryTest test : suite.recovery().orElse(List.of())) {
      try {
        test.require(networks);
      } catch (IllegalArgumentException | UnsupportedOperationException e) {
        problems.add(e.getMessage());
      }
    }
  }

  private static void distinct(List<String> problems, String what, Stream<String> names) {
    Set<String> known = new HashSet<>();
    names
        .filter(name -> !known.add(name))
        .distinct()
        .forEach(
            name ->
                problems.add(
                    "two "
                        + what
                        + " are named \""
                        + name
                        + "\", so a report could not tell them apart: leave one out"));
  }

  /** A protocol for whole classes says nothing about rows, and the other way round. */
  private static void request(List<String> problems, Protocol protocol, UnlearningDataset data) {
    Set<Integer> forgotten = data.forget().classes();
    Set<Integer> kept = data.retain().classes();
    List<Integer> wrong =
        switch (protocol.request()) {
          case ANY -> List.of();
          case CLASSES -> forgotten.stream().filter(kept::contains).toList();
          case ROWS -> forgotten.stream().filter(c -> !kept.contains(c)).toList();
        };
    if (!wrong.isEmpty()) {
      boolean classes = protocol.request() == Protocol.Request.CLASSES;
      problems.add(
          "protocol \""
              + protocol.name()
              + "\" is for "
              + (classes ? "whole classes" : "rows of classes that are kept")
              + ", but split \"retain\" has "
              + (classes ? "rows" : "no row")
              + " of the forget classes "
              + wrong
              + ": use \""
              + (classes ? Protocol.RANDOM_ROWS : Protocol.CLASS).name()
              + "\" or \"general\"");
    }
  }

  private static void nonMembers(List<String> problems, UnlearningDataset data) {
    if (!data.forget().isEmpty()) {
      least(
          problems,
          "unseen",
          " of the forget classes " + data.forget().classes(),
          data.unseen().ofClasses(data.forget().classes()).size(),
          LEAST_ATTACKED,
          REMEDY);
    }
  }

  private static void subjects(
      List<String> problems, Set<String> taken, Stream<Subject> all, UnlearningDataset data) {
    Set<String> names = new HashSet<>(taken);
    all.forEach(
        subject -> {
          if (!names.add(subject.name())) {
            problems.add("two networks are named \"" + subject.name() + "\"");
          }
          try {
            subject.network().requireFit(data);
          } catch (IllegalArgumentException e) {
            problems.add("network \"" + subject.name() + "\": " + e.getMessage());
          }
        });
  }

  private static void least(
      List<String> problems, String split, String which, int found, int least, String remedy) {
    if (found < least) {
      problems.add(
          "split \""
              + split
              + "\" must have at least "
              + least
              + " rows"
              + which
              + ", but has "
              + found
              + ": "
              + remedy);
    }
  }
}
