package org.erasus.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.ScoringSelector;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.eval.stats.AucEstimate;
import org.erasus.eval.stats.DeLong;
import org.erasus.examples.Problems;
import org.erasus.selectors.RandomRows;
import org.erasus.train.CancelledRunException;
import org.erasus.zoo.data.LabelNoise;
import org.erasus.zoo.data.TrainTest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How well the scores of selectors find mislabelled rows: a network is trained on Fashion-MNIST with some labels drawn anew from
 * the other classes, and each selector ranks all rows; the AUC says how often a mislabelled row comes before another.
 *
 * <p>Where a selector gives no scores the order of its choice counts; {@code random} is the control and must lie at 0.5. A line
 * of JSON a seed and selector, which is not made again when it is there.
 */
@Command(name = "noisy-rows", mixinStandardHelpOptions = true)
public final class NoisyRows implements Callable<Integer> {
  @Mixin private StudyOptions study = new StudyOptions();

  @Option(
      names = "--dropout",
      defaultValue = "0.25",
      description = "before the last layer of small-cnn, which bald needs")
  private double dropout;

  @Option(names = "--noise", defaultValue = "0.05", description = "share of rows mislabelled")
  private double noise;

  @Option(
      names = "--selectors",
      split = ",",
      description = "of the catalogue; random and all that score when not given")
  private List<String> selectors = List.of();

  /**
   * What was trained.
   *
   * @param data set
   * @param network and its training
   * @param rows trained on
   * @param noise share of them that was mislabelled
   */
  record Setting(String data, StudyNetwork network, int rows, double noise) {}

  /**
   * A result.
   *
   * @param setting what was trained
   * @param seed of network and noise
   * @param selector by name
   * @param noisy rows with a wrong label
   * @param clean the others
   * @param auc share of pairs in which the noisy row scores higher, its interval by DeLong; absent on failure
   * @param low its lower end, 95 %
   * @param high its upper end
   * @param seconds of the selection
   * @param failure why there is no number
   */
  record Line(
      Setting setting,
      long seed,
      String selector,
      int noisy,
      int clean,
      Optional<Double> auc,
      Optional<Double> low,
      Optional<Double> high,
      double seconds,
      Optional<String> failure) {}

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    EngineRuntime.start();
    System.exit(new CommandLine(new NoisyRows()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    JsonLines<Line> lines = JsonLines.open(study.out, Line.class);
    StudyNetwork network = new StudyNetwork(study.network, dropout, study.epochs);
    for (long seed : study.seeds) {
      run(new Setting(study.data, network, study.rows, noise), seed, lines);
    }
    return 0;
  }

  private void run(Setting setting, long seed, JsonLines<Line> lines) throws IOException {
    Path folder =
        study
            .work
            .resolve(
                String.join(
                    "-",
                    study.data,
                    study.network,
                    "" + dropout,
                    "" + study.rows,
                    "" + noise,
                    "" + study.epochs))
            .resolve("seed-" + seed);
    Map<String, Selector> todo =
        StudySelectors.of(
            selectors,
            setting.network.history(folder).folder(),
            s -> s instanceof ScoringSelector || s instanceof RandomRows);
    lines.lines().stream()
        .filter(line -> line.setting.equals(setting) && line.seed == seed)
        .forEach(line -> todo.remove(line.selector));
    if (todo.isEmpty()) {
      return;
    }
    TrainTest images = Problems.load(study.data, Optional.of(study.dataDir));
    TrainTest part =
        new TrainTest(
            images.train().slice(0, Math.min(study.rows, images.train().count())), images.test());
    LabelNoise.Flips flips =
        new LabelNoise(noise, seed)
            .flip(
                part.train().labels(),
                part.train().classes(),
                IntStream.range(0, part.train().count()).toArray());
    TrainTest spoilt =
        new TrainTest(part.train().withLabels(flips.applyTo(part.train().labels())), part.test());
    Set<Long> noisy =
        Arrays.stream(flips.rows()).mapToObj(row -> (long) row).collect(Collectors.toSet());
    try (UnlearningDataset all = Problems.rows(spoilt, 0.25, seed);
        Network trained = setting.network.trained(all, seed, folder)) {
      for (Map.Entry<String, Selector> entry : todo.entrySet()) {
        Line line = line(setting, seed, entry.getKey(), entry.getValue(), trained, all, noisy);
        String found = line.failure.orElseGet(() -> "AUC " + line.auc.orElseThrow());
        lines.add(line, String.join(" ", "seed", "" + seed, line.selector + ":", found));
      }
    }
  }

  private static Line line(
      Setting setting,
      long seed,
      String name,
      Selector selector,
      Network trained,
      UnlearningDataset all,
      Set<Long> noisy) {
    Rows candidates = all.trained();
    long start = System.nanoTime();
    Optional<AucEstimate> found = Optional.empty();
    Optional<String> failure = Optional.empty();
    try {
      found =
          Optional.of(
              auc(
                  selector.select(new SelectionTask(trained, candidates, candidates.size(), seed)),
                  candidates.size(),
                  noisy));
    } catch (CancelledRunException ended) {
      throw ended;
    } catch (RuntimeException failed) {
      failure = Optional.of(String.valueOf(failed.getMessage()));
    }
    return new Line(
        setting,
        seed,
        name,
        noisy.size(),
        candidates.size() - noisy.size(),
        found.map(AucEstimate::auc),
        found.map(f -> f.interval().low()),
        found.map(f -> f.interval().high()),
        (System.nanoTime() - start) / 1e9,
        failure);
  }

  private static AucEstimate auc(Coreset ranked, int wanted, Set<Long> noisy) {
    if (ranked.size() != wanted) {
      throw new IllegalStateException("it ranked " + ranked.size() + " of " + wanted + " rows");
    }
    Set<Integer> bad = new HashSet<>();
    for (int place = 0; place < wanted; place++) {
      if (noisy.contains(ranked.id(place))) {
        bad.add(place);
      }
    }
    double[] scores =
        IntStream.range(0, wanted).mapToDouble(p -> ranked.score(p).orElse((double) -p)).toArray();
    return DeLong.auc(
        IntStream.range(0, wanted).filter(bad::contains).mapToDouble(p -> scores[p]).toArray(),
        IntStream.range(0, wanted)
            .filter(p -> !bad.contains(p))
            .mapToDouble(p -> scores[p])
            .toArray(),
        0.95);
  }
}
