package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.RunRecord;
import org.erasus.UnlearningDataset;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.report.HtmlReport;
import org.erasus.eval.report.MarkdownReport;
import org.erasus.train.LearningRate;
import org.erasus.train.Optimizer;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.SmallCnn;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.Images;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A convolutional network on drawn digits; leaves its reports in target/ for people to look at. */
@Tag("slow")
class DigitVerdictsTest {
  private static final Shape IMAGE = new Shape(1, 28, 28);

  private static final Supervised TRAINING =
      new Supervised(
          Training.DEFAULTS
              .withMaxEpochs(20)
              .withBatchSize(64)
              .withOptimizer(new Optimizer.Sgd(0.9, 0, false))
              .withLearningRate(new LearningRate.Cosine(0.05, 0)));

  /** Rows to forget come first. */
  private static UnlearningDataset digits(int forget, int retain, int unseen, boolean wrongLabels) {
    Images train = DrawnDigits.DEFAULTS.train(forget + retain);
    Images test = DrawnDigits.DEFAULTS.test(unseen);
    int[] labels = train.labels();
    for (int i = 0; wrongLabels && i < forget; i++) {
      labels[i] = (labels[i] + 1 + i % 9) % 10;
    }
    return UnlearningDataset.of(train.scaled(), IMAGE, labels, 10)
        .withUnseen(test.scaled(), test.labels())
        .markForget(IntStream.range(0, forget).mapToLong(i -> i).toArray());
  }

  private static Network network(long seed) {
    return Network.of(new SmallCnn(8, 16, 64).block(10), IMAGE, seed);
  }

  private static BenchmarkReport judge(UnlearningDataset data, int half, String file)
      throws IOException {
    try (Network original = network(1);
        Network retrained = network(2);
        Network again = network(3);
        Network partial = network(4)) {
      TRAINING.train(original, data.markRetain(data.trained()), 1);
      RunRecord first = TRAINING.train(retrained, data, 2);
      RunRecord second = TRAINING.train(again, data, 3);
      RunRecord third = TRAINING.train(partial, data.markRetain(data.forget().first(half)), 4);
      BenchmarkReport report =
          UnlearningBenchmark.of(data, original)
              .withProtocol(Protocol.GENERAL)
              .withReference(Subject.of("retrained", retrained, first))
              .withCandidate(Subject.of("retrained again", again, second))
              .withCandidate(Subject.of("half forgotten", partial, third))
              .run();
      HtmlReport.save(report, Path.of("target", file + ".html"));
      MarkdownReport.save(report, Path.of("target", file + ".md"));
      return report;
    }
  }

  @Test
  void wrongLabelsThatWereLearnedByHeartAreFoundAndRetrainingPasses() throws IOException {
    try (UnlearningDataset data = digits(400, 2000, 1500, true)) {
      BenchmarkReport report = judge(data, 200, "digits-mislabelled");

      assertThat(report.verdict("original").outcome()).isEqualTo(Outcome.FAIL);
      assertThat(report.verdict("random-weights").outcome()).isEqualTo(Outcome.FAIL);
      assertThat(report.verdict("half forgotten").outcome()).isEqualTo(Outcome.FAIL);
      assertThat(report.verdict("retrained again").outcome()).isEqualTo(Outcome.PASS);
    }
  }

  /** Easy digits are told apart whether they were trained on or not, so there is little to see, and nobody passes for it. */
  @Test
  void fewRowsOfAnEasyProblemAreLeftOpen() throws IOException {
    try (UnlearningDataset data = digits(40, 2000, 400, false)) {
      BenchmarkReport report = judge(data, 20, "digits-few");

      assertThat(report.verdict("random-weights").outcome()).isEqualTo(Outcome.FAIL);
      assertThat(report.verdict("original").outcome()).isNotEqualTo(Outcome.PASS);
      assertThat(report.verdict("retrained again").outcome()).isEqualTo(Outcome.INCONCLUSIVE);
    }
  }
}
