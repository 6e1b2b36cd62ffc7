package org.erasus.eval.recovery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.erasus.Network;
import org.erasus.eval.metrics.AnamnesisIndex;
import org.erasus.eval.metrics.Lesson;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.RelearnCurve;
import org.erasus.eval.metrics.Relearned;
import org.erasus.eval.metrics.Relearning;

/**
 * Teaches every network the same rows in the same order, with the same optimizer and budget, and looks at D_f: a network
 * that only hides the rows knows them again before a retrained one does.
 *
 * <p>Known is the share of runs that answer a row right after so many steps. On the forget rows themselves there is the
 * {@link AnamnesisIndex}, too, in which runs that were ended at the budget give a bound.
 *
 * @param relearning optimizer, rate, batches, budget, looks and number of runs
 * @param lesson which rows
 * @see <a href="https://arxiv.org/abs/2201.05629">Chundawat et al., 2023, on rows of D_f</a>
 * @see <a href="https://arxiv.org/abs/2402.16835">Lynch et al., 2024, on other rows</a>
 */
public record Relearn(Relearning relearning, Lesson lesson) implements RecoveryTest {
  /** The forget rows, as {@link Relearning#DEFAULTS} has it. */
  public static final Relearn DEFAULTS = new Relearn(Relearning.DEFAULTS, Lesson.FORGET_ROWS);

  /** The same with another optimizer, budget or number of runs. */
  public Relearn withRelearning(Relearning relearning) {
    return new Relearn(relearning, lesson);
  }

  /** The same with another lesson. */
  public Relearn withLesson(Lesson lesson) {
    return new Relearn(relearning, lesson);
  }

  @Override
  public String name() {
    return "relearn-" + lesson.words();
  }

  @Override
  public void require(RecoveryCase networks) {
    lesson.rows(networks.data(), networks.seed());
    networks.require(name(), Network::requireGradient);
  }

  @Override
  public RecoveryReport run(RecoveryCase networks) {
    networks.require(name());
    require(networks);
    Map<String, List<RelearnCurve>> curves = new LinkedHashMap<>();
    networks.networks().forEach((name, network) -> curves.put(name, curves(network, networks)));
    double target = networks.original().accuracy(networks.data().forget()) - relearning.alpha();
    List<Double> at =
        Objects.requireNonNull(curves.get(RecoveryCase.ORIGINAL)).get(0).steps().stream()
            .map(Long::doubleValue)
            .toList();
    Map<String, List<Relearned>> retrained = new LinkedHashMap<>();
    networks
        .references()
        .keySet()
        .forEach(name -> retrained.put(name, to(target, Objects.requireNonNull(curves.get(name)))));
    List<Traces.Trace> traces = new ArrayList<>();
    curves.forEach(
        (name, runs) -> {
          Map<String, Measure> measures =
              retrained.containsKey(name) || lesson != Lesson.FORGET_ROWS
                  ? Map.of()
                  : Map.of(
                      AnamnesisIndex.NAME,
                      AnamnesisIndex.of(to(target, runs), retrained, networks.level()));
          traces.add(new Traces.Trace(name, known(runs), measures));
        });
    return new Traces(at, "steps", networks.margin().orElse(RecoveryCase.MARGIN), networks.level())
        .judge(name(), networks, traces);
  }

  private List<RelearnCurve> curves(Network network, RecoveryCase networks) {
    return relearning.curves(network, networks.data(), lesson, networks.seed());
  }

  private static List<Relearned> to(double target, List<RelearnCurve> runs) {
    return runs.stream().map(run -> run.to(target)).toList();
  }

  private static List<double[]> known(List<RelearnCurve> runs) {
    List<double[]> known = new ArrayList<>();
    for (int look = 0; look < runs.get(0).steps().size(); look++) {
      double[] shares = new double[runs.get(0).rows()];
      for (RelearnCurve run : runs) {
        run.known().get(look).stream().forEach(i -> shares[i] += 1.0 / runs.size());
      }
      known.add(shares);
    }
    return known;
  }
}
