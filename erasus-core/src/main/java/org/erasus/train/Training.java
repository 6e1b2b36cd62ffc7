package org.erasus.train;

import java.util.Optional;
import java.util.function.Consumer;
import org.erasus.Check;

/**
 * The settings of a training or unlearning run that decide its result.
 *
 * @param maxEpochs epochs, 1 or more
 * @param batchSize rows a step, 1 or more
 * @param optimizer the rule of a step
 * @param learningRate its rate over the run
 * @param pairing how forget and retain batches meet
 * @param forgetWeight factor of forget losses, 0 or more; of no account in {@link Sweep#UNION}
 * @param retainWeight factor of retain losses, 0 or more, and of the one loss of a {@link Sweep#UNION}, whose batches hold rows
 *     of both kinds
 * @param clipNorm largest norm of a gradient, above 0; longer ones are scaled down
 * @param statistics what becomes of running statistics
 * @param validateEvery epochs between validations, 1 or more
 * @param earlyStopping ends the run early
 */
public record Training(
    int maxEpochs,
    int batchSize,
    Optimizer optimizer,
    LearningRate learningRate,
    Pairing pairing,
    double forgetWeight,
    double retainWeight,
    Optional<Double> clipNorm,
    Statistics statistics,
    int validateEvery,
    Optional<EarlyStopping> earlyStopping) {

  /** Ten epochs of SGD at 0.01, momentum 0.9, decay 5e-4, batches of 128, nothing clipped or stopped. */
  public static final Training DEFAULTS =
      new Training(
          10,
          128,
          Optimizer.Sgd.DEFAULTS,
          LearningRate.of(0.01),
          Pairing.CYCLE_SHORTER,
          1,
          1,
          Optional.empty(),
          Statistics.UPDATE_UNLESS_MASKED,
          1,
          Optional.empty());

  /** Checks the ranges. */
  public Training {
    Check.atLeast(1, maxEpochs, "maxEpochs");
    Check.atLeast(1, batchSize, "batchSize");
    Check.nonNegative(forgetWeight, "forgetWeight");
    Check.nonNegative(retainWeight, "retainWeight");
    Check.atLeast(1, validateEvery, "validateEvery");
    clipNorm.ifPresent(norm -> Check.positive(norm, "clipNorm"));
  }

  /** These settings with another number of epochs. */
  public Training withMaxEpochs(int maxEpochs) {
    return with(settings -> settings.maxEpochs = maxEpochs);
  }

  /** These settings with another batch size. */
  public Training withBatchSize(int batchSize) {
    return with(settings -> settings.batchSize = batchSize);
  }

  /** These settings with another optimizer. */
  public Training withOptimizer(Optimizer optimizer) {
    return with(settings -> settings.optimizer = optimizer);
  }

  /** These settings with another learning rate. */
  public Training withLearningRate(LearningRate learningRate) {
    return with(settings -> settings.learningRate = learningRate);
  }

  /** These settings with one learning rate throughout. */
  public Training withLearningRate(double rate) {
    return withLearningRate(LearningRate.of(rate));
  }

  /** These settings with another pairing of batches. */
  public Training withPairing(Pairing pairing) {
    return with(settings -> settings.pairing = pairing);
  }

  /** These settings with another factor of forget losses. */
  public Training withForgetWeight(double forgetWeight) {
    return with(settings -> settings.forgetWeight = forgetWeight);
  }

  /** These settings with another factor of retain losses. */
  public Training withRetainWeight(double retainWeight) {
    return with(settings -> settings.retainWeight = retainWeight);
  }

  /** These settings with another limit on gradient norms. */
  public Training withClipNorm(double norm) {
    return with(settings -> settings.clipNorm = Optional.of(norm));
  }

  /** These settings with another policy for running statistics. */
  public Training withStatistics(Statistics statistics) {
    return with(settings -> settings.statistics = statistics);
  }

  /** These settings with another interval of validations. */
  public Training withValidateEvery(int validateEvery) {
    return with(settings -> settings.validateEvery = validateEvery);
  }

  /** These settings with another early stopping. */
  public Training withEarlyStopping(EarlyStopping rule) {
    return with(settings -> settings.earlyStopping = Optional.of(rule));
  }

  private Training with(Consumer<Settings> change) {
    Settings settings = new Settings(this);
    change.accept(settings);
    return settings.training();
  }

  /** The same components, of which one may be changed. */
  private static final class Settings {
    private int maxEpochs;
    private int batchSize;
    private Optimizer optimizer;
    private LearningRate learningRate;
    private Pairing pairing;
    private double forgetWeight;
    private double retainWeight;
    private Optional<Double> clipNorm;
    private Statistics statistics;
    private int validateEvery;
    private Optional<EarlyStopping> earlyStopping;

    Settings(Training from) {
      maxEpochs = from.maxEpochs;
      batchSize = from.batchSize;
      optimizer = from.optimizer;
      learningRate = from.learningRate;
      pairing = from.pairing;
      forgetWeight = from.forgetWeight;
      retainWeight = from.retainWeight;
      clipNorm = from.clipNorm;
      statistics = from.statistics;
      validateEvery = from.validateEvery;
      earlyStopping = from.earlyStopping;
    }

    Training training() {
      return new Training(
          maxEpochs,
          batchSize,
          optimizer,
          learningRate,
          pairing,
          forgetWeight,
          retainWeight,
          clipNorm,
          statistics,
          validateEvery,
          earlyStopping);
    }
  }
}
