package org.erasus.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.TensorList;
import org.erasus.engine.TorchOps;

/**
 * An {@link Optimizer} at work on a flat buffer of parameters: its state and one native call a step. The buffer is seen whole
 * or cut into tensors, whichever way gradients come; the values are the same to the bit.
 */
final class FlatOptimizer implements AutoCloseable {
  private final Optimizer rule;
  private final List<Shape> cut;
  private final NDManager manager;
  private final Map<String, NDArray> state = new LinkedHashMap<>();
  private final Map<String, TensorList> lists = new LinkedHashMap<>();

  /**
   * Starts with empty state.
   *
   * @param cut the shapes of the tensors that lie in the buffer one after the other
   */
  FlatOptimizer(Optimizer rule, NDArray parameters, List<Shape> cut) {
    this.rule = rule;
    this.cut = cut;
    manager = EngineRuntime.newManager(parameters.getDevice());
    lists.put("parameters", pieces(parameters));
    if (rule instanceof Optimizer.Sgd sgd) {
      if (sgd.momentum() == 0) {
        lists.put("momentum", TensorList.of());
      } else {
        add("momentum", parameters.zerosLike());
      }
    } else {
      add("mean", parameters.zerosLike());
      add("square", parameters.zerosLike());
      NDArray step = parameters.getManager().zeros(new Shape());
      hold("step", step);
      lists.put("step", TensorList.of(step));
    }
  }

  private void add(String name, NDArray array) {
    hold(name, array);
    lists.put(name, pieces(array));
  }

  private void hold(String name, NDArray array) {
    array.attach(manager);
    state.put(name, array);
  }

  private TensorList pieces(NDArray flat) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray[] views = new NDArray[cut.size()];
      long offset = 0;
      for (int i = 0; i < views.length; i++) {
        views[i] = TorchOps.view(flat, offset, cut.get(i));
        views[i].attach(scope);
        offset += cut.get(i).size();
      }
      return TensorList.of(views);
    }
  }

  /**
   * Moves the parameters by one step.
   *
   * @param gradient of each tensor of the cut
   */
  void step(TensorList gradient, double learningRate) {
    if (rule instanceof Optimizer.Sgd sgd) {
      TorchOps.sgdInPlace(
          list("parameters"),
          gradient,
          list("momentum"),
          learningRate,
          sgd.momentum(),
          sgd.nesterov(),
          sgd.weightDecay());
    } else if (rule instanceof Optimizer.Adam adam) {
      adam(
          gradient,
          learningRate,
          adam.beta1(),
          adam.beta2(),
          adam.epsilon(),
          adam.weightDecay(),
          false);
    } else if (rule instanceof Optimizer.AdamW adam) {
      adam(
          gradient,
          learningRate,
          adam.beta1(),
          adam.beta2(),
          adam.epsilon(),
          adam.weightDecay(),
          true);
    }
  }

  private void adam(
      TensorList gradient,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled) {
    TorchOps.adamInPlace(
        list("parameters"),
        gradient,
        list("mean"),
        list("square"),
        list("step"),
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        decoupled);
  }

  private TensorList list(String name) {
    TensorList list = lists.get(name);
    if (list == null) {
      throw new IllegalStateException("no optimizer state " + name);
    }
    return list;
  }

  /** The arrays a resumed run needs, by name; borrowed and live. */
  Map<String, NDArray> state() {
    return state;
  }

  @Override
  public void close() {
    lists.values().forEach(TensorList::close);
    manager.close();
  }
}
