package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;

import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.report.MarkdownReport;
import org.junit.jupiter.api.Test;

class UnlearningBenchmarkTest {
  @Test
  void explore() {
    for (int forget : new int[] {30, 300}) {
      try (UnlearningDataset data = Problem.mislabelled(forget, 1500, 1000, 1);
          Network original = Problem.original(data, 1);
          Network one = Problem.retrained(data, 2);
          Network two = Problem.retrained(data, 3);
          Network three = Problem.retrained(data, 4)) {
        BenchmarkReport report =
            UnlearningBenchmark.of(data, original)
                .withReference("retrained", one)
                .withControl("retrained again", two)
                .run();
        System.out.println(MarkdownReport.of(report));
        report =
            UnlearningBenchmark.of(data, original)
                .withReference("retrained", one)
                .withReference("retrained 3", three)
                .withControl("retrained again", two)
                .withOptions(BenchmarkOptions.DEFAULTS.withoutRelearning())
                .run();
        System.out.println(MarkdownReport.of(report));
        assertThat(report.networks()).hasSize(6);
      }
    }
  }
}
