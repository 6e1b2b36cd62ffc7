package org.erasus.engine;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Operations of PyTorch that DJL does not expose: exact gradients of any order, fused optimizers on a flat buffer,
 * losses, layers in bf16, gradients row by row.
 *
 * <p>Names ending in {@code InPlace} change their first argument; all others make a new array that belongs to the manager
 * of their first argument, like an operation of DJL. Whether gradients are recorded is decided by {@link GradMode}.
 *
 * <p>Shapes: B batch, C classes, P parameters.
 */
public final class TorchOps {
  /** Numbers that go from Java memory to the engine at a time. */
  private static final int PIECE = 1 << 24;

  /** PyTorch's words for a batch without a variance. */
  private static final String ONE_VALUE = "Expected more than 1 value per channel";

  private static final Script OPS = load();

  private TorchOps() {}

  private static Script load() {
    try (InputStream in = TorchOps.class.getResourceAsStream("ops.py")) {
      String source =
          new String(
              Objects.requireNonNull(in, "ops.py is missing from the jar").readAllBytes(),
              StandardCharsets.UTF_8);
      return Script.compile(EngineRuntime.newManager(), source); // lives as long as the JVM
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- storage

  /** Writes the values of {@code source} into the storage of {@code target}, which views of it see too. */
  public static void copyInPlace(NDArray target, NDArray source) {
    try (IValue t = value(target);
        IValue s = value(source)) {
      OPS.run("copy_", t, s).close();
    }
  }

  /** y ← y + a·x. */
  public static void addInPlace(NDArray y, NDArray x, double a) {
    try (IValue vy = value(y);
        IValue vx = value(x);
        IValue va = IValue.from(a)) {
      OPS.run("axpy_", vy, vx, va).close();
    }
  }

  /** x ← max(x, least). */
  public static void clampInPlace(NDArray x, double least) {
    try (IValue vx = value(x);
        IValue l = IValue.from(least)) {
      OPS.run("clamp_", vx, l).close();
    }
  }

  /** y ← y where the boolean mask is true, frozen elsewhere, bit for bit. */
  public static void keepInPlace(NDArray y, NDArray mask, NDArray frozen) {
    try (IValue vy = value(y);
        IValue vm = value(mask);
        IValue vf = value(frozen)) {
      OPS.run("keep_", vy, vm, vf).close();
    }
  }

  /** Makes a tensor, parameters of a loaded module included, a window on a slice of a flat buffer. */
  static void aliasInPlace(NDArray tensor, NDArray flat, long offset) {
    try (IValue t = value(tensor);
        IValue f = value(flat);
        IValue o = IValue.from(offset)) {
      OPS.run("alias_", t, f, o).close();
    }
  }

  /** Gives a tensor storage of its own again, with the values it has. */
  static void ownInPlace(NDArray tensor) {
    try (IValue t = value(tensor)) {
      OPS.run("own_", t).close();
    }
  }

  /** A view of {@code shape} into a flat buffer from an offset on; changes go both ways. */
  public static NDArray view(NDArray flat, long offset, Shape shape) {
    try (IValue f = value(flat);
        IValue o = IValue.from(offset);
        IValue s = IValue.listFrom(shape.getShape())) {
      return OPS.run("view", f, o, s).toTensor(manager(flat));
    }
  }

  /**
   * Writes values into a tensor of 32-bit floats, one after the other in the order of its memory: in pieces, since a buffer of
   * Java ends at 2 GiB.
   *
   * @param at place of the first in the tensor
   * @param from place of the first among the values
   */
  public static void writeInPlace(NDArray target, long at, float[] values, int from, int count) {
    writeInPlace(target, at, values, from, count, PIECE);
  }

  static void writeInPlace(NDArray target, long at, float[] values, int from, int count, int most) {
    try (NDArray flat = target.reshape(-1)) {
      for (long done = 0; done < count; done += most) {
        int n = (int) Math.min(most, count - done);
        FloatBuffer piece = FloatBuffer.wrap(values, from + (int) done, n).slice();
        try (NDArray window = target.getManager().create(piece, new Shape(n));
            NDArray place = view(flat, at + done, new Shape(n))) {
          copyInPlace(place, window);
        }
      }
    }
  }

  /** Rows of one width from Java memory, (N, D), made by {@code manager}. */
  public static NDArray matrix(NDManager manager, float[][] rows) {
    return matrix(manager, rows, PIECE);
  }

  static NDArray matrix(NDManager manager, float[][] rows, int most) {
    int width = rows[0].length;
    NDArray matrix = manager.zeros(new Shape(rows.length, width));
    int atOnce = Math.max(1, Math.min(rows.length, most / width));
    float[] piece = new float[atOnce * width];
    for (int from = 0; from < rows.length; from += atOnce) {
      int n = Math.min(atOnce, rows.length - from);
      for (int i = 0; i < n; i++) {
        System.arraycopy(rows[from + i], 0, piece, i * width, width);
      }
      writeInPlace(matrix, (long) from * width, piece, 0, n * width, most);
    }
    return matrix;
  }

  /** Rows of x in the order of an int64 index, (N, …) and (B) → (B, …), attached to {@code manager}. */
  public static NDArray rows(NDManager manager, NDArray x, NDArray index) {
    try (IValue vx = value(x);
        IValue vi = value(index)) {
      return take(OPS.run("rows", vx, vi), (PtNDManager) manager);
    }
  }

  /** A copy in 64 bits, made by {@code manager} on its device. */
  public static NDArray float64(NDManager manager, NDArray x) {
    if (x.getDevice().equals(manager.getDevice())) {
      NDArray wide = x.toType(DataType.FLOAT64, true);
      wide.attach(manager);
      return wide;
    }
    // first the place, then the width, which the other place may not have
    try (NDArray there = x.toDevice(manager.getDevice(), true)) {
      NDArray wide = there.toType(DataType.FLOAT64, true);
      wide.attach(manager);
      return wide;
    }
  }

  /** The same images (B, C, H, W) with channels innermost in memory, which convolutions on a CPU read faster. */
  public static NDArray channelsLast(NDArray x) {
    return unary("channels_last", x);
  }

  /** x as 32-bit floats; the way back from bf16, which DJL itself cannot read. */
  public static NDArray float32(NDArray x) {
    return unary("float32", x);
  }

  // ---- gradients

  /**
   * ∂loss/∂p for all parameters, laid end to end.
   *
   * @param loss scalar
   * @param parameters the arrays to differentiate by; one without influence gets zeros
   * @return (P), attached to the manager of the loss
   */
  public static NDArray flatGradient(NDArray loss, TensorList parameters) {
    return flatGradient(loss, parameters, new boolean[0]);
  }

  /**
   * The same where only some parameters move: nothing is computed for the others, nor carried back further than the first that
   * moves.
   *
   * @param loss scalar
   * @param parameters as for {@link #flatGradient(NDArray, TensorList)}
   * @param moving of each parameter whether it moves, one at least; the others get zeros
   * @return (P), attached to the manager of the loss
   */
  public static NDArray flatGradient(NDArray loss, TensorList parameters, boolean[] moving) {
    try (IValue l = value(loss);
        IValue some = IValue.listFrom(moving);
        IValue create = IValue.from(false)) {
      return take(OPS.run("flat_gradient", l, parameters.value(), some, create), manager(loss));
    }
  }

  /**
   * ∂loss/∂p for each parameter, left to the engine: for an optimizer at once, without laying them end to end.
   *
   * @param loss scalar
   * @param parameters as for {@link #flatGradient}
   */
  public static TensorList gradientList(NDArray loss, TensorList parameters) {
    try (IValue l = value(loss)) {
      return TensorList.take(OPS.run("gradient_list", l, parameters.value()));
    }
  }

  /**
   * ∂y/∂x for each x; one without influence gets zeros.
   *
   * @param y scalar
   * @param retain keep the graph of y for another call
   * @param create record the gradients themselves, to differentiate again
   */
  public static NDArray[] gradients(NDArray y, NDArray[] inputs, boolean retain, boolean create) {
    try (IValue vy = value(y);
        TensorList list = TensorList.of(inputs);
        IValue keep = IValue.from(retain || create);
        IValue again = IValue.from(create);
        IValue result = OPS.run("gradients", vy, list.value(), keep, again)) {
      return result.toTensorArray(manager(y));
    }
  }

  /** H·v, exactly, for the Hessian H of a loss, (P) → (P). */
  public static NDArray hessianVector(NDArray loss, TensorList parameters, NDArray v) {
    try (IValue l = value(loss);
        IValue vv = value(v)) {
      return take(OPS.run("hessian_vector", l, parameters.value(), vv), manager(loss));
    }
  }

  // ---- optimizers

  /**
   * One step of SGD as in torch.optim: g ← g + decay·p; m ← momentum·m + g; p ← p − lr·m (or lr·(g + momentum·m)).
   *
   * @param p the parameters, as one array or several
   * @param gradient of each, in its order in memory
   * @param momentumBuffer m of each, empty when momentum is 0
   */
  public static void sgdInPlace(
      TensorList p,
      TensorList gradient,
      TensorList momentumBuffer,
      double learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    try (IValue lr = IValue.from(learningRate);
        IValue mu = IValue.from(momentum);
        IValue n = IValue.from(nesterov);
        IValue wd = IValue.from(weightDecay)) {
      OPS.run("sgd_", p.value(), gradient.value(), momentumBuffer.value(), lr, mu, n, wd).close();
    }
  }

  /**
   * One step of Adam (decay added to the gradient) or AdamW (decay applied to the weights), as in torch.optim.
   *
   * @param p the parameters, as one array or several
   * @param gradient of each, in its order in memory
   * @param step one scalar that counts the steps before this one; the call adds one
   */
  public static void adamInPlace(
      TensorList p,
      TensorList gradient,
      TensorList mean,
      TensorList square,
      TensorList step,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled) {
    try (TensorList none = TensorList.of();
        IValue lr = IValue.from(learningRate);
        IValue b1 = IValue.from(beta1);
        IValue b2 = IValue.from(beta2);
        IValue eps = IValue.from(epsilon);
        IValue wd = IValue.from(weightDecay)) {
      OPS.run(
              decoupled ? "adamw_" : "adam_",
              p.value(),
              gradient.value(),
              mean.value(),
              square.value(),
              none.value(),
              step.value(),
              lr,
              b1,
              b2,
              eps,
              wd)
          .close();
    }
  }

  /** g ← g · min(1, maxNorm / (‖g‖₂ + 1e-6)). */
  public static void clipInPlace(NDArray g, double maxNorm) {
    try (IValue vg = value(g);
        IValue c = IValue.from(maxNorm)) {
      OPS.run("clip_", vg, c).close();
    }
  }

  // ---- losses

  /**
   * a·x, also where gradients are recorded.
   *
   * <p>There DJL's {@code x.mul(a)}, {@code x.div(a)} and {@code x.pow(a)} with a number must not be used: they make an array
   * of the number on Java memory and close it at once, while the engine keeps it for the gradient. After a garbage
   * collection the gradient is then silently wrong.
   */
  public static NDArray scale(NDArray x, double a) {
    try (IValue vx = value(x);
        IValue va = IValue.from(a)) {
      return take(OPS.run("scale", vx, va), manager(x));
    }
  }

  /**
   * Mean over the rows of −Σ_c q_c log softmax(z)_c, natural log.
   *
   * @param logits z, (B, C)
   * @param target q, (B, C), or int64 classes (B) for the distributions that are sure of them
   */
  public static NDArray crossEntropy(NDArray logits, NDArray target) {
    return crossEntropy(logits, target, 1);
  }

  /** Cross entropy of each row, (B, C) against classes (B) or distributions (B, C) → (B). */
  public static NDArray crossEntropyRows(NDArray logits, NDArray target) {
    return crossEntropy(logits, target, 0);
  }

  /** log (p_y / (1 − p_y)) of each row for p = softmax(z), without rounding at p_y near 1; (B, C) and classes (B) → (B). */
  public static NDArray marginRows(NDArray logits, NDArray classes) {
    return binary("margin_rows", logits, classes);
  }

  /** Cross entropy summed over the rows. */
  public static NDArray crossEntropySum(NDArray logits, NDArray target) {
    return crossEntropy(logits, target, 2);
  }

  private static NDArray crossEntropy(NDArray logits, NDArray target, long reduction) {
    try (IValue z = value(logits);
        IValue y = value(target);
        IValue r = IValue.from(reduction)) {
      return take(OPS.run("cross_entropy", z, y, r), manager(logits));
    }
  }

  /**
   * (1/B) Σ KL(softmax(p/T) ‖ softmax(q/T)) from logits (B, C); the caller multiplies by T² where the paper does.
   *
   * <p>The result belongs to the manager of {@code pLogits}.
   */
  public static NDArray klDivergence(NDArray pLogits, NDArray qLogits, double temperature) {
    try (IValue p = value(pLogits);
        IValue q = value(qLogits);
        IValue t = IValue.from(temperature)) {
      return take(OPS.run("kl", p, q, t), manager(pLogits));
    }
  }

  /** KL(softmax(p/T) ‖ softmax(q/T)) of each row, from logits (B, C) → (B). */
  public static NDArray klDivergenceRows(NDArray pLogits, NDArray qLogits, double temperature) {
    try (IValue p = value(pLogits);
        IValue q = value(qLogits);
        IValue t = IValue.from(temperature)) {
      return take(OPS.run("kl_rows", p, q, t), manager(pLogits));
    }
  }

  /** Σ |x| over all arrays of a list, scalar, attached to {@code manager}. */
  public static NDArray l1Norm(NDManager manager, TensorList arrays) {
    return take(OPS.run("l1_norm", arrays.value()), (PtNDManager) manager);
  }

  /** log σ(x) without overflow. */
  public static NDArray logSigmoid(NDArray x) {
    return unary("log_sigmoid", x);
  }

  // ---- outputs of several networks

  /** log (1/n) Σ_i softmax(z_i) of n networks, (B, C) each → (B, C), in the manager of the first. */
  public static NDArray logMeanProbability(NDArray... logits) {
    return together("log_mean_probability", Math.log(logits.length), logits);
  }

  /** log (v_c + 1)/(n + C), v_c of n networks having class c before all others, (B, C) each → (B, C). */
  public static NDArray logVotes(NDArray... logits) {
    return together("log_votes", Math.log(logits.length + logits[0].getShape().get(1)), logits);
  }

  private static NDArray together(String method, double offset, NDArray[] logits) {
    try (TensorList list = TensorList.of(logits);
        IValue o = IValue.from(offset)) {
      return take(OPS.run(method, list.value(), o), manager(logits[0]));
    }
  }

  // ---- layers

  /** Convolution of (B, C, H, W) by (O, C/groups, k, k), square stride and padding; in bf16 when {@code half}. */
  public static NDArray conv2d(
      NDArray x, NDArray weight, long stride, long padding, long groups, boolean half) {
    try (IValue vx = value(x);
        IValue w = value(weight);
        IValue s = IValue.from(stride);
        IValue p = IValue.from(padding);
        IValue g = IValue.from(groups);
        IValue h = IValue.from(half)) {
      return take(OPS.run("conv2d", vx, w, s, p, g, h), manager(x));
    }
  }

  /** Convolution with a bias (O). */
  public static NDArray conv2d(
      NDArray x,
      NDArray weight,
      NDArray bias,
      long stride,
      long padding,
      long groups,
      boolean half) {
    try (IValue vx = value(x);
        IValue w = value(weight);
        IValue b = value(bias);
        IValue s = IValue.from(stride);
        IValue p = IValue.from(padding);
        IValue g = IValue.from(groups);
        IValue h = IValue.from(half)) {
      return take(OPS.run("conv2d_bias", vx, w, b, s, p, g, h), manager(x));
    }
  }

  /** x·Wᵀ + b, (…, D) → (…, O), in 32 bits or multiplied in bf16; the result is always 32 bits wide. */
  public static NDArray linear(NDArray x, NDArray weight, NDArray bias, boolean half) {
    try (IValue vx = value(x);
        IValue w = value(weight);
        IValue b = value(bias);
        IValue h = IValue.from(half)) {
      return take(OPS.run("linear", vx, w, b, h), manager(x));
    }
  }

  /**
   * Batch normalisation over the second axis.
   *
   * @param training true: normalise by the batch and move the running statistics by {@code momentum} (PyTorch's sense:
   *     the share of the new value); false: normalise by the running statistics
   * @throws EngineException in training with one value of a channel, as PyTorch's layers do: the variance would be NaN, and
   *     the running one for ever
   */
  public static NDArray batchNorm(
      NDArray x,
      NDArray gamma,
      NDArray beta,
      NDArray runningMean,
      NDArray runningVar,
      boolean training,
      double momentum,
      double epsilon) {
    if (training && x.size() == gamma.size()) {
      throw new EngineException(ONE_VALUE + " when training, got input size " + x.getShape());
    }
    try (IValue vx = value(x);
        IValue g = value(gamma);
        IValue b = value(beta);
        IValue m = value(runningMean);
        IValue v = value(runningVar);
        IValue t = IValue.from(training);
        IValue mu = IValue.from(momentum);
        IValue e = IValue.from(epsilon)) {
      return take(OPS.run("batch_norm", vx, g, b, m, v, t, mu, e), manager(x));
    }
  }

  /** Whether a failure is that of a batch normalisation, by whomever it was written, whose batch has no variance. */
  public static boolean isBatchOfOneValue(EngineException failure) {
    return String.valueOf(failure.getMessage()).contains(ONE_VALUE);
  }

  /** Mean over the positions of each channel, (B, C, H, W) → (B, C). */
  public static NDArray globalAverage(NDArray x) {
    return unary("global_average", x);
  }

  /** min(max(x, 0), 6), in the format of x; DJL's own cannot read bf16. */
  public static NDArray relu6(NDArray x) {
    return unary("relu6", x);
  }

  /** Zeroes each entry with probability p and scales the rest by 1/(1−p); the same seed drops the same entries. */
  public static NDArray dropout(NDArray x, double p, long seed) {
    try (IValue vx = value(x);
        IValue vp = IValue.from(p);
        IValue s = IValue.from(seed)) {
      return take(OPS.run("dropout", vx, vp, s), manager(x));
    }
  }

  // ---- what layers give, (B, D) or with positions (B, D, …)

  /** Mean over the positions of each unit, (B, D, …) → (B, D). */
  public static NDArray overPositions(NDArray h) {
    return unary("over_positions", h);
  }

  /** h + v at every position, (B, D, …) and (D). */
  public static NDArray steer(NDArray h, NDArray v) {
    return binary("steer", h, v);
  }

  /** h + v in the rows whose mean over positions is at most {@code radius} (1) away from {@code centre} (D). */
  public static NDArray steerNear(NDArray h, NDArray v, NDArray centre, NDArray radius) {
    try (IValue vh = value(h);
        IValue vv = value(v);
        IValue c = value(centre);
        IValue r = value(radius)) {
      return take(OPS.run("steer_near", vh, vv, c, r), manager(h));
    }
  }

  /**
   * Squared distance of each row from a target, summed over units, the mean over positions.
   *
   * @param h (B, D, …)
   * @param target of the same shape, or (D) for all rows and positions alike
   * @return (B)
   */
  public static NDArray unitDistances(NDArray h, NDArray target) {
    return binary("unit_distances", h, target);
  }

  /** Σ over rows of |h|, the mean over positions, (B, D, …) → (D). */
  public static NDArray unitSizes(NDArray h) {
    return unary("unit_sizes", h);
  }

  /** w + s·b·a in the shape of w, (m, …), (m, r) and (r, n). */
  public static NDArray plusProduct(NDArray w, NDArray b, NDArray a, double s) {
    try (IValue vw = value(w);
        IValue vb = value(b);
        IValue va = value(a);
        IValue vs = IValue.from(s)) {
      return take(OPS.run("plus_product", vw, vb, va, vs), manager(w));
    }
  }

  private static NDArray binary(String method, NDArray x, NDArray y) {
    try (IValue vx = value(x);
        IValue vy = value(y)) {
      return take(OPS.run(method, vx, vy), manager(x));
    }
  }

  // ---- gradients of each row; a is a layer's input, d the gradient of the summed loss at its
  // output

  /** ‖∂W‖² + ‖∂b‖² of every row for a linear layer, (B, …, D) and (B, …, O) → (B). */
  public static NDArray linearNorms(NDArray a, NDArray d) {
    try (IValue va = value(a);
        IValue vd = value(d)) {
      return take(OPS.run("linear_norms", va, vd), manager(a));
    }
  }

  /** ‖∂W‖² of every row for a convolution with one group, (B, C, H, W) and (B, O, H', W') → (B). */
  public static NDArray convNorms(NDArray a, NDArray d, long kernel, long stride, long padding) {
    return convolution("conv_norms", a, d, kernel, stride, padding);
  }

  /** ‖∂W‖² of every row for a convolution with as many groups as channels. */
  public static NDArray depthwiseNorms(
      NDArray a, NDArray d, long kernel, long stride, long padding) {
    return convolution("depthwise_norms", a, d, kernel, stride, padding);
  }

  /** ‖∂b‖² of every row for a layer with positions, (B, O, …) → (B). */
  public static NDArray biasNorms(NDArray d) {
    return unary("bias_norms", d);
  }

  /** ‖∂γ‖² + ‖∂β‖² of every row for batch normalisation with fixed statistics. */
  public static NDArray batchNormNorms(
      NDArray a, NDArray d, NDArray runningMean, NDArray runningVar, double epsilon) {
    return batchNormalisation("batch_norm_norms", a, d, runningMean, runningVar, epsilon);
  }

  // ---- gradients of each row themselves, ∂loss_i/∂w

  /** ∂W_i of every row for a linear layer, (B, …, D) and (B, …, O) → (B, O, D). */
  public static NDArray linearRows(NDArray a, NDArray d) {
    try (IValue va = value(a);
        IValue vd = value(d)) {
      return take(OPS.run("linear_rows", va, vd), manager(a));
    }
  }

  /** ∂b_i of every row for the bias of a linear layer, (B, …, O) → (B, O). */
  public static NDArray linearBiasRows(NDArray d) {
    return unary("linear_bias_rows", d);
  }

  /** ∂W_i of every row for a convolution with one group, (B, C, H, W) and (B, O, H', W') → (B, O, C, k, k). */
  public static NDArray convRows(NDArray a, NDArray d, long kernel, long stride, long padding) {
    return convolution("conv_rows", a, d, kernel, stride, padding);
  }

  /** ∂W_i of every row for a convolution with as many groups as channels → (B, C, 1, k, k). */
  public static NDArray depthwiseRows(
      NDArray a, NDArray d, long kernel, long stride, long padding) {
    return convolution("depthwise_rows", a, d, kernel, stride, padding);
  }

  /** ∂b_i of every row for the bias of a layer with positions, (B, O, …) → (B, O). */
  public static NDArray biasRows(NDArray d) {
    return unary("bias_rows", d);
  }

  /** ∂γ_i of every row for batch normalisation with fixed statistics → (B, C). */
  public static NDArray batchNormRows(
      NDArray a, NDArray d, NDArray runningMean, NDArray runningVar, double epsilon) {
    return batchNormalisation("batch_norm_rows", a, d, runningMean, runningVar, epsilon);
  }

  // ---- layers as matrices at every position

  /** What a linear layer takes at each position, (B, …, D) → (B, T, D), with a 1 at the end of each for a bias. */
  public static NDArray linearInputs(NDArray a, boolean bias) {
    try (IValue va = value(a);
        IValue b = IValue.from(bias)) {
      return take(OPS.run("linear_inputs", va, b), manager(a));
    }
  }

  /** What a linear layer gives, or its gradient, at each position, (B, …, O) → (B, T, O). */
  public static NDArray linearOutputs(NDArray d) {
    return unary("linear_outputs", d);
  }

  /** What a convolution with one group takes at each position, (B, C, H, W) → (B, T, C·k·k), with a 1 at the end for a bias. */
  public static NDArray convInputs(
      NDArray a, long kernel, long stride, long padding, boolean bias) {
    try (IValue va = value(a);
        IValue k = IValue.from(kernel);
        IValue s = IValue.from(stride);
        IValue p = IValue.from(padding);
        IValue b = IValue.from(bias)) {
      return take(OPS.run("conv_inputs", va, k, s, p, b), manager(a));
    }
  }

  /** What a convolution gives, or its gradient, at each position, (B, O, H, W) → (B, T, O). */
  public static NDArray convOutputs(NDArray d) {
    return unary("conv_outputs", d);
  }

  /** c ← c + Σ x xᵀ over the vectors of x, (I, I) and (…, I). */
  public static void addGramInPlace(NDArray c, NDArray x) {
    try (IValue vc = value(c);
        IValue vx = value(x)) {
      OPS.run("add_gram_", vc, vx).close();
    }
  }

  /**
   * Σ_i (U_Oᵀ ∂W_i U_I)² entry by entry, ∂W_i = Σ_t d_it a_itᵀ.
   *
   * @param a (B, T, I)
   * @param d (B, T, O)
   * @param ofInputs U_I, (I, I)
   * @param ofOutputs U_O, (O, O)
   * @return (O, I)
   */
  public static NDArray rotatedSquares(NDArray a, NDArray d, NDArray ofInputs, NDArray ofOutputs) {
    try (IValue va = value(a);
        IValue vd = value(d);
        IValue ui = value(ofInputs);
        IValue uo = value(ofOutputs)) {
      return take(OPS.run("rotated_squares", va, vd, ui, uo), manager(a));
    }
  }

  /** Eigenvalues, from the smallest, and eigenvectors in columns, of a symmetric matrix. */
  public static NDArray[] symmetricEigen(NDArray a) {
    NDArray there = a.toDevice(EngineRuntime.wideDevice(a.getDevice()), false);
    try (IValue va = value(there);
        IValue result = OPS.run("symmetric_eigen", va)) {
      return Arrays.stream(result.toTensorArray(manager(a)))
          .map(found -> found.toDevice(a.getDevice(), false))
          .toArray(NDArray[]::new);
    }
  }

  // ---- gradients of each row against a vector

  /** Σ of y ⊙ d over each row, in 64 bits, (B, …) and (B, …) → (B). */
  public static NDArray rowDots(NDArray y, NDArray d) {
    Device wide = EngineRuntime.wideDevice(y.getDevice());
    return binary("row_dots", y.toDevice(wide, false), d.toDevice(wide, false));
  }

  // ---- gradients of each row, squared and summed over the rows: Σ_i (∂loss_i/∂w)²

  /** Σ_i (∂W_i)² for a linear layer, (B, …, D) and (B, …, O) → (O, D). */
  public static NDArray linearSquares(NDArray a, NDArray d) {
    try (IValue va = value(a);
        IValue vd = value(d)) {
      return take(OPS.run("linear_squares", va, vd), manager(a));
    }
  }

  /** Σ_i (∂b_i)² for the bias of a linear layer, (B, …, O) → (O). */
  public static NDArray linearBiasSquares(NDArray d) {
    return unary("linear_bias_squares", d);
  }

  /** Σ_i (∂W_i)² for a convolution with one group, (B, C, H, W) and (B, O, H', W') → (O, C, k, k). */
  public static NDArray convSquares(NDArray a, NDArray d, long kernel, long stride, long padding) {
    return convolution("conv_squares", a, d, kernel, stride, padding);
  }

  /** Σ_i (∂W_i)² for a convolution with as many groups as channels → (C, 1, k, k). */
  public static NDArray depthwiseSquares(
      NDArray a, NDArray d, long kernel, long stride, long padding) {
    return convolution("depthwise_squares", a, d, kernel, stride, padding);
  }

  /** Σ_i (∂b_i)² for the bias of a layer with positions, (B, O, …) → (O). */
  public static NDArray biasSquares(NDArray d) {
    return unary("bias_squares", d);
  }

  /** Σ_i (∂γ_i)² for batch normalisation with fixed statistics → (C). */
  public static NDArray batchNormSquares(
      NDArray a, NDArray d, NDArray runningMean, NDArray runningVar, double epsilon) {
    return batchNormalisation("batch_norm_squares", a, d, runningMean, runningVar, epsilon);
  }

  private static NDArray batchNormalisation(
      String method,
      NDArray a,
      NDArray d,
      NDArray runningMean,
      NDArray runningVar,
      double epsilon) {
    try (IValue va = value(a);
        IValue vd = value(d);
        IValue m = value(runningMean);
        IValue v = value(runningVar);
        IValue e = IValue.from(epsilon)) {
      return take(OPS.run(method, va, vd, m, v, e), manager(a));
    }
  }

  private static NDArray convolution(
      String method, NDArray a, NDArray d, long kernel, long stride, long padding) {
    try (IValue va = value(a);
        IValue vd = value(d);
        IValue k = IValue.from(kernel);
        IValue s = IValue.from(stride);
        IValue p = IValue.from(padding)) {
      return take(OPS.run(method, va, vd, k, s, p), manager(a));
    }
  }

  // ---- statistics

  /** x where the boolean condition is true, a number elsewhere, even where x is no number; belongs to x's manager. */
  public static NDArray where(NDArray condition, NDArray x, double otherwise) {
    try (IValue c = value(condition);
        IValue vx = value(x);
        IValue o = IValue.from(otherwise)) {
      return take(OPS.run("where", c, vx, o), manager(x));
    }
  }

  /** The k-th smallest value of a vector, k from 1. */
  public static float kthSmallest(NDArray x, long k) {
    try (IValue vx = value(x);
        IValue vk = IValue.from(k);
        NDArray result = take(OPS.run("kth_smallest", vx, vk), manager(x))) {
      return result.getFloat();
    }
  }

  /**
   * A step of farthest-first choice: brings {@code nearest} up to date with the choice of a row, and finds the next.
   *
   * @param x (N, D)
   * @param squaredNorms (N) of the rows
   * @param nearest (N) squared distance of each row to its nearest chosen one, −1 for chosen rows; changed
   * @param chosen the row chosen now
   * @return the row furthest from all chosen, the first of equals
   */
  public static int coverInPlace(NDArray x, NDArray squaredNorms, NDArray nearest, long chosen) {
    try (IValue vx = value(x);
        IValue norms = value(squaredNorms);
        IValue near = value(nearest);
        IValue c = IValue.from(chosen);
        IValue next = OPS.run("cover_", vx, norms, near, c)) {
      return Math.toIntExact(next.toLong());
    }
  }

  // ---- values of rows

  /**
   * The rows of x from nearest to furthest of each asked row, rows at equal distance in the order of x; int64 (B, N), in the
   * manager of x.
   *
   * @param x (N, D)
   * @param squaredNorms (N) of the rows of x
   * @param asked (B, D)
   */
  public static NDArray nearestFirst(NDArray x, NDArray squaredNorms, NDArray asked) {
    try (IValue vx = value(x);
        IValue norms = value(squaredNorms);
        IValue a = value(asked)) {
      return take(OPS.run("nearest_first", vx, norms, a), manager(x));
    }
  }

  /**
   * Adds to each row's total its Shapley values for a k-NN classifier of some asked rows: with the rows from near to far,
   * right_i telling whether the i-th has the asked row's class, and right_{N+1} = 0,
   *
   * <pre>{@code
   * s_i = s_{i+1} + (right_i − right_{i+1})·factor_i
   * }</pre>
   *
   * @param total (N) in 64 bits; changed
   * @param x (N, D)
   * @param squaredNorms (N) of the rows of x
   * @param labels int64 (N)
   * @param factors (N) in 64 bits
   * @param asked (B, D)
   * @param askedLabels int64 (B)
   */
  public static void knnShapleyInPlace(
      NDArray total,
      NDArray x,
      NDArray squaredNorms,
      NDArray labels,
      NDArray factors,
      NDArray asked,
      NDArray askedLabels) {
    try (IValue t = value(total);
        IValue vx = value(x);
        IValue norms = value(squaredNorms);
        IValue y = value(labels);
        IValue f = value(factors);
        IValue a = value(asked);
        IValue ya = value(askedLabels)) {
      OPS.run("knn_shapley_", t, vx, norms, y, f, a, ya).close();
    }
  }

  /**
   * Logits (M, C) of asked rows by the nearest mean of a class over the chosen rows, 2·aᵀμ_c − ‖μ_c‖²; −∞ for classes
   * without a chosen row.
   *
   * @param x (N, D)
   * @param onehot classes of x, (N, C)
   * @param asked (M, D)
   * @param chosen int64, places in x
   */
  public static NDArray centroidLogits(NDArray x, NDArray onehot, NDArray asked, NDArray chosen) {
    try (IValue vx = value(x);
        IValue y = value(onehot);
        IValue a = value(asked);
        IValue c = value(chosen)) {
      return take(OPS.run("centroid_logits", vx, y, a, c), manager(chosen));
    }
  }

  /**
   * Logits (M, C) of asked rows by a logistic regression on the chosen rows,
   *
   * <pre>{@code
   * min_W mean CE(x·W, y) + ½ Σ_d decay_d ‖W_d‖²            W (D, C)
   * }</pre>
   *
   * by steps W ← W − H⁻¹∇ with H = XᵀX/2n + diag(decay), which bounds the Hessian from above, from W = 0.
   *
   * @param x (N, D)
   * @param onehot classes of x, (N, C)
   * @param asked (M, D)
   * @param chosen int64, places in x
   * @param decay (D), such that H can be inverted
   */
  public static NDArray logisticLogits(
      NDArray x, NDArray onehot, NDArray asked, NDArray chosen, NDArray decay, long steps) {
    try (IValue vx = value(x);
        IValue y = value(onehot);
        IValue a = value(asked);
        IValue c = value(chosen);
        IValue d = value(decay);
        IValue s = IValue.from(steps)) {
      return take(OPS.run("logistic_logits", vx, y, a, c, d, s), manager(chosen));
    }
  }

  // ---- choosing rows; N rows, D features

  /**
   * Finds the row nearest to a point, the first of equals, and takes it away.
   *
   * @param x (N, D)
   * @param squaredNorms (N) of the rows that are left, infinite for those that are not; changed
   * @param point (D)
   */
  public static int nearestInPlace(NDArray x, NDArray squaredNorms, NDArray point) {
    try (IValue vx = value(x);
        IValue norms = value(squaredNorms);
        IValue p = value(point);
        IValue gone = IValue.from(Double.POSITIVE_INFINITY);
        IValue best = OPS.run("nearest_", vx, norms, p, gone)) {
      return Math.toIntExact(best.toLong());
    }
  }

  /**
   * A batch of k-means: a row goes to its nearest centre, and a centre is the mean of all rows that came to it so far.
   *
   * @param x the batch (B, D)
   * @param centres (K, D), changed
   * @param counts (K) of the rows that came to each, above 0; changed
   */
  public static void kMeansInPlace(NDArray x, NDArray centres, NDArray counts) {
    try (IValue vx = value(x);
        IValue c = value(centres);
        IValue n = value(counts)) {
      OPS.run("k_means_", vx, c, n).close();
    }
  }

  /** Products of rows {@code from} … {@code to} with all rows, (to − from, N), attached to {@code manager}. */
  public static NDArray rowProducts(NDManager manager, NDArray x, long from, long to) {
    return similarities(manager, x, x, from, to, 0, 1);
  }

  /** Distances ‖x_i − x_j‖₂ of rows {@code from} … {@code to} to all rows, negative, attached to {@code manager}. */
  public static NDArray negativeDistances(
      NDManager manager, NDArray x, NDArray squaredNorms, long from, long to) {
    return similarities(manager, x, squaredNorms, from, to, 1, 1);
  }

  /** exp(−‖x_i − x_j‖² / scale) of rows {@code from} … {@code to} and all rows, attached to {@code manager}. */
  public static NDArray gaussian(
      NDManager manager, NDArray x, NDArray squaredNorms, long from, long to, double scale) {
    return similarities(manager, x, squaredNorms, from, to, 2, scale);
  }

  private static NDArray similarities(
      NDManager manager,
      NDArray x,
      NDArray squaredNorms,
      long from,
      long to,
      long kind,
      double scale) {
    try (IValue vx = value(x);
        IValue norms = value(squaredNorms);
        IValue a = IValue.from(from);
        IValue b = IValue.from(to);
        IValue k = IValue.from(kind);
        IValue s = IValue.from(scale)) {
      return take(OPS.run("similarities", vx, norms, a, b, k, s), (PtNDManager) manager);
    }
  }

  /**
   * A step of the Cholesky decomposition of a matrix M (N, N) whose rows come in an order that is found on the way.
   *
   * @param m row {@code row} of M, (N)
   * @param c (K, N), of which rows before {@code step} are there; row {@code step} is written
   * @param d (N) what the rows before leave of the diagonal of M; changed
   */
  public static void choleskyInPlace(NDArray m, NDArray c, NDArray d, long step, long row) {
    try (IValue vm = value(m);
        IValue vc = value(c);
        IValue vd = value(d);
        IValue t = IValue.from(step);
        IValue r = IValue.from(row)) {
      OPS.run("cholesky_", vm, vc, vd, t, r).close();
    }
  }

  /**
   * A count sketch of every row: value s is added, with a sign, to one of m places.
   *
   * @param x (B, S)
   * @param place (S) of each value, from 0 to m−1, int64
   * @param sign (S), 1 or −1
   * @return (B, m)
   */
  public static NDArray countSketch(NDArray x, NDArray place, NDArray sign, long m) {
    try (IValue vx = value(x);
        IValue p = value(place);
        IValue s = value(sign);
        IValue vm = IValue.from(m)) {
      return take(OPS.run("count_sketch", vx, p, s, vm), manager(x));
    }
  }

  /**
   * Solves a·x = b for a symmetric positive definite matrix, by Cholesky.
   *
   * @param a (m, m)
   * @param b (m)
   * @return x (m)
   * @throws ai.djl.engine.EngineException when a is not positive definite
   */
  public static NDArray solvePositive(NDArray a, NDArray b) {
    return binary("solve_positive", a, b);
  }

  /**
   * Inner products of outer products: ⟨r_i ĥ_iᵀ, r_j ĥ_jᵀ⟩ = (r_i·r_j)(ĥ_i·ĥ_j) for all i and the j of an index.
   *
   * @param r (N, C)
   * @param h ĥ (N, D)
   * @param index (B) rows, int64
   * @return (N, B)
   */
  public static NDArray outerProducts(NDArray r, NDArray h, NDArray index) {
    try (IValue vr = value(r);
        IValue vh = value(h);
        IValue i = value(index)) {
      return take(OPS.run("outer_products", vr, vh, i), manager(r));
    }
  }

  /**
   * Distances of outer products, ‖r_i ĥ_iᵀ − r_j ĥ_jᵀ‖, for all i and the j of an index; 0 where rounding is all there is.
   *
   * @param squared (N) ‖r_i‖²‖ĥ_i‖²
   * @return (N, B)
   */
  public static NDArray outerDistances(NDArray r, NDArray h, NDArray squared, NDArray index) {
    try (IValue vr = value(r);
        IValue vh = value(h);
        IValue s = value(squared);
        IValue i = value(index)) {
      return take(OPS.run("outer_distances", vr, vh, s, i), manager(r));
    }
  }

  /** Σ_i max(0, nearest_i − d_ij) for every j, (N) and (N, B) → (B). */
  public static NDArray gainsOfCover(NDArray nearest, NDArray distances) {
    return binary("gains_of_cover", nearest, distances);
  }

  /**
   * ⟨r_i ĥ_iᵀ, M⟩ of rows with the gradient M of a loss by a linear layer that has moved by −step.
   *
   * <pre>{@code
   * M = Σ_j w_j (softmax(z_j − step·v_j) − y_j) v_jᵀ
   * }</pre>
   *
   * @param r (N, C)
   * @param h ĥ (N, D)
   * @param z (V, C) logits before the move
   * @param y (V, C) onehot classes
   * @param v (V, D) what goes into the layer, and 1
   * @param w (V) of the rows
   * @param step (C, D)
   * @return (N)
   */
  public static NDArray gainsOfStep(
      NDArray r, NDArray h, NDArray z, NDArray y, NDArray v, NDArray w, NDArray step) {
    try (IValue vr = value(r);
        IValue vh = value(h);
        IValue vz = value(z);
        IValue vy = value(y);
        IValue vv = value(v);
        IValue vw = value(w);
        IValue vs = value(step)) {
      return take(OPS.run("gains_of_step", vr, vh, vz, vy, vv, vw, vs), manager(r));
    }
  }

  private static NDArray unary(String method, NDArray x) {
    try (IValue vx = value(x)) {
      return take(OPS.run(method, vx), manager(x));
    }
  }

  private static IValue value(NDArray array) {
    return IValue.from((PtNDArray) array);
  }

  private static PtNDManager manager(NDArray array) {
    return (PtNDManager) array.getManager();
  }

  private static NDArray take(IValue result, PtNDManager manager) {
    try (result) {
      return result.toTensor(manager);
    }
  }
}
