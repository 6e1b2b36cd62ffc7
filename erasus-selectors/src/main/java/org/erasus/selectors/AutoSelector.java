package org.erasus.selectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses a selector by how many candidates there are, how many are wanted, and what they are; says why, and runs it in its
 * defaults.
 *
 * <pre>{@code
 * every candidate wanted?                full
 * rows to keep, and no others?           stratified-random, since what stands for all of them protects them
 * fewer than smallShare of them?         stratified-random, which for few rows little beats
 * one class alone?                       k-center when k·N is at most maxSteps, otherwise el2n
 * several classes                        el2n
 * }</pre>
 *
 * <p>What was chosen and why is logged, and stands in {@link Coreset#madeBy}. The rule is a start, not a finding: the study in
 * {@code benchmarks/selection.py} is there to replace it. {@link #choose} answers without doing anything.
 *
 * @param smallShare a share of the candidates below which scores are not trusted, in [0, 1]
 * @param maxSteps the largest k·N that covering may take, 1 or more
 */
public record AutoSelector(double smallShare, long maxSteps) implements Selector {
  /** A twentieth of the candidates, and a hundred million distances. */
  public static final AutoSelector DEFAULTS = new AutoSelector(0.05, 100_000_000);

  private static final Logger LOG = LoggerFactory.getLogger(AutoSelector.class);

  /** Checks the ranges. */
  public AutoSelector {
    Check.inClosed(smallShare, 0, 1, "smallShare");
    Check.inClosed(maxSteps, 1, Long.MAX_VALUE, "maxSteps");
  }

  /** This selector with another smallest share. */
  public AutoSelector withSmallShare(double smallShare) {
    return new AutoSelector(smallShare, maxSteps);
  }

  /** This selector with another limit of covering. */
  public AutoSelector withMaxSteps(long maxSteps) {
    return new AutoSelector(smallShare, maxSteps);
  }

  /**
   * A way through the rule.
   *
   * @param selector where it ends
   * @param reasons a sentence a branch
   */
  public record Chosen(Selector selector, List<String> reasons) {
    /** Copies the list. */
    public Chosen {
      reasons = List.copyOf(reasons);
    }
  }

  /** Goes through the rule for a task, and does no work. */
  public Chosen choose(SelectionTask task) {
    List<String> reasons = new ArrayList<>();
    return new Chosen(choose(task, reasons), reasons);
  }

  private Selector choose(SelectionTask task, List<String> reasons) {
    int n = task.candidates().size();
    int wanted = task.wanted();
    if (wanted == n) {
      return because("all " + n + " candidates are wanted", Full.DEFAULTS, reasons);
    }
    double share = wanted / (double) n;
    reasons.add(
        String.format(
            Locale.ROOT, "%d of %d candidates are wanted, %.1f %%", wanted, n, 100 * share));
    if (areToBeKept(task.candidates())) {
      return because(
          "they are rows to keep, of which the hardest do not stand for the others",
          StratifiedRandom.DEFAULTS,
          reasons);
    }
    if (share < smallShare) {
      return because(
          "of so few rows the hardest tell little about the others",
          StratifiedRandom.DEFAULTS,
          reasons);
    }
    int[] labels = task.candidates().labels();
    boolean oneClass = Arrays.stream(labels).distinct().count() == 1;
    if (oneClass && (long) wanted * n <= maxSteps) {
      return because(
          "they are of one class, which rows far apart cover", KCenter.DEFAULTS, reasons);
    }
    return because(
        oneClass
            ? "they are of one class, but covering it would take too many steps"
            : "they are of several classes, between which the error decides",
        El2n.DEFAULTS,
        reasons);
  }

  private static boolean areToBeKept(Rows rows) {
    return Arrays.stream(rows.positions()).allMatch(p -> rows.data().mark(p) == Mark.RETAIN);
  }

  private static Selector because(String reason, Selector selector, List<String> reasons) {
    reasons.add(reason);
    return selector;
  }

  @Override
  public Coreset select(SelectionTask task) {
    Chosen chosen = choose(task);
    String what = chosen.selector.displayName() + ": " + String.join("; ", chosen.reasons);
    LOG.info(what);
    return chosen.selector.select(task).withMadeBy(displayName() + " (" + what + ")");
  }
}
