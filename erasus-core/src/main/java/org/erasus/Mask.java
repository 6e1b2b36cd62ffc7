package org.erasus;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Which parameters may move: true moves, false stays bit-identical whatever the optimizer does.
 *
 * @see UnlearningTask#withMask
 */
public final class Mask implements AutoCloseable {
  private final NDArray kept;

  private Mask(NDArray kept) {
    this.kept = kept;
  }

  /**
   * Keeps the parameters of the largest values.
   *
   * @param values (P), such as the size of a gradient
   * @param share of all parameters together to keep, in (0, 1]; ties at the threshold are kept
   * @throws IllegalArgumentException when all values are equal, so that no parameter stands out
   */
  public static Mask ofLargest(NDArray values, double share) {
    Check.inClosed(share, Double.MIN_VALUE, 1, "share");
    try (GradMode off = GradMode.off();
        NDArray low = values.min();
        NDArray high = values.max()) {
      if (!(high.getFloat() > low.getFloat())) {
        throw new IllegalArgumentException(
            "all "
                + values.size()
                + " values are "
                + high.getFloat()
                + ": no parameter stands out");
      }
      long keep = Math.max(1, Math.round(share * values.size()));
      float threshold = TorchOps.kthSmallest(values, values.size() - keep + 1);
      return of(values.gte(threshold));
    }
  }

  /** Takes over a boolean array (P). */
  public static Mask of(NDArray kept) {
    if (kept.getDataType() != DataType.BOOLEAN || kept.getShape().dimension() != 1) {
      throw new IllegalArgumentException(
          "a mask must be boolean (P), but was " + kept.getDataType() + kept.getShape());
    }
    NDManager manager = EngineRuntime.newManager(kept.getDevice());
    kept.attach(manager);
    return new Mask(kept);
  }

  /** Boolean (P), borrowed. */
  public NDArray kept() {
    return kept;
  }

  /** Boolean (P) on a device, borrowed. */
  public NDArray kept(Device device) {
    return kept.toDevice(device, false);
  }

  /** What is free in both, on the device of this one; the caller closes it. */
  public Mask and(Mask other) {
    try (GradMode off = GradMode.off()) {
      return of(kept.logicalAnd(other.kept(kept.getDevice())));
    }
  }

  /** Number of parameters that may move. */
  public long count() {
    try (GradMode off = GradMode.off();
        NDArray sum = kept.sum()) {
      return sum.toLongArray()[0];
    }
  }

  /** SHA-256 over the mask: equal for masks that keep the same parameters. */
  public String fingerprint() {
    return new Digest().update(kept.size()).update(kept.toByteBuffer()).hex();
  }

  @Override
  public void close() {
    kept.getManager().close();
  }
}
