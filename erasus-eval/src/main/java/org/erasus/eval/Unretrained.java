package org.erasus.eval;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.UnlearningDataset;
import org.erasus.eval.attacks.Prediction;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.recovery.InputProbe;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.Tost;

/** What cannot be told where there is no retrained network. */
final class Unretrained {
  private static final String REMEDY = "; give a retrained network with withReference";

  /** The least a classifier must know of what the network knows of unseen rows for its silence to tell something. */
  private static final double LEAST_SHARE = 0.5;

  private Unretrained() {}

  /** The doubts, beside those of the controls. */
  static Controls doubts(UnlearningBenchmark benchmark, NetworkOutputs original) {
    List<String> blind = new ArrayList<>();
    Set<String> unsound = new LinkedHashSet<>();
    List<String> warnings = new ArrayList<>();
    warnings.add(
        "there is no retrained network: forget rows are compared with unseen rows of their classes, and use with the"
            + " original. Where forget rows are harder or easier than unseen ones, so they are to a retrained network,"
            + " which nothing here could show");
    List<String> asked = benchmark.gates().stream().map(Gate::name).toList();
    List<String> left =
        benchmark.inForce().gates().stream()
            .map(Gate::name)
            .filter(name -> !asked.contains(name))
            .toList();
    if (!left.isEmpty()) {
      warnings.add("not asked without a retrained network: " + String.join(", ", left));
    }
    UnlearningDataset data = benchmark.data();
    List<Integer> gone = mostlyForgotten(data);
    if (!gone.isEmpty()) {
      blind.add(
          "split \"retain\" has few rows or none of the forget classes "
              + gone
              + ": forget rows that are answered like unseen rows of their class show that the rows are not remembered,"
              + " not that the class is unknown"
              + REMEDY);
    }
    thinned(data).ifPresent(warnings::add);
    unlike(benchmark, original, blind, unsound);
    warnings.addAll(blind);
    return new Controls(blind, unsound, Map.of(), warnings);
  }

  /** Classes of which fewer rows are kept than forgotten: a retrained network would know them less. */
  private static List<Integer> mostlyForgotten(UnlearningDataset data) {
    int[] forgotten = data.forget().classCounts();
    int[] kept = data.retain().classCounts();
    return data.forget().classes().stream().filter(c -> kept[c] < forgotten[c]).toList();
  }

  private static Optional<String> thinned(UnlearningDataset data) {
    int[] unseen = data.unseen().ofClasses(data.forget().classes()).labels();
    int kept = Differences.inProportion(unseen, data.forget().labels()).length;
    return 2 * kept >= unseen.length
        ? Optional.empty()
        : Optional.of(
            "of "
                + unseen.length
                + " unseen rows of the forget classes "
                + kept
                + " are compared with, since more would not have the classes in the proportions of the forget rows: add"
                + " unseen rows of the scarcest class");
  }

  /**
   * Unseen rows say nothing of forget rows that a classifier which saw neither tells from them, nor where that classifier
   * knows too little to tell. Of a difference that the network would show, it shows the share to which it knows the classes.
   * Where the network knows no more of unseen rows than chance, nothing more is asked of the classifier: unlike rows could not be
   * answered worse.
   */
  private static void unlike(
      UnlearningBenchmark benchmark,
      NetworkOutputs original,
      List<String> blind,
      Set<String> unsound) {
    List<Gate> forgetting =
        benchmark.gates().stream().filter(g -> g.aim() == Gate.Aim.FORGETTING).toList();
    double margin = forgetting.stream().mapToDouble(Gate::margin).min().orElseThrow();
    double alpha = 1 - benchmark.options().level();
    Optional<InputProbe.Look> looked =
        InputProbe.DEFAULTS.look(benchmark.data(), benchmark.options().seed());
    if (looked.isEmpty()) {
      return; // of no class of a forget row is a row kept, which is a doubt of its own
    }
    InputProbe.Look look = looked.get();
    double knowable = knows(benchmark.data(), original);
    double share = knowable <= margin ? 1 : look.knows() / knowable;
    double allowed = margin * Math.max(LEAST_SHARE, Math.min(1, share));
    String why;
    if (Tost.test(look.difference(), allowed, alpha).pDifferent() <= alpha) {
      Interval d = look.difference().interval(1 - 2 * alpha, "tost");
      why =
          String.format(
              Locale.ROOT,
              "the forget rows are not like unseen rows of their classes: the accuracy of a linear classifier that was"
                  + " fitted on retain rows alone differs between them by %+.3f [%+.3f, %+.3f], so that unseen rows do not"
                  + " say what to expect",
              d.estimate(),
              d.low(),
              d.high());
    } else if (share < LEAST_SHARE) {
      why =
          String.format(
              Locale.ROOT,
              "whether the forget rows are like unseen rows of their classes cannot be told: a linear classifier that was"
                  + " fitted on retain rows alone knows unseen rows of these classes to %.3f, where 0 is chance, the"
                  + " original to %.3f",
              look.knows(),
              knowable);
    } else {
      return;
    }
    forgetting.forEach(g -> unsound.add(g.name()));
    blind.add(why + REMEDY);
  }

  private static double knows(UnlearningDataset data, NetworkOutputs network) {
    ScoredRows unseen = network.unseenOfRetainClasses();
    List<Prediction> said = IntStream.range(0, unseen.size()).mapToObj(unseen::prediction).toList();
    return InputProbe.knows(
        said.stream().mapToInt(Prediction::top).toArray(),
        said.stream().mapToInt(Prediction::label).toArray(),
        data.forget().ofClasses(data.retain().classes()).labels());
  }
}
