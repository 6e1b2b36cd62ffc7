package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.LayerNorm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.erasus.Arnoldi;
import org.erasus.Cholesky;
import org.erasus.ConjugateGradient;
import org.erasus.Coreset;
import org.erasus.DataInf;
import org.erasus.EkFac;
import org.erasus.InverseHessian;
import org.erasus.Json;
import org.erasus.Lissa;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.Weights;
import org.erasus.WoodFisher;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.selectors.Influence.Parameters;
import org.erasus.selectors.Influence.Prefer;
import org.erasus.testkit.Golden;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Listener;
import org.junit.jupiter.api.Test;

class InfluenceTest implements SelectorContract {
  private static final Golden GOLDEN = Golden.load(InfluenceTest.class, "influence");
  private static final Influence UNSEEN = Influence.DEFAULTS.withTarget(Mark.UNSEEN);
  private static final List<InverseHessian> WAYS =
      List.of(
          ConjugateGradient.DEFAULTS,
          Lissa.DEFAULTS,
          Arnoldi.DEFAULTS,
          DataInf.DEFAULTS,
          EkFac.DEFAULTS,
          WoodFisher.DEFAULTS);

  @Override
  public Selector selector() {
    return Influence.DEFAULTS;
  }

  /** The score of every row of some candidates, in their order. */
  static double[] scores(Selector selector, Network network, Rows candidates) {
    return scores(selector, network, candidates, 3);
  }

  private static double[] scores(Selector selector, Network network, Rows candidates, long seed) {
    Coreset all = selector.select(new SelectionTask(network, candidates, candidates.size(), seed));
    double[] scores = new double[candidates.size()];
    List<Long> ids = Arrays.stream(candidates.ids()).boxed().toList();
    for (int place = 0; place < all.size(); place++) {
      scores[ids.indexOf(all.id(place))] = all.score(place).orElseThrow();
    }
    return scores;
  }

  private static void assertClose(
      String name, double[] found, double[] expected, double tolerance) {
    double size = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(found).hasSameSizeAs(expected);
    double off =
        IntStream.range(0, found.length)
            .mapToDouble(i -> Math.abs(found[i] - expected[i]) / size)
            .max()
            .orElseThrow();
    System.out.printf("golden %s: off by %.1e of the largest%n", name, off);
    assertThat(off).isLessThan(tolerance);
  }

  private static Network of(Block block, Shape rowShape, float[] parameters, float[] statistics) {
    Network network = Network.of(block, rowShape, 1);
    try (Weights weights = Weights.of(network.layout(), parameters, statistics)) {
      network.restore(weights);
    }
    return network;
  }

  private static UnlearningDataset data(
      float[] x, int[] y, int trained, Shape rowShape, int classes) {
    int width = (int) rowShape.size();
    return UnlearningDataset.of(
            Arrays.copyOf(x, trained * width), rowShape, Arrays.copyOf(y, trained), classes)
        .withUnseen(
            Arrays.copyOfRange(x, trained * width, x.length),
            Arrays.copyOfRange(y, trained, y.length));
  }

  private static int[] labels(String pointer) {
    return Arrays.stream(GOLDEN.numbers(pointer)).mapToInt(d -> (int) d).toArray();
  }

  static UnlearningDataset logisticData() {
    return data(GOLDEN.floats("/logistic/x"), labels("/logistic/y"), 60, new Shape(5), 3);
  }

  static Network logistic() {
    return of(
        new Sequential().add(new Linear(3)),
        new Shape(5),
        GOLDEN.floats("/logistic/optimum"),
        new float[0]);
  }

  private static UnlearningDataset pictures() {
    UnlearningDataset all =
        data(
            GOLDEN.floats("/convolutions/x"), labels("/convolutions/y"), 24, new Shape(2, 4, 4), 3);
    return all.withWeights(all.rows().first(3), new double[] {3, 0.25, 0.5});
  }

  private static Network convolutions() {
    return of(
        new Sequential()
            .add(Conv2d.withBias(4, 3, 1, 1))
            .add(new BatchNorm2d())
            .apply(Activation::tanh)
            .add(Conv2d.of(3, 3, 2, 1))
            .apply(Activation::tanh)
            .apply(TorchOps::globalAverage)
            .add(new Linear(3)),
        new Shape(2, 4, 4),
        GOLDEN.floats("/convolutions/parameters"),
        GOLDEN.floats("/convolutions/statistics"));
  }

  private static void assertConvolutionsScoreAsPyTorch(
      Influence influence, String name, double tolerance) {
    try (UnlearningDataset data = pictures();
        Network network = convolutions()) {
      double[] found = scores(influence, network, data.trained());
      assertClose(name, found, GOLDEN.numbers("/convolutions/" + name), tolerance);
    }
  }

  /**
   * Two trained rows x = 1 and x = −1 and a target row x = 2, all of class 0, weights 0: p = ½, so g(x) = (−½x, ½x, −½, ½), and H
   * = ¼ [[1, −1], [−1, 1]] ⊗ mean (x, 1)ᵀ(x, 1) is ½ on every such vector. g(2)·g(x) = x + ½, so the influence of x is −(x + ½)/(½ +
   * λ), at λ = ¼: −2 and ⅔.
   */
  @Test
  void onTwoRowsTheInfluenceIsDerivedByHand() {
    try (UnlearningDataset data = data(new float[] {1, -1, 2}, new int[3], 2, new Shape(1), 2);
        Network network =
            of(new Sequential().add(new Linear(2)), new Shape(1), new float[4], new float[0])) {
      for (Parameters parameters : Parameters.values()) {
        Influence influence =
            UNSEEN.withInverse(new ConjugateGradient(10, 1e-6, 0.25)).withParameters(parameters);
        double[] expected = {-2, 2 / 3.0};
        assertThat(scores(influence, network, data.trained()))
            .containsExactly(expected, within(1e-5));
        assertThat(scores(influence.withPrefer(Prefer.HELPFUL), network, data.trained()))
            .containsExactly(new double[] {2, -2 / 3.0}, within(1e-5));
        assertThat(scores(influence.withPrefer(Prefer.EITHER), network, data.trained()))
            .containsExactly(new double[] {2, 2 / 3.0}, within(1e-5));
      }
    }
  }

  @Test
  void conjugateGradientsAreTheDenseInverse() {
    double damping = GOLDEN.number("/convolutions/damping");
    assertConvolutionsScoreAsPyTorch(
        UNSEEN.withInverse(new ConjugateGradient(300, 1e-7, damping)), "exact", 1e-4);
  }

  /** Samples of all rows, so nothing is left to chance. */
  @Test
  void lissaTendsToTheDenseInverse() {
    double damping = GOLDEN.number("/convolutions/damping");
    double scale = 1.1 * (GOLDEN.number("/convolutions/largest") + damping);
    assertConvolutionsScoreAsPyTorch(
        UNSEEN.withInverse(new Lissa(150, 24, 2, scale, damping)), "exact", 1e-3);
  }

  @Test
  void arnoldiTendsToTheDenseInverse() {
    double damping = GOLDEN.number("/convolutions/damping");
    assertConvolutionsScoreAsPyTorch(
        UNSEEN.withInverse(new Arnoldi(150, 150, damping)), "exact", 1e-3);
  }

  @Test
  void arnoldiKeepsTheDominantDirections() {
    double damping = GOLDEN.number("/convolutions/damping");
    assertConvolutionsScoreAsPyTorch(
        UNSEEN.withInverse(new Arnoldi(60, 5, damping)), "five-directions", 1e-3);
  }

  @Test
  void ekFacIsItsDenseMatrix() {
    assertConvolutionsScoreAsPyTorch(
        UNSEEN.withInverse(new EkFac(EkFac.Labels.EXPECTED, 0.1)), "ek-fac", 1e-3);
  }

  @Test
  void dataInfIsTheMeanOfDenseInverses() {
    assertConvolutionsScoreAsPyTorch(UNSEEN.withInverse(new DataInf(0.1)), "data-inf", 1e-3);
  }

  @Test
  void woodFisherIsItsDenseMatrix() {
    assertConvolutionsScoreAsPyTorch(
        UNSEEN.withInverse(new WoodFisher(1000, 0.3)), "wood-fisher", 1e-4);
  }

  @Test
  void theLastLayerAloneHasItsOwnHessian() {
    assertConvolutionsScoreAsPyTorch(
        UNSEEN
            .withInverse(new ConjugateGradient(300, 1e-7, 0.2))
            .withParameters(Parameters.LAST_LAYER),
        "last-layer",
        1e-4);
  }

  /** Drawn classes are an estimate, which many draws bring to that of the expected ones. */
  @Test
  void drawnClassesEstimateTheExpectedOnes() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      Rows rows = data.trained();
      double[] expected =
          scores(
              Influence.DEFAULTS.withInverse(new EkFac(EkFac.Labels.EXPECTED, 0.1)), network, rows);
      double[] mean = new double[rows.size()];
      double worst = 1;
      for (int seed = 0; seed < 12; seed++) {
        double[] drawn = scores(Influence.DEFAULTS, network, rows, seed);
        worst = Math.min(worst, rankCorrelation(drawn, expected));
        for (int i = 0; i < mean.length; i++) {
          mean[i] += drawn[i] / 12;
        }
      }
      System.out.printf(
          "drawn classes: at worst %.3f, their mean %.3f%n",
          worst, rankCorrelation(mean, expected));
      assertThat(worst).isBetween(0.5, 0.999);
      assertThat(rankCorrelation(mean, expected)).isGreaterThan(Math.max(0.9, worst + 0.1));
    }
  }

  /** Trained again without each row, by SciPy: the claim of the method, and its sign. */
  @Test
  void onLogisticRegressionItIsWhatTrainingAgainShows() {
    double decay = GOLDEN.number("/logistic/decay");
    try (UnlearningDataset data = logisticData();
        Network network = logistic()) {
      for (InverseHessian way :
          List.of(
              new ConjugateGradient(300, 1e-7, decay),
              new Lissa(1500, 60, 1, 3, decay),
              new Arnoldi(18, 18, decay))) {
        double[] found = scores(UNSEEN.withInverse(way), network, data.trained());
        assertClose(way.toString(), found, GOLDEN.numbers("/logistic/influence"), 1e-3);
        double[] helpful = Arrays.stream(found).map(s -> -s).toArray();
        assertThat(rankCorrelation(helpful, GOLDEN.numbers("/logistic/without")))
            .isGreaterThan(0.95);
      }
    }
  }

  /** Every row left out of 455, with its training done again in double precision. */
  @Test
  void onBreastCancerItIsWhatTrainingAgainShows() throws IOException {
    String root = System.getenv("ERASUS_DATA_DIR");
    assumeTrue(root != null, "ERASUS_DATA_DIR is not set: real data are not tested");
    Path file = Path.of(root, "uci-wdbc", "wdbc.data");
    assumeTrue(Files.exists(file), file + " is not there");
    double decay = 0.01;
    LeaveOneOut problem = LeaveOneOut.read(file, decay);
    try (UnlearningDataset data =
            data(problem.flat(), problem.labels(), problem.trained(), new Shape(30), 2);
        Network network =
            of(
                new Sequential().add(new Linear(2)),
                new Shape(30),
                problem.softmaxOptimum(),
                new float[0])) {
      double[] without = problem.changes();
      for (Parameters parameters : Parameters.values()) {
        double[] helpful =
            scores(
                UNSEEN
                    .withInverse(new ConjugateGradient(300, 1e-6, decay))
                    .withParameters(parameters)
                    .withPrefer(Prefer.HELPFUL),
                network,
                data.trained());
        double correlation = rankCorrelation(helpful, without);
        System.out.printf("wdbc, %s: rank correlation %.4f%n", parameters, correlation);
        assertThat(correlation).isGreaterThan(0.95);
      }
    }
  }

  static double rankCorrelation(double[] a, double[] b) {
    double[] ra = ranks(a);
    double[] rb = ranks(b);
    double middle = (a.length - 1) / 2.0;
    double both = 0;
    double one = 0;
    double other = 0;
    for (int i = 0; i < a.length; i++) {
      both += (ra[i] - middle) * (rb[i] - middle);
      one += (ra[i] - middle) * (ra[i] - middle);
      other += (rb[i] - middle) * (rb[i] - middle);
    }
    return both / Math.sqrt(one * other);
  }

  private static double[] ranks(double[] values) {
    Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
    double[] ranks = new double[values.length];
    for (int r = 0; r < order.length; r++) {
      ranks[order[r]] = r;
    }
    return ranks;
  }

  /** Binary logistic regression on standardised columns; of two classes' softmax with decay on both it is the half. */
  private record LeaveOneOut(List<double[]> x, List<Integer> y, int trained, double decay) {
    static LeaveOneOut read(Path file, double decay) throws IOException {
      List<String[]> cells;
      try (Stream<String> lines = Files.lines(file)) {
        cells = lines.filter(l -> !l.isBlank()).map(l -> l.split(",", -1)).toList();
      }
      List<double[]> x =
          cells.stream()
              .map(c -> Arrays.stream(c).skip(2).mapToDouble(Double::parseDouble).toArray())
              .toList();
      for (int k = 0; k < 30; k++) {
        int column = k;
        double mean = x.stream().mapToDouble(r -> r[column]).average().orElseThrow();
        double spread =
            Math.sqrt(
                x.stream().mapToDouble(r -> Math.pow(r[column] - mean, 2)).average().orElseThrow());
        x.forEach(r -> r[column] = (float) ((r[column] - mean) / spread));
      }
      return new LeaveOneOut(
          x, cells.stream().map(c -> c[1].equals("M") ? 1 : 0).toList(), 455, decay);
    }

    float[] flat() {
      float[] flat = new float[30 * x.size()];
      for (int i = 0; i < flat.length; i++) {
        flat[i] = (float) x.get(i / 30)[i % 30];
      }
      return flat;
    }

    int[] labels() {
      return y.stream().mapToInt(label -> label).toArray();
    }

    /** W₁ = −W₀ = w/2 by symmetry, where w = W₁ − W₀ has decay/4 ‖w‖² in place of decay/2 (‖W₀‖² + ‖W₁‖²). */
    float[] softmaxOptimum() {
      double[] w = fit(-1, new double[31]);
      float[] both = new float[62];
      for (int k = 0; k < 30; k++) {
        both[k] = (float) (-w[k] / 2);
        both[30 + k] = (float) (w[k] / 2);
      }
      both[60] = (float) (-w[30] / 2);
      both[61] = (float) (w[30] / 2);
      return both;
    }

    /** How much the loss on the other rows grows when each row is left out. */
    double[] changes() {
      double[] w = fit(-1, new double[31]);
      double before = targetLoss(w);
      return IntStream.range(0, trained).mapToDouble(i -> targetLoss(fit(i, w)) - before).toArray();
    }

    private double targetLoss(double[] w) {
      return IntStream.range(trained, x.size())
          .mapToDouble(i -> Math.log1p(Math.exp((y.get(i) == 1 ? -1 : 1) * score(w, i))))
          .average()
          .orElseThrow();
    }

    private double score(double[] w, int i) {
      double sum = w[30];
      for (int k = 0; k < 30; k++) {
        sum += w[k] * x.get(i)[k];
      }
      return sum;
    }

    /** Newton's method on the mean loss of the trained rows but one. */
    private double[] fit(int left, double[] start) {
      double[] w = start.clone();
      for (int step = 0; step < 12; step++) {
        double[] g = new double[31];
        double[][] h = new double[31][31];
        int n = left < 0 ? trained : trained - 1;
        for (int i = 0; i < trained; i++) {
          if (i == left) {
            continue;
          }
          double p = 1 / (1 + Math.exp(-score(w, i)));
          for (int j = 0; j < 31; j++) {
            double xj = j < 30 ? x.get(i)[j] : 1;
            g[j] += (p - y.get(i)) * xj / n;
            for (int k = 0; k <= j; k++) {
              h[j][k] += p * (1 - p) * xj * (k < 30 ? x.get(i)[k] : 1) / n;
            }
          }
        }
        for (int j = 0; j < 31; j++) {
          g[j] += decay / 2 * w[j];
          h[j][j] += decay / 2;
        }
        double[] move = Cholesky.solve(h, g);
        double largest = 0;
        for (int j = 0; j < 31; j++) {
          w[j] -= move[j];
          largest = Math.max(largest, Math.abs(move[j]));
        }
        if (largest < 1e-10) {
          break;
        }
      }
      return w;
    }
  }

  /** Logits that are a multiple of the last layer's, as in ResNet-9. */
  @Test
  void aLastLayerWithAScaleBehindItIsSeenAsItIs() {
    try (UnlearningDataset data = logisticData();
        Network network =
            of(
                new Sequential().add(new Linear(3)).apply(z -> TorchOps.scale(z, 0.5)),
                new Shape(5),
                GOLDEN.floats("/logistic/optimum"),
                new float[0])) {
      Influence influence = UNSEEN.withInverse(new ConjugateGradient(300, 1e-7, 0.05));
      double[] all = scores(influence, network, data.trained());
      assertClose(
          "scaled",
          scores(influence.withParameters(Parameters.LAST_LAYER), network, data.trained()),
          all,
          1e-4);
    }
  }

  @Test
  void rowsThatAreAlikeScoreAlikeAndKeepTheirOrder() {
    float[] x = {1, 2, 1, 2, 1, 2, -1, 0.5f};
    try (UnlearningDataset data = data(x, new int[] {0, 0, 0, 1}, 3, new Shape(2), 2);
        Network network = Network.of(new Sequential().add(new Linear(2)), new Shape(2), 1)) {
      Coreset all = UNSEEN.select(new SelectionTask(network, data.trained(), 2, 0));
      assertThat(all.ids()).containsExactly(0, 1);
      assertThat(all.score(0)).isEqualTo(all.score(1));
    }
  }

  @Test
  void fewerRowsForTheHessianAreDrawnFromTheSeed() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      Influence few = Influence.DEFAULTS.withHessianRows(40);
      double[] all = scores(Influence.DEFAULTS, network, data.forget());
      double[] some = scores(few, network, data.forget());
      assertThat(some).isNotEqualTo(all).isEqualTo(scores(few, network, data.forget()));
      assertThat(rankCorrelation(some, all)).isGreaterThan(0.7);
    }
  }

  @Test
  void missingRowsAreNamedBeforeAnyWork() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(
              () ->
                  Influence.DEFAULTS.select(
                      new SelectionTask(network, data.withoutValidation().retain(), 5, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("influence compares candidates with rows marked VALIDATION")
          .hasMessageContaining("or name another mark by withTarget");
    }
  }

  @Test
  void aSeriesThatGrowsAsksForALargerScale() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Influence grows = Influence.DEFAULTS.withInverse(new Lissa(100, 64, 1, 0.01, 0.1));
      assertThatThrownBy(() -> scores(grows, network, data.retain()))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("use a scale above 0.01");
    }
  }

  @Test
  void aRuinedNetworkIsRefused() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(Float.NaN);
      assertThatThrownBy(() -> scores(Influence.DEFAULTS, network, data.retain()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "needs a finite gradient of the loss on the rows marked VALIDATION");
      assertThatThrownBy(
              () ->
                  scores(
                      Influence.DEFAULTS.withParameters(Parameters.LAST_LAYER),
                      network,
                      data.retain()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not finite");
    }
  }

  @Test
  void layersThatCannotTellAreNamed() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network =
            Network.of(
                new SequentialBlock()
                    .add(LayerNorm.builder().build())
                    .add(ai.djl.nn.core.Linear.builder().setUnits(Toys.CLASSES).build()),
                new Shape(Toys.WIDTH),
                1)) {
      for (InverseHessian way : WAYS) {
        for (Parameters parameters : Parameters.values()) {
          List<String> work = new ArrayList<>();
          SelectionTask task =
              new SelectionTask(network, data.retain(), 3, 1)
                  .withListener(
                      new Listener() {
                        @Override
                        public void progressed(String what, long done, long total) {
                          work.add(what);
                        }
                      });
          assertThatThrownBy(
                  () -> Influence.DEFAULTS.withInverse(way).withParameters(parameters).select(task))
              .as("%s", way)
              .isInstanceOf(UnsupportedOperationException.class)
              .hasMessageContaining("LayerNorm");
          assertThat(work).as("%s", way).isEmpty();
        }
      }
    }
  }

  @Test
  void whoMadeItSaysHowTheSolverEnded() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 3, 1);
      assertThat(
              Influence.DEFAULTS
                  .withInverse(new ConjugateGradient(1, 1e-9, 1))
                  .select(task)
                  .madeBy())
          .matches("influence \\(conjugate gradients: residual .* after 1 iterations\\) top 3");
      assertThat(Influence.DEFAULTS.withInverse(new Lissa(2, 8, 1, 50, 1)).select(task).madeBy())
          .matches("influence \\(LiSSA: the last term changed the sum by .* of it\\) top 3");
    }
  }

  @Test
  void rowsWhoseWeightsAreAllZeroAreRefused() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset noTargets =
          data.withWeights(data.validation(), new double[data.validation().size()]);
      UnlearningDataset noCurvature =
          data.withWeights(data.trained(), new double[data.trained().size()]);
      for (InverseHessian way : WAYS) {
        Influence influence = Influence.DEFAULTS.withInverse(way);
        assertThatThrownBy(() -> scores(influence, network, noTargets.retain()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(
                "influence compares candidates with 30 rows whose weights are all 0: set some above 0");
        assertThatThrownBy(() -> scores(influence, network, noCurvature.retain()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(
                "influence needs the Hessian of trained rows, but the weights of the 180 rows are all 0: set"
                    + " some above 0");
      }
    }
  }

  @Test
  void aNetworkThatDoesNotEndInALinearLayerHasNoLastLayer() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network =
            Network.of(
                new Sequential().add(new Linear(Toys.CLASSES)).apply(Activation::tanh),
                new Shape(Toys.WIDTH),
                1)) {
      Influence last = Influence.DEFAULTS.withParameters(Parameters.LAST_LAYER);
      assertThatThrownBy(() -> scores(last, network, data.retain()))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("look at all layers");
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> Influence.DEFAULTS.withHessianRows(0))
        .hasMessage("hessianRows must be at least 1, but was 0");
    assertThatThrownBy(() -> new EkFac(EkFac.Labels.SAMPLED, 0))
        .hasMessage("damping must be > 0 and finite, but was 0.0");
    assertThatThrownBy(() -> new DataInf(-1))
        .hasMessage("damping must be > 0 and finite, but was -1.0");
    assertThatThrownBy(() -> new ConjugateGradient(10, 1e-5, -1))
        .hasMessage("damping must be >= 0 and finite, but was -1.0");
    assertThatThrownBy(() -> new Arnoldi(10, 11, 0.1))
        .hasMessage("directions must be from 1 to the number of iterations, 10, but was 11");
    assertThatThrownBy(() -> new Lissa(10, 10, 0, 1, 0.1))
        .hasMessage("repeats must be at least 1, but was 0");
  }

  @Test
  void writtenAndReadItIsTheSame() throws IOException {
    for (InverseHessian way : WAYS) {
      Selector influence = Influence.DEFAULTS.withInverse(way).withPrefer(Prefer.EITHER);
      assertThat(Json.read(Json.write(influence), Selector.class)).isEqualTo(influence);
    }
  }
}
