package org.erasus.nn;

/** The number format in which convolutions and linear layers multiply; weights and optimizer state are always 32 bits wide. */
public enum Precision {
  /** 32-bit floats throughout. */
  FP32,
  /** Products and activations in bfloat16, sums inside a product and weights in 32 bits. Needs layers of this package. */
  BF16
}
