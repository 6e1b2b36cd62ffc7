package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Compute;
import org.erasus.nn.ForwardPass;

/**
 * Gradients of single rows without a backward pass for each: rows do not meet inside a layer in evaluation mode, so one
 * backward pass of the summed loss gives every row's gradient at every layer's output, and each layer knows the rest.
 */
public final class RowGradients {
  /** Rows at once, and where every row's gradient is written out how many numbers of a tensor at most. */
  private static final int BATCH = 64;

  private static final long NUMBERS = 1 << 25;

  /** The function of a row whose gradient is meant. */
  public enum Output {
    /** −log p(y|x). */
    CROSS_ENTROPY,
    /** log (p(y|x) / (1 − p(y|x))). */
    MARGIN;

    private NDArray of(NDArray logits, Batch batch) {
      return this == CROSS_ENTROPY
          ? TorchOps.crossEntropyRows(logits, batch.labels())
          : TorchOps.marginRows(logits, batch.labels());
    }
  }

  /** A linear function of gradients, told tensor by tensor: the parts of all tensors add up. */
  public interface Projection {
    /**
     * The part of one tensor.
     *
     * @param tensor its place among the parameters
     * @param gradients (B, S) of B rows by the tensor's S values, borrowed
     * @return (B, m), in their manager
     */
    NDArray of(WeightLayout.Tensor tensor, NDArray gradients);
  }

  private RowGradients() {}

  /**
   * ∇_θ CE_i of each row, one under the other; the weights of the rows do not count. B·P numbers: for few rows at a time.
   *
   * @param rows one or more, taken at once
   * @param scope owns the result
   * @return (B, P), in the order of the network's parameters
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public static NDArray of(Network network, Rows rows, NDManager scope) {
    network.requireFit(rows.data());
    NDArray[] parts = new NDArray[network.layout().trainable().size()];
    try (Batch batch = rows.load(network.device())) {
      ofLayers(
          network,
          batch,
          List.of(RowGradients::crossEntropy),
          RowGradients::ofRows,
          (tensor, gradients) ->
              parts[network.layout().trainable().indexOf(tensor)] =
                  gradients.reshape(rows.size(), tensor.size()));
      try (GradMode off = GradMode.off()) {
        NDArray all = NDArrays.concat(new NDList(parts), 1);
        all.attach(scope);
        return all;
      }
    }
  }

  /**
   * A linear function of every row's gradient, without N·P numbers in memory: rows are taken in batches of at most 64, fewer
   * when a tensor is large. The weights of the rows do not count.
   *
   * @param rows one or more
   * @param output of a row, the gradient of which is meant
   * @param scope owns the result
   * @param done is told the number of rows done, after each batch
   * @return (N, m)
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public static NDArray projected(
      Network network,
      Rows rows,
      Output output,
      Projection projection,
      NDManager scope,
      LongConsumer done) {
    network.requireFit(rows.data());
    long largest =
        network.layout().trainable().stream().mapToLong(WeightLayout.Tensor::size).max().orElse(1);
    int batchSize = Math.toIntExact(Math.max(1, Math.min(BATCH, NUMBERS / largest)));
    List<WeightLayout.Tensor> tensors = network.layout().trainable();
    NDList parts = new NDList();
    int at = 0;
    for (Rows piece : rows.batches(batchSize)) {
      NDArray[] told = new NDArray[tensors.size()];
      try (Batch batch = piece.load(network.device())) {
        ofLayers(
            network,
            batch,
            List.of(output::of),
            RowGradients::ofRows,
            (tensor, gradients) -> {
              try (NDArray flat = gradients.reshape(piece.size(), tensor.size())) {
                NDArray part = projection.of(tensor, flat);
                part.attach(scope);
                told[tensors.indexOf(tensor)] = part;
              }
            });
      }
      parts.add(sum(told));
      at += piece.size();
      done.accept(at);
    }
    try (GradMode off = GradMode.off();
        parts) {
      NDArray all = NDArrays.concat(parts, 0);
      all.attach(scope);
      return all;
    }
  }

  /**
   * ⟨∇_θ CE_i, v⟩ of each row; the weights of the rows do not count. One pass forward and back to the outputs of the layers
   * and a second pass through each layer for a batch, whatever the number of parameters: a layer is linear in them, so its
   * share is the product of the gradient at its output with what it gives when v stands in the place of its parameters.
   *
   * @param v (P), in the order of the network's parameters
   * @return one number a row
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public static double[] dots(Network network, Rows rows, NDArray v) {
    return dots(network, rows, v, BATCH, done -> {});
  }

  static double[] dots(Network network, Rows rows, NDArray v, int batchSize, LongConsumer done) {
    network.requireFit(rows.data());
    if (!v.getShape().equals(network.parameters().getShape())) {
      throw new IllegalArgumentException(
          "v must have the shape of the parameters, "
              + network.parameters().getShape()
              + ", but has "
              + v.getShape());
    }
    double[] dots = new double[rows.size()];
    int at = 0;
    for (Rows piece : rows.batches(batchSize)) {
      try (Batch batch = piece.load(network.device());
          GradMode off = GradMode.off()) {
        Backward backward = backward(network, batch, RowGradients::crossEntropy);
        for (int i = 0; i < backward.gradients().size(); i++) {
          double[] part = dots(network, backward, i, v);
          for (int b = 0; b < part.length; b++) {
            dots[at + b] += part[b];
          }
          backward.gradients().get(i).close();
        }
      }
      at += piece.size();
      done.accept(at);
    }
    return dots;
  }

  /** ⟨∂loss_i/∂w, v⟩ of every row for the parameters w of one layer. */
  static double[] dots(Network network, Backward backward, int layer, NDArray v) {
    ForwardPass.Visit visit = backward.visits().get(layer);
    try (NDManager scope = EngineRuntime.newManager(network.device())) {
      ForwardPass along = backward.with(network, visit, scope, p -> view(v, p, scope));
      NDArray y = visit.layer().output(along, visit.input().stopGradient());
      y.attach(scope);
      return TorchOps.rowDots(y, backward.gradients().get(layer)).toDoubleArray();
    }
  }

  /** Adds Σ_i s_i ∂loss_i/∂w to a vector of all parameters, for the parameters w of one layer; recording must be off. */
  static void addSum(Network network, Backward backward, int layer, float[] shares, NDArray total) {
    ForwardPass.Visit visit = backward.visits().get(layer);
    NDArray gradient = backward.gradients().get(layer);
    try (NDManager scope = EngineRuntime.newManager(network.device())) {
      NDArray weighted;
      try (NDArray window = scope.create(shares)) {
        long[] alike = new long[gradient.getShape().dimension()];
        Arrays.fill(alike, 1);
        alike[0] = shares.length;
        weighted = window.duplicate().reshape(alike).mul(gradient);
      }
      List<WeightLayout.Tensor> tensors = backward.tensors(network, visit);
      NDArray[] sums;
      try (GradMode on = GradMode.on()) {
        ForwardPass again = backward.with(network, visit, scope, network::viewOf);
        NDArray y = visit.layer().output(again, visit.input().stopGradient());
        y.attach(scope);
        NDArray[] own = tensors.stream().map(network::viewOf).toArray(NDArray[]::new);
        sums = TorchOps.gradients(y.mul(weighted).sum(), own, false, false);
      }
      for (int i = 0; i < sums.length; i++) {
        TorchOps.addInPlace(view(total, tensors.get(i), scope), sums[i], 1);
      }
    }
  }

  /** The place of a parameter in a vector of all. */
  static NDArray view(NDArray v, WeightLayout.Tensor tensor, NDManager scope) {
    NDArray view = TorchOps.view(v, tensor.offset(), tensor.shape());
    view.attach(scope);
    return view;
  }

  static NDArray crossEntropy(NDArray logits, Batch batch) {
    return TorchOps.crossEntropyRows(logits, batch.labels());
  }

  /** Adds up into the first: in the order of the tensors, since layers tell of theirs in any and rounding depends on it. */
  private static NDArray sum(NDArray[] parts) {
    try (GradMode off = GradMode.off()) {
      for (int i = 1; i < parts.length; i++) {
        parts[0].addi(parts[i]);
        parts[i].close();
      }
      return parts[0];
    }
  }

  /** What a layer tells about a batch, by parameter. */
  interface OfLayer {
    Map<Parameter, NDArray> of(ForwardPass.Visit visit, ForwardPass pass, NDArray gradient);
  }

  /** The gradients of the rows themselves. */
  static Map<Parameter, NDArray> ofRows(
      ForwardPass.Visit visit, ForwardPass pass, NDArray gradient) {
    return visit.layer().rowGradients(pass, visit.input().stopGradient(), gradient);
  }

  /** The squares of the gradients of the rows, summed. */
  static Map<Parameter, NDArray> ofSquares(
      ForwardPass.Visit visit, ForwardPass pass, NDArray gradient) {
    return visit.layer().sumOfSquaredGradients(pass, visit.input().stopGradient(), gradient);
  }

  /**
   * Runs a batch forward once and each loss back, and hands over what every layer tells, tensor by tensor.
   *
   * @param sink takes the tensor of a parameter and what was told of it, borrowed: it is closed after the call
   */
  static void ofLayers(
      Network network,
      Batch batch,
      List<RowLoss> losses,
      OfLayer told,
      BiConsumer<WeightLayout.Tensor, NDArray> sink) {
    backward(
        network,
        batch,
        losses,
        backward -> {
          try (GradMode off = GradMode.off()) {
            for (int i = 0; i < backward.gradients().size(); i++) {
              backward.tell(network, i, told, sink);
              backward.gradients().get(i).close();
            }
          }
        });
  }

  /** ‖∂CE_i/∂(parameters of some layers)‖₂ of each row, over tensors of whole layers. */
  static double[] norms(
      Network network,
      Rows rows,
      List<WeightLayout.Tensor> over,
      int batchSize,
      LongConsumer done) {
    double[] norms = new double[rows.size()];
    int at = 0;
    for (Rows piece : rows.batches(batchSize)) {
      try (Batch batch = piece.load(network.device())) {
        for (float squared : squaredNorms(network, batch, over)) {
          norms[at++] = Math.sqrt(squared);
        }
      }
      done.accept(at);
    }
    return norms;
  }

  /** The layers of a pass that take part in training, and the gradient of its loss at the output of each. */
  record Backward(ForwardPass pass, List<ForwardPass.Visit> visits, List<NDArray> gradients) {
    /** The places of the parameters of a layer that are trained, in its order. */
    List<WeightLayout.Tensor> tensors(Network network, ForwardPass.Visit visit) {
      return visit.layer().layerParameters().stream()
          .filter(Parameter::requiresGradient)
          .map(parameter -> network.tensorOf(value(network, parameter)))
          .toList();
    }

    private NDArray value(Network network, Parameter parameter) {
      return RowGradients.value(network, pass, parameter);
    }

    /** Hands over what a layer tells, tensor by tensor, borrowed: it is closed after the call. */
    void tell(
        Network network, int layer, OfLayer told, BiConsumer<WeightLayout.Tensor, NDArray> sink) {
      told.of(visits.get(layer), pass, gradients.get(layer))
          .forEach(
              (parameter, value) -> {
                if (parameter.requiresGradient()) {
                  sink.accept(network.tensorOf(value(network, parameter)), value);
                }
                value.close();
              });
    }

    /** A pass through one layer with other values for its trained parameters, in 32 bits. */
    ForwardPass with(
        Network network,
        ForwardPass.Visit visit,
        NDManager scope,
        Function<WeightLayout.Tensor, NDArray> values) {
      Map<Parameter, NDArray> arrays = new HashMap<>();
      for (Parameter parameter : visit.layer().layerParameters()) {
        NDArray own = value(network, parameter);
        arrays.put(
            parameter, parameter.requiresGradient() ? values.apply(network.tensorOf(own)) : own);
      }
      return new ForwardPass(
          scope,
          arrays,
          Compute.DEFAULTS,
          false,
          0,
          ForwardPass.Remembered.NOTHING,
          Optional.empty());
    }
  }

  private static NDArray value(Network network, ForwardPass pass, Parameter parameter) {
    return Objects.requireNonNull(pass.getValue(parameter, network.device(), false));
  }

  /** A loss of every row. */
  interface RowLoss {
    /** Logits (B, C) → (B), in the batch's scope. */
    NDArray of(NDArray logits, Batch batch);
  }

  /** Runs a batch forward, and its summed loss back to the outputs of the layers. */
  static Backward backward(Network network, Batch batch, RowLoss loss) {
    return forward(network, batch, network.layout().trainable()).back(batch, loss, false);
  }

  /** The same with several losses, of which one after the other is run back. */
  static void backward(
      Network network, Batch batch, List<RowLoss> losses, Consumer<Backward> look) {
    Forward forward = forward(network, batch, network.layout().trainable());
    for (int i = 0; i < losses.size(); i++) {
      look.accept(forward.back(batch, losses.get(i), i + 1 < losses.size()));
    }
  }

  /** A pass forward, and the layers on the way whose gradients are wanted. */
  private record Forward(Network.Recorded recorded, List<ForwardPass.Visit> visits) {
    Backward back(Batch batch, RowLoss loss, boolean again) {
      try (GradMode on = GradMode.on()) {
        NDArray sum = loss.of(recorded.logits(), batch).sum();
        NDArray[] outputs = visits.stream().map(ForwardPass.Visit::output).toArray(NDArray[]::new);
        return new Backward(
            recorded.pass(), visits, List.of(TorchOps.gradients(sum, outputs, again, false)));
      }
    }
  }

  /** Runs a batch forward, for the gradients of the layers of these tensors. */
  private static Forward forward(Network network, Batch batch, List<WeightLayout.Tensor> over) {
    try (GradMode on = GradMode.on()) {
      Set<String> wanted =
          over.stream().map(t -> network.viewOf(t).getUid()).collect(Collectors.toSet());
      Network.Recorded recorded = network.record(batch);
      List<ForwardPass.Visit> visits =
          recorded.visits().stream()
              .filter(visit -> isOf(wanted, network, recorded.pass(), visit))
              .filter(RowGradients::isTrainable)
              .toList();
      requireAllParameters(over, visits);
      return new Forward(recorded, visits);
    }
  }

  private static boolean isOf(
      Set<String> wanted, Network network, ForwardPass pass, ForwardPass.Visit visit) {
    return visit.layer().layerParameters().stream()
        .anyMatch(parameter -> wanted.contains(value(network, pass, parameter).getUid()));
  }

  private static float[] squaredNorms(
      Network network, Batch batch, List<WeightLayout.Tensor> over) {
    Backward backward =
        forward(network, batch, over).back(batch, RowGradients::crossEntropy, false);
    float[] sum = new float[batch.size()];
    try (GradMode off = GradMode.off()) {
      for (int i = 0; i < backward.gradients().size(); i++) {
        float[] layer = squaredNorms(backward, i);
        for (int b = 0; b < sum.length; b++) {
          sum[b] += layer[b];
        }
        backward.gradients().get(i).close();
      }
    }
    return sum;
  }

  /** ‖∂loss_i/∂(parameters of one layer)‖₂² of every row. */
  static float[] squaredNorms(Backward backward, int layer) {
    ForwardPass.Visit visit = backward.visits().get(layer);
    try (NDArray input = visit.input().stopGradient();
        NDArray norms =
            visit
                .layer()
                .squaredGradientNorms(backward.pass(), input, backward.gradients().get(layer))) {
      return norms.toFloatArray();
    }
  }

  /**
   * Whether a layer's parameters are trained. A layer tells one norm for all of them, so all must be, running statistics
   * apart.
   */
  private static boolean isTrainable(ForwardPass.Visit visit) {
    List<Parameter> parameters =
        visit.layer().layerParameters().stream()
            .filter(parameter -> !BlockArchitecture.isRunningStatistic(parameter))
            .toList();
    long trainable = parameters.stream().filter(Parameter::requiresGradient).count();
    if (trainable != 0 && trainable != parameters.size()) {
      throw new UnsupportedOperationException(
          "per-row gradients need layers that are trained as a whole or frozen as a whole, but of "
              + parameters.stream().map(Parameter::getName).toList()
              + " only "
              + trainable
              + " is trained");
    }
    return trainable != 0;
  }

  /** The layers seen must be each seen once and hold every parameter that counts, or the sum is not the norm. */
  private static void requireAllParameters(
      List<WeightLayout.Tensor> over, List<ForwardPass.Visit> visits) {
    Set<Parameter> seen = new HashSet<>();
    long size = 0;
    for (ForwardPass.Visit visit : visits) {
      for (Parameter parameter : visit.layer().layerParameters()) {
        if (!seen.add(parameter)) {
          throw new UnsupportedOperationException(
              "a layer with parameter "
                  + parameter.getName()
                  + parameter.getShape()
                  + " is used twice in a pass: its rows' gradients do not add up from the parts");
        }
        size += parameter.requiresGradient() ? parameter.getShape().size() : 0;
      }
    }
    long all = over.stream().mapToLong(WeightLayout.Tensor::size).sum();
    if (size != all) {
      throw new UnsupportedOperationException(
          "layers that can tell their rows' gradients hold "
              + size
              + " of the "
              + all
              + " parameters: use layers of org.erasus.nn");
    }
  }
}
