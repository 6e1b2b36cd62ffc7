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
import org.erasus.selectors.Banzhaf;
import org.erasus.selectors.BetaShapley;
import org.erasus.selectors.DataShapley;
import org.erasus.selectors.Influence;
import org.erasus.selectors.KnnShapley;
import org.erasus.selectors.Memorization;
import org.erasus.selectors.RandomRows;
import org.erasus.selectors.Representer;
import org.erasus.selectors.Sampling;
import org.erasus.selectors.TracIn;
import org.erasus.selectors.Trak;
import org.erasus.selectors.ValuationNetwork;
import org.erasus.selectors.WeightedFusion;
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
 * <p>Selectors that tell what a row is worth to others, such as {@code knn-shapley}, find wrong labels among their lowest scores:
 * there the mislabelled row has to come after the other. {@code random} is the control and must lie at 0.5; alone it needs no
 * trained network, so {@code --selectors random} takes a second or two a seed. Where a selector gives no scores the order of its
 * choice counts. A line of JSON a seed and selector, which is not made again when it is there.
 *
 * <p>Settings are the defaults, but for those that would take hours: {@code data-shapley} and {@code beta-shapley} take 100 orders
 * at most, {@code banzhaf} 2,000 sets, {@code memorization} ten networks by the training of the network itself, {@code
 * valuation-network} 200 passes. With {@code --rows 6000} all end in minutes.
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
      description = "of the catalogue; random and all that score every row when not given")
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
    TrainTest images = Problems.load(study.data, Optional.of(study.dataDir));
    for (long seed : study.seeds) {
      run(new Setting(study.data, network, study.rows, noise), images, seed, lines);
    }
    return 0;
  }

  private void run(Setting setting, TrainTest images, long seed, JsonLines<Line> lines)
      throws IOException {
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
            s -> s instanceof RandomRows || scoresEveryRow(s));
    todo.replaceAll((name, selector) -> withinBudget(selector, setting.network));
    lines.lines().stream()
        .filter(line -> line.setting.equals(setting) && line.seed == seed)
        .forEach(line -> todo.remove(line.selector));
    if (todo.isEmpty()) {
      return;
    }
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
    boolean byChance = todo.values().stream().allMatch(RandomRows.class::isInstance);
    try (UnlearningDataset all = Problems.rows(spoilt, 0.25, seed);
        Network trained =
            byChance
                ? setting.network.fresh(all, seed)
                : setting.network.trained(all, seed, folder)) {
      for (Map.Entry<String, Selector> entry : todo.entrySet()) {
        Line line = line(setting, seed, entry.getKey(), entry.getValue(), trained, all, noisy);
        String found = line.failure.orElseGet(() -> "AUC " + line.auc.orElseThrow());
        lines.add(line, String.join(" ", "seed", "" + seed, line.selector + ":", found));
      }
    }
  }

  /** Those whose scores do not depend on what else was chosen. */
  private static boolean scoresEveryRow(Selector selector) {
    return selector instanceof ScoringSelector
        || selector instanceof Influence
        || selector instanceof Memorization
        || selector instanceof WeightedFusion
        || tellsWorth(selector);
  }

  /** Those that score rows high that help to learn others: what is mislabelled does not. */
  private static boolean tellsWorth(Selector selector) {
    return selector instanceof TracIn
        || selector instanceof Trak
        || selector instanceof Representer
        || selector instanceof KnnShapley
        || selector instanceof DataShapley
        || selector instanceof Banzhaf
        || selector instanceof BetaShapley
        || selector instanceof ValuationNetwork;
  }

  private static Selector withinBudget(Selector selector, StudyNetwork network) {
    if (selector instanceof DataShapley shapley) {
      return shapley.withSampling(Sampling.exactly(100));
    }
    if (selector instanceof BetaShapley shapley) {
      return shapley.withSampling(Sampling.exactly(100));
    }
    if (selector instanceof Banzhaf banzhaf) {
      return banzhaf.withSampling(Sampling.exactly(2000));
    }
    if (selector instanceof Memorization memorization) {
      return memorization.withModels(new Memorization.Trained(network.recipe())).withCount(10);
    }
    if (selector instanceof ValuationNetwork valuation) {
      return valuation.withTraining(valuation.training().withMaxEpochs(200));
    }
    return selector;
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
                  selector.choose(new SelectionTask(trained, candidates, candidates.size(), seed)),
                  candidates.size(),
                  noisy,
                  tellsWorth(selector)));
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

  private static AucEstimate auc(Coreset ranked, int wanted, Set<Long> noisy, boolean lowestFirst) {
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
        IntStream.range(0, wanted)
            .mapToDouble(p -> ranked.score(p).orElse((double) -p) * (lowestFirst ? -1 : 1))
            .toArray();
    return DeLong.auc(
        IntStream.range(0, wanted).filter(bad::contains).mapToDouble(p -> scores[p]).toArray(),
        IntStream.range(0, wanted)
            .filter(p -> !bad.contains(p))
            .mapToDouble(p -> scores[p])
            .toArray(),
        0.95);
  }
}
