package org.erasus;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TensorList;
import org.erasus.engine.TorchOps;
import org.erasus.io.AtomicFile;
import org.erasus.io.DType;
import org.erasus.io.HostTensor;
import org.erasus.nn.Compute;
import org.erasus.nn.ForwardPass;
import org.erasus.nn.Layer;
import org.erasus.nn.MemoryLayout;
import org.erasus.nn.Precision;

/**
 * A classifier that can be trained and unlearned: an architecture and its weights, which lie in one flat buffer.
 *
 * <p>Copies share the architecture and have weights of their own, so they are cheap and may be used in different threads at
 * the same time; one network is used by one thread at a time. Owns native memory: close it.
 *
 * <pre>{@code
 * try (Network network = Network.of(block, new Shape(1, 28, 28), 7)) { … }
 * }</pre>
 */
public final class Network implements AutoCloseable {
  /** How a network is run. */
  public enum Mode {
    /** Fixed statistics, no dropout. */
    EVALUATE,
    /** Batch statistics, which move the running ones; dropout. */
    TRAIN,
    /** Dropout, but running statistics are used and do not move. */
    TRAIN_FIXED_STATISTICS
  }

  private static final int EVALUATION_BATCH = 256;

  private final Architecture architecture;
  private final Device device;
  private final NDManager manager;
  private final NDArray parameters;
  private final NDArray statistics;
  private final Architecture.Bound bound;
  private final TensorList trainable;
  private final int classes;
  private Compute compute = Compute.DEFAULTS;

  Network(Architecture architecture, Device device, Filler filler) {
    this.architecture = architecture;
    this.device = device;
    architecture.open();
    manager = EngineRuntime.newManager(device).newSubManager();
    try (GradMode off = GradMode.off()) {
      WeightLayout layout = architecture.layout();
      parameters = manager.zeros(new Shape(layout.parameters()));
      statistics = manager.zeros(new Shape(layout.statistics()));
      filler.fill(parameters, statistics);
      bound = architecture.bind(manager, parameters, statistics);
      classes = classesOrRelease();
      trainable =
          TensorList.of(bound.trainable()); // last: nothing after it can fail and leave it open
    } catch (RuntimeException | Error e) {
      closeArrays();
      throw e;
    }
  }

  /** Writes the first values of the two buffers. */
  interface Filler {
    void fill(NDArray parameters, NDArray statistics);
  }

  /** A function that does not fit its rows is let go of, with what it holds beside the buffers. */
  private int classesOrRelease() {
    try {
      return countClasses();
    } catch (RuntimeException | Error e) {
      bound.close();
      throw e;
    }
  }

  private int countClasses() {
    Shape shape = ofZeros(false, result -> result.outputs().singletonOrThrow().getShape());
    if (shape.dimension() != 2 || shape.get(1) < 2) {
      throw new IllegalArgumentException(
          "a classifier gives logits (B, C) with C of 2 or more, but this network gives " + shape);
    }
    return Math.toIntExact(shape.get(1));
  }

  /**
   * Makes a network with fresh weights on the default device.
   *
   * @param block an uninitialised block; the network takes it over
   * @param rowShape shape of one row of input, without the batch, such as (1, 28, 28)
   * @param seed of the initial weights
   */
  public static Network of(Block block, Shape rowShape, long seed) {
    return of(block, rowShape, seed, EngineRuntime.defaultDevice());
  }

  /** Makes a network with fresh weights on a device. */
  public static Network of(Block block, Shape rowShape, long seed, Device device) {
    BlockArchitecture architecture = BlockArchitecture.of(block, rowShape);
    return new Network(architecture, device, (p, s) -> architecture.initialize(p, s, seed, true));
  }

  /**
   * Copies the weights of a trained DJL model; the model itself is left alone until {@link #applyTo}. Its outputs must be
   * logits: probabilities that a softmax at the end made would be soft-maxed again.
   *
   * @param model stays the caller's and must stay open while this network or a copy of it is used
   * @param rowShape shape of one row of input, without the batch
   * @throws IllegalArgumentException for a model without weights, or one that DJL loaded from a TorchScript file: that is for
   *     {@link #fromTorchScript}
   */
  public static Network from(Model model, Shape rowShape) {
    BlockArchitecture architecture = BlockArchitecture.borrowed(model.getBlock(), rowShape);
    return new Network(architecture, model.getNDManager().getDevice(), architecture::writeOriginal);
  }

  /**
   * Loads a classifier written by {@code torch.jit.save}, traced or scripted, on the default device. Its outputs must be logits,
   * without a softmax at the end.
   *
   * @throws IOException when the file is not such a module
   */
  public static Network fromTorchScript(Path file, Shape rowShape) throws IOException {
    return fromTorchScript(file, rowShape, EngineRuntime.defaultDevice());
  }

  /**
   * Loads a classifier written by {@code torch.jit.save}, traced or scripted. A module traced in evaluation mode keeps its
   * statistics fixed and drops nothing out, whatever the mode. Its outputs must be logits, without a softmax at the end.
   * Parameters without a gradient are frozen.
   *
   * @throws IOException when the file is not such a module, or all its parameters are frozen
   */
  public static Network fromTorchScript(Path file, Shape rowShape, Device device)
      throws IOException {
    ScriptArchitecture architecture =
        new ScriptArchitecture(Files.readAllBytes(file), rowShape, device);
    return new Network(architecture, device, architecture::writeOriginal);
  }

  /**
   * A network whose outputs are made of those of others, which stay the caller's and as they are: it works on a copy of their
   * weights, under the names {@code part.tensor}. It is saved, loaded, copied and, but for a majority vote, trained like any
   * other; a mask keeps parts as they are. Parts lie in the order of their names; it computes as the first of them, in 32 bits
   * where one cannot do otherwise.
   *
   * @param parts by name; letters, digits, dashes
   * @throws IllegalArgumentException when they do not take the same rows to the same classes on one device
   */
  public static Network combined(Combination combination, Map<String, Network> parts) {
    return combined(combination, parts, Set.of());
  }

  /**
   * A combination in which some parts stay still while it is trained: whatever the mode they are evaluated, without dropout and by
   * their running statistics, which do not move. Their weights are kept by a mask.
   *
   * @param still names of such parts
   * @throws IllegalArgumentException as {@link #combined(Combination, Map)}, and when a name is that of no part
   */
  public static Network combined(
      Combination combination, Map<String, Network> parts, Set<String> still) {
    return Composites.combined(combination, parts, still);
  }

  /**
   * This network with a vector added to what one of its layers gives, at every position:
   *
   * <pre>{@code
   * h ← h + v                                              (B, D) or (B, D, H, W), v (D)
   * }</pre>
   *
   * <p>Works on a copy of the weights. The vector is a frozen tensor beside them, so it is saved and loaded, too.
   *
   * @param layer its name, see {@link #layerNames}
   * @throws IllegalArgumentException for an unknown layer, or when the vector does not have a value for each of its units
   */
  public Network steered(String layer, float[] direction) {
    return Composites.steered(this, layer, direction);
  }

  /**
   * This network with a vector added to what one of its layers gives, in the rows whose mean over positions lies within a
   * radius of a centre; the others stay as they are.
   *
   * @param centre (D)
   * @param radius 0 or more
   */
  public Network steered(String layer, float[] direction, float[] centre, float radius) {
    return Composites.steeredNear(this, layer, direction, centre, radius);
  }

  /**
   * This network with one class more: a linear unit with fresh weights beside those of its last layer. Works on a copy of the
   * weights; {@code part("base")} leaves the class out again.
   *
   * @param seed of the weights of the new unit
   * @throws IllegalArgumentException when the logits do not come from a linear layer
   */
  public Network widened(long seed) {
    return Composites.widened(this, seed);
  }

  /**
   * This network with low-rank adapters beside its matrices and convolutions:
   *
   * <pre>{@code
   * W + s·B·A                                              W (m, …) with n inputs a unit, A (r, n), B (m, r)
   * }</pre>
   *
   * <p>Works on a copy of the weights; nothing is added yet, as B is 0. {@code part("base")} drops the adapters, {@link #merged}
   * makes them part of the weights. To train the adapters alone, mask all that is not under {@code low-rank}.
   *
   * @param rank r, 1 or more
   * @param scale s
   * @param seed of A
   */
  public Network adapted(int rank, double scale, long seed) {
    return Composites.adapted(this, rank, scale, seed);
  }

  /**
   * The base of an {@link #adapted} network with W + factor·s·B·A for its weights; with a negative factor, what the adapters
   * learned is taken away.
   *
   * @throws IllegalArgumentException when the network has no adapters
   */
  public Network merged(double factor) {
    return Composites.merged(this, factor);
  }

  /**
   * A copy of a part of a network that was made of others, with the weights it has now.
   *
   * @param name of a part of a combination; of a {@link #steered}, {@link #widened} or {@link #adapted} network, {@code base} is what it was
   *     made of
   * @throws IllegalArgumentException for an unknown name, or when the network is not made of parts
   */
  public Network part(String name) {
    return Composites.part(this, name);
  }

  /** A network of the same weights that goes its own way. */
  public Network copy() {
    Network copy =
        new Network(
            architecture,
            device,
            (p, s) -> {
              TorchOps.copyInPlace(p, parameters);
              TorchOps.copyInPlace(s, statistics);
            });
    copy.compute = compute;
    return copy;
  }

  /**
   * A network of the same architecture with new initial weights. Frozen parameters keep their values, and so do the running
   * statistics before the first parameter that is trained, those of a frozen backbone; all others start anew. A TorchScript
   * module does not say how its weights were first drawn: layers of torch.nn are drawn as PyTorch does unless told otherwise,
   * and buffers keep their values.
   *
   * @throws UnsupportedOperationException before any work, for a TorchScript module with trainable tensors outside the layers
   *     of torch.nn whose start is known (linear, convolution, normalisation, attention, recurrent), naming them
   */
  public Network fresh(long seed) {
    Network fresh =
        new Network(
            architecture,
            device,
            (p, s) -> {
              TorchOps.copyInPlace(s, statistics);
              architecture.initialize(p, s, seed, false);
            });
    fresh.compute = compute;
    return fresh;
  }

  /** Number of classes C. */
  public int classes() {
    return classes;
  }

  /** Shape of one row of input. */
  public Shape rowShape() {
    return architecture.rowShape();
  }

  /** Where the network computes. */
  public Device device() {
    return device;
  }

  Architecture architecture() {
    return architecture;
  }

  /** Names and places of the weights. */
  public WeightLayout layout() {
    return architecture.layout();
  }

  /**
   * SHA-256 that is equal for equal architectures: kinds of layers, their settings, names and shapes. Functions given as lambdas
   * look alike; DJL's own ({@code Activation.reluBlock()}) have names that tell them apart.
   */
  public String architectureFingerprint() {
    return architecture.description();
  }

  /** How the network computes. */
  public Compute compute() {
    return compute;
  }

  /**
   * Changes how the network computes.
   *
   * @throws IllegalArgumentException for bf16 in a block with layers of other makers
   */
  public Network compute(Compute choice) {
    if (choice.precision() == Precision.BF16 && !architecture.supportsHalf()) {
      throw new IllegalArgumentException(
          "bf16 needs a network made of layers of org.erasus.nn only; use Precision.FP32");
    }
    compute = choice;
    return this;
  }

  /** As another network computes, but in 32 bits where this one cannot do otherwise. */
  void computeLike(Network other) {
    compute =
        architecture.supportsHalf() ? other.compute : other.compute.withPrecision(Precision.FP32);
  }

  /** A snapshot of the weights. */
  public Weights weights() {
    return Weights.copyOf(layout(), parameters, statistics);
  }

  /** Takes over the values of a snapshot, bit for bit. */
  public void restore(Weights weights) {
    if (!weights.layout().equals(layout())) {
      throw new IllegalArgumentException("the weights are of a network with different tensors");
    }
    try (GradMode off = GradMode.off()) {
      TorchOps.copyInPlace(parameters, weights.parameters());
      TorchOps.copyInPlace(statistics, weights.statistics());
    }
  }

  /**
   * Takes over the weights of a state dict, such as {@code PyTorchStateDict.read(path)}. Names must be those of this network,
   * all of them; PyTorch's counters {@code num_batches_tracked} are passed over, since no computation reads them.
   *
   * @param tensors by name, of any floating format
   * @throws IllegalArgumentException naming every tensor that is missing, unexpected, of another shape or not finite
   *     in 32 bits; the weights are then as before
   */
  public void load(Map<String, HostTensor> tensors) {
    try (Weights weights = StateDict.weights(layout(), tensors)) {
      restore(weights);
    }
  }

  /** Writes the weights as safetensors, 32 bits wide; an existing file is replaced whole or not at all. */
  public void save(Path file) throws IOException {
    save(file, DType.F32);
  }

  /**
   * Writes the weights as safetensors, each tensor under its name, with {@link #architectureFingerprint} as metadata {@code
   * architecture}; an existing file is replaced whole or not at all.
   *
   * @param file its directory must exist
   * @param format of the trainable tensors: F32, or F16 or BF16, which round; the others are written in F32, since running
   *     variances do not stand rounding
   * @throws IOException when it cannot be written, or a value is not finite in this format, naming the tensor
   */
  public void save(Path file, DType format) throws IOException {
    StateDict.save(this, file, format);
  }

  /** The weights by name, 32 bits wide, as {@link #load(Map)} takes them. */
  public Map<String, HostTensor> tensors() {
    return StateDict.of(this, DType.F32);
  }

  /**
   * Takes over the weights of a safetensors file, whoever wrote it.
   *
   * @throws IOException when it cannot be read, or its tensors are not those of this network, naming every one that is
   *     missing, unexpected, of another shape or not finite, or when it was saved from a network of another architecture;
   *     the weights are then as before
   */
  public void load(Path file) throws IOException {
    StateDict.load(this, file);
  }

  /** Writes a network that was loaded from a TorchScript file as one again; an existing file is replaced whole. */
  public void saveTorchScript(Path file) throws IOException {
    AtomicFile.write(file, bound::write);
  }

  /** Writes the weights into the DJL model this network or one it was copied from was made from. */
  public void applyTo(Model model) {
    if (architecture instanceof BlockArchitecture ours && ours.block().equals(model.getBlock())) {
      ours.applyToBlock(parameters, statistics);
    } else {
      throw new IllegalArgumentException(
          "model \"" + model.getName() + "\" is not the one this network was made from");
    }
  }

  /** θ (P), borrowed and live: changing it changes the network. */
  public NDArray parameters() {
    return parameters;
  }

  /** Running statistics and frozen parameters, borrowed and live. */
  public NDArray statistics() {
    return statistics;
  }

  /** The trainable tensors as views of θ, for gradients; borrowed. */
  public TensorList trainable() {
    return trainable;
  }

  /** The place of a trainable tensor, given as its view of θ. */
  WeightLayout.Tensor tensorOf(NDArray view) {
    NDArray[] views = bound.trainable();
    for (int i = 0; i < views.length; i++) {
      if (views[i].getUid().equals(view.getUid())) {
        return layout().trainable().get(i);
      }
    }
    throw new IllegalArgumentException("the array is not a parameter of this network");
  }

  /** The view of θ that is a trainable tensor, borrowed. */
  NDArray viewOf(WeightLayout.Tensor tensor) {
    return bound.trainable()[layout().trainable().indexOf(tensor)];
  }

  /**
   * Runs a batch.
   *
   * @param seed of dropout
   * @return logits (B, C), in the batch's scope
   * @throws IllegalArgumentException when batch normalisation in mode {@link Mode#TRAIN} has one value of a channel only, as of
   *     one row with one position, for it has no variance
   */
  public NDArray forward(Batch batch, Mode mode, long seed) {
    return run(batch, Architecture.Manner.of(mode, compute, seed)).outputs().singletonOrThrow();
  }

  /** Runs a batch in evaluation mode and 32 bits, remembering what each layer takes and gives. */
  public Recorded record(Batch batch) {
    Architecture.Result result = recorded(batch, Mode.EVALUATE, 0);
    return new Recorded(result.outputs().singletonOrThrow(), result.pass(), result.visits());
  }

  private Architecture.Result recorded(Batch batch, Mode mode, long seed) {
    Compute wide = compute.withPrecision(Precision.FP32);
    return run(batch, Architecture.Manner.of(mode, wide, seed).recording());
  }

  /**
   * Logits and the layers passed on the way to them.
   *
   * @param logits (B, C)
   * @param pass answers for parameters of the layers
   * @param visits in order of computation
   */
  public record Recorded(NDArray logits, ForwardPass pass, List<ForwardPass.Visit> visits) {}

  private Architecture.Result run(Batch batch, Architecture.Manner manner) {
    Compute how = manner.compute();
    NDList inputs = batch.inputs();
    if (how.layout() == MemoryLayout.CHANNELS_LAST && inputs.head().getShape().dimension() == 4) {
      inputs = new NDList(TorchOps.channelsLast(inputs.singletonOrThrow()));
    }
    Architecture.Result result = explained(inputs, manner);
    if (how.precision() == Precision.BF16) {
      NDList wide = new NDList(TorchOps.float32(result.outputs().singletonOrThrow()));
      return new Architecture.Result(wide, result.pass(), result.visits());
    }
    return result;
  }

  /** In words of this library where the engine's would not say what to do. */
  private Architecture.Result explained(NDList inputs, Architecture.Manner manner) {
    try {
      return bound.forward(inputs, manner);
    } catch (EngineException e) {
      if (TorchOps.isBatchOfOneValue(e)) {
        throw new IllegalArgumentException(
            "batch normalisation takes the mean and the variance of each channel over the batch and must have 2 values"
                + " or more of it, but has 1: choose a batch size that leaves no batch of one row over, or keep the"
                + " statistics as they are (Statistics.FREEZE, Mode.TRAIN_FIXED_STATISTICS)",
            e);
      }
      throw e;
    }
  }

  /** Looks at a pass of one row of zeros, which is gone afterwards. */
  <T> T ofZeros(boolean record, Function<Architecture.Result, T> question) {
    try (NDManager scope = manager.newSubManager();
        GradMode off = GradMode.off()) {
      NDArray one = scope.zeros(new Shape(1).addAll(architecture.rowShape()));
      Architecture.Manner manner = Architecture.Manner.of(Mode.EVALUATE, Compute.DEFAULTS, 0);
      return question.apply(bound.forward(new NDList(one), record ? manner.recording() : manner));
    }
  }

  /**
   * The names of the layers in the order of computation, each the path of its weights.
   *
   * @throws UnsupportedOperationException when the network's layers cannot be looked into
   */
  public List<String> layerNames() {
    return NamedLayers.names(this);
  }

  /**
   * The name of a layer that a recorded pass of this network went through.
   *
   * @throws UnsupportedOperationException when the network's layers cannot be looked into
   */
  public String layerName(Layer layer) {
    return architecture.layerName(layer);
  }

  /**
   * The number of units D of a layer, channels of a convolution.
   *
   * @throws IllegalArgumentException when there is no such layer, or it gives neither (B, D) nor (B, D, H, W)
   */
  public int units(String layer) {
    return NamedLayers.units(this, layer);
  }

  /**
   * Runs a batch in 32 bits, as far as a layer is concerned.
   *
   * @param seed of dropout
   * @param layer its name, see {@link #layerNames}
   * @return what the layer gives, (B, D) or (B, D, H, W), in the batch's scope
   * @throws IllegalArgumentException when there is no such layer, or it gives something else
   */
  public NDArray activation(Batch batch, Mode mode, long seed, String layer) {
    return NamedLayers.output(this, recorded(batch, mode, seed), layer);
  }

  /** Logits of rows in evaluation mode, (N, C). */
  public float[][] logits(Rows rows) {
    requireFit(rows.data());
    float[][] all = new float[rows.size()][];
    int at = 0;
    for (Rows piece : rows.batches(EVALUATION_BATCH)) {
      try (GradMode off = GradMode.off();
          Batch batch = piece.load(device)) {
        float[] values = forward(batch, Mode.EVALUATE, 0).toFloatArray();
        for (int i = 0; i < piece.size(); i++) {
          all[at++] = Arrays.copyOfRange(values, i * classes, (i + 1) * classes);
        }
      }
    }
    return all;
  }

  /** The most likely class of each row. */
  public int[] predict(Rows rows) {
    return Arrays.stream(logits(rows)).mapToInt(Network::largest).toArray();
  }

  /** Share of rows whose most likely class is theirs; NaN for no rows. */
  public double accuracy(Rows rows) {
    int[] predicted = predict(rows);
    int[] labels = rows.labels();
    int right = 0;
    for (int i = 0; i < labels.length; i++) {
      if (predicted[i] == labels[i]) {
        right++;
      }
    }
    return (double) right / labels.length;
  }

  static int largest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  /**
   * Requires that the outputs have a gradient by the weights, as training does.
   *
   * @throws UnsupportedOperationException for a majority vote, see {@link Combination.MajorityVote}
   */
  public void requireGradient() {
    if (!architecture.hasGradient()) {
      throw new UnsupportedOperationException(
          "a majority vote has no gradient, so the network cannot be trained: take a part of it, or a vote of mean"
              + " probabilities");
    }
  }

  /**
   * Σ_i w_i ∇CE_i over some rows, with their signs, in evaluation mode; the weights w are 1 unless a coreset sets them.
   *
   * @param scope owns the result
   * @return (P)
   * @throws UnsupportedOperationException when there is no gradient, see {@link #requireGradient}
   */
  public NDArray lossGradient(Rows rows, NDManager scope) {
    return LossDerivatives.gradient(this, rows, scope);
  }

  /**
   * Σ_i w_i ∇²CE_i · v over some rows, exactly, in evaluation mode; the weights w are 1 unless a coreset sets them.
   *
   * @param v (P)
   * @param scope owns the result
   * @return (P)
   * @throws UnsupportedOperationException when there is no gradient, see {@link #requireGradient}
   */
  public NDArray lossHessianTimes(NDArray v, Rows rows, NDManager scope) {
    return LossDerivatives.hessianTimes(this, v, rows, scope);
  }

  /**
   * Checks that rows of a data set can go in and their classes can come out.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public void requireFit(UnlearningDataset data) {
    if (!data.rowShape().equals(rowShape())) {
      throw new IllegalArgumentException(
          "the network takes rows of shape "
              + rowShape()
              + ", but the data set has "
              + data.rowShape());
    }
    if (data.classes() != classes) {
      throw new IllegalArgumentException(
          "the network tells "
              + classes
              + " classes apart, but the data set has "
              + data.classes()
              + ": the head does not match the labels");
    }
  }

  private void closeArrays() {
    manager.getParentManager().close();
    architecture.close();
  }

  @Override
  public void close() {
    if (manager.isOpen()) {
      trainable.close();
      bound.close();
      closeArrays();
    }
  }
}
