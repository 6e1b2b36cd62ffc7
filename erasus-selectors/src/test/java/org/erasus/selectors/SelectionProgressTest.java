package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Toys;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Listener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every selector of the catalogue tells how far it is, unless it does not look at the rows, and an interrupt ends it. */
class SelectionProgressTest {
  /** They draw numbers or take all, and are done. */
  private static final Set<String> AT_ONCE = Set.of("random", "full", "stratified-random", "auto");

  @TempDir Path folder;

  static List<String> names() {
    return Every.names();
  }

  @AfterEach
  void noLongerInterrupted() {
    Thread.interrupted();
  }

  /** Selects, and gives what was heard; the consumer is told of it, too. */
  private static List<String> select(
      Selector selector, Network network, UnlearningDataset data, Consumer<String> onReport) {
    List<String> heard = new ArrayList<>();
    Listener listener =
        new Listener() {
          @Override
          public void progressed(String what, long done, long total) {
            heard.add(what + " " + done + " of " + total + (done == total ? ", done" : ""));
            onReport.accept(heard.get(heard.size() - 1));
          }
        };
    SelectionTask task = new SelectionTask(network, data.retain(), 5, 1).withListener(listener);
    try {
      selector.select(task);
    } catch (CancelledRunException ended) {
      heard.add(String.valueOf(ended.getMessage()));
    }
    return heard;
  }

  private static List<String> select(Selector selector, Network network, UnlearningDataset data) {
    return select(selector, network, data, report -> {});
  }

  @ParameterizedTest
  @MethodSource("names")
  void listenersHearOfTheWorkUpToItsEnd(String name) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Every.trained(data, folder)) {
      List<String> heard = select(Every.selector(name, folder), network, data);
      if (AT_ONCE.contains(name)) {
        assertThat(heard).isEmpty();
      } else {
        assertThat(heard).isNotEmpty();
        assertThat(heard.get(heard.size() - 1)).endsWith(", done");
      }
    }
  }

  /** At the first, the middle and the last report: nothing is heard after it but the end. Some reports are by the clock. */
  @ParameterizedTest
  @MethodSource("names")
  void anInterruptAtAnyReportEndsTheSelection(String name) {
    Selector selector = Every.selector(name, folder);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Every.trained(data, folder)) {
      List<String> always = select(selector, network, data);
      always.retainAll(select(selector, network, data));
      if (AT_ONCE.contains(name)) {
        return;
      }
      int last = always.size() - 1;
      for (String at : Set.copyOf(List.of(always.get(0), always.get(last / 2), always.get(last)))) {
        List<String> heard =
            select(
                selector,
                network,
                data,
                report -> {
                  if (report.equals(at)) {
                    Thread.currentThread().interrupt();
                  }
                });
        assertThat(Thread.interrupted()).isTrue();
        assertThat(heard.get(heard.size() - 1)).startsWith("interrupted: ");
        assertThat(heard.get(heard.size() - 2)).isEqualTo(at);
        assertThat(heard.indexOf(at)).as("the first time it is heard").isEqualTo(heard.size() - 2);
      }
    }
  }

  /** Every part of a whole asks the network for the same logits: they are computed once. */
  @ParameterizedTest
  @MethodSource("wholes")
  void partsShareWhatTheNetworkSays(Selector whole) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThat(select(whole, network, data)).containsOnlyOnce("logits 162 of 162, done");
    }
  }

  static List<Selector> wholes() {
    return List.of(
        WeightedFusion.DEFAULTS,
        new Voting(List.of(El2n.DEFAULTS, Entropy.DEFAULTS, Loss.DEFAULTS)));
  }

  /** Two matrices for each of two layers, one call of LAPACK each; before each of them an interrupt is heard. */
  @Test
  void everyDecompositionOfEkFacIsAReport() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      List<String> heard = select(Influence.DEFAULTS, network, data);
      assertThat(heard.stream().filter(what -> what.startsWith("eigenvectors")).toList())
          .hasSize(5)
          .endsWith("eigenvectors 4 of 4, done");
    }
  }
}
