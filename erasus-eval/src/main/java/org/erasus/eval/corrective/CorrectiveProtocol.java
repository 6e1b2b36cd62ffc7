package org.erasus.eval.corrective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.corrective.CorrectiveReport.Cell;
import org.erasus.eval.corrective.CorrectiveReport.Gate;
import org.erasus.eval.stats.Equivalence;
import org.erasus.eval.stats.Estimate;
import org.erasus.eval.stats.Holm;
import org.erasus.eval.stats.PairedRows;
import org.erasus.eval.stats.SampleSize;
import org.erasus.eval.stats.Tost;

/**
 * The protocol {@code corrective}: spoils data, trains on them, lets a strategy unlearn the spoilt rows that were found, few or
 * all, and asks whether the harm is undone.
 *
 * <pre>{@code
 * for each manipulation:   original   trained on all rows, spoilt ones included
 *                          retrained  trained on the rows that are not spoilt
 *   for each share:        corrected  original after unlearning the share of the spoilt rows; the others are kept, as nobody
 *                                     knows of them
 * }</pre>
 *
 * <p>Three gates compare with the retrained network on the same rows, each one-sided: {@code corrected-accuracy} where harm
 * was done and {@code accuracy-elsewhere} must not be lower by the margin, {@code backdoor-success} not higher. PASS: all
 * show so, and the same gates catch the original. FAIL: one shows a harmful difference (Holm within a network). Where the
 * original is not caught nothing was spoilt enough to be corrected, and nobody passes.
 *
 * <p>Unlike the benchmark it trains, and takes as long: two networks a manipulation and a run of the strategy a share.
 *
 * @param manipulations how data are spoilt, 1 or more
 * @param shares of the spoilt rows that are found, each in (0, 1]
 * @param margin the largest harmless difference, above 0
 * @param level of all intervals, above 0.5 and below 1; tests are at 1 − level
 * @see <a href="https://arxiv.org/abs/2402.14015">Goel et al., 2024</a>
 */
public record CorrectiveProtocol(
    List<Manipulation> manipulations, List<Double> shares, double margin, double level) {
  /** Name and version in reports. */
  public static final String NAME = "corrective/1";

  /** Poison, confusion and random labels in their default settings; 10 to 100 % found; 5 points; 95 %. */
  public static final CorrectiveProtocol DEFAULTS =
      new CorrectiveProtocol(
          List.of(PoisonTrigger.DEFAULTS, InterclassConfusion.DEFAULTS, RandomLabelSwap.DEFAULTS),
          List.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
          0.05,
          0.95);

  private static final double POWER = 0.8;

  /** Copies the lists and checks the ranges. */
  public CorrectiveProtocol {
    manipulations = List.copyOf(manipulations);
    shares = List.copyOf(shares);
    Check.atLeast(1, manipulations.size(), "number of manipulations");
    Check.atLeast(1, shares.size(), "number of shares");
    shares.forEach(share -> Check.inClosed(share, Double.MIN_VALUE, 1, "share"));
    Check.positive(margin, "margin");
    Check.inOpen(level, 0.5, 1, "level");
  }

  /** The same with other manipulations. */
  public CorrectiveProtocol withManipulations(List<Manipulation> manipulations) {
    return new CorrectiveProtocol(manipulations, shares, margin, level);
  }

  /** The same with other shares. */
  public CorrectiveProtocol withShares(List<Double> shares) {
    return new CorrectiveProtocol(manipulations, shares, margin, level);
  }

  /** The same with another margin. */
  public CorrectiveProtocol withMargin(double margin) {
    return new CorrectiveProtocol(manipulations, shares, margin, level);
  }

  /** The same with another level. */
  public CorrectiveProtocol withLevel(double level) {
    return new CorrectiveProtocol(manipulations, shares, margin, level);
  }

  /** Makes networks. */
  @FunctionalInterface
  public interface Trainer {
    /**
     * Trains a network of its own on the retain rows.
     *
     * @return closed by the protocol
     */
    Network train(UnlearningDataset data, long seed);
  }

  /**
   * Does it.
   *
   * @param clean trained rows, of whatever mark, and unseen ones; stays as it is, and open
   * @param trainer makes the original and the retrained networks
   * @param strategy to be judged
   * @param seed of every random choice
   * @throws IllegalArgumentException before any training, listing which rows are too few, which manipulation does not fit and what
   *     the strategy lacks
   */
  public CorrectiveReport run(
      UnlearningDataset clean, Trainer trainer, UnlearningStrategy strategy, long seed) {
    require(clean);
    Seeds seeds = new Seeds(seed);
    require(clean, strategy, seeds);
    List<Cell> cells = new ArrayList<>();
    for (int m = 0; m < manipulations.size(); m++) {
      try (Manipulated spoilt = spoilt(clean, seeds, m)) {
        cells.addAll(cells(spoilt, trainer, strategy, seeds, m));
      }
    }
    return new CorrectiveReport(
        CorrectiveReport.SCHEMA,
        NAME,
        strategy.displayName(),
        seed,
        margin,
        clean.fingerprint(),
        cells);
  }

  private static void require(UnlearningDataset clean) {
    if (clean.unseen().size() < 2 || clean.trained().size() < 2) {
      throw new IllegalArgumentException(
          "protocol \""
              + NAME
              + "\" cannot run: split \"unseen\" must have at least 2 rows to judge on, and \"forget\" and"
              + " \"retain\" together at least 2 to train on, but they have "
              + clean.unseen().size()
              + " and "
              + clean.trained().size());
    }
  }

  private Manipulated spoilt(UnlearningDataset clean, Seeds seeds, int m) {
    return manipulations.get(m).apply(clean, seeds.of("corrective-manipulation", m));
  }

  /** Spoils and requests all there will be, and throws it away. */
  private void require(UnlearningDataset clean, UnlearningStrategy strategy, Seeds seeds) {
    Set<String> problems = new LinkedHashSet<>();
    for (int m = 0; m < manipulations.size(); m++) {
      try (Manipulated spoilt = spoilt(clean, seeds, m)) {
        for (double share : shares) {
          UnlearningDataset request = spoilt.identified(share, seeds.of("corrective-found", m));
          for (Need need : strategy.needs()) {
            if (need.isMissing(request.forget(), request.retain())) {
              problems.add(
                  "strategy \""
                      + strategy.displayName()
                      + "\" needs "
                      + need.what()
                      + ", but there are none where "
                      + spoilt.rows().manipulation()
                      + " is found to a share of "
                      + share);
            }
          }
        }
      } catch (IllegalArgumentException e) {
        problems.add(manipulations.get(m) + ": " + e.getMessage());
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "protocol \"" + NAME + "\" cannot run: " + String.join("; ", problems));
    }
  }

  private List<Cell> cells(
      Manipulated spoilt, Trainer trainer, UnlearningStrategy strategy, Seeds seeds, int m) {
    Rows trained = spoilt.data().trained();
    UnlearningDataset all = spoilt.data().markRetain(trained);
    UnlearningDataset rest = all.markForget(spoilt.rows().ids());
    List<Cell> cells = new ArrayList<>();
    try (Network original = trainer.train(all, seeds.of("corrective-original", m));
        Network retrained = trainer.train(rest, seeds.of("corrective-retrained", m))) {
      CorrectiveAnswers theirs = CorrectiveAnswers.of(retrained, spoilt);
      CorrectiveAnswers before = CorrectiveAnswers.of(original, spoilt);
      List<Gate> caught = gates(before, theirs);
      boolean blind = caught.stream().noneMatch(g -> g.pHarmful() <= alpha());
      cells.add(
          cell(spoilt, CorrectiveReport.RETRAINED, Optional.empty(), theirs, List.of(), blind));
      cells.add(cell(spoilt, CorrectiveReport.ORIGINAL, Optional.empty(), before, caught, blind));
      for (double share : shares) {
        UnlearningDataset request = spoilt.identified(share, seeds.of("corrective-found", m));
        UnlearningTask task =
            UnlearningTask.of(original, request).withSeed(seeds.of("corrective-unlearn", m));
        try (Unlearned corrected = strategy.unlearn(task)) {
          CorrectiveAnswers mine = CorrectiveAnswers.of(corrected.network(), spoilt);
          cells.add(
              cell(
                  spoilt,
                  CorrectiveReport.CORRECTED,
                  Optional.of(share),
                  mine,
                  gates(mine, theirs),
                  blind));
        }
      }
    }
    return cells;
  }

  private Cell cell(
      Manipulated spoilt,
      String network,
      Optional<Double> share,
      CorrectiveAnswers answers,
      List<Gate> gates,
      boolean blind) {
    return new Cell(
        spoilt.rows().manipulation(),
        spoilt.rows().rows().size(),
        network,
        share,
        CorrectiveMetrics.of(answers, level),
        gates,
        gates.isEmpty() ? Optional.empty() : Optional.of(outcome(gates, blind)),
        reasons(gates, blind));
  }

  /** Gates on fewer than two rows are left out. */
  List<Gate> gates(CorrectiveAnswers mine, CorrectiveAnswers theirs) {
    Map<String, Function<CorrectiveAnswers, double[]>> rows = new LinkedHashMap<>();
    rows.put("corrected-accuracy", CorrectiveAnswers::affected);
    rows.put("accuracy-elsewhere", CorrectiveAnswers::elsewhere);
    rows.put("backdoor-success", CorrectiveAnswers::opened);
    List<String> names = new ArrayList<>();
    List<Estimate> differences = new ArrayList<>();
    List<Integer> counts = new ArrayList<>();
    List<Double> harmless = new ArrayList<>();
    rows.forEach(
        (name, of) -> {
          double[] d = of.apply(mine).clone();
          double[] reference = of.apply(theirs);
          if (d.length >= 2) {
            for (int i = 0; i < d.length; i++) {
              d[i] -= reference[i];
            }
            Estimate estimate = PairedRows.bounded(d);
            Equivalence test = Tost.test(estimate, margin, alpha());
            names.add(name);
            differences.add(estimate);
            counts.add(d.length);
            harmless.add(isWorseAbove(name) ? test.pAbove() : test.pBelow());
          }
        });
    double[] harmful = Holm.adjust(harmless.stream().mapToDouble(p -> 1 - p).toArray());
    List<Gate> gates = new ArrayList<>();
    // To accuse, Holm has a share of alpha for each gate that does not accuse yet; to acquit, all
    // must.
    long open = Arrays.stream(harmful).filter(p -> p > alpha()).count();
    for (int g = 0; g < names.size(); g++) {
      boolean decided = Math.min(harmless.get(g), harmful[g]) <= alpha();
      Estimate d = differences.get(g);
      gates.add(
          new Gate(
              names.get(g),
              d.interval(1 - 2 * alpha(), "tost"),
              harmless.get(g),
              harmful[g],
              counts.get(g),
              decided
                  ? Optional.empty()
                  : needed(
                      isWorseAbove(names.get(g)) ? d.at(-d.value()) : d, counts.get(g), open)));
    }
    return gates;
  }

  private static boolean isWorseAbove(String gate) {
    return gate.equals("backdoor-success");
  }

  /** Rows that decide about a difference that does harm when it is negative. */
  private Optional<Long> needed(Estimate d, int rows, long open) {
    Estimate counted = d.at(Math.min(0, d.value()));
    double share = -counted.value() < margin ? alpha() : alpha() / open;
    OptionalLong needed = new SampleSize(share, POWER).toDecide(counted, rows, margin);
    return needed.isPresent() ? Optional.of(needed.getAsLong()) : Optional.empty();
  }

  private List<String> reasons(List<Gate> gates, boolean blind) {
    List<String> harmful = new ArrayList<>();
    List<String> open = new ArrayList<>();
    List<String> harmless = new ArrayList<>();
    for (Gate gate : gates) {
      String found =
          String.format(
              Locale.ROOT,
              "%s is %+.3f [%+.3f, %+.3f] against retraining, margin %s%.3f: ",
              gate.name(),
              gate.difference().estimate(),
              gate.difference().low(),
              gate.difference().high(),
              isWorseAbove(gate.name()) ? "+" : "−",
              margin);
      if (gate.pHarmful() <= alpha()) {
        harmful.add(found + "harmful");
      } else if (gate.pHarmless() <= alpha()) {
        harmless.add(found + "harmless");
      } else {
        open.add(
            found
                + "not decided by "
                + gate.rows()
                + " rows; "
                + gate.rowsToDecide()
                    .map(n -> "about " + n + " would decide")
                    .orElse("no number of rows would"));
      }
    }
    List<String> reasons = new ArrayList<>(harmful);
    reasons.addAll(open);
    if (blind && !gates.isEmpty() && harmful.isEmpty()) {
      reasons.add(
          "the original network is not shown to be harmed by the spoilt rows in any gate, so passing them shows nothing"
              + " here: spoil more rows, or judge on more");
    }
    reasons.addAll(harmless);
    return reasons;
  }

  private Outcome outcome(List<Gate> gates, boolean blind) {
    if (gates.stream().anyMatch(g -> g.pHarmful() <= alpha())) {
      return Outcome.FAIL;
    }
    return !blind && gates.stream().allMatch(g -> g.pHarmless() <= alpha())
        ? Outcome.PASS
        : Outcome.INCONCLUSIVE;
  }

  private double alpha() {
    return 1 - level;
  }
}
