package org.erasus.train;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonProperty;

/** A module of two losses that nothing tells from others: no record, so that it leaves no checkpoints, in other modules neither. */
@JsonClassDescription(
    "two losses without a name (name them, UnlearningModule.of(name, training, forget, retain))")
final class UnnamedLosses implements UnlearningModule {
  @JsonProperty private final Training training;
  private final Loss forget;
  private final Loss retain;

  UnnamedLosses(Training training, Loss forget, Loss retain) {
    this.training = training;
    this.forget = forget;
    this.retain = retain;
  }

  @Override
  public Training training() {
    return training;
  }

  @Override
  public NDArray forgetStep(Step step) {
    return forget.of(step);
  }

  @Override
  public NDArray retainStep(Step step) {
    return retain.of(step);
  }
}
