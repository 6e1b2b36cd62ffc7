package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Dropout;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Networks side by side, and for a long time. */
class ParallelTest {
  private static Network network(long seed) {
    return Network.of(
        new Sequential()
            .add("conv", Conv2d.withBias(6, 3, 1, 1))
            .add("bn", new BatchNorm2d())
            .apply(Activation::relu)
            .apply(TorchOps::globalAverage)
            .add("dropout", new Dropout(0.3))
            .add("head", new Linear(3)),
        new Shape(2, 2, 2),
        seed);
  }

  /** The same with a layer of DJL, which draws from the engine's one generator. */
  private static Network mixed(long seed) {
    return Network.of(
        new ai.djl.nn.SequentialBlock()
            .add(ai.djl.nn.core.Linear.builder().setUnits(12).build())
            .add(Activation::relu)
            .add(ai.djl.nn.norm.Dropout.builder().optRate(0.3f).build())
            .add(ai.djl.nn.core.Linear.builder().setUnits(3).build()),
        new Shape(8),
        seed);
  }

  private static String fingerprint(Network network) {
    try (Weights weights = network.weights()) {
      return weights.fingerprint();
    }
  }

  private static List<String> inThreads(int threads, LongFunction<String> job) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<String>> running =
          LongStream.range(0, 4).mapToObj(seed -> pool.submit(() -> job.apply(seed))).toList();
      List<String> results = new ArrayList<>();
      for (Future<String> one : running) {
        results.add(one.get());
      }
      return results;
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void networksTrainedSideBySideAreThoseTrainedOneAfterTheOther() throws Exception {
    Supervised training = new Supervised(Toys.training().withMaxEpochs(6));
    try (UnlearningDataset pictures = Toys.pictures(1);
        UnlearningDataset clouds = Toys.clouds(1)) {
      LongFunction<String> job =
          seed -> {
            try (Network ours = network(seed);
                Network theirs = mixed(seed)) {
              training.train(ours, pictures, seed);
              training.train(theirs, clouds, seed);
              return fingerprint(ours) + fingerprint(theirs);
            }
          };
      List<String> serial = inThreads(1, job);
      assertThat(serial).doesNotHaveDuplicates();
      assertThat(inThreads(4, job)).isEqualTo(serial);
    }
  }

  @Test
  void initialWeightsDependOnTheSeedAloneInParallelToo() throws Exception {
    LongFunction<String> job =
        seed -> {
          StringBuilder all = new StringBuilder();
          for (int i = 0; i < 20; i++) {
            try (Network network = network(seed);
                Network fresh = network.fresh(seed + 100);
                Network direct = network(seed + 100)) {
              assertThat(fingerprint(fresh)).isEqualTo(fingerprint(direct));
              all.append(fingerprint(network));
            }
          }
          return all.toString();
        };
    List<String> serial = inThreads(1, job);
    assertThat(serial).doesNotHaveDuplicates();
    assertThat(inThreads(4, job)).isEqualTo(serial);
  }

  private static long residentKibibytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  /** 6 steps an epoch. */
  @Test
  @Tag("slow")
  @EnabledOnOs(OS.LINUX)
  void memoryAfterTwoThousandStepsIsNoMoreThanAfterTwoHundred() throws IOException {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = network(1)) {
      Supervised epochs = new Supervised(Toys.training().withMaxEpochs(34));
      epochs.train(network, data, 1);
      int open = EngineRuntime.openArrays();
      System.gc();
      double before = residentKibibytes();
      for (int i = 0; i < 9; i++) {
        epochs.train(network, data, i);
        assertThat(EngineRuntime.openArrays()).isEqualTo(open);
      }
      System.gc();
      // The Java heap may give pages back, so less is no fault.
      assertThat(residentKibibytes() / before).isLessThan(1.03);
    }
  }
}
