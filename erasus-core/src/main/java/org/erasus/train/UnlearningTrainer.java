package org.erasus.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.erasus.Batch;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.RunRecord;
import org.erasus.Seeds;
import org.erasus.UnlearningTask;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.engine.GradMode;
import org.erasus.engine.TensorList;
import org.erasus.engine.TorchOps;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an {@link UnlearningModule}: epochs, sweeps and batches, optimizer and schedule, validation, early stopping, the best
 * weights, checkpoints that continue bit for bit, a history of the rows.
 *
 * <p>A batch depends on the seed and on how often its sweep came before alone, so nothing but weights, optimizer state and
 * counters need be kept to go on. Several trainers may run in parallel, each on a network of its own.
 */
public final class UnlearningTrainer {
  private static final Logger LOG = LoggerFactory.getLogger(UnlearningTrainer.class);

  // Names of snapshots kept in the course of a run.
  private static final String BEST = "best";
  private static final String PASSED = "passed";
  private static final String EPOCH = "epoch-";

  /** Most rows of each part that the gradient after an epoch is taken of. */
  private static final int LOOK = 16;

  private final UnlearningTask task;
  private final UnlearningModule module;
  private final Training training;
  private final int retainBatches;
  private final Seeds seeds;
  private final Rows forgetRows;
  private final Rows retainRows;
  private final Teacher teacher;
  private final Listener listener;
  private final RunLog log;
  private final Optional<RunFile> file;

  /**
   * Prepares a run.
   *
   * @param task what to forget; its network is the teacher
   * @param module what to minimise
   * @throws IllegalArgumentException when the task lacks what the module needs, checkpoints are wanted of two losses without a
   *     name or of a module with settings that its recipe cannot tell from others, the module's numbers of steps or batches are
   *     below 1, or weights are to be kept of an epoch beyond the last
   */
  public UnlearningTrainer(UnlearningTask task, UnlearningModule module) {
    task.require(module);
    this.task = task;
    this.module = module;
    training = module.training();
    retainBatches = Check.atLeast(1, module.retainBatches(), "retainBatches");
    seeds = task.seeds();
    forgetRows = task.forgetRows();
    retainRows = task.retainRows();
    listener = task.options().all();
    if (module instanceof UnnamedLosses && task.options().checkpoints().isPresent()) {
      throw new IllegalArgumentException(
          "checkpoints of two losses without a name could be taken for those of others: name them,"
              + " UnlearningModule.of(name, training, forget, retain)");
    }
    module.checkEverySteps().ifPresent(steps -> Check.atLeast(1, steps, "checkEverySteps"));
    task.options().history().ifPresent(kept -> kept.requireWithin(training.maxEpochs()));
    log = RunLog.start(task, module);
    file =
        task.options()
            .checkpoints()
            .map(c -> new RunFile(c, log.recipe(), task.options().history()));
    teacher = Teacher.of("teacher", task.network(), task, log);
  }

  /**
   * Trains a network in place.
   *
   * @param student starts with the task's weights
   * @return how it went
   * @throws IllegalArgumentException when a rule on both gradients of a step meets a pairing without such steps
   * @throws UnsupportedOperationException before any step when the network is a majority vote, which has no gradient
   * @throws DivergedException when the loss or a weight is no longer finite
   * @throws CancelledRunException when the thread is interrupted, after a checkpoint; the thread stays marked as
   *     interrupted
   * @throws UncheckedIOException when checkpoints or a history cannot be written, the first before any step, or not be read
   */
  public RunRecord fit(Network student) {
    student.requireGradient();
    try (Run run = new Run(student)) {
      return run.go();
    }
  }

  /** Steps an epoch of a sweep takes. */
  private long steps(Sweep sweep) {
    long f = forgetRows.batchCount(training.batchSize());
    long r = retainRows.batchCount(training.batchSize());
    return switch (sweep) {
      case FORGET -> f;
      case RETAIN -> r;
      case UNION -> forgetRows.and(retainRows).batchCount(training.batchSize());
      case PAIRED ->
          switch (training.pairing()) {
            case JOINT -> f;
            case CYCLE_SHORTER -> Math.max(f, (r + retainBatches - 1) / retainBatches);
            case ALTERNATE -> 2 * Math.max(f, r);
          };
    };
  }

  private long totalSteps() {
    long total = 0;
    for (int epoch = 0; epoch < training.maxEpochs(); epoch++) {
      for (Sweep sweep : module.sweeps(epoch)) {
        total += steps(sweep);
      }
    }
    return total;
  }

  /** One run: its state, and what is done with it. */
  private final class Run implements AutoCloseable {
    private final Network student;
    private final UnlearningModule ready;
    private final FlatOptimizer optimizer;

    /** Whether something is done with the gradient as a whole. */
    private final boolean flat;

    private final Weights start;

    /** The mask of the task (P), on the student's device. */
    private final Optional<NDArray> free;

    /** Of each trainable tensor whether any entry of it may move; empty without a mask. */
    private final boolean[] moving;

    private final long total = totalSteps();
    private final Network.Mode mode =
        training.statistics().frozen(task.mask().isPresent())
            ? Network.Mode.TRAIN_FIXED_STATISTICS
            : Network.Mode.TRAIN;
    private final BatchStream forget = stream(forgetRows, "forget-order");
    private final BatchStream retain = stream(retainRows, "retain-order");
    private final BatchStream union = stream(forgetRows.and(retainRows), "union-order");
    private final RunState state;
    private @Nullable RowHistory history;
    private final Map<Monitor, Double> original = new EnumMap<>(Monitor.class);
    private final Map<String, Weights> snapshots = new LinkedHashMap<>();
    private @Nullable Weights lastGood;

    Run(Network student) {
      this.student = student;
      ready = module.prepared(task, log);
      try {
        start = student.weights();
        free = task.mask().map(mask -> mask.kept(student.device()));
        moving = free.map(mask -> moving(student.layout(), mask)).orElse(new boolean[0]);
        flat =
            task.mask().isPresent()
                || training.clipNorm().isPresent()
                || ready.gradientRule().isPresent();
        optimizer =
            new FlatOptimizer(
                training.optimizer(),
                student.parameters(),
                flat
                    ? List.of(student.parameters().getShape())
                    : student.layout().trainable().stream()
                        .map(WeightLayout.Tensor::shape)
                        .toList());
        state = new RunState();
        if (task.options().history().isPresent()) {
          history = RowHistory.of(forgetRows.and(retainRows));
        }
      } catch (RuntimeException | Error e) {
        ready.release();
        throw e;
      }
    }

    private static boolean[] moving(WeightLayout layout, NDArray mask) {
      List<WeightLayout.Tensor> tensors = layout.trainable();
      boolean[] moving = new boolean[tensors.size()];
      try (GradMode off = GradMode.off()) {
        for (int i = 0; i < moving.length; i++) {
          WeightLayout.Tensor tensor = tensors.get(i);
          try (NDArray part = TorchOps.view(mask, tensor.offset(), tensor.shape());
              NDArray any = part.any()) {
            moving[i] = any.getBoolean();
          }
        }
      }
      return moving;
    }

    private BatchStream stream(Rows rows, String purpose) {
      return new BatchStream(rows, training.batchSize(), seeds, purpose);
    }

    RunRecord go() {
      if (ready.gradientRule().isPresent() && training.pairing() == Pairing.ALTERNATE) {
        throw new IllegalArgumentException(
            name()
                + " makes its step of the forget and the retain gradient together, but the pairing ALTERNATE has no step with"
                + " both: choose JOINT or CYCLE_SHORTER");
      }
      file.ifPresent(this::resume);
      takeGood();
      if (state.step == 0) {
        keepSnapshot();
      }
      if (state.reason == null) {
        save(); // a folder that cannot be written shows now, not after an epoch
      }
      listener.started(log.recipe().strategy().displayName(), total, state.step);
      while (state.reason == null && state.epoch < training.maxEpochs()) {
        epoch();
      }
      if (!state.finished) {
        state.reason = settle(state.reason == null ? "all epochs done" : state.reason);
        state.finished = true;
        save();
      }
      saveHistory();
      String reason = Objects.requireNonNull(state.reason);
      listener.ended(reason);
      LOG.info(
          "{} ended after {} steps: {}", log.recipe().strategy().displayName(), state.step, reason);
      return log.end(reason);
    }

    /** Goes to the weights the run ends with, and says which these are. */
    private String settle(String reason) {
      Optional<UnlearningModule.EpochChoice> choice = ready.epochChoice();
      Weights best = snapshots.get(BEST);
      if (choice.isPresent()) {
        int chosen = choice.get().choose(List.copyOf(state.notes), progress());
        if (chosen < state.notes.size() - 1) {
          student.restore(Objects.requireNonNull(snapshots.get(EPOCH + chosen)));
          return reason + "; went back to the weights after epoch " + chosen;
        }
      } else if (best != null && !state.decided) {
        student.restore(best);
      }
      return reason;
    }

    private void epoch() {
      long at = 0;
      for (Sweep sweep : module.sweeps(state.epoch)) {
        long steps = steps(sweep);
        for (long i = Math.max(0, state.stepInEpoch - at); i < steps; i++) {
          step(sweep);
          if (stopBetweenEpochs()) {
            break;
          }
          if (Thread.currentThread().isInterrupted()) {
            saveIfFinite();
            throw new CancelledRunException(state.step);
          }
          if (file.isPresent() && file.get().due(state.step)) {
            saveIfFinite();
          }
        }
        at += steps;
        if (state.reason != null) {
          break;
        }
      }
      endEpoch();
      keepSnapshot();
      save();
    }

    private boolean stopBetweenEpochs() {
      if (ready.checkEverySteps().isPresent()
          && state.step % ready.checkEverySteps().getAsInt() == 0) {
        check(progress());
      }
      return state.reason != null;
    }

    /** Asks guard and stop; returns whether the weights were set back. */
    private boolean check(Progress progress) {
      state.checkedStep = state.step;
      if (ready.guard().isPresent()) {
        Optional<String> fault = ready.guard().get().fault(progress);
        if (fault.isPresent()) {
          student.restore(snapshots.getOrDefault(PASSED, start));
          end(fault.get() + "; went back to the weights after step " + state.passedStep);
          return true;
        }
        keep(PASSED);
        state.passedStep = state.step;
      }
      ready.stop(progress).ifPresent(this::end);
      return false;
    }

    /** The module has decided: the weights are those of now, and not those that were best on the way. */
    private void end(String reason) {
      state.reason = reason;
      state.decided = true;
    }

    private void keep(String name) {
      Weights before = snapshots.put(name, student.weights());
      if (before != null) {
        before.close();
      }
    }

    private Progress progress() {
      return new Progress(task, student, original, log, state.epoch, state.step);
    }

    // ---- a step

    private void step(Sweep sweep) {
      long index = state.next(sweep);
      double rate = training.learningRate().at(state.step, total, state.epoch);
      double loss =
          switch (sweep) {
            case FORGET -> single(forget.at(index), Part.FORGET, rate);
            case RETAIN -> single(retain.at(index), Part.RETAIN, rate);
            case UNION -> single(union.at(index), Part.UNION, rate);
            case PAIRED -> paired(index, rate);
          };
      state.rate = rate;
      state.step++;
      state.stepInEpoch++;
      listener.stepped(state.step, loss);
    }

    private double paired(long index, double rate) {
      if (training.pairing() == Pairing.ALTERNATE) {
        boolean first = index % 2 == 0;
        return single(
            first ? forget.at(index / 2) : retain.at(index / 2),
            first ? Part.FORGET : Part.RETAIN,
            rate);
      }
      if (ready.gradientRule().isPresent()) {
        return ruled(ready.gradientRule().get(), index, rate);
      }
      try (Batch f = forget.at(index).load(student.device());
          Batch r = retain.at(index).load(student.device())) {
        NDArray sum;
        double minimised;
        try (GradMode on = GradMode.on()) {
          NDArray forgetLoss = loss(Part.FORGET, f, mode);
          NDArray retainLoss = loss(Part.RETAIN, r, mode);
          minimised = count(Part.FORGET, forgetLoss, f) + count(Part.RETAIN, retainLoss, r);
          sum = weighted(Part.FORGET, forgetLoss).add(weighted(Part.RETAIN, retainLoss));
        }
        descend(sum, rate);
        return minimised;
      }
    }

    private double ruled(UnlearningModule.GradientRule rule, long index, double rate) {
      try (GradMode off = GradMode.off();
          Apart gradients = new Apart(index, rate)) {
        move(whole(rule.gradient(gradients)), rate);
        return gradients.minimised();
      }
    }

    /** The gradients of a step, each computed when asked for. */
    private final class Apart implements Gradients, AutoCloseable {
      private final long index;
      private final double rate;
      private final NDManager scope = student.parameters().getManager().newSubManager();
      private final List<Double> retainLosses = new ArrayList<>();
      private @Nullable NDArray forgetGradient;
      private double forgetLoss;
      private int others;

      Apart(long index, double rate) {
        this.index = index;
        this.rate = rate;
      }

      @Override
      public NDArray forget() {
        if (forgetGradient == null) {
          try (Batch batch = forget.at(index).load(student.device())) {
            Differentiated found = differentiated(Part.FORGET, batch, 0, true);
            forgetLoss = count(Part.FORGET, found.loss, batch);
            forgetGradient = kept(found.gradient);
          }
        }
        return forgetGradient;
      }

      @Override
      public NDArray retain(int batch, NDArray shift) {
        Check.inClosed(batch, 0, retainBatches - 1, "batch");
        NDArray parameters = student.parameters();
        try (Batch rows = retain.at(index * retainBatches + batch).load(student.device());
            NDArray here = parameters.duplicate()) {
          Differentiated found;
          try {
            TorchOps.addInPlace(parameters, shift, 1);
            found = differentiated(Part.RETAIN, rows, batch, history != null && isZero(shift));
          } finally {
            TorchOps.copyInPlace(parameters, here);
          }
          retainLosses.add(count(Part.RETAIN, found.loss, rows));
          return kept(found.gradient);
        }
      }

      @Override
      @SuppressWarnings("EnumOrdinal") // unions have no place in a step on both
      public NDArray of(Rows rows, UnlearningModule.Loss loss) {
        int place = Part.UNION.ordinal() + others++ * Part.values().length;
        try (Batch batch = rows.load(student.device())) {
          NDArray value;
          NDArray gradient;
          try (GradMode on = GradMode.on()) {
            value =
                loss.of(
                    new Step(batch, student, mode, teacher, seeds, state.epoch, state.step, place));
            gradient = gradientOf(value);
          }
          check(value.getFloat());
          log.forwardBackward(batch.size());
          free.ifPresent(mask -> gradient.muli(mask));
          return kept(gradient);
        }
      }

      /** To the end of the step, while the batch and what its pass made are freed at once. */
      private NDArray kept(NDArray gradient) {
        gradient.attach(scope);
        return gradient;
      }

      private static boolean isZero(NDArray shift) {
        try (NDArray sizes = shift.abs();
            NDArray largest = sizes.max()) {
          return largest.getFloat() == 0;
        }
      }

      private Differentiated differentiated(Part part, Batch batch, int turn, boolean visit) {
        NDArray loss;
        NDArray gradient;
        try (GradMode on = GradMode.on()) {
          loss = loss(part, batch, mode, turn, visit);
          gradient = gradientOf(weighted(part, loss));
        }
        free.ifPresent(mask -> gradient.muli(mask));
        return new Differentiated(loss, gradient);
      }

      @Override
      public long number() {
        return state.step;
      }

      @Override
      public double learningRate() {
        return rate;
      }

      @Override
      public double done() {
        return state.step / (double) total;
      }

      double minimised() {
        return forgetLoss
            + retainLosses.stream().mapToDouble(Double::doubleValue).average().orElse(0);
      }

      @Override
      public void close() {
        scope.close();
      }
    }

    private record Differentiated(NDArray loss, NDArray gradient) {}

    private double single(Rows rows, Part part, double rate) {
      try (Batch batch = rows.load(student.device())) {
        NDArray weighted;
        double minimised;
        try (GradMode on = GradMode.on()) {
          NDArray loss = loss(part, batch, mode);
          minimised = count(part, loss, batch);
          weighted = weighted(part, loss);
        }
        descend(weighted, rate);
        return minimised;
      }
    }

    private NDArray loss(Part part, Batch batch, Network.Mode how) {
      return loss(part, batch, how, 0, how != Network.Mode.EVALUATE);
    }

    @SuppressWarnings("EnumOrdinal") // tells the parts of a step apart, nothing else
    private NDArray loss(Part part, Batch batch, Network.Mode how, int turn, boolean visit) {
      int place = part.ordinal() + turn * Part.values().length;
      Step step = new Step(batch, student, how, teacher, seeds, state.epoch, state.step, place);
      NDArray loss = part.of(ready, step);
      RowHistory rows = history;
      if (rows != null && visit) {
        step.asked().ifPresent(outputs -> rows.visit(batch.rows(), outputs));
      }
      return loss;
    }

    private double weight(Part part) {
      return part == Part.FORGET ? training.forgetWeight() : training.retainWeight();
    }

    private NDArray weighted(Part part, NDArray loss) {
      return weight(part) == 1 ? loss : TorchOps.scale(loss, weight(part));
    }

    /**
     * Takes down a loss, and stops the run on one that is not a number before it reaches the weights.
     *
     * @return its share of what is minimised
     */
    private double count(Part part, NDArray loss, Batch batch) {
      float value = loss.getFloat();
      check(value);
      state.count(part, value);
      log.forwardBackward(batch.size());
      return weight(part) * value;
    }

    private void check(float loss) {
      if (!Float.isFinite(loss)) {
        diverged("its loss was " + loss, loss);
      }
    }

    private void diverged(String what, double loss) {
      try (Weights now = student.weights()) {
        throw new DivergedException(
            name(), state.step, what, loss, now.isFinite() || lastGood == null ? now : lastGood);
      }
    }

    /** Remembers the weights, and stops the run when they are not all numbers: a loss would tell a step too late. */
    private void takeGood() {
      Weights now = student.weights();
      if (!now.isFinite()) {
        now.close();
        if (lastGood == null) {
          throw new IllegalArgumentException(
              "the weights to start from must be finite, but hold NaN or infinity");
        }
        diverged("its weights were no longer finite", Double.NaN);
      }
      if (lastGood != null) {
        lastGood.close();
      }
      lastGood = now;
    }

    private String name() {
      return log.recipe().strategy().displayName();
    }

    private void descend(NDArray loss, double rate) {
      try (GradMode off = GradMode.off()) {
        move(
            flat ? whole(gradientOf(loss)) : TorchOps.gradientList(loss, student.trainable()),
            rate);
      }
    }

    /** (P), zeros for tensors that the mask freezes whole: nothing is carried back to them. */
    private NDArray gradientOf(NDArray loss) {
      return TorchOps.flatGradient(loss, student.trainable(), moving);
    }

    /** What is done to a gradient (P) before the step. */
    private TensorList whole(NDArray gradient) {
      free.ifPresent(mask -> gradient.muli(mask));
      training.clipNorm().ifPresent(norm -> TorchOps.clipInPlace(gradient, norm));
      return TensorList.of(gradient);
    }

    private void move(TensorList gradient, double rate) {
      try (gradient) {
        optimizer.step(gradient, rate);
        ready
            .afterStep()
            .ifPresent(
                after ->
                    after.apply(
                        student.parameters(),
                        start.parameters(),
                        rate,
                        (state.step + 1) / (double) total));
        free.ifPresent(
            mask -> TorchOps.keepInPlace(student.parameters(), mask, start.parameters()));
      }
    }

    // ---- the end of an epoch

    private void endEpoch() {
      takeGood();
      Progress progress = progress();
      if (state.reason == null && state.checkedStep != state.step && check(progress)) {
        progress = progress();
      }
      Map<Monitor, Double> watched = new EnumMap<>(Monitor.class);
      boolean validate = (state.epoch + 1) % training.validateEvery() == 0;
      if (validate && !task.validationRows().isEmpty()) {
        watched.put(Monitor.VALIDATION_ACCURACY, progress.value(Monitor.VALIDATION_ACCURACY));
      }
      boolean better = false;
      if (validate && training.earlyStopping().isPresent()) {
        EarlyStopping rule = training.earlyStopping().get();
        double value = progress.value(rule.monitor());
        watched.put(rule.monitor(), value);
        better = rule.score(value) > state.bestWatched;
        if (better) {
          state.bestWatched = rule.score(value);
          state.withoutBetter = 0;
        } else if (++state.withoutBetter >= rule.patience() && state.reason == null) {
          state.reason = rule.monitor() + " was not better for " + rule.patience() + " validations";
        }
      }
      keepIfBest(ready.score(progress), better);
      if (ready.epochChoice().isPresent()) {
        state.notes.add(ready.epochChoice().get().note(progress));
        keep(EPOCH + state.epoch);
      }
      EpochRecord record = record(watched);
      log.epoch(record);
      listener.epochEnded(record);
      state.nextEpoch();
    }

    /** The module's own score decides where it has one, the watched number elsewhere; the two are never compared. */
    private void keepIfBest(OptionalDouble score, boolean better) {
      boolean keep =
          score.isPresent()
              ? score.getAsDouble() > state.bestScore
              : better && state.bestScore == Double.NEGATIVE_INFINITY;
      if (keep) {
        keep(BEST);
        state.bestScore = score.orElse(Double.NEGATIVE_INFINITY);
      }
    }

    private EpochRecord record(Map<Monitor, Double> watched) {
      Optional<Double> forgetLoss = state.mean(Part.FORGET);
      Optional<Double> retainLoss = state.mean(Part.RETAIN).or(() -> state.mean(Part.UNION));
      try (GradMode off = GradMode.off();
          NDManager scope = student.parameters().getManager().newSubManager()) {
        NDArray sum = scope.zeros(student.parameters().getShape());
        Map<Part, NDArray> gradients = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
          if (state.mean(part).isPresent()) {
            NDArray gradient = gradient(part);
            gradient.attach(scope);
            gradients.put(part, gradient);
            sum.addi(gradient);
          }
        }
        return new EpochRecord(
            state.epoch,
            state.step,
            forgetLoss,
            retainLoss,
            state.rate,
            sum.norm().getFloat(),
            cosine(gradients.get(Part.FORGET), gradients.get(Part.RETAIN)),
            watched);
      }
    }

    private Optional<Double> cosine(@Nullable NDArray a, @Nullable NDArray b) {
      if (a == null || b == null) {
        return Optional.empty();
      }
      double cosine =
          a.mul(b).sum().getFloat() / (a.norm().getFloat() * (double) b.norm().getFloat());
      return Optional.of(cosine).filter(Double::isFinite);
    }

    /** The gradient of a part's weighted loss on its first rows, in evaluation mode: a look, not to cost what a step costs. */
    private NDArray gradient(Part part) {
      Rows rows =
          switch (part) {
            case FORGET -> forgetRows;
            case RETAIN -> retainRows;
            case UNION -> forgetRows.and(retainRows);
          };
      NDArray gradient;
      try (Batch batch = rows.first(look()).load(student.device());
          GradMode on = GradMode.on()) {
        NDArray loss = weighted(part, loss(part, batch, Network.Mode.EVALUATE));
        gradient = gradientOf(loss);
        gradient.attach(student.parameters().getManager());
      }
      free.ifPresent(mask -> gradient.muli(mask));
      log.forwardBackward(Math.min(look(), rows.size()));
      return gradient;
    }

    private int look() {
      return Math.min(LOOK, training.batchSize());
    }

    // ---- keeping and continuing

    private void save() {
      List<Double> numbers = ready.memory().map(UnlearningModule.Memory::numbers).orElse(List.of());
      file.ifPresent(
          f ->
              f.save(
                  student,
                  optimizer,
                  snapshots,
                  state,
                  log,
                  numbers,
                  Optional.ofNullable(history)));
    }

    /** Within an epoch, where no look at the weights came before: a state that is no number would be no place to go on from. */
    private void saveIfFinite() {
      takeGood();
      save();
    }

    private void resume(RunFile file) {
      snapshots.putAll(
          file.resume(
              student,
              optimizer,
              state,
              log,
              numbers -> ready.memory().ifPresent(memory -> memory.recall(numbers)),
              rows -> history = rows));
    }

    /** Writes the weights as they are, if they are wanted of this moment. */
    private void keepSnapshot() {
      inHistory(
          kept -> {
            if (state.step == 0) {
              kept.clear();
            }
            if (kept.snapshots().contains(state.epoch)) {
              student.save(kept.snapshotFile(state.epoch));
            }
          });
    }

    private void saveHistory() {
      inHistory(kept -> Objects.requireNonNull(history).save(kept.folder()));
    }

    private void inHistory(Writing writing) {
      task.options()
          .history()
          .ifPresent(
              kept ->
                  RunFile.unbroken(
                      "the history of the run in " + kept.folder(),
                      "written",
                      () -> {
                        Files.createDirectories(kept.folder());
                        writing.to(kept);
                        return kept;
                      }));
    }

    @Override
    public void close() {
      ready.release();
      optimizer.close();
      start.close();
      snapshots.values().forEach(Weights::close);
      if (lastGood != null) {
        lastGood.close();
      }
    }
  }

  private interface Writing {
    void to(HistoryFolder kept) throws IOException;
  }

  /** Which loss of the module a batch is for. */
  enum Part {
    FORGET {
      @Override
      NDArray of(UnlearningModule module, Step step) {
        return module.forgetStep(step);
      }
    },
    RETAIN {
      @Override
      NDArray of(UnlearningModule module, Step step) {
        return module.retainStep(step);
      }
    },
    UNION {
      @Override
      NDArray of(UnlearningModule module, Step step) {
        return module.unionStep(step);
      }
    };

    abstract NDArray of(UnlearningModule module, Step step);
  }
}
