package org.erasus.train;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;

/**
 * Plain training: cross entropy on the rows marked retain.
 *
 * <p>To train on everything, pass the data set before anything is marked forget.
 *
 * @param training settings
 */
public record Supervised(Training training) implements UnlearningModule {
  /** Ten epochs of SGD at 0.05 with momentum, the rate falling to 0 along a cosine. */
  public static final Supervised DEFAULTS =
      new Supervised(Training.DEFAULTS.withLearningRate(new LearningRate.Cosine(0.05, 0)));

  /** These settings with another number of epochs. */
  public Supervised withEpochs(int epochs) {
    return new Supervised(training.withMaxEpochs(epochs));
  }

  @Override
  public NDArray retainStep(Step step) {
    return step.student().crossEntropy();
  }

  @Override
  public List<Sweep> sweeps(int epoch) {
    return List.of(Sweep.RETAIN);
  }

  /** Trains a network in place. */
  public RunRecord train(Network network, UnlearningDataset data, long seed) {
    return train(network, data, seed, RunOptions.DEFAULTS);
  }

  /** Trains a network in place, with listeners or checkpoints. */
  public RunRecord train(Network network, UnlearningDataset data, long seed, RunOptions options) {
    UnlearningTask task = UnlearningTask.of(network, data).withSeed(seed).withOptions(options);
    return new UnlearningTrainer(task, this).fit(network);
  }
}
