package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Coresets, weights, masks, seeds and catalogues. */
class ValuesTest {
  // ---- coresets

  private static Coreset coreset(Set<Long> ids) {
    return Coreset.of(ids.stream().mapToLong(Long::longValue).toArray(), "test");
  }

  private static Set<Long> ids(Coreset coreset) {
    Set<Long> set = new TreeSet<>();
    for (long id : coreset.ids()) {
      set.add(id);
    }
    return set;
  }

  @Property(tries = 200)
  void coresetAlgebraIsThatOfSets(
      @ForAll Set<@LongRange(min = 0, max = 20) Long> left,
      @ForAll Set<@LongRange(min = 0, max = 20) Long> right) {
    Coreset a = coreset(left);
    Coreset b = coreset(right);
    Set<Long> union = new TreeSet<>(left);
    union.addAll(right);
    Set<Long> shared = new TreeSet<>(left);
    shared.retainAll(right);
    Set<Long> rest = new TreeSet<>(left);
    rest.removeAll(right);
    assertThat(ids(a.union(b))).isEqualTo(union);
    assertThat(ids(a.intersect(b))).isEqualTo(shared);
    assertThat(ids(a.difference(b))).isEqualTo(rest);
    assertThat(java.util.Arrays.copyOf(a.union(b).ids(), a.size())).isEqualTo(a.ids());
    double expected = union.isEmpty() ? 1 : (double) shared.size() / union.size();
    assertThat(a.overlap(b)).isEqualTo(expected).isEqualTo(b.overlap(a));
    assertThat(right).allSatisfy(id -> assertThat(b.contains(id)).isTrue());
    assertThat(b.contains(99)).isFalse();
  }

  @Test
  void topTakesTheHighestScoresTiesInTheOrderOfChoice() {
    Coreset scored = Coreset.of(new long[] {5, 6, 7, 8}, new double[] {1, 3, 3, -2}, "el2n");
    assertThat(scored.top(2).ids()).containsExactly(6, 7);
    assertThat(scored.top(3).ids()).containsExactly(6, 7, 5);
    assertThat(scored.top(9).ids()).containsExactly(6, 7, 5, 8);
    assertThat(scored.filter(1).ids()).containsExactly(5, 6, 7);
    assertThat(scored.add(1).ids()).containsExactly(5, 6, 7, 8, 1);
    assertThat(scored.remove(6).ids()).containsExactly(5, 7, 8);
    assertThat(scored.top(1).score(0)).contains(3.0);
    assertThatIllegalStateException()
        .isThrownBy(() -> coreset(Set.of(1L)).filter(0))
        .withMessage("the rows of test have no scores, which filter needs");
  }

  @Test
  void coresetsComeBackFromJsonAndDamagedOnesAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("coreset.json");
    Coreset scored =
        Coreset.of(new long[] {5, -1L << 40}, new double[] {0.1, -1e-300}, "el2n")
            .withWeights(new double[] {2, 0});
    for (Coreset coreset : List.of(scored, coreset(Set.of()), coreset(Set.of(3L)))) {
      coreset.save(file);
      assertThat(Coreset.load(file)).isEqualTo(coreset);
    }
    for (String broken :
        List.of(
            "{}",
            "{\"ids\":[1,1],\"weights\":[1,1],\"madeBy\":\"x\"}",
            "{\"ids\":[1,2],\"weights\":[1],\"madeBy\":\"x\"}",
            "{\"ids\":[1],\"weights\":[-1],\"madeBy\":\"x\"}",
            "{\"ids\":[1],\"weights\":[1],\"scores\":[1,2],\"madeBy\":\"x\"}",
            "{\"ids\":[1],\"weights\":[1],\"madeBy\":\"x\",\"more\":1}")) {
      Files.writeString(file, broken);
      assertThatIOException()
          .isThrownBy(() -> Coreset.load(file))
          .withMessageContaining(file.toString());
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Coreset.of(new long[] {1}, new double[] {Double.NaN}, "x"))
        .withMessageStartingWith("score of row 1 must be finite, but was NaN: look for weights");
  }

  // ---- weights and masks

  private static Network network() {
    return Network.of(new Sequential().add("fc", new Linear(2)), new Shape(3), 1); // P = 8
  }

  private static Weights weights(Network network, float... values) {
    return Weights.of(network.layout(), values, new float[0]);
  }

  @Test
  void arithmeticIsEntryByEntry() {
    int open = EngineRuntime.openArrays();
    try (Network network = network();
        Weights a = weights(network, 1, 2, 3, 4, 5, 6, 7, 8);
        Weights b = weights(network, 8, 7, 6, 5, 4, 3, 2, 1);
        Weights sum = a.plus(b);
        Weights difference = a.minus(b);
        Weights half = a.times(0.5)) {
      assertThat(sum.toFloats()).containsOnly(9);
      assertThat(difference.toFloats()).containsExactly(-7, -5, -3, -1, 1, 3, 5, 7);
      assertThat(half.toFloats()).containsExactly(0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f, 4);
      assertThat(a.norm()).isCloseTo(Math.sqrt(204), within(1e-5));
      assertThat(a.distance(b)).isCloseTo(Math.sqrt(168), within(1e-5));
      assertThat(a.values("fc.bias")).containsExactly(7, 8);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> a.values("fc.bais"))
          .withMessageContaining("known: [fc.weight, fc.bias]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> weights(network, 1, 2))
          .withMessage("parameters must hold 8 values for this network, but holds 2");
      try (Weights again = weights(network, 1, 2, 3, 4, 5, 6, 7, 8)) {
        assertThat(again.fingerprint()).isEqualTo(a.fingerprint()).isNotEqualTo(b.fingerprint());
      }
    }
    assertThat(EngineRuntime.openArrays()).isEqualTo(open);
  }

  @Test
  void everyValueThatIsNoNumberIsFound() {
    try (Network network = network()) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        try (Weights weights = weights(network, 0, 0, 0, 0, 0, 0, bad, 0)) {
          assertThat(weights.isFinite()).isFalse();
        }
      }
      try (Weights large =
          weights(
              network,
              Float.MAX_VALUE,
              Float.MAX_VALUE,
              -Float.MAX_VALUE,
              0,
              -0f,
              Float.MIN_VALUE,
              1,
              1)) {
        assertThat(large.isFinite()).isTrue();
      }
    }
  }

  @Test
  void maskedKeepsOwnValuesWhereTheMaskDoes() {
    try (Network network = network();
        NDManager manager = EngineRuntime.newManager();
        Weights a = weights(network, 1, 2, 3, 4, 5, 6, 7, 8);
        Weights b = weights(network, 0, 0, 0, 0, 0, 0, -0f, 9);
        Mask mask = Mask.ofLargest(a.parameters().duplicate(), 0.5);
        Weights mixed = a.masked(mask, b)) {
      assertThat(mixed.toFloats()).containsExactly(0, 0, 0, 0, 5, 6, 7, 8);
      assertThat(mask.count()).isEqualTo(4);
      try (Mask ties = Mask.ofLargest(manager.create(new float[] {1, 2, 2, 2}).duplicate(), 0.25)) {
        assertThat(ties.count()).as("ties are kept").isEqualTo(3);
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Mask.ofLargest(manager.ones(new Shape(4)), 0.5))
          .withMessage("all 4 values are 1.0: no parameter stands out");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Mask.of(manager.ones(new Shape(4))))
          .withMessageContaining("a mask must be boolean (P), but was float32");
      try (Mask same = Mask.of(mask.kept().duplicate());
          Mask other = Mask.of(mask.kept().logicalNot())) {
        assertThat(same.fingerprint())
            .isEqualTo(mask.fingerprint())
            .isNotEqualTo(other.fingerprint());
      }
      try (Mask first =
              Mask.of(
                  manager
                      .create(new boolean[] {true, true, true, true, true, false, false, false})
                      .duplicate());
          Mask both = mask.and(first)) {
        assertThat(both.kept().toBooleanArray())
            .containsExactly(false, false, false, false, true, false, false, false);
      }
    }
  }

  @Test
  void frozenLayersOfANewNetworkGetTheirInitialValuesAndKeepThem() {
    Linear frozen = new Linear(4);
    frozen.freezeParameters(true);
    Sequential block = new Sequential().add("frozen", frozen).add("head", new Linear(2));
    try (Network network = Network.of(block, new Shape(3), 1);
        Network fresh = network.fresh(2);
        Weights a = network.weights();
        Weights b = fresh.weights()) {
      assertThat(network.layout().statistics()).isEqualTo(16);
      assertThat(a.values("frozen.weight")).doesNotContain(0f).isEqualTo(b.values("frozen.weight"));
      assertThat(a.values("head.weight")).isNotEqualTo(b.values("head.weight"));
    }
  }

  // ---- seeds

  @Property(tries = 100)
  void streamsOfPurposesAndIndicesDiffer(@ForAll long seed) {
    Seeds seeds = new Seeds(seed);
    assertThat(
            new Long[] {
              seeds.of("a"),
              seeds.of("b"),
              seeds.of("a", 0),
              seeds.of("a", 1),
              seeds.of("a", 0, 0),
              seeds.of("ab"),
              seeds.of("ba"),
              seeds.of("a", 1, 0),
              seeds.of("a", 0, 1),
              new Seeds(seed + 1).of("a")
            })
        .doesNotHaveDuplicates();
    assertThat(seeds.stream("a", 3).nextLong()).isEqualTo(seeds.stream("a", 3).nextLong());
  }

  /** Correlation of 10,000 pairs is within 4/√10,000 of 0 with probability 0.99994. */
  @Test
  void neighbouringStreamsAreUncorrelatedAndUniform() {
    for (int pair = 0; pair < 5; pair++) {
      double xy = 0;
      int[] bins = new int[10];
      for (int i = 0; i < 10_000; i++) {
        double x = new Seeds(1).stream("p", i, pair).nextDouble();
        double y = new Seeds(1).stream("p", i + 1, pair).nextDouble();
        xy += (x - 0.5) * (y - 0.5) * 12;
        bins[(int) (10 * x)]++;
      }
      assertThat(xy / 10_000).isCloseTo(0, within(0.04));
      double chi = 0;
      for (int count : bins) {
        chi += Math.pow(count - 1000, 2) / 1000;
      }
      assertThat(chi).as("9 degrees of freedom, 0.9999").isLessThan(33.7);
    }
  }

  @Property(tries = 50)
  void permutationsHoldEveryPositionOnce(@ForAll @LongRange(min = 0, max = 300) long n) {
    int[] order = Seeds.permutation((int) n, new SplittableRandom(n));
    assertThat(order).hasSize((int) n).doesNotHaveDuplicates();
    for (int position : order) {
      assertThat(position).isBetween(0, (int) n - 1);
    }
  }

  // ---- catalogues

  @Test
  void anUnknownNameFailsWithTheNearOneAndAll() {
    Catalog<String> catalog =
        Catalog.of("strategy", List.of(Map.of("npo", "N"), Map.of("scrub", "S")));
    assertThat(catalog.get("npo")).isEqualTo("N");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> catalog.get("nop"))
        .withMessage("no strategy named \"nop\"; did you mean \"npo\"? known: npo, scrub");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> catalog.get("something-else"))
        .withMessage("no strategy named \"something-else\"; known: npo, scrub");
    assertThatIllegalStateException()
        .isThrownBy(() -> Catalog.of("strategy", List.of(Map.of("npo", "N"), Map.of("npo", "M"))))
        .withMessage(
            "two modules offer a strategy named \"npo\": java.lang.String and java.lang.String");
  }

  private static Catalog.Offered<Selector> offered(Catalog.Provider... providers) {
    return new Catalog.Offered<>("selector", Catalog.Provider::selectors, () -> List.of(providers));
  }

  private static final Selector FIRST = task -> Coreset.of(new long[] {1}, "first");
  private static final Selector SECOND = task -> Coreset.of(new long[] {2}, "second");

  private static final class One implements Catalog.Provider {
    @Override
    public Map<String, Selector> selectors() {
      return Map.of("mine", FIRST);
    }
  }

  private static final class Other implements Catalog.Provider {
    @Override
    public Map<String, Selector> selectors() {
      return Map.of("mine", SECOND);
    }
  }

  /** Fails while its class is loaded, as a default setting out of range does. */
  private static final class Broken implements Catalog.Provider {
    @Override
    public Map<String, Selector> selectors() {
      return Map.of("broken", Defaults.BROKEN);
    }

    private static final class Defaults {
      static final Selector BROKEN = refuse();

      private static Selector refuse() {
        throw new IllegalArgumentException("share must be in (0, 1], but was 2.0");
      }
    }
  }

  @Test
  void twoModulesThatOfferTheSameAreNamedToWhoeverAsksEachTime() {
    Catalog.Offered<Selector> offered = offered(new One(), new Other());
    for (int i = 0; i < 2; i++) {
      assertThatIllegalStateException()
          .isThrownBy(offered::catalog)
          .withMessageContaining("two modules offer a selector named \"mine\"")
          .withMessageContaining(FIRST.getClass().getName())
          .withMessageContaining(SECOND.getClass().getName());
    }
    Catalog.Offered<Selector> one = offered(new One());
    assertThat(one.catalog().get("mine")).isSameAs(FIRST);
    assertThat(one.catalog()).as("looked up once").isSameAs(one.catalog());
  }

  @Test
  void aModuleThatDoesNotWorkIsNamedToWhoeverAsksEachTime() {
    Catalog.Offered<Selector> broken = offered(new One(), new Broken());
    for (int i = 0; i < 2; i++) {
      assertThatIllegalStateException()
          .isThrownBy(broken::catalog)
          .withMessageContaining(Broken.class.getName())
          .withMessageContaining(i == 0 ? "but was 2.0" : "ExceptionInInitializerError");
    }
  }

  @Test
  void aModuleThatIsNotThereIsNamedToWhoeverAsksEachTime(@TempDir Path folder) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(Catalog.Provider.class.getName()), "no.such.Strategies");
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, Catalog.class.getClassLoader())) {
      Catalog.Offered<Selector> offered =
          new Catalog.Offered<>(
              "selector",
              Catalog.Provider::selectors,
              () -> ServiceLoader.load(Catalog.Provider.class, loader));
      for (int i = 0; i < 2; i++) {
        assertThatIllegalStateException()
            .isThrownBy(offered::catalog)
            .withMessageContaining("no.such.Strategies");
      }
    }
  }
}
