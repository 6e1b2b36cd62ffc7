package org.erasus.examples;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.erasus.ErasusUnlearner;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.report.HtmlReport;
import org.erasus.strategies.Retrain;
import org.erasus.train.Supervised;
import org.erasus.zoo.SmallCnn;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.Images;

/** The program of the README. */
final class FirstSteps {
  private FirstSteps() {}

  static BenchmarkReport run(int rows, Supervised training, Path folder) throws IOException {
    Images train = DrawnDigits.DEFAULTS.train(rows);
    Images test = DrawnDigits.DEFAULTS.test(rows / 2);
    float[] pixels = train.scaled();
    int[] labels = train.labels();
    float[] testPixels = test.scaled();
    int[] testLabels = test.labels();
    long[] ids = LongStream.range(0, rows / 10).toArray();

    // region readme
    try (var data =
            UnlearningDataset.of(pixels, new Shape(1, 28, 28), labels, 10)
                .withUnseen(testPixels, testLabels)
                .cutValidation(0.25, 1);
        var network = Network.of(SmallCnn.DEFAULTS.block(10), data.rowShape(), 1)) {
      training.train(network, data, 1); // or Network.from(yourDjlModel, shape)

      var request = data.markForget(ids); // "delete my data": a row is its id
      try (Unlearned forgot =
              ErasusUnlearner.with("salun")
                  .selecting("gradient-norm", 0.3)
                  .unlearn(network, request);
          Unlearned retrained =
              new Retrain(training.training())
                  .unlearn(UnlearningTask.of(network, request).withSeed(2))) {
        var report =
            UnlearningBenchmark.of(request, network)
                .withCandidate("salun", forgot)
                .withReference("retrained", retrained)
                .run();
        HtmlReport.save(report, folder.resolve("report.html"));
        return report; // verdict: PASS, FAIL or INCONCLUSIVE
      }
    }
    // endregion
  }
}
