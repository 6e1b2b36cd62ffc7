package org.erasus.train;

import ai.djl.ndarray.NDArray;

/** A module of two losses. It works like any other, but its recipe cannot say what the losses are. */
record LambdaModule(Training training, Loss forget, Loss retain) implements UnlearningModule {
  @Override
  public NDArray forgetStep(Step step) {
    return forget.of(step);
  }

  @Override
  public NDArray retainStep(Step step) {
    return retain.of(step);
  }
}
