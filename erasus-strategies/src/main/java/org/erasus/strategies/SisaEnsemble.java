package org.erasus.strategies;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.Coreset;
import org.erasus.Machine;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.train.Supervised;
import org.erasus.train.UnlearningTrainer;
import org.jspecify.annotations.Nullable;

/**
 * An ensemble trained by {@link Sisa}: predicts, and deletes rows exactly.
 *
 * <pre>{@code
 * try (SisaEnsemble ensemble = Sisa.DEFAULTS.withFolder(folder).train(network, data, 1)) {
 *   int[] classes = ensemble.network().predict(rows);
 *   Deletion deletion = ensemble.delete(17, 4_711);
 * }
 * }</pre>
 *
 * <p>Used by one thread at a time. When a deletion fails or is interrupted the ensemble predicts no more: close it and open it
 * again, which finishes the deletion. Rows and what training took are read when it is opened; a deletion reads and writes the
 * shards of its rows alone.
 */
public final class SisaEnsemble implements AutoCloseable {
  private static final String MEMBER = "shard-";

  /**
   * What a deletion took.
   *
   * @param ids rows that are now gone and were not before, ascending
   * @param shards members that were trained again
   * @param slices slices that were, of all of them together
   * @param rowsForwardBackward rows that went forward and backward for it, those of the looks at the gradient after each epoch
   *     among them
   * @param rowsOfRetraining rows that training the whole ensemble without the rows would have taken
   * @param records of the runs, one a slice
   */
  public record Deletion(
      List<Long> ids,
      int shards,
      int slices,
      long rowsForwardBackward,
      long rowsOfRetraining,
      List<RunRecord> records) {
    /** Copies the lists. */
    public Deletion {
      ids = List.copyOf(ids);
      records = List.copyOf(records);
    }

    /** The share of the work that was saved against training the ensemble again, in [0, 1]. */
    public double saved() {
      return 1 - (double) rowsForwardBackward / rowsOfRetraining;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "deleted %d rows; trained %d slices of %d shards again, %d rows forward and backward in place of %d",
          ids.size(),
          slices,
          shards,
          rowsForwardBackward,
          rowsOfRetraining);
    }
  }

  private final Sisa settings;
  private final SisaFolder files;
  private final SisaFolder.Plan plan;
  private final Seeds seeds;
  private final UnlearningDataset data;
  private final RunOptions options;
  private final Network member;
  private final List<RunRecord> records = new ArrayList<>();
  private SisaFolder.Requests requests;
  private final Set<Long> deleted = new TreeSet<>();
  private @Nullable Network network;
  private final long[] costs;
  private boolean closed;

  private SisaEnsemble(
      Sisa settings,
      SisaFolder files,
      SisaFolder.Plan plan,
      UnlearningDataset data,
      RunOptions options,
      Network member) {
    this.settings = settings;
    this.files = files;
    this.plan = plan;
    this.data = data;
    this.options =
        options.heard(); // what goes on after an interruption are the slices in the folder
    this.member = member;
    seeds = new Seeds(plan.seed());
    costs = new long[plan.shards()];
    requests = files.requests().orElseGet(() -> new SisaFolder.Requests(List.of(), plan.cells()));
    requests.requests().forEach(deleted::addAll);
  }

  static SisaEnsemble train(
      Sisa settings,
      Network network,
      UnlearningDataset data,
      long seed,
      RunOptions options,
      SisaFolder.Watch watch) {
    network.requireFit(data);
    Path folder = folder(settings);
    if (data.retain().isEmpty()) {
      throw new IllegalArgumentException(
          "an ensemble is trained on the rows marked retain, but there are none");
    }
    SisaFolder files = new SisaFolder(folder, watch);
    Network member = null;
    try {
      member = member(network);
      SisaFolder.Plan plan = plan(settings, member, data, seed);
      Optional<SisaFolder.Plan> there = files.plan();
      if (there.isEmpty()) {
        files.plan(plan);
      } else if (!there.get().equals(plan.on(there.get().machine()))) {
        throw new IllegalArgumentException(
            folder
                + " holds an ensemble of other rows, settings, seed or networks: use another folder, or open that one");
      }
      plan = there.orElse(plan);
      return settled(settings, files, plan, data, options, member);
    } catch (RuntimeException | Error e) {
      release(member, files);
      throw e;
    }
  }

  static SisaEnsemble open(
      Sisa settings,
      Network network,
      UnlearningDataset data,
      RunOptions options,
      SisaFolder.Watch watch) {
    network.requireFit(data);
    Path folder = folder(settings);
    if (Files.notExists(folder.resolve("ensemble.json"))) {
      throw new IllegalArgumentException(
          "there is no ensemble in " + folder + ": train one with Sisa.train");
    }
    SisaFolder files = new SisaFolder(folder, watch);
    Network member = null;
    try {
      member = member(network);
      SisaFolder.Plan plan = files.plan().orElseThrow();
      requireSame(folder, settings, plan, member);
      return settled(settings, files, plan, data, options, member);
    } catch (RuntimeException | Error e) {
      release(member, files);
      throw e;
    }
  }

  private static void release(@Nullable Network member, SisaFolder files) {
    if (member != null) {
      member.close();
    }
    files.close();
  }

  private static Path folder(Sisa settings) {
    return settings
        .folder()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "an ensemble needs a folder to lie in: name one with withFolder"));
  }

  /** A network of the members' architecture: the one given, or a part of an ensemble. */
  private static Network member(Network network) {
    String tensor = network.layout().tensors().get(0).name();
    return tensor.startsWith(MEMBER)
        ? network.part(tensor.substring(0, tensor.indexOf('.')))
        : network.copy();
  }

  private static SisaFolder.Plan plan(
      Sisa settings, Network member, UnlearningDataset data, long seed) {
    long[] ids = Arrays.stream(data.retain().ids()).sorted().toArray();
    return new SisaFolder.Plan(
        settings.shards(),
        settings.slices(),
        settings.training(),
        seed,
        member.architectureFingerprint(),
        initial(member, seed),
        member.compute(),
        Machine.of(member),
        Arrays.stream(ids).boxed().toList(),
        fingerprints(data, deal(settings, new Seeds(seed), ids)));
  }

  private static String initial(Network member, long seed) {
    try (Network fresh = member.fresh(new Seeds(seed).of("initial-weights", 0));
        Weights weights = fresh.weights()) {
      return weights.fingerprint();
    }
  }

  private static void requireSame(
      Path folder, Sisa settings, SisaFolder.Plan plan, Network member) {
    List<String> differences = new ArrayList<>();
    if (settings.shards() != plan.shards() || settings.slices() != plan.slices()) {
      differences.add(
          "it has "
              + plan.shards()
              + " shards of "
              + plan.slices()
              + " slices, but the settings say "
              + settings.shards()
              + " of "
              + settings.slices());
    }
    if (!settings.training().equals(plan.training())) {
      differences.add("it was trained with " + plan.training() + ", not " + settings.training());
    }
    if (!member.architectureFingerprint().equals(plan.architecture())) {
      differences.add("its members are of another architecture than the network");
    } else if (!initial(member, plan.seed()).equals(plan.initial())) {
      differences.add("its members have other frozen parameters than the network");
    }
    refuseIf(folder, differences);
  }

  private static void refuseIf(Path folder, List<String> differences) {
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          "the ensemble in " + folder + " is another one: " + String.join("; ", differences));
    }
  }

  private static SisaEnsemble settled(
      Sisa settings,
      SisaFolder files,
      SisaFolder.Plan plan,
      UnlearningDataset data,
      RunOptions options,
      Network member) {
    member.compute(plan.compute());
    SisaEnsemble ensemble = new SisaEnsemble(settings, files, plan, data, options, member);
    ensemble.requireRows();
    ensemble.settle(new TreeMap<>());
    return ensemble;
  }

  /** Rows the ensemble was trained on must be there and be what they were, and no rows may be kept that it never saw. */
  private void requireRows() {
    List<String> differences = new ArrayList<>();
    Set<Long> trained = boxed(data.trained().ids());
    Set<Long> known = new HashSet<>(plan.ids());
    List<Long> missing =
        plan.ids().stream().filter(id -> !trained.contains(id) && !deleted.contains(id)).toList();
    if (!missing.isEmpty()) {
      differences.add(
          missing.size()
              + " rows it was trained on are not among the trained rows of the data set, the first being "
              + missing.get(0));
    }
    List<Long> strange =
        Arrays.stream(data.retain().ids()).boxed().filter(id -> !known.contains(id)).toList();
    if (!strange.isEmpty()) {
      differences.add(
          strange.size() + " retain rows it was not trained on, the first being " + strange.get(0));
    }
    if (differences.isEmpty() && !fingerprints(data, left(deleted)).equals(requests.cells())) {
      differences.add("its rows had other classes, weights or values than those of the data set");
    }
    refuseIf(folder(settings), differences);
  }

  private static Set<Long> boxed(long[] ids) {
    Set<Long> set = new HashSet<>();
    for (long id : ids) {
      set.add(id);
    }
    return set;
  }

  /** Ids of the rows that are left when some are gone, by shard and slice, ascending. */
  private long[][][] left(Set<Long> gone) {
    return deal(
        settings,
        seeds,
        plan.ids().stream().filter(id -> !gone.contains(id)).mapToLong(id -> id).toArray());
  }

  private static long[][][] deal(Sisa settings, Seeds seeds, long[] ids) {
    LongStream.Builder[][] cells = new LongStream.Builder[settings.shards()][settings.slices()];
    for (LongStream.Builder[] shard : cells) {
      Arrays.setAll(shard, slice -> LongStream.builder());
    }
    for (long id : ids) {
      cells[settings.shardOf(id, seeds)][settings.sliceOf(id, seeds)].add(id);
    }
    return Arrays.stream(cells)
        .map(s -> Arrays.stream(s).map(c -> c.build().toArray()).toArray(long[][]::new))
        .toArray(long[][][]::new);
  }

  private static List<List<String>> fingerprints(UnlearningDataset data, long[][][] cells) {
    return Arrays.stream(cells)
        .map(shard -> Arrays.stream(shard).map(ids -> fingerprint(data, ids)).toList())
        .toList();
  }

  private static String fingerprint(UnlearningDataset data, long[] ids) {
    return data.withIds(ids).fingerprint();
  }

  /** Fingerprints of the rows that are left when some more are gone; a cell that loses none has the one it had. */
  private List<List<String>> fingerprintsWithout(Set<Long> gone) {
    long[][][] before = left(deleted);
    long[][][] after = left(gone);
    return IntStream.range(0, after.length)
        .mapToObj(
            shard ->
                IntStream.range(0, after[shard].length)
                    .mapToObj(
                        slice ->
                            after[shard][slice].length == before[shard][slice].length
                                ? requests.cells().get(shard).get(slice)
                                : fingerprint(data, after[shard][slice]))
                    .toList())
        .toList();
  }

  // ---- training

  /**
   * Trains every slice whose weights are missing or knew other rows, and puts the members together.
   *
   * @param members that are known to be right, and their networks, which are closed
   */
  private void settle(Map<String, Network> members) {
    long[][][] left = left(deleted);
    try {
      for (int shard = 0; shard < left.length; shard++) {
        if (members.containsKey(MEMBER + shard)) {
          continue;
        }
        Network now = member.fresh(seeds.of("initial-weights", shard));
        members.put(MEMBER + shard, now);
        settle(shard, left[shard], now);
        if (Arrays.stream(left[shard]).allMatch(cell -> cell.length == 0)) {
          members.remove(MEMBER + shard);
          now.close();
        }
      }
      network = Network.combined(settings.vote().combination(), members);
    } finally {
      members.values().forEach(Network::close);
    }
  }

  private void settle(int shard, long[][] cells, Network now) {
    int done = settings.slices();
    while (done > 0 && !files.load(stamp(shard, done - 1), now)) {
      done--;
    }
    if (done < settings.slices()) {
      requireSameMachine();
    }
    for (int slice = done; slice < settings.slices(); slice++) {
      files.save(stamp(shard, slice), now, fit(shard, slice, cells, now));
    }
    costs[shard] = 0;
    for (int slice = 0; slice < settings.slices(); slice++) {
      costs[shard] += files.cost(stamp(shard, slice)).orElse(0L);
    }
  }

  /** What is trained elsewhere rounds differently, so that nobody could tell the ensemble from one that knew a deleted row. */
  private void requireSameMachine() {
    List<String> differences =
        plan.machine().differences(Machine.of(member), "the ensemble was trained with");
    if (!differences.isEmpty()) {
      throw new IllegalStateException(
          "the ensemble in "
              + folder(settings)
              + " cannot be trained here to the same bits: "
              + String.join("; ", differences)
              + ". It predicts as it is; to train or delete, have these as they were (threads with"
              + " EngineRuntime.setThreads), or train an ensemble without the rows in another folder");
    }
  }

  private SisaFolder.Stamp stamp(int shard, int slice) {
    return new SisaFolder.Stamp(
        shard,
        slice,
        settings.slices(),
        plan.training(),
        plan.seed(),
        plan.initial(),
        plan.compute(),
        requests.cells().get(shard).subList(0, slice + 1));
  }

  /** Trains on the slices up to one; returns the rows that went forward and backward. */
  private long fit(int shard, int slice, long[][] cells, Network now) {
    long[] ids =
        Arrays.stream(cells).limit(slice + 1).flatMapToLong(Arrays::stream).sorted().toArray();
    if (ids.length == 0) {
      return 0;
    }
    UnlearningDataset alone = data.withoutValidation().markForget(data.trained()).markRetain(ids);
    UnlearningTask task =
        UnlearningTask.of(now, alone)
            .withSeed(seeds.of("slice-training", shard, slice))
            .withRetainCoreset(Coreset.of(ids, "by id"))
            .withOptions(options);
    Supervised training = new Supervised(plan.training().withMaxEpochs(settings.epochs(slice)));
    RunRecord record = new UnlearningTrainer(task, training).fit(now);
    records.add(record);
    return record.rowsForwardBackward();
  }

  // ---- use

  /**
   * The members and their vote as one network, borrowed: until the next deletion or {@link #close}.
   *
   * @throws IllegalStateException when the ensemble is closed, or a deletion did not come to its end
   */
  public Network network() {
    if (closed) {
      throw new IllegalStateException(
          "the ensemble is closed, and its folder may be in other hands: open it again");
    }
    if (network == null) {
      throw new IllegalStateException(
          "a deletion did not come to its end: close the ensemble and open it again, which finishes it");
    }
    return network;
  }

  /**
   * Deletes rows for good: the ensemble is then, bit for bit, one that was trained without them. Rows that are gone already
   * stay gone and cost nothing.
   *
   * @throws IllegalArgumentException before any work, for a row it was not trained on, or when no row would be left
   * @throws IllegalStateException before any work, when the ensemble is closed or a deletion did not come to its end; when device,
   *     threads or libtorch are not those it was trained with
   * @throws org.erasus.train.CancelledRunException when the thread is interrupted; the rows are gone, and opening the folder
   *     finishes the work
   */
  public Deletion delete(long... ids) {
    network();
    Set<Long> known = new HashSet<>(plan.ids());
    Collection<Long> now = new TreeSet<>();
    for (long id : ids) {
      if (!known.contains(id)) {
        throw new IllegalArgumentException(
            "the ensemble was not trained on row " + id + ", so it cannot be deleted");
      }
      if (!deleted.contains(id)) {
        now.add(id);
      }
    }
    if (deleted.size() + now.size() == known.size()) {
      throw new IllegalArgumentException(
          "no row would be left to predict from: delete the folder of the ensemble instead");
    }
    int before = records.size();
    int shards = 0;
    if (!now.isEmpty()) {
      requireSameMachine();
      shards = deleteNew(now);
    }
    List<RunRecord> runs = records.subList(before, records.size());
    return new Deletion(
        List.copyOf(now),
        shards,
        runs.size(),
        runs.stream().mapToLong(RunRecord::rowsForwardBackward).sum(),
        Arrays.stream(costs).sum(),
        runs);
  }

  /** Returns the number of shards that had to be trained again. */
  private int deleteNew(Collection<Long> ids) {
    List<List<Long>> all = new ArrayList<>(requests.requests());
    all.add(List.copyOf(ids));
    Set<Long> gone = new TreeSet<>(deleted);
    gone.addAll(ids);
    SisaFolder.Requests written = new SisaFolder.Requests(all, fingerprintsWithout(gone));
    files.requests(written); // before anything else: from here on the rows are gone
    requests = written;
    deleted.addAll(ids);
    Set<String> touched =
        ids.stream().map(id -> MEMBER + settings.shardOf(id, seeds)).collect(Collectors.toSet());
    Map<String, Network> untouched;
    try (Network before = network()) {
      network = null;
      untouched = partsOf(before, touched);
    }
    settle(untouched);
    return touched.size();
  }

  /** Copies of the members but for some. */
  private static Map<String, Network> partsOf(Network whole, Set<String> without) {
    Map<String, Network> parts = new TreeMap<>();
    whole.layout().tensors().stream()
        .map(tensor -> tensor.name().substring(0, tensor.name().indexOf('.')))
        .distinct()
        .filter(name -> !without.contains(name))
        .forEach(name -> parts.put(name, whole.part(name)));
    return parts;
  }

  /** Deletes rows of the data set for good. */
  public Deletion delete(Rows rows) {
    return delete(rows.ids());
  }

  /** Ids of the rows deleted so far. */
  public Set<Long> deleted() {
    return Set.copyOf(deleted);
  }

  /** What was trained since the ensemble was opened, slice after slice. */
  public List<RunRecord> records() {
    return List.copyOf(records);
  }

  private static void close(@Nullable Network open) {
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    close(network);
    member.close();
    files.close();
  }
}
