package org.erasus.strategies;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.erasus.Need;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.train.Training;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the decision tree of {@code docs/choosing.md}, says why, and runs the strategy it comes to in its defaults.
 *
 * <pre>{@code
 * weights may not change?         dexperts
 * trained for deletion?           the strategy it was trained for, where that gives the guarantee asked for:
 *                                 sisa gives every one, certified-removal all but exact, amnesiac none
 * exact or certified guarantee?   retrain
 * no rows to keep at hand?        task-arithmetic with validation rows, an error without
 * more rows to forget than keep?  retrain
 * whole classes, nothing else?    random-label
 * any other rows                  simnpo when utility comes first, wga otherwise
 * }</pre>
 *
 * <p>With forget rows alone nothing is chosen: what trains on these only takes the kept rows of their classes along, and they do
 * not tell whether such are kept.
 *
 * <p>The branches without a guarantee follow what {@code docs/results.md} and {@code docs/tuning.md} show of the defaults. What
 * ends the last branch serves rows of classes that remain and whole classes alike, so requests may mix them. {@link #choose}
 * answers without doing anything.
 *
 * <p>A strategy the network was trained for says itself what it cannot do: {@link CertifiedRemoval} throws an {@link
 * IllegalStateException} when the budget of its ledger is spent, and nothing else is tried in its place. Train the head again
 * without the removed rows, as it says, or ask for {@link Guarantee#EXACT}, which retrains.
 *
 * @param guarantee what has to be promised
 * @param weightsFixed whether the weights have to stay as they are
 * @param utilityFirst whether accuracy on the rows to keep counts more than how far the others are forgotten
 * @param trainedFor the strategy whose own training made the network, with its folder or ledger: {@link Sisa}, {@link
 *     CertifiedRemoval} or {@link Amnesiac}
 * @param recipe of the original training, for retraining
 */
public record AutoStrategy(
    Guarantee guarantee,
    boolean weightsFixed,
    boolean utilityFirst,
    Optional<UnlearningStrategy> trainedFor,
    Training recipe)
    implements UnlearningStrategy {
  /** What has to be promised about the result, the weakest first. */
  public enum Guarantee {
    /** What attacks and comparisons can show. */
    EMPIRICAL,
    /** An (ε, δ) bound. */
    CERTIFIED,
    /** Never having seen the rows. */
    EXACT
  }

  /** No guarantee, weights may change, utility first, nothing trained for, the recipe of {@link Retrain#DEFAULTS}. */
  public static final AutoStrategy DEFAULTS =
      new AutoStrategy(
          Guarantee.EMPIRICAL, false, true, Optional.empty(), Retrain.DEFAULTS.training());

  private static final Logger LOG = LoggerFactory.getLogger(AutoStrategy.class);

  /** Checks that the answers fit together. */
  public AutoStrategy {
    if (weightsFixed && guarantee != Guarantee.EMPIRICAL) {
      throw new IllegalArgumentException(
          "guarantee must be EMPIRICAL when the weights stay fixed, but was "
              + guarantee
              + ": weights that saw the rows still hold them");
    }
    trainedFor.ifPresent(
        strategy -> {
          if (!(strategy instanceof Sisa
              || strategy instanceof CertifiedRemoval
              || strategy instanceof Amnesiac)) {
            throw new IllegalArgumentException(
                "trainedFor must be a strategy with a training of its own (sisa, certified-removal, amnesiac), but was "
                    + strategy.displayName());
          }
        });
  }

  /** This strategy with another guarantee. */
  public AutoStrategy withGuarantee(Guarantee guarantee) {
    return new AutoStrategy(guarantee, weightsFixed, utilityFirst, trainedFor, recipe);
  }

  /** This strategy with weights that stay or not. */
  public AutoStrategy withWeightsFixed(boolean weightsFixed) {
    return new AutoStrategy(guarantee, weightsFixed, utilityFirst, trainedFor, recipe);
  }

  /** This strategy with utility first or not. */
  public AutoStrategy withUtilityFirst(boolean utilityFirst) {
    return new AutoStrategy(guarantee, weightsFixed, utilityFirst, trainedFor, recipe);
  }

  /** This strategy for a network that another one's own training made: its folder or ledger is used. */
  public AutoStrategy withTrainedFor(UnlearningStrategy strategy) {
    return new AutoStrategy(guarantee, weightsFixed, utilityFirst, Optional.of(strategy), recipe);
  }

  /** This strategy with another recipe of the original training. */
  public AutoStrategy withRecipe(Training recipe) {
    return new AutoStrategy(guarantee, weightsFixed, utilityFirst, trainedFor, recipe);
  }

  /**
   * A way through the tree.
   *
   * @param strategy where it ends
   * @param reasons a sentence a branch
   */
  public record Chosen(UnlearningStrategy strategy, List<String> reasons) {
    /** Copies the list. */
    public Chosen {
      reasons = List.copyOf(reasons);
    }
  }

  /**
   * Goes through the tree for a task, and does no work.
   *
   * @throws IllegalArgumentException when the tree leads to rows to keep or validation rows, and there are none of either
   */
  public Chosen choose(UnlearningTask task) {
    List<String> reasons = new ArrayList<>();
    return new Chosen(choose(task, reasons), reasons);
  }

  private UnlearningStrategy choose(UnlearningTask task, List<String> reasons) {
    if (weightsFixed) {
      reasons.add("the weights have to stay, so an anti-expert beside them corrects the answers");
      return Dexperts.DEFAULTS;
    }
    if (trainedFor.isPresent() && strongestOf(trainedFor.get()).compareTo(guarantee) >= 0) {
      return because(
          "the network was trained to delete by what its training left", trainedFor.get(), reasons);
    }
    if (guarantee != Guarantee.EMPIRICAL) {
      return because(
          "the network was not trained for deletion with "
              + (guarantee == Guarantee.EXACT ? "an exact" : "a certified")
              + " guarantee, so only retraining gives it",
          new Retrain(recipe),
          reasons);
    }
    int forget = task.data().forget().size();
    int retain = task.data().retain().size();
    if (retain == 0) {
      if (task.validationRows().isEmpty()) {
        throw new IllegalArgumentException(
            displayName()
                + " needs rows to keep, or validation rows to choose on, but has "
                + forget
                + " forget rows alone, from which no strategy is known to come near retraining: mark some of the rows"
                + " that stay retain, or add some to choose on with withUnseen and cutValidation; where whole classes go,"
                + " \"boundary-expand\" needs neither, and costs accuracy on the others");
      }
      reasons.add("no rows to keep are at hand, so only the forget rows can be trained on");
      return because("validation rows choose how far to go back", TaskArithmetic.DEFAULTS, reasons);
    }
    if (forget > retain) {
      reasons.add(
          forget + " rows go and " + retain + " stay, so training on these again costs little");
      return new Retrain(recipe);
    }
    reasons.add(
        String.format(
            Locale.ROOT, "%.1f %% of the rows go", 100.0 * forget / (forget + (double) retain)));
    if (task.shareOfKeptClasses() == 0) {
      return because(
          "they are whole classes, which wrong labels take out at once",
          RandomLabel.DEFAULTS,
          reasons);
    }
    reasons.add("some are of classes that remain, so the rest of these has to stay known");
    return utilityFirst
        ? because("utility comes first", SimNpo.DEFAULTS, reasons)
        : because("forgetting comes first", Wga.DEFAULTS, reasons);
  }

  /** What a strategy with a training of its own can promise. */
  private static Guarantee strongestOf(UnlearningStrategy trained) {
    return trained instanceof Sisa
        ? Guarantee.EXACT
        : trained instanceof CertifiedRemoval ? Guarantee.CERTIFIED : Guarantee.EMPIRICAL;
  }

  private static UnlearningStrategy because(
      String reason, UnlearningStrategy strategy, List<String> reasons) {
    reasons.add(reason);
    return strategy;
  }

  @Override
  public Set<Need> needs() {
    return EnumSet.of(Need.FORGET_ROWS);
  }

  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    Chosen chosen = choose(task);
    RunLog log = RunLog.start(task, this);
    String name = chosen.strategy.displayName();
    LOG.info("{}: {}", name, String.join("; ", chosen.reasons));
    Unlearned result = chosen.strategy.unlearn(task);
    log.include(result.record());
    chosen.reasons.forEach(log::remark);
    return new Unlearned(
        result.network(), log.end(name + " ended, " + result.record().reason() + "; chosen"));
  }
}
