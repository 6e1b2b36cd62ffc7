package org.erasus.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.erasus.Catalog;
import org.erasus.Coreset;
import org.erasus.Json;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.ScoringSelector;
import org.erasus.Seeds;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.eval.metrics.Evidence;
import org.erasus.eval.metrics.GapToRetrain;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Bootstrap;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.tuning.Behaviour;
import org.erasus.selectors.Full;
import org.erasus.strategies.Retrain;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Checkpoints;
import org.erasus.train.Listener;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Which forget rows suffice, and which retain rows protect: strategies work on shares of the forget rows, of the retain rows or
 * of both that selectors chose, and the gap of each result to a retrained network is measured on unseen rows, beside what it
 * cost.
 *
 * <p>Controls of every question: {@code random}; {@code full}, all rows, also for a share of the epochs; one row alone; the
 * original and a second retrained network, which tell how large gaps are at worst and by chance. All settings are defaults. A line of JSON a run, which is not made again when it is
 * there.
 */
@Command(name = "selection-study", mixinStandardHelpOptions = true)
public final class SelectionStudy implements Callable<Integer> {
  /** Retain rows that are looked at, drawn once a request. */
  private static final int RETAIN_ROWS = 5000;

  private static final String NOTHING = "–";

  private static final Pattern EPOCHS = Pattern.compile("(\"maxEpochs\" : )(\\d+)");

  /** Of which rows some are chosen; all of the others are used. */
  enum Side {
    FORGET,
    RETAIN,
    BOTH,
    NONE
  }

  /** In the place of a selector: one row, the first, whatever it is. */
  private static final String ONE_ROW = "one-row";

  /** In the place of a selector: all rows, for a share of the epochs. */
  private static final String FEWER_EPOCHS = "fewer-epochs";

  @Mixin private StudyOptions study = new StudyOptions();

  @Option(
      names = "--dropout",
      defaultValue = "0",
      description = "before the last layer of small-cnn, which bald needs")
  private double dropout;

  @Option(
      names = "--requests",
      split = ",",
      description = "one or more of ${COMPLETION-CANDIDATES}")
  private List<Request> requests = List.of(Request.values());

  @Option(names = "--sides", split = ",", description = "FORGET, RETAIN, BOTH")
  private List<Side> sides = List.of(Side.FORGET, Side.RETAIN, Side.BOTH);

  @Option(
      names = "--strategies",
      split = ",",
      defaultValue = "random-label,wga,undial",
      description = "of the catalogue")
  private List<String> strategies = List.of();

  @Option(names = "--selectors", split = ",", description = "of the catalogue; all when not given")
  private List<String> selectors = List.of();

  @Option(
      names = "--fractions",
      split = ",",
      defaultValue = "0.01,0.02,0.05,0.1,0.2,0.5,1",
      description = "of the rows to choose; 1 is full, whatever the selector")
  private double[] fractions = {};

  @Option(
      names = "--selection-seconds",
      defaultValue = "600",
      description = "a selection that takes longer is given up, and those of larger shares with it")
  private long selectionSeconds;

  /**
   * What was trained.
   *
   * @param data set
   * @param network and its training
   * @param rows trained on
   * @param testRows looked at
   */
  record Setting(String data, StudyNetwork network, int rows, int testRows) {}

  /**
   * What was done.
   *
   * @param setting what was trained
   * @param request what was to be forgotten
   * @param seed of everything
   * @param side of which rows some were chosen
   * @param selector by name, or what was done in its place
   * @param fraction of them, or of the epochs
   * @param strategy by name
   */
  record Cell(
      Setting setting,
      Request request,
      long seed,
      Side side,
      String selector,
      double fraction,
      String strategy) {}

  /**
   * What came of it.
   *
   * @param gap to the retrained network, as erasus-eval defines it, with its interval over rows
   * @param tugOfWar the product of erasus-eval, likewise
   * @param forgetAccuracy on the forget rows
   * @param retainAccuracy on retain rows
   * @param testAccuracy on unseen rows of the classes that remain
   * @param attackAuc of the loss attack
   */
  record Found(
      Interval gap,
      Interval tugOfWar,
      double forgetAccuracy,
      double retainAccuracy,
      double testAccuracy,
      double attackAuc) {}

  /**
   * A result.
   *
   * @param cell what was done
   * @param chosen rows
   * @param found what came of it; absent on failure
   * @param rowsForwardBackward of the strategy
   * @param rowsForward of the strategy
   * @param seconds of the strategy
   * @param selectionSeconds of the selection, which scoring selectors make once for all shares
   * @param failure why nothing was found
   */
  record Line(
      Cell cell,
      int chosen,
      Optional<Found> found,
      long rowsForwardBackward,
      long rowsForward,
      double seconds,
      double selectionSeconds,
      Optional<String> failure) {
    String said() {
      return String.format(
          Locale.ROOT,
          "%s seed %d %s %s %s %s: %s",
          cell.request,
          cell.seed,
          cell.side,
          cell.selector,
          cell.fraction,
          cell.strategy,
          failure.orElseGet(() -> "gap " + found.orElseThrow().gap.estimate()));
    }
  }

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    EngineRuntime.start();
    System.exit(
        new CommandLine(new SelectionStudy())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException {
    JsonLines<Line> lines = JsonLines.open(study.out, Line.class);
    Set<Cell> done = new HashSet<>();
    lines.lines().forEach(line -> done.add(line.cell));
    Setting setting =
        new Setting(
            study.data,
            new StudyNetwork(study.network, dropout, study.epochs),
            study.rows,
            study.testRows);
    Path folder =
        study.work.resolve(
            String.join(
                "-",
                study.data,
                study.network,
                "" + dropout,
                "" + study.rows,
                "" + study.testRows,
                "" + study.epochs));
    Arrays.sort(fractions);
    for (long seed : study.seeds) {
      for (Request request : requests) {
        Path own = folder.resolve("seed-" + seed);
        Map<String, Selector> chosen =
            StudySelectors.of(selectors, setting.network.history(own).folder(), selector -> true);
        chosen.values().removeIf(Full.class::isInstance); // it is asked once, for all rows
        List<Cell> todo =
            cells(setting, request, seed, chosen.keySet())
                .filter(cell -> !done.contains(cell))
                .toList();
        if (!todo.isEmpty()) {
          try (Asked asked = new Asked(setting, request, seed, own)) {
            for (Cell cell : todo) {
              Line line = asked.line(cell, chosen);
              lines.add(line, line.said());
            }
          }
        }
      }
    }
    return 0;
  }

  /** All there is to do, selections of one kind side by side, the controls first. */
  private Stream<Cell> cells(Setting setting, Request request, long seed, Set<String> chosen) {
    Stream<Cell> controls =
        Stream.of("original", "retrained-again")
            .map(name -> new Cell(setting, request, seed, Side.NONE, NOTHING, 1, name));
    Stream<Cell> full =
        Arrays.stream(fractions)
            .filter(fraction -> fraction == 1)
            .boxed()
            .flatMap(
                one ->
                    strategies.stream()
                        .map(s -> new Cell(setting, request, seed, Side.NONE, "full", one, s)));
    Stream<Cell> shorter =
        Arrays.stream(fractions)
            .filter(fraction -> fraction < 1)
            .boxed()
            .flatMap(
                share ->
                    strategies.stream()
                        .filter(s -> share * epochs(s) >= 1)
                        .map(
                            s ->
                                new Cell(
                                    setting, request, seed, Side.NONE, FEWER_EPOCHS, share, s)));
    Stream<Cell> one =
        sides.stream()
            .flatMap(
                side ->
                    strategies.stream()
                        .map(s -> new Cell(setting, request, seed, side, ONE_ROW, 0, s)));
    Stream<Cell> parts =
        sides.stream()
            .flatMap(
                side ->
                    chosen.stream()
                        .flatMap(
                            selector ->
                                Arrays.stream(fractions)
                                    .filter(fraction -> fraction < 1)
                                    .boxed()
                                    .flatMap(
                                        share ->
                                            strategies.stream()
                                                .map(
                                                    s ->
                                                        new Cell(
                                                            setting, request, seed, side, selector,
                                                            share, s)))));
    return Stream.of(controls, full, shorter, one, parts).flatMap(s -> s);
  }

  private static int epochs(String strategy) {
    Matcher found = EPOCHS.matcher(Json.write(Catalog.strategies().get(strategy)));
    if (!found.find()) {
      throw new IllegalArgumentException("strategy " + strategy + " has no number of epochs");
    }
    return Integer.parseInt(found.group(2));
  }

  private static UnlearningStrategy shorter(String strategy, double share) throws IOException {
    String defaults = Json.write(Catalog.strategies().get(strategy));
    long epochs = Math.round(share * epochs(strategy));
    return Json.read(EPOCHS.matcher(defaults).replaceAll("$1" + epochs), UnlearningStrategy.class);
  }

  /** A selection that takes too long. */
  private static final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLong(long seconds) {
      super("the selection was given up after " + seconds + " s");
    }
  }

  /** A choice of rows, or why there is none. */
  private record Chosen(Optional<Coreset> rows, double seconds, Optional<String> failure) {
    static final Chosen ALL = new Chosen(Optional.empty(), 0, Optional.empty());

    int size() {
      return rows.map(Coreset::size).orElse(0);
    }
  }

  /** A deletion request with its networks. */
  private final class Asked implements AutoCloseable {
    private final Request request;
    private final long seed;
    private final Path folder;
    private final Retrain retrain;
    private final UnlearningDataset rows;
    private final Network original;
    private final UnlearningTask task;
    private final Rows looked;
    private final NetworkOutputs ofOriginal;
    private final NetworkOutputs ofRetrained;
    private final Map<String, Coreset> ranked = new HashMap<>();
    private final Map<String, Double> rankingSeconds = new HashMap<>();
    private final Map<String, String> givenUp = new HashMap<>();
    private final Map<String, Chosen> chosen = new HashMap<>();

    Asked(Setting setting, Request request, long seed, Path folder) throws IOException {
      this.request = request;
      this.seed = seed;
      this.folder = folder;
      retrain = new Retrain(setting.network.recipe());
      rows =
          request.of(
              RealData.of(setting.data, study.dataDir, setting.rows, setting.testRows, seed), seed);
      original = setting.network.trained(rows, seed, folder);
      task = UnlearningTask.of(original, rows).withSeed(seed);
      looked = rows.retain().sample(RETAIN_ROWS, new Seeds(seed).stream("retain-rows-looked-at"));
      ofOriginal = outputs("original", original);
      try (Unlearned retrained = retrained("retrained", seed + 100)) {
        ofRetrained = outputs("retrained", retrained.network());
      }
    }

    private Unlearned retrained(String name, long ownSeed) {
      Checkpoints own = Checkpoints.in(folder.resolve(request + "-" + name));
      return retrain.unlearn(
          task.withSeed(ownSeed).withOptions(RunOptions.DEFAULTS.withCheckpoints(own)));
    }

    private NetworkOutputs outputs(String name, Network judged) {
      return new NetworkOutputs(
          name,
          Map.of(
              Mark.FORGET,
              NetworkOutputs.score(name, judged, rows.forget(), "forget"),
              Mark.RETAIN,
              NetworkOutputs.score(name, judged, looked, "retain"),
              Mark.UNSEEN,
              NetworkOutputs.score(name, judged, rows.unseen(), "unseen")),
          Optional.empty(),
          List.of());
    }

    Line line(Cell cell, Map<String, Selector> selectors) {
      if (cell.strategy.equals("original")) {
        return new Line(cell, 0, Optional.of(found(ofOriginal)), 0, 0, 0, 0, Optional.empty());
      }
      if (cell.strategy.equals("retrained-again")) {
        try (Unlearned again = retrained("retrained-again", seed + 200)) {
          return line(cell, 0, 0, again);
        }
      }
      Chosen forget = chosen(cell, Side.FORGET, selectors);
      Chosen retain = chosen(cell, Side.RETAIN, selectors);
      Optional<String> failure = forget.failure.or(() -> retain.failure);
      if (failure.isPresent()) {
        return failed(cell, forget, retain, failure.get());
      }
      UnlearningTask asked = task;
      if (forget.rows.isPresent()) {
        asked = asked.withForgetCoreset(forget.rows.get());
      }
      if (retain.rows.isPresent()) {
        asked = asked.withRetainCoreset(retain.rows.get());
      }
      try (Unlearned result = strategy(cell).unlearn(asked)) {
        return line(cell, forget.size() + retain.size(), forget.seconds + retain.seconds, result);
      } catch (CancelledRunException ended) {
        throw ended;
      } catch (IOException | RuntimeException wrong) {
        return failed(cell, forget, retain, String.valueOf(wrong.getMessage()));
      }
    }

    private UnlearningStrategy strategy(Cell cell) throws IOException {
      return cell.selector.equals(FEWER_EPOCHS)
          ? shorter(cell.strategy, cell.fraction)
          : Catalog.strategies().get(cell.strategy);
    }

    private Line failed(Cell cell, Chosen forget, Chosen retain, String why) {
      return new Line(
          cell,
          forget.size() + retain.size(),
          Optional.empty(),
          0,
          0,
          0,
          forget.seconds + retain.seconds,
          Optional.of(why));
    }

    private Line line(Cell cell, int size, double selecting, Unlearned result) {
      RunRecord cost = result.record();
      return new Line(
          cell,
          size,
          Optional.of(found(outputs(cell.strategy, result.network()))),
          cost.rowsForwardBackward(),
          cost.rowsForward(),
          cost.wall().toNanos() / 1e9,
          selecting,
          Optional.empty());
    }

    private Found found(NetworkOutputs outputs) {
      Map<String, Measure> gaps =
          new GapToRetrain()
              .measure(
                  new Evidence(
                      outputs,
                      List.of(ofRetrained),
                      ofOriginal,
                      List.of(),
                      Bootstrap.DEFAULTS,
                      seed));
      Behaviour does = Behaviour.of(outputs); // on unseen rows in the place of validation rows
      return new Found(
          interval(Objects.requireNonNull(gaps.get("gap-to-retrain"))),
          interval(Objects.requireNonNull(gaps.get("tug-of-war"))),
          does.forgetAccuracy(),
          does.retainAccuracy(),
          does.validationAccuracy(),
          does.lossAuc());
    }

    private static Interval interval(Measure measure) {
      if (measure instanceof Measure.Estimated estimated) {
        return estimated.interval();
      }
      throw new IllegalStateException("a gap must be a number, but was " + measure);
    }

    // ---- selections

    /** One selection for all strategies: they follow each other. */
    /** What a cell takes of a side; all rows, unless it is of that side or of both. */
    private Chosen chosen(Cell cell, Side side, Map<String, Selector> selectors) {
      if (cell.side != side && cell.side != Side.BOTH) {
        return Chosen.ALL;
      }
      Rows candidates = side == Side.FORGET ? rows.forget() : rows.retain();
      if (cell.selector.equals(ONE_ROW)) {
        Coreset first = Coreset.of(candidates.first(1).ids(), ONE_ROW);
        return new Chosen(Optional.of(first), 0, Optional.empty());
      }
      String kind = side + " " + cell.selector;
      return chosen.computeIfAbsent(
          kind + " " + cell.fraction,
          key ->
              choose(cell, candidates, kind, Objects.requireNonNull(selectors.get(cell.selector))));
    }

    private Chosen choose(Cell cell, Rows candidates, String kind, Selector selector) {
      if (givenUp.containsKey(kind)) {
        return new Chosen(Optional.empty(), 0, Optional.of(givenUp.get(kind)));
      }
      SelectionTask wanted =
          SelectionTask.ofShare(original, candidates, cell.fraction, seed).withListener(deadline());
      long start = System.nanoTime();
      try {
        if (selector instanceof ScoringSelector && !ranked.containsKey(kind)) {
          ranked.put(
              kind,
              selector.select(
                  new SelectionTask(original, candidates, candidates.size(), seed)
                      .withListener(deadline())));
          rankingSeconds.put(kind, (System.nanoTime() - start) / 1e9);
        }
        Coreset found =
            ranked.containsKey(kind)
                ? Objects.requireNonNull(ranked.get(kind)).top(wanted.wanted())
                : selector.select(wanted);
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Chosen(
            Optional.of(found), rankingSeconds.getOrDefault(kind, seconds), Optional.empty());
      } catch (CancelledRunException ended) {
        throw ended;
      } catch (RuntimeException failure) {
        String why = String.valueOf(failure.getMessage());
        if (failure instanceof TooLong) {
          givenUp.put(kind, why);
        }
        return new Chosen(Optional.empty(), (System.nanoTime() - start) / 1e9, Optional.of(why));
      }
    }

    private Listener deadline() {
      long end = System.nanoTime() + selectionSeconds * 1_000_000_000L;
      return new Listener() {
        @Override
        public void progressed(String what, long done, long total) {
          if (System.nanoTime() > end) {
            throw new TooLong(selectionSeconds);
          }
        }
      };
    }

    @Override
    public void close() {
      original.close();
      rows.close();
    }
  }
}
