package org.erasus.nn;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

/** Parameters with the initial values PyTorch gives them, drawn from the engine's generator. */
final class Parameters {
  private Parameters() {}

  static Parameter weight(String name) {
    return Parameter.builder().setName(name).setType(Parameter.Type.WEIGHT).build();
  }

  static Parameter bias(String name) {
    return Parameter.builder().setName(name).setType(Parameter.Type.BIAS).build();
  }

  /** A running statistic: moved by training batches, not by gradients. */
  static Parameter statistic(String name, Parameter.Type type) {
    return Parameter.builder().setName(name).setType(type).optRequiresGrad(false).build();
  }

  /** U(−1/√n, 1/√n) for n inputs of a unit. */
  static void uniform(Parameter parameter, Shape shape, long inputs) {
    float bound = (float) (1 / Math.sqrt((double) inputs));
    parameter.setShape(shape);
    parameter.setInitializer((manager, s, type) -> manager.randomUniform(-bound, bound, s, type));
  }

  static void zeros(Parameter parameter, Shape shape) {
    parameter.setShape(shape);
    parameter.setInitializer((manager, s, type) -> manager.zeros(s, type));
  }

  static void ones(Parameter parameter, Shape shape) {
    parameter.setShape(shape);
    parameter.setInitializer((manager, s, type) -> manager.ones(s, type));
  }
}
