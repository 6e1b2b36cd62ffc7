package org.erasus.nn;

/** How images lie in memory while a network computes; shapes are (B, C, H, W) either way. */
public enum MemoryLayout {
  /** Width innermost, the order of the shape. */
  CONTIGUOUS,
  /** Channels innermost: faster convolutions on a CPU, different rounding. */
  CHANNELS_LAST
}
