package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Toys;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Listener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every selector that looks at the network tells how far it is, and an interrupt ends it. */
class SelectionProgressTest {
  static List<Selector> selectors() {
    return List.of(
        GradientNorm.DEFAULTS,
        El2n.DEFAULTS,
        KCenter.DEFAULTS,
        Grand.DEFAULTS,
        TracIn.DEFAULTS,
        TracIn.DEFAULTS.withGradients(TracIn.Gradients.ALL),
        Trak.DEFAULTS,
        Craig.DEFAULTS,
        GradMatch.DEFAULTS,
        Glister.DEFAULTS,
        Herding.DEFAULTS,
        KMeans.DEFAULTS,
        FacilityLocation.DEFAULTS,
        GraphCut.DEFAULTS,
        LogDeterminant.DEFAULTS,
        SaturatedCoverage.DEFAULTS,
        FeatureBased.DEFAULTS,
        Influence.DEFAULTS,
        Representer.DEFAULTS,
        KnnShapley.DEFAULTS,
        DataShapley.DEFAULTS.withSampling(Sampling.exactly(5)),
        Banzhaf.DEFAULTS.withSampling(Sampling.exactly(64)),
        BetaShapley.DEFAULTS.withSampling(Sampling.exactly(5)),
        Memorization.DEFAULTS.withShare(0.5).withCount(4),
        ValuationNetwork.DEFAULTS.withTraining(
            ValuationNetwork.DEFAULTS.training().withMaxEpochs(5)),
        Loss.DEFAULTS,
        Entropy.DEFAULTS,
        Margin.DEFAULTS,
        LeastConfidence.DEFAULTS,
        Voting.DEFAULTS,
        WeightedFusion.DEFAULTS);
  }

  @AfterEach
  void noLongerInterrupted() {
    Thread.interrupted();
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void listenersHearOfTheWorkUpToItsEnd(Selector selector) {
    List<String> heard = new ArrayList<>();
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      selector.select(
          new SelectionTask(network, data.retain(), 5, 1)
              .withListener(
                  new Listener() {
                    @Override
                    public void progressed(String what, long done, long total) {
                      heard.add(what + (done == total ? " done" : ""));
                    }
                  }));
    }
    assertThat(heard).isNotEmpty();
    assertThat(heard.get(heard.size() - 1)).endsWith(" done");
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void anInterruptEndsTheSelection(Selector selector) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> selector.select(new SelectionTask(network, data.retain(), 5, 1)))
          .isInstanceOf(CancelledRunException.class)
          .hasMessageStartingWith("interrupted: ");
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }
  }
}
