package org.erasus.selectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.erasus.Network;
import org.erasus.Probe;

/** Several states of one network: weights in safetensors files, or none for the network as it is. */
final class Snapshots {
  private Snapshots() {}

  /** Looks at one state. */
  interface Visitor {
    void visit(int number, Network state);
  }

  /** The files as they are kept in settings: the same whatever the directory a program runs in. */
  static List<Path> absolute(List<Path> files) {
    return files.stream().map(Path::toAbsolutePath).toList();
  }

  /** How many states there are. */
  static int count(List<Path> files) {
    return Math.max(1, files.size());
  }

  /**
   * Checks that every file holds weights of the network.
   *
   * @param selector its name, for the message
   * @throws IllegalArgumentException naming every file that does not, and why
   */
  static void require(String selector, Network network, List<Path> files) {
    List<String> problems = new ArrayList<>();
    if (!files.isEmpty()) {
      try (Network copy = network.copy()) {
        for (Path file : files) {
          try {
            copy.load(file);
          } catch (NoSuchFileException e) {
            problems.add(file + ": there is no such file");
          } catch (IOException e) {
            problems.add(String.valueOf(e.getMessage()));
          }
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "checkpoints of "
              + selector
              + " must be safetensors files of the network's weights, but "
              + String.join("; ", problems));
    }
  }

  /**
   * Shows one state after the other, each loaded into the same copy of the network. The files are {@link #require checked}
   * first.
   */
  static void each(String selector, Network network, List<Path> files, Visitor visitor) {
    require(selector, network, files);
    if (files.isEmpty()) {
      visitor.visit(0, network);
      return;
    }
    try (Network copy = network.copy()) {
      for (int i = 0; i < files.size(); i++) {
        try {
          copy.load(files.get(i));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        visitor.visit(i, copy);
      }
    }
  }

  /** The mean of scores over all states (N). */
  static double[] mean(
      String selector, Probe probe, List<Path> files, Function<Probe, double[]> scores) {
    double[] mean = new double[probe.rows().size()];
    each(
        selector,
        probe.network(),
        files,
        (number, state) -> {
          double[] found = scores.apply(files.isEmpty() ? probe : probe.on(state));
          for (int i = 0; i < mean.length; i++) {
            mean[i] += found[i] / count(files);
          }
        });
    return mean;
  }
}
