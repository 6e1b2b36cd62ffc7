package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every selector of the catalogue does with bad input: it chooses min(k, N) different candidates, or it says what is wrong;
 * and leaves network and rows as they were. Selectors that need files are passed over: their default settings have none.
 */
class BadInputTest {
  static List<String> selectors() {
    return Every.namesWithoutFiles();
  }

  /** What those selectors say that do not choose; all others choose. */
  private static final Map<String, Map<String, String>> REFUSALS =
      Map.of("weights of 0", Map.of("bald", "needs a network with dropout"));

  /** 36 rows to choose from and 12 for validation, as a function of the row makes them. */
  private static UnlearningDataset rows(RowMaker maker) {
    int n = 48;
    float[] inputs = new float[n * Toys.WIDTH];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = maker.fill(i, inputs, i * Toys.WIDTH);
    }
    UnlearningDataset all =
        UnlearningDataset.of(inputs, new Shape(Toys.WIDTH), labels, Toys.CLASSES);
    return all.holdOut(0.25, Mark.VALIDATION, 1);
  }

  private interface RowMaker {
    /** Writes a row and gives its class. */
    int fill(int row, float[] inputs, int at);
  }

  private static int cloud(int row, float[] inputs, int at) {
    SplittableRandom random = new SplittableRandom(row);
    for (int d = 0; d < Toys.WIDTH; d++) {
      inputs[at + d] = (float) (random.nextDouble() - 0.5 + (d % 3 == row % 3 ? 1 : 0));
    }
    return row % 3;
  }

  private static final RowMaker CLOUDS = BadInputTest::cloud;

  /** Every row twice. */
  private static final RowMaker TWICE = (row, inputs, at) -> cloud(row / 2, inputs, at);

  private static final RowMaker ALL_ALIKE =
      (row, inputs, at) -> {
        Arrays.fill(inputs, at, at + Toys.WIDTH, 0.5f);
        return row % 3;
      };

  private static final RowMaker ALL_ZERO = (row, inputs, at) -> row % 3;

  private static final RowMaker ONE_CLASS =
      (row, inputs, at) -> {
        cloud(row, inputs, at);
        return 1;
      };

  /** It has dropout, since there is a selector that needs it. */
  private static Network network() {
    return UncertaintyTest.dropped(1);
  }

  /** Chooses, or gives the reason; either way network and rows are as before. */
  private static Coreset choose(Selector selector, Network network, Rows candidates, int k) {
    String weights = StrategyContract.fingerprint(network);
    String data = candidates.data().fingerprint();
    try {
      return selector.select(new SelectionTask(network, candidates, k, 5));
    } finally {
      assertThat(StrategyContract.fingerprint(network)).isEqualTo(weights);
      assertThat(candidates.data().fingerprint()).isEqualTo(data);
    }
  }

  /** Holds a selector to the table. */
  private static void assertChoosesUnlessInTheTable(
      String name, String input, Network network, Rows candidates, int k) {
    Selector selector = Every.selector(name);
    String refusal = REFUSALS.getOrDefault(input, Map.of()).get(name);
    if (refusal == null) {
      assertValid(choose(selector, network, candidates, k), selector, candidates, k);
    } else {
      assertThatThrownBy(() -> choose(selector, network, candidates, k))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(name)
          .hasMessageContaining(refusal);
    }
  }

  private static void assertChoosesUnlessInTheTable(
      String name, String input, RowMaker maker, int... wanted) {
    try (UnlearningDataset data = rows(maker);
        Network network = network()) {
      for (int k : wanted) {
        assertChoosesUnlessInTheTable(name, input, network, data.retain(), k);
      }
    }
  }

  private static void assertValid(Coreset chosen, Selector selector, Rows candidates, int k) {
    int expected = selector instanceof Full ? candidates.size() : Math.min(k, candidates.size());
    assertThat(chosen.ids()).hasSize(expected).doesNotHaveDuplicates();
    assertThat(Arrays.stream(candidates.ids()).boxed())
        .containsAll(Arrays.stream(chosen.ids()).boxed().toList());
    assertThat(IntStream.range(0, chosen.size()).mapToDouble(chosen::weight))
        .allMatch(weight -> weight >= 0);
  }

  /** On sound rows no selector may refuse, or the other tests would be empty. */
  @ParameterizedTest
  @MethodSource("selectors")
  void soundRowsAreChosenFrom(String name) {
    Selector selector = Every.selector(name);
    try (UnlearningDataset data = rows(CLOUDS);
        Network network = network()) {
      for (int k : new int[] {1, 7, 36}) {
        assertValid(choose(selector, network, data.retain(), k), selector, data.retain(), k);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void moreThanThereAreGivesAll(String name) {
    Selector selector = Every.selector(name);
    try (UnlearningDataset data = rows(CLOUDS);
        Network network = network()) {
      Coreset all = choose(selector, network, data.retain(), 1000);
      assertThat(all.ids()).containsExactlyInAnyOrder(data.retain().ids());
      Coreset one = choose(selector, network, data.retain().first(1), 3);
      assertThat(one.ids()).containsExactly(data.retain().first(1).ids());
    }
  }

  @Test
  void fewerThanOneOrNoCandidatesAreRefusedForAll() {
    try (UnlearningDataset data = rows(CLOUDS);
        Network network = network()) {
      for (int k : new int[] {0, -1}) {
        assertThatThrownBy(() -> new SelectionTask(network, data.retain(), k, 1))
            .hasMessage("k must be at least 1, but was " + k);
      }
      assertThatThrownBy(() -> new SelectionTask(network, data.forget(), 1, 1))
          .hasMessage("there are no candidates to choose from");
    }
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void rowsThatAreAllAlike(String name) {
    assertChoosesUnlessInTheTable(name, "alike", ALL_ALIKE, 1, 7, 36);
    assertChoosesUnlessInTheTable(name, "zero", ALL_ZERO, 7);
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void rowsThatAreThereTwice(String name) {
    assertChoosesUnlessInTheTable(name, "twice", TWICE, 1, 7, 36);
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void rowsOfOneClass(String name) {
    assertChoosesUnlessInTheTable(name, "one class", ONE_CLASS, 1, 7, 36);
  }

  /** All weights 0: features and logits are constant, and all gradients but those of the last bias are 0. */
  @ParameterizedTest
  @MethodSource("selectors")
  void aNetworkThatSaysTheSameOfAll(String name) {
    try (UnlearningDataset data = rows(CLOUDS);
        Network network = network()) {
      network.parameters().muli(0);
      assertChoosesUnlessInTheTable(name, "weights of 0", network, data.retain(), 7);
    }
  }

  @Test
  void inputsThatAreNotFiniteAreRefusedForAll() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(
              () ->
                  rows(
                      (row, inputs, at) -> {
                        inputs[at + 2] = row == 3 ? bad : 0;
                        return 0;
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("inputs must be finite, but value 2 of row 3 is " + bad);
    }
  }

  /** There are no rows without a class: a class is a number from 0 on for every row, as soon as there is a data set. */
  @Test
  void rowsWithoutAClassAreRefusedForAll() {
    float[] inputs = new float[2 * Toys.WIDTH];
    Shape shape = new Shape(Toys.WIDTH);
    assertThatThrownBy(() -> UnlearningDataset.of(inputs, shape, new int[] {0, -1}, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 1")
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> UnlearningDataset.of(inputs, shape, new int[] {0}, 3))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /**
   * A network of NaN gives NaN for features, logits and gradients. Whoever asks it, which is who chooses otherwise with other
   * weights, must say so and not choose by them.
   */
  @ParameterizedTest
  @MethodSource("selectors")
  void aNetworkOfNaNIsNotChosenBy(String name) {
    Selector selector = Every.selector(name);
    try (UnlearningDataset data = rows(CLOUDS);
        Network network = network();
        Network broken = network()) {
      broken.parameters().muli(0).addi(Float.NaN);
      for (int k : new int[] {7, 18}) {
        if (asks(selector, data.retain(), k)) {
          assertThatThrownBy(() -> choose(selector, broken, data.retain(), k))
              .isInstanceOfAny(IllegalArgumentException.class, ArithmeticException.class)
              .message()
              .contains(name)
              .matches(message -> REMEDIES.stream().anyMatch(message::contains), "has a remedy");
        } else {
          assertThat(choose(selector, broken, data.retain(), k))
              .isEqualTo(choose(selector, network, data.retain(), k));
        }
      }
    }
  }

  /** What to look at. */
  private static final List<String> REMEDIES =
      List.of("look at the network's weights", "look at its weights", "look for");

  private static boolean asks(Selector selector, Rows rows, int k) {
    List<Coreset> chosen = new ArrayList<>();
    for (long seed = 1; seed < 4; seed++) {
      try (Network other = UncertaintyTest.dropped(seed)) {
        chosen.add(selector.select(new SelectionTask(other, rows, k, 5)));
      }
    }
    return chosen.stream().distinct().count() > 1;
  }
}
