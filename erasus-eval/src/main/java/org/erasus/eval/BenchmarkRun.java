package org.erasus.eval;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.eval.NetworkReport.Role;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.metrics.Cost;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.Evidence;
import org.erasus.eval.metrics.InsideMetric;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.Metrics;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.train.DivergedException;
import org.erasus.train.Listener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a benchmark: looks at each network once, then computes with plain arrays only. */
final class BenchmarkRun {
  static final String NO_OP = "no-op";
  static final String RANDOM = "random-weights";

  private static final Logger LOG = LoggerFactory.getLogger(BenchmarkRun.class);

  private final UnlearningBenchmark benchmark;
  private final BenchmarkOptions options;
  private final UnlearningDataset data;
  private final Seeds seeds;
  private final Optional<Pictures.Painter> painter;
  private final Listener listener;
  private final int networks;
  private final List<String> untaught = new ArrayList<>();
  private int looked;

  BenchmarkRun(UnlearningBenchmark benchmark, Listener listener) {
    this.benchmark = benchmark;
    this.listener = listener;
    networks =
        3
            + benchmark.references().size()
            + benchmark.candidates().size()
            + benchmark.controls().size();
    options = benchmark.options();
    data = benchmark.data();
    seeds = new Seeds(options.seed());
    painter =
        options.picturedRows() == 0
            ? Optional.empty()
            : Optional.of(new Pictures.Painter(data, options.picturedRows(), options.seed()));
  }

  /** A network's outputs, why it is there and what it is compared with. */
  private record Entry(NetworkOutputs outputs, Role role, List<NetworkOutputs> against) {}

  BenchmarkReport run() {
    Subject first = benchmark.original();
    NetworkOutputs seen = looked(first.name(), first.network());
    double known = Differences.accuracy(seen.forget());
    NetworkOutputs original = outputs(first, seen, known);
    List<NetworkOutputs> references = new ArrayList<>();
    benchmark.references().forEach(s -> references.add(outputs(s, known)));
    List<Entry> entries = new ArrayList<>();
    benchmark
        .candidates()
        .forEach(s -> entries.add(new Entry(outputs(s, known), Role.CANDIDATE, references)));
    for (NetworkOutputs reference : references) {
      List<NetworkOutputs> others =
          references.stream().filter(r -> !r.name().equals(reference.name())).toList();
      entries.add(new Entry(reference, Role.REFERENCE, others));
    }
    entries.add(new Entry(original, Role.ORIGINAL, references));
    try (Network copy = first.network().copy();
        Network random = first.network().fresh(seeds.of("random-control"))) {
      entries.add(new Entry(looked(NO_OP, copy), Role.NO_OP, references));
      entries.add(new Entry(looked(RANDOM, random), Role.RANDOM, references));
    }
    benchmark
        .controls()
        .forEach(s -> entries.add(new Entry(outputs(s, known), Role.RETRAINED, references)));
    return report(entries, original, references, incompetent());
  }

  private NetworkOutputs outputs(Subject subject, double originalAccuracy) {
    return outputs(subject, looked(subject.name(), subject.network()), originalAccuracy);
  }

  private NetworkOutputs outputs(Subject subject, NetworkOutputs seen, double originalAccuracy) {
    NetworkOutputs outputs = seen;
    painter.ifPresent(
        p -> {
          p.layOut(subject.name(), subject.network());
          done("layouts");
        });
    // Without a retrained network that learns them, too, there is nothing to compare with.
    if (options.relearning().isPresent() && !benchmark.references().isEmpty()) {
      try {
        outputs =
            outputs.withRelearned(
                options
                    .relearning()
                    .get()
                    .measure(subject.network(), data, originalAccuracy, options.seed()));
      } catch (DivergedException | UnsupportedOperationException broken) {
        untaught.add(
            "network \""
                + subject.name()
                + "\" was not made to learn again: "
                + broken.getMessage());
      }
      done("relearning");
    }
    return subject.record().isPresent()
        ? outputs.withCost(Cost.of(subject.record().get()))
        : outputs;
  }

  private NetworkOutputs looked(String name, Network network) {
    LOG.info("looking at network {}", name);
    NetworkOutputs outputs = NetworkOutputs.of(name, network, data);
    looked++;
    done("outputs");
    Map<String, List<Double>> recovered = new LinkedHashMap<>();
    for (Gate gate : benchmark.gates()) {
      if (gate instanceof RecoveryGate attempt) {
        recovered.put(gate.name(), attempt.recovery().known(network, data, options.seed()));
        done("probes");
      }
    }
    List<Network> others =
        benchmark.references().stream().map(Subject::network).filter(r -> r != network).toList();
    InsideMetric.Open open =
        new InsideMetric.Open(
            network, benchmark.original().network(), others, data, options.level());
    return outputs
        .withRecovered(recovered)
        .withInside(InsideMetric.look(benchmark.inForce().metrics(), open));
  }

  /** Says what was done, with how many networks have been looked at. */
  private void done(String what) {
    listener.progressed(what, looked, networks);
  }

  private List<ScoredRows> incompetent() {
    List<ScoredRows> draws = new ArrayList<>();
    int wanted = benchmark.inForce().metrics().contains("zrf") ? options.incompetentDraws() : 0;
    for (int k = 0; k < wanted; k++) {
      try (Network random = benchmark.original().network().fresh(seeds.of("incompetent", k))) {
        draws.add(NetworkOutputs.score(RANDOM, random, data.forget(), "forget"));
      }
    }
    return draws;
  }

  private BenchmarkReport report(
      List<Entry> entries,
      NetworkOutputs original,
      List<NetworkOutputs> references,
      List<ScoredRows> incompetent) {
    Protocol protocol = benchmark.inForce();
    List<Margin> margins = margins(references);
    Judge judge = new Judge(benchmark.gates(), margins, 1 - options.level());
    Map<Entry, List<GateResult>> answers = new LinkedHashMap<>();
    for (Entry entry : entries) {
      List<NetworkOutputs> others = entry.against();
      if (entry.role() != Role.REFERENCE) {
        List<NetworkOutputs> against = references.isEmpty() ? List.of(original) : others;
        answers.put(entry, judge.ask(entry.outputs(), against));
      } else if (others.size() > 1) {
        // A margin that its own differences made would let any reference through.
        Judge apart = new Judge(benchmark.gates(), margins(others), 1 - options.level());
        answers.put(entry, apart.ask(entry.outputs(), others));
      }
    }
    Controls judged =
        Controls.of(answers.entrySet().stream().map(BenchmarkRun::answer).toList(), margins);
    Controls controls =
        references.isEmpty() ? judged.and(Unretrained.doubts(benchmark, original)) : judged;
    done("gates");
    AttackReports attacks =
        new AttackReports(
            protocol.membership().withLevel(options.level()), options.seed(), references.isEmpty());
    List<NetworkReport> reports = new ArrayList<>();
    for (Entry entry : entries) {
      Evidence evidence =
          new Evidence(
              entry.outputs(),
              entry.against(),
              original,
              incompetent,
              options.bootstrap(),
              options.seed());
      Map<String, Measure> metrics = new LinkedHashMap<>();
      protocol.metrics().forEach(name -> metrics.putAll(Metrics.get(name).measure(evidence)));
      done("metrics");
      List<AttackReport> attacked = attacks.of(entry.outputs(), protocol.attacks());
      done("attacks");
      reports.add(
          new NetworkReport(
              entry.outputs().name(),
              entry.role(),
              Optional.ofNullable(answers.get(entry)).map(controls::verdict),
              metrics,
              attacked,
              entry.outputs().relearned()));
    }
    return new BenchmarkReport(
        BenchmarkReport.SCHEMA,
        Instant.now(),
        protocol.name() + "/" + protocol.version(),
        BenchmarkReport.Reference.of(references.size()),
        options,
        BenchmarkReport.DataSummary.of(data),
        margins,
        reports,
        pictures(entries),
        warnings(margins, controls));
  }

  private List<Margin> margins(List<NetworkOutputs> references) {
    return benchmark.gates().stream()
        .map(g -> Margin.of(g, references, benchmark.inForce().spreadFactor()))
        .toList();
  }

  private List<String> warnings(List<Margin> margins, Controls controls) {
    List<String> warnings = new ArrayList<>();
    benchmark.answersAlone().ifPresent(warnings::add);
    int references = benchmark.references().size();
    if (references > 0 && references < 3 && benchmark.controls().isEmpty()) {
      warnings.add(
          (references == 1
                  ? "one reference: no retrained network is judged"
                  : "two references: their difference makes the margins, so neither can be judged by them")
              + ", and whether retraining itself would be rejected is not seen; give another retrained network with"
              + " withControl");
    }
    for (int g = 0; g < margins.size(); g++) {
      margins.get(g).warning(benchmark.gates().get(g).aim()).ifPresent(warnings::add);
    }
    warnings.addAll(controls.warnings());
    warnings.addAll(untaught);
    return warnings;
  }

  private Pictures pictures(List<Entry> entries) {
    if (painter.isEmpty()) {
      return new Pictures(List.of(), Map.of());
    }
    Map<String, Pictures.Outputs> outputs = new LinkedHashMap<>();
    for (Entry entry : entries) {
      NetworkOutputs of = entry.outputs();
      outputs.put(of.name(), new Pictures.Outputs(entry.role(), of.forget(), of.on(Mark.UNSEEN)));
    }
    return painter.get().of(outputs);
  }

  private static Controls.Answer answer(Map.Entry<Entry, List<GateResult>> answer) {
    return new Controls.Answer(
        answer.getKey().outputs().name(), answer.getKey().role(), answer.getValue());
  }
}
