package org.erasus.eval.experiments;

import java.util.List;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.Selector;
import org.erasus.UnlearningStrategy;
import org.erasus.eval.metrics.Metrics;
import org.erasus.train.LearningRate;
import org.erasus.train.Training;

/**
 * One thing to try, some times.
 *
 * @param name in the tables
 * @param data name of a data set, known to the {@link Laboratory}
 * @param network name of a network, known to the laboratory
 * @param training how the original and the retrained reference are trained
 * @param forget which rows go
 * @param strategy how
 * @param selector chooses the forget rows that the strategy works on; all when absent
 * @param share of the forget rows that it chooses, above 0 and at most 1; 1 without a selector
 * @param metrics names of the catalogue beside those of the protocol of the request, such as {@code cka}
 * @param runs how often, each with another seed, 1 or more
 * @param seed of the first run; the next has the next
 */
public record Experiment(
    String name,
    String data,
    String network,
    Training training,
    Forget forget,
    UnlearningStrategy strategy,
    Optional<Selector> selector,
    double share,
    List<String> metrics,
    int runs,
    long seed) {
  /** Twenty epochs falling to a rate of 0 from 0.05, all forget rows, three runs from seed 1. */
  static final Training TRAINING =
      Training.DEFAULTS.withMaxEpochs(20).withLearningRate(new LearningRate.Cosine(0.05, 0));

  /** Copies the list and checks ranges and names. */
  public Experiment {
    metrics = List.copyOf(metrics);
    metrics.forEach(Metrics::get);
    Check.inClosed(share, Double.MIN_VALUE, 1, "share");
    if (selector.isEmpty() && share < 1) {
      throw new IllegalArgumentException(
          "share must be 1 without a selector, as nothing chooses the rows, but was "
              + share
              + ": name one, such as \"random\"");
    }
    Check.atLeast(1, runs, "runs");
  }
}
