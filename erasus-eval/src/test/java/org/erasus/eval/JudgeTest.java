package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.erasus.eval.NetworkReport.Role;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Equivalence.Decision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verdicts on networks whose outputs are drawn from a known law, so the right answer is known, too. */
class JudgeTest {
  private static final List<Gate> GATES = Protocol.GENERAL.gates();
  private static final double ALPHA = 0.05;

  /** Rows of a given hardness; a network adds noise of its own and, where it remembers, certainty. */
  private static final class World {
    private final Random random;
    private final double[][] hardness = new double[3][];

    World(int forget, int others, long seed) {
      random = new Random(seed);
      for (int split = 0; split < 3; split++) {
        hardness[split] = random.doubles(split == 0 ? forget : others, -3, 5).toArray();
      }
    }

    NetworkOutputs network(String name, double memory, double damage) {
      ScoredRows[] rows = new ScoredRows[3];
      for (int split = 0; split < 3; split++) {
        float[][] logits = new float[hardness[split].length][];
        for (int i = 0; i < logits.length; i++) {
          double z = hardness[split][i] + 0.5 * random.nextGaussian();
          z += split == 0 ? memory : -damage;
          logits[i] = new float[] {(float) z, 0};
        }
        rows[split] =
            Fakes.rows(split == 0 ? "forget" : split == 1 ? "retain" : "unseen", logits, 0);
      }
      return Fakes.network(name, rows[0], rows[1], rows[2]);
    }
  }

  private static Judge judge(List<NetworkOutputs> references) {
    return new Judge(GATES, GATES.stream().map(g -> Margin.of(g, references, 2)).toList(), ALPHA);
  }

  private static Outcome outcome(NetworkOutputs network, NetworkOutputs... references) {
    List<GateResult> answers = judge(List.of(references)).ask(network, List.of(references));
    return Controls.NO_DOUBTS.verdict(answers).outcome();
  }

  /** The verdict of the gates that can do without a retrained network, the original at hand. */
  private static Outcome alone(NetworkOutputs network, NetworkOutputs original) {
    List<Gate> gates = GATES.stream().flatMap(g -> g.withoutRetraining().stream()).toList();
    List<GateResult> answers =
        new Judge(
                gates, gates.stream().map(g -> Margin.of(g, List.of(original), 2)).toList(), ALPHA)
            .ask(network, List.of(original));
    return Controls.NO_DOUBTS.verdict(answers).outcome();
  }

  private static int countAlone(int forget, double memory, double damage, Outcome wanted) {
    int count = 0;
    for (int run = 0; run < 40; run++) {
      World world = new World(forget, 4000, 2000 + run);
      NetworkOutputs original = world.network("original", 2, 0);
      count += alone(world.network("n", memory, damage), original) == wanted ? 1 : 0;
    }
    return count;
  }

  @Test
  void unseenRowsAloneLetANetworkThatNeverSawTheRowsPassWhereThereAreManyAndNeverRejectIt() {
    assertThat(countAlone(2500, 0, 0, Outcome.PASS)).isGreaterThanOrEqualTo(34);
    assertThat(countAlone(2500, 0, 0, Outcome.FAIL)).isZero();
    assertThat(countAlone(100, 0, 0, Outcome.INCONCLUSIVE)).isEqualTo(40);
  }

  @Test
  void againstUnseenRowsAloneMemoryAndDamageFail() {
    assertThat(countAlone(400, 2, 0, Outcome.FAIL)).isEqualTo(40);
    assertThat(countAlone(400, -2, 0, Outcome.FAIL)).isEqualTo(40);
    assertThat(countAlone(400, 0, 2, Outcome.FAIL)).isEqualTo(40);
  }

  /** The class of D_f and a probe of the features have nothing to be compared with. */
  @Test
  void gatesSayWhatTheyCompareWithAndWhichNeedARetrainedNetwork() {
    assertThat(
            Protocol.CLASS.gates().stream()
                .filter(g -> g.withoutRetraining().isEmpty())
                .map(Gate::name))
        .contains("forget-class-accuracy", "few-shot-accuracy")
        .doesNotContain("forget-accuracy", "loss-auc", "test-accuracy");
    for (Gate gate : GATES) {
      assertThat(gate.against()).isEqualTo("retraining");
      assertThat(gate.withoutRetraining().orElseThrow().against())
          .isEqualTo(gate.aim() == Gate.Aim.UTILITY ? "the original" : "unseen rows");
    }
  }

  private static int count(int forget, double memory, double damage, Outcome wanted) {
    int count = 0;
    for (int run = 0; run < 100; run++) {
      World world = new World(forget, 4000, 1000 + run);
      NetworkOutputs reference = world.network("retrained", 0, 0);
      count += outcome(world.network("n", memory, damage), reference) == wanted ? 1 : 0;
    }
    return count;
  }

  @Test
  void withManyRowsRetrainingPassesAndIsNotRejected() {
    assertThat(count(1000, 0, 0, Outcome.PASS)).isGreaterThanOrEqualTo(95);
    assertThat(count(1000, 0, 0, Outcome.FAIL)).isZero();
  }

  @Test
  void withFewRowsRetrainingIsLeftOpenAndNotRejected() {
    assertThat(count(20, 0, 0, Outcome.INCONCLUSIVE)).isEqualTo(100);
  }

  @Test
  void aNetworkThatRemembersFails() {
    assertThat(count(300, 2, 0, Outcome.FAIL)).isEqualTo(100);
  }

  /** Knowing less about the rows than a network that never saw them gives them away as well. */
  @Test
  void aNetworkThatForgetsTooMuchFails() {
    assertThat(count(300, -2, 0, Outcome.FAIL)).isEqualTo(100);
  }

  @Test
  void aNetworkThatLostItsUseFails() {
    assertThat(count(300, 0, 2, Outcome.FAIL)).isEqualTo(100);
  }

  /** At the margin itself a PASS is an error: it must be as rare as alpha says. */
  @Test
  void atTheMarginAPassIsRare() {
    double shift = 0.45;
    int passed = count(400, shift, 0, Outcome.PASS);
    assertThat(passed).isLessThanOrEqualTo(10);
  }

  @Test
  void betterUseThanRetrainingIsNoHarm() {
    World world = new World(300, 1500, 4);
    NetworkOutputs reference = world.network("retrained", 0, 0);
    List<GateResult> answers =
        judge(List.of(reference)).ask(world.network("better", 0, -2), List.of(reference));
    for (GateResult gate : answers) {
      if (gate.aim() == Gate.Aim.UTILITY) {
        assertThat(gate.difference().low()).isGreaterThan(gate.margin());
        assertThat(gate.decision()).isEqualTo(Decision.EQUIVALENT);
      }
    }
  }

  /**
   * Draws 60 rows thirty times, then rows in the number asked for in the median, and a third of it: most of the first decide,
   * fewer than planned for of the others.
   */
  @ParameterizedTest
  @ValueSource(strings = {"forget-likelihood", "forget-accuracy", "loss-auc"})
  void whatIsLeftOpenSaysHowManyRowsWouldDecideAndTheyDo(String gate) {
    List<Long> asked = new ArrayList<>();
    for (int run = 0; run < 30; run++) {
      GateResult open = answer(again(60, run), gate);
      if (open.decision() == Decision.INCONCLUSIVE) {
        assertThat(open.rows()).isEqualTo(60);
        assertThat(open.reason())
            .contains("60 forget rows", "about " + open.rowsToDecide().orElseThrow());
        asked.add(open.rowsToDecide().orElseThrow());
      }
    }
    asked.sort(null);
    int enough = Math.toIntExact(asked.get(asked.size() / 2));

    assertThat(asked).hasSizeGreaterThan(20);
    assertThat(asked.get(asked.size() - 1)).as("the most").isLessThan(20 * 60);
    assertThat(decided(enough, gate)).as(enough + " rows").isGreaterThanOrEqualTo(28);
    assertThat(decided(enough / 3, gate)).as("a third of " + enough).isLessThan(32);
  }

  /** Of forty draws. */
  private static int decided(int rows, String gate) {
    int decided = 0;
    for (int run = 0; run < 40; run++) {
      decided += answer(again(rows, 500 + run), gate).decision() == Decision.EQUIVALENT ? 1 : 0;
    }
    return decided;
  }

  /** Two retrained networks, compared. */
  private static List<GateResult> again(int forget, long seed) {
    World world = new World(forget, 5 * forget, seed);
    List<NetworkOutputs> reference = List.of(world.network("retrained", 0, 0));
    return judge(reference).ask(world.network("n", 0, 0), reference);
  }

  @Test
  void theMarginFollowsReferencesThatDifferAmongThemselves() {
    World world = new World(1000, 4000, 9);
    NetworkOutputs one = world.network("one", -0.6, 0);
    NetworkOutputs two = world.network("two", 0.6, 0);
    Margin margin = Margin.of(GATES.get(1), List.of(one, two), 2);

    assertThat(margin.isWidened()).isTrue();
    assertThat(margin.spread())
        .hasValueSatisfying(s -> assertThat(margin.value()).isEqualTo(2 * s));
    assertThat(outcome(world.network("three", 0, 0), one, two)).isEqualTo(Outcome.PASS);
  }

  @Test
  void aFewRowsDoNotBuyAWiderMargin() {
    for (int seed = 0; seed < 20; seed++) {
      World world = new World(6, 1500, seed);
      Margin margin =
          Margin.of(
              GATES.get(0), List.of(world.network("one", 0, 0), world.network("two", 0, 0)), 2);
      assertThat(margin.value()).isLessThan(0.4);
    }
  }

  /** 900 and 700 of 1000 right: differences up to 0.4 would be harmless, where the protocol has 0.03. */
  @Test
  void referencesThatDisagreeShowNobodyToBeOfUse() {
    List<NetworkOutputs> references = List.of(ofUse("nine", 900), ofUse("seven", 700));
    GateResult five = testAccuracy(ofUse("five", 500), references);
    GateResult one = testAccuracy(ofUse("one", 100), references);
    Gate gate =
        GATES.stream().filter(g -> g.name().equals("test-accuracy")).findFirst().orElseThrow();
    Margin margin = Margin.of(gate, references, 2);

    assertThat(five.margin()).isGreaterThan(0.39);
    assertThat(five.decision()).isEqualTo(Decision.INCONCLUSIVE);
    assertThat(five.rowsToDecide()).isEmpty();
    assertThat(five.reason())
        .contains("rows of the kept classes: the references disagree, by 0.199");
    assertThat(one.decision()).isEqualTo(Decision.DIFFERENT);
    assertThat(margin.warning(Gate.Aim.UTILITY))
        .hasValueSatisfying(
            w -> assertThat(w).startsWith("gate test-accuracy: ").contains("no use was lost"));
    assertThat(Margin.of(gate, references.subList(0, 1), 2).warning(Gate.Aim.UTILITY)).isEmpty();
  }

  private static NetworkOutputs ofUse(String name, int right) {
    float[][] same = Fakes.answers(500, 500);
    return Fakes.network(name, same, same, Fakes.answers(right, 1000 - right));
  }

  private static GateResult testAccuracy(NetworkOutputs network, List<NetworkOutputs> references) {
    return answer(judge(references).ask(network, references), "test-accuracy");
  }

  private static GateResult answer(List<GateResult> answers, String gate) {
    return answers.stream().filter(g -> g.gate().equals(gate)).findFirst().orElseThrow();
  }

  private static Controls controls(
      World world, double memory, double damage, double retrainedShift) {
    NetworkOutputs reference = world.network("retrained", 0, 0);
    List<Controls.Answer> answers = new ArrayList<>();
    Judge judge = judge(List.of(reference));
    answers.add(
        new Controls.Answer(
            "original",
            Role.ORIGINAL,
            judge.ask(world.network("original", memory, 0), List.of(reference))));
    answers.add(
        new Controls.Answer(
            "random",
            Role.RANDOM,
            judge.ask(world.network("random", 0, damage), List.of(reference))));
    answers.add(
        new Controls.Answer(
            "again",
            Role.RETRAINED,
            judge.ask(world.network("again", retrainedShift, 0), List.of(reference))));
    return Controls.of(answers, List.of());
  }

  @Test
  void controlsThatBehaveCastNoDoubt() {
    Controls controls = controls(new World(1000, 4000, 3), 2, 3, 0);
    assertThat(controls.blind()).isEmpty();
    assertThat(controls.unsound()).isEmpty();
    assertThat(controls.warnings()).isEmpty();
  }

  /** Had the original passed, so would everyone. */
  @Test
  void withoutAnythingToForgetNobodyPasses() {
    World world = new World(1000, 4000, 3);
    Controls controls = controls(world, 0, 3, 0);
    NetworkOutputs reference = world.network("retrained", 0, 0);
    List<GateResult> perfect =
        judge(List.of(reference)).ask(world.network("n", 0, 0), List.of(reference));

    assertThat(Controls.NO_DOUBTS.verdict(perfect).outcome()).isEqualTo(Outcome.PASS);
    Verdict verdict = controls.verdict(perfect);
    assertThat(verdict.outcome()).isEqualTo(Outcome.INCONCLUSIVE);
    assertThat(verdict.reasons()).anyMatch(r -> r.contains("original network is not shown"));
  }

  @Test
  void whereRandomWeightsAreAsGoodNobodyPasses() {
    assertThat(controls(new World(1000, 4000, 3), 2, 0, 0).blind())
        .anyMatch(r -> r.startsWith("random weights") && r.endsWith("be of no use either"));
  }

  /** A gate that rejects retraining is wrong, so it cannot condemn a candidate. */
  @Test
  void gatesThatRejectARetrainedNetworkCondemnNobody() {
    World world = new World(1000, 4000, 3);
    Controls controls = controls(world, 2, 3, 1.5);
    NetworkOutputs reference = world.network("retrained", 0, 0);
    List<GateResult> remembers =
        judge(List.of(reference)).ask(world.network("n", 1.5, 0), List.of(reference));

    assertThat(Controls.NO_DOUBTS.verdict(remembers).outcome()).isEqualTo(Outcome.FAIL);
    assertThat(controls.unsound()).contains("forget-likelihood");
    assertThat(controls.warnings()).anyMatch(w -> w.contains("\"again\" is rejected"));
    assertThat(controls.verdict(remembers).outcome()).isEqualTo(Outcome.INCONCLUSIVE);
  }

  /**
   * Knowing 300, 300 and 650 of 998 rows, references are .35, .35 and 0 apart: the margin is 2·√(2·.35²/3) = .57 and their
   * mean .417, so that a network like the third is within it, and so is the original with 900.
   */
  @Test
  void aMarginThatOneReferenceMadeAcquitsOnlyByTheProtocolsOwn() {
    List<NetworkOutputs> references =
        List.of(knowing("a", 300), knowing("b", 300), knowing("c", 650));
    Gate gate = GATES.stream().filter(g -> g.name().equals("forget-accuracy")).findFirst().get();
    Margin margin = Margin.of(gate, references, 2);
    Judge judge = new Judge(List.of(gate), List.of(margin), ALPHA);
    List<GateResult> likeTheThird = judge.ask(knowing("n", 650), references);
    Controls.Answer original =
        new Controls.Answer(
            "original", Role.ORIGINAL, judge.ask(knowing("original", 900), references));
    Controls.Answer far =
        new Controls.Answer(
            "original",
            Role.ORIGINAL,
            judge.ask(knowing("original", 998), references.subList(0, 2)));
    Controls.Answer third =
        new Controls.Answer(
            "c",
            Role.REFERENCE,
            new Judge(List.of(gate), List.of(Margin.of(gate, references.subList(0, 2), 2)), ALPHA)
                .ask(references.get(2), references.subList(0, 2)));

    assertThat(margin.value()).isCloseTo(0.57, within(0.01));
    assertThat(Controls.NO_DOUBTS.verdict(likeTheThird).outcome()).isEqualTo(Outcome.PASS);
    Controls alike = Controls.of(List.of(original), List.of(margin));
    assertThat(alike.lenient()).containsOnly(entry("forget-accuracy", 0.05));
    assertThat(alike.verdict(likeTheThird).outcome()).isEqualTo(Outcome.INCONCLUSIVE);
    Controls apart = Controls.of(List.of(far, third), List.of(margin));
    assertThat(apart.lenient()).containsOnly(entry("forget-accuracy", 0.05));
    Controls lenient = new Controls(List.of(), Set.of(), apart.lenient(), List.of());
    assertThat(lenient.verdict(likeTheThird).outcome()).isEqualTo(Outcome.INCONCLUSIVE);
    assertThat(lenient.verdict(judge.ask(knowing("mean", 417), references)).outcome())
        .isEqualTo(Outcome.PASS);
    assertThat(apart.warnings())
        .anyMatch(
            w ->
                w.contains(
                    "\"c\" among them differs from the others, so it acquits by the protocol's 0.05 alone"));
    assertThat(Controls.of(List.of(far), List.of(margin)).verdict(likeTheThird).outcome())
        .isEqualTo(Outcome.PASS);
  }

  private static NetworkOutputs knowing(String name, int right) {
    float[][] same = Fakes.answers(500, 500);
    return Fakes.network(name, Fakes.answers(right, 998 - right), same, same);
  }

  /** 198 unseen rows of class 1, all right for the network and wrong for retraining: 198/200, see PairedRows. */
  @Test
  void aClassThatIsKnownOnUnseenRowsIsNotForgotten() {
    NetworkOutputs byHeart = ofTwoClasses("by-heart", 1);
    NetworkOutputs reference = ofTwoClasses("retrained", 0);
    Gate gate =
        Protocol.CLASS.gates().stream()
            .filter(g -> g.name().equals("forget-class-accuracy"))
            .findFirst()
            .orElseThrow();

    assertThat(gate.count(byHeart)).isEqualTo(198);
    assertThat(gate.difference(byHeart, List.of(reference)).value()).isEqualTo(198 / 200.0);
    assertThat(gate.difference(reference, List.of(reference)).value()).isZero();
  }

  /** All forget rows, of class 1, are taken for class 0; unseen rows of class 1 for a given one. */
  private static NetworkOutputs ofTwoClasses(String name, int said) {
    float[][] zero = new float[100][];
    Arrays.fill(zero, new float[] {3, 0});
    float[][] unseen = new float[300][];
    int[] labels = new int[300];
    for (int i = 0; i < 300; i++) {
      labels[i] = i < 198 ? 1 : 0;
      unseen[i] = i < 198 && said == 1 ? new float[] {0, 3} : new float[] {3, 0};
    }
    return Fakes.network(
        name,
        Fakes.rows("forget", zero, 1),
        Fakes.rows("retain", zero, 0),
        ScoredRows.ofLogits("unseen", unseen, labels));
  }
}
