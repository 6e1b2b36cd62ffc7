package org.erasus.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;
import java.util.SplittableRandom;
import org.erasus.Batch;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Seeds;
import org.erasus.engine.TorchOps;
import org.jspecify.annotations.Nullable;

/** One step of a run as a module sees it: a batch, and what student and teacher say about it. */
public final class Step {
  private final Batch batch;
  private final Network network;
  private final Network.Mode mode;
  private final Teacher original;
  private final Seeds seeds;
  private final int epoch;
  private final long number;
  private final int part;
  private @Nullable Outputs student;
  private @Nullable Outputs teacher;

  Step(
      Batch batch,
      Network network,
      Network.Mode mode,
      Teacher original,
      Seeds seeds,
      int epoch,
      long number,
      int part) {
    this.batch = batch;
    this.network = network;
    this.mode = mode;
    this.original = original;
    this.seeds = seeds;
    this.epoch = epoch;
    this.number = number;
    this.part = part;
  }

  /** The network being changed; its gradients are recorded. */
  public Outputs student() {
    if (student == null) {
      student =
          new Outputs(
              network.forward(batch, mode, seeds.of("dropout", number, part)), labels(), weights());
    }
    return student;
  }

  /** What was said about the batch, if it was asked for. */
  Optional<Outputs> asked() {
    return Optional.ofNullable(student);
  }

  /**
   * The network being changed, on inputs of one's own in the place of the batch's or beside them; its gradients are recorded.
   * A network with batch statistics takes them from these inputs.
   *
   * @param inputs (N, …), in the batch's scope
   * @param classes of the inputs, int64 (N)
   * @param weights of the inputs in means, (N), when they are not all 1
   */
  public Outputs student(NDArray inputs, NDArray classes, Optional<NDArray> weights) {
    Batch own = new Batch(batch.rows(), new NDList(inputs), classes, batch.manager());
    return new Outputs(
        network.forward(own, mode, seeds.of("dropout", number, part)), classes, weights);
  }

  /** What a layer of the network being changed gives, (B, D) or (B, D, H, W), in a pass of its own. */
  public NDArray activation(String layer) {
    return network.activation(batch, mode, seeds.of("dropout", number, part), layer);
  }

  /** θ (P) of the network being changed as it is before the step; borrowed and live: not to be changed. */
  public NDArray parameters() {
    return network.parameters();
  }

  /** The original network θ₀ in evaluation mode, computed once a run for every row. */
  public Outputs teacher() {
    if (teacher == null) {
      teacher = outputs(original);
    }
    return teacher;
  }

  /** What another network says about the batch. */
  public Outputs outputs(Teacher other) {
    return new Outputs(other.logits(batch), labels(), weights());
  }

  /** Which rows are to be forgotten, boolean (B). */
  public NDArray isForget() {
    boolean[] forget = new boolean[batch.size()];
    for (int i = 0; i < forget.length; i++) {
      forget[i] = batch.rows().data().mark(batch.rows().position(i)) == Mark.FORGET;
    }
    try (NDArray window = batch.manager().create(forget)) {
      return window.duplicate().toDevice(labels().getDevice(), false);
    }
  }

  /** The rows and their tensors. */
  public Batch batch() {
    return batch;
  }

  /** The rows' classes, int64 (B). */
  public NDArray labels() {
    return batch.labels();
  }

  /**
   * For each forget row a class that is not its own, uniform over the others and drawn anew each epoch; for other rows their
   * own. int64 (B). Depends on seed, epoch and row id alone.
   */
  public NDArray wrongLabels() {
    int classes = network.classes();
    long[] labels = new long[batch.size()];
    for (int i = 0; i < labels.length; i++) {
      int position = batch.rows().position(i);
      int own = batch.rows().data().label(position);
      labels[i] = own;
      if (batch.rows().data().mark(position) == Mark.FORGET) {
        SplittableRandom random =
            seeds.stream("wrong-label", epoch, batch.rows().data().id(position));
        labels[i] = Math.floorMod(own + 1 + random.nextInt(classes - 1), classes);
      }
    }
    try (NDArray window = batch.manager().create(labels, new Shape(labels.length))) {
      return window.duplicate().toDevice(labels().getDevice(), false);
    }
  }

  /** ‖θ‖₁ of the student, scalar; its gradient is sign(θ), and 0 at 0. */
  public NDArray l1Norm() {
    return TorchOps.l1Norm(batch.manager(), network.trainable());
  }

  /** Random numbers for a purpose, the same for the same batch of the same step of the same run. */
  public SplittableRandom random(String purpose) {
    return seeds.stream(purpose, number, part);
  }

  /** Number of classes C. */
  public int classes() {
    return network.classes();
  }

  /** Epoch, from 0. */
  public int epoch() {
    return epoch;
  }

  /** Steps before this one in the run. */
  public long number() {
    return number;
  }

  /** Weights of the rows in means, (B), when they are not all 1. */
  public Optional<NDArray> weights() {
    float[] weights = new float[batch.size()];
    boolean equal = true;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) batch.rows().data().weight(batch.rows().position(i));
      equal &= weights[i] == 1;
    }
    if (equal) {
      return Optional.empty();
    }
    try (NDArray window = batch.manager().create(weights)) {
      return Optional.of(window.duplicate().toDevice(labels().getDevice(), false));
    }
  }
}
