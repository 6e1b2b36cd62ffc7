package org.erasus.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.TensorList;
import org.erasus.engine.TorchOps;

/** An {@link Optimizer} at work on one flat buffer of parameters: its state and one native call a step. */
final class FlatOptimizer implements AutoCloseable {
  private final Optimizer rule;
  private final NDManager manager;
  private final Map<String, NDArray> state = new LinkedHashMap<>();
  private final Map<String, TensorList> lists = new LinkedHashMap<>();

  FlatOptimizer(Optimizer rule, NDArray parameters) {
    this.rule = rule;
    manager = EngineRuntime.newManager();
    lists.put("parameters", TensorList.of(parameters));
    if (rule instanceof Optimizer.Sgd sgd) {
      if (sgd.momentum() == 0) {
        lists.put("momentum", TensorList.of());
      } else {
        add("momentum", parameters.zerosLike());
      }
    } else {
      add("mean", parameters.zerosLike());
      add("square", parameters.zerosLike());
      add("step", parameters.getManager().zeros(new ai.djl.ndarray.types.Shape()));
    }
  }

  private void add(String name, NDArray array) {
    array.attach(manager);
    state.put(name, array);
    lists.put(name, TensorList.of(array));
  }

  /** Moves the parameters by one step. */
  void step(NDArray gradient, double learningRate) {
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
      NDArray gradient,
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
