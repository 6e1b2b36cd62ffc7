package org.erasus.examples;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.stream.IntStream;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.strategies.NegativeGradient;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.Images;

/** An existing DJL {@link Model}, trained with DJL on a DJL data set, forgets rows and goes on being that model. */
public final class UseWithDjlModel {
  private UseWithDjlModel() {}

  /** Runs on 3,000 drawn digits. */
  public static void main(String[] args) throws IOException, TranslateException {
    System.out.println(run(3_000, 5));
  }

  static String run(int rows, int epochs) throws IOException, TranslateException {
    EngineRuntime.start(); // before any other use of DJL, so that its settings apply
    Images digits = DrawnDigits.DEFAULTS.train(rows);
    try (Model model = Model.newInstance("digits");
        NDManager manager = NDManager.newBaseManager()) {
      // What you have: a model and a data set of DJL.
      model.setBlock(
          new SequentialBlock()
              .add(Blocks.batchFlattenBlock(784))
              .add(Linear.builder().setUnits(128).build())
              .add(Activation.reluBlock())
              .add(Linear.builder().setUnits(10).build()));
      ArrayDataset dataset =
          new ArrayDataset.Builder()
              .setData(
                  manager.create(FloatBuffer.wrap(digits.scaled()), new Shape(rows, 1, 28, 28)))
              .optLabels(manager.create(digits.labels()))
              .setSampling(64, true)
              .build();
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
              .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build());
      try (Trainer trainer = model.newTrainer(config)) {
        trainer.initialize(new Shape(1, 1, 28, 28));
        EasyTrain.fit(trainer, epochs, dataset, null);
      }

      // region djl-model
      try (UnlearningDataset data = UnlearningDataset.from(dataset, 10).markForgetClasses(7);
          Network network = Network.from(model, new Shape(1, 28, 28));
          Unlearned unlearned =
              NegativeGradient.DEFAULTS.unlearn(UnlearningTask.of(network, data))) {
        unlearned.network().applyTo(model); // your model, with the new weights
        // endregion
        return String.format(
            Locale.ROOT,
            "accuracy on sevens %.3f -> %.3f, on the rest %.3f -> %.3f; of the model itself now %.3f and %.3f",
            network.accuracy(data.forget()),
            unlearned.network().accuracy(data.forget()),
            network.accuracy(data.retain()),
            unlearned.network().accuracy(data.retain()),
            accuracy(model, data.forget()),
            accuracy(model, data.retain()));
      }
    }
  }

  /** The share of rows that the DJL model itself, computing as DJL does, gives their class. */
  private static double accuracy(Model model, Rows rows) {
    try (Batch batch = rows.load(model.getNDManager().getDevice())) {
      long[] answers =
          model
              .getBlock()
              .forward(new ParameterStore(batch.manager(), false), batch.inputs(), false)
              .singletonOrThrow()
              .argMax(1)
              .toLongArray();
      int[] labels = rows.labels();
      return IntStream.range(0, labels.length).filter(i -> answers[i] == labels[i]).count()
          / (double) labels.length;
    }
  }
}
