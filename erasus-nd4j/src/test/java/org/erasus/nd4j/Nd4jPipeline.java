package org.erasus.nd4j;

import java.util.Locale;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.strategies.RandomLabel;
import org.erasus.train.Supervised;
import org.erasus.zoo.Mlp;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network trained on what an ND4J pipeline gives, a {@link DataSetIterator} with a normalizer, forgets one kind of machine;
 * ND4J's {@link Evaluation} says what it knows before and after.
 *
 * <p>{@code ./mvnw -q -pl erasus-nd4j -am -Pnd4j} runs it, on readings of four kinds of machines: temperature in K, pressure in Pa, speed
 * in 1/s, current in A.
 */
public final class Nd4jPipeline {
  private static final int KINDS = 4;

  /** The defaults are for images; this network is small and takes larger steps. */
  private static final RandomLabel STRATEGY =
      RandomLabel.DEFAULTS.withTraining(RandomLabel.DEFAULTS.training().withLearningRate(0.05));

  private Nd4jPipeline() {}

  /** Runs on 4,000 readings. */
  public static void main(String[] args) {
    System.out.print(run(4_000, 10));
  }

  static String run(int readings, int epochs) {
    DataSetIterator readingsOfMachines = new ViewIterator(readings(readings), 256);
    // region nd4j
    NormalizerStandardize normalizer = new NormalizerStandardize();
    normalizer.fit(readingsOfMachines);
    readingsOfMachines.reset();
    readingsOfMachines.setPreProcessor(normalizer);

    try (UnlearningDataset data =
            Nd4jRows.DEFAULTS.withExpectedRows(readings).copy(readingsOfMachines);
        Network network = Network.of(Mlp.DEFAULTS.block(data.classes()), data.rowShape(), 1)) {
      Supervised.DEFAULTS.withEpochs(epochs).train(network, data, 1);

      UnlearningDataset request = data.markForgetClasses(3);
      try (Unlearned forgot = STRATEGY.unlearn(UnlearningTask.of(network, request))) {
        return evaluated("before", network, request)
            + evaluated("after", forgot.network(), request);
      }
    }
    // endregion
  }

  /** ND4J's view of the network. */
  private static String evaluated(String when, Network network, UnlearningDataset data) {
    return String.format(
        Locale.ROOT,
        "%-6s accuracy on the kind to forget %.3f, on the others %.3f%n",
        when,
        accuracy(network, data.forget()),
        accuracy(network, data.retain()));
  }

  private static double accuracy(Network network, Rows rows) {
    INDArray logits = Nd4jArrays.logits(network, rows);
    Evaluation evaluation = new Evaluation(KINDS);
    evaluation.eval(Nd4jArrays.labels(rows), Nd4j.nn().softmax(logits));
    return evaluation.accuracy();
  }

  /** Four overlapping clouds in units of their own, doubles as instruments write them. */
  private static DataSet readings(int n) {
    Nd4j.getRandom().setSeed(1);
    INDArray noise = Nd4j.randn(org.nd4j.linalg.api.buffer.DataType.DOUBLE, n, 4);
    INDArray kinds =
        Nd4j.create(
            new double[][] {
              {2, 0, 0, 1}, {-1, 2, 0, -1}, {0, -1, 2, 1}, {-1, -1, -2, 0},
            });
    INDArray labels = Nd4j.zeros(org.nd4j.linalg.api.buffer.DataType.DOUBLE, n, KINDS);
    IntStream.range(0, n).forEach(i -> labels.putScalar(i, i % KINDS, 1));
    INDArray units = Nd4j.create(new double[] {15, 8_000, 4, 0.3});
    INDArray zeros = Nd4j.create(new double[] {330, 101_325, 25, 2});
    return new DataSet(
        labels.mmul(kinds).addi(noise).muliRowVector(units).addiRowVector(zeros), labels);
  }
}
