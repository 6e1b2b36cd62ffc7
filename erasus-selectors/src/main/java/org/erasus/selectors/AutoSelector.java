package org.erasus.selectors;

import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The selector to begin with, by what has been measured: at present {@code stratified-random} for every task, a class at a time
 * and each in proportion to its rows.
 *
 * <p>In our comparison no selector comes nearer to retraining than rows at random by more than a few thousandths, for forget rows
 * of one class or of several; drawing class by class is nearer more often than farther, and asks nothing of the network. The
 * reason is logged, and stands in {@link Coreset#madeBy}. When measurements show more, the rule will say more.
 */
public record AutoSelector() implements Selector {
  /** The only settings. */
  public static final AutoSelector DEFAULTS = new AutoSelector();

  private static final Logger LOG = LoggerFactory.getLogger(AutoSelector.class);

  private static final StratifiedRandom CHOSEN = StratifiedRandom.DEFAULTS;

  private static final String REASON =
      "no selector has been measured to come nearer to retraining than rows drawn in every class in proportion";

  @Override
  public Coreset choose(SelectionTask task) {
    String what = CHOSEN.displayName() + ": " + REASON;
    LOG.info(what);
    return CHOSEN.choose(task).withMadeBy(displayName() + " (" + what + ")");
  }
}
