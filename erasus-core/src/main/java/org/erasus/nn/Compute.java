package org.erasus.nn;

/**
 * How a network computes: part of the recipe of a run, since each choice rounds differently.
 *
 * @param precision format of products and activations
 * @param layout order of images in memory
 */
public record Compute(Precision precision, MemoryLayout layout) {
  /** 32-bit floats, width innermost: what a plain PyTorch program does. */
  public static final Compute DEFAULTS = new Compute(Precision.FP32, MemoryLayout.CONTIGUOUS);

  /** These choices with another precision. */
  public Compute withPrecision(Precision precision) {
    return new Compute(precision, layout);
  }

  /** These choices with another layout. */
  public Compute withLayout(MemoryLayout layout) {
    return new Compute(precision, layout);
  }
}
