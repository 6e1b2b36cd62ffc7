package org.erasus.eval;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.erasus.UnlearningDataset;
import org.erasus.eval.recovery.InputProbe;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.Tost;

/** What cannot be told where there is no retrained network. */
final class Unretrained {
  private static final String REMEDY = "; give a retrained network with withReference";

  private Unretrained() {}

  /** The doubts, beside those of the controls. */
  static Controls doubts(UnlearningBenchmark benchmark) {
    List<String> blind = new ArrayList<>();
    Set<String> unsound = new LinkedHashSet<>();
    List<String> warnings = new ArrayList<>();
    warnings.add(
        "there is no retrained network: forget rows are compared with unseen rows of their classes, and use with the"
            + " original. Where forget rows are harder or easier than unseen ones, so they are to a retrained network,"
            + " which nothing here could show");
    List<String> asked = benchmark.gates().stream().map(Gate::name).toList();
    List<String> left =
        benchmark.protocol().gates().stream()
            .map(Gate::name)
            .filter(name -> !asked.contains(name))
            .toList();
    if (!left.isEmpty()) {
      warnings.add("not asked without a retrained network: " + String.join(", ", left));
    }
    UnlearningDataset data = benchmark.data();
    List<Integer> gone = new ArrayList<>(Preconditions.classes(data.forget()));
    gone.removeAll(Preconditions.classes(data.retain()));
    if (!gone.isEmpty()) {
      blind.add(
          "split \"retain\" has no row of the forget classes "
              + gone
              + ": forget rows that are answered like unseen rows of their class show that the rows are not remembered,"
              + " not that the class is unknown"
              + REMEDY);
    }
    unlike(benchmark, blind, unsound);
    warnings.addAll(blind);
    return new Controls(blind, unsound, warnings);
  }

  /** Unseen rows say nothing of forget rows that a classifier which saw neither tells from them. */
  private static void unlike(
      UnlearningBenchmark benchmark, List<String> blind, Set<String> unsound) {
    List<Gate> forgetting =
        benchmark.gates().stream().filter(g -> g.aim() == Gate.Aim.FORGETTING).toList();
    double margin = forgetting.stream().mapToDouble(Gate::margin).min().orElseThrow();
    double alpha = 1 - benchmark.options().level();
    var difference = InputProbe.DEFAULTS.difference(benchmark.data(), benchmark.options().seed());
    if (Tost.test(difference, margin, alpha).pDifferent() > alpha) {
      return;
    }
    Interval d = difference.interval(1 - 2 * alpha, "tost");
    forgetting.forEach(g -> unsound.add(g.name()));
    blind.add(
        String.format(
            Locale.ROOT,
            "the forget rows are not like unseen rows of their classes: the accuracy of a linear classifier that was"
                + " fitted on retain rows alone differs between them by %+.3f [%+.3f, %+.3f], so that unseen rows do not"
                + " say what to expect%s",
            d.estimate(),
            d.low(),
            d.high(),
            REMEDY));
  }
}
