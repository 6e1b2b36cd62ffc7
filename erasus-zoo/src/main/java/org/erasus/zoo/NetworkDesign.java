package org.erasus.zoo;

import ai.djl.nn.Block;

/**
 * How a classifier is built: everything but its weights, the shape of its rows and the number of its classes.
 *
 * <p>Weights have the names, shapes and order of the same network written in PyTorch, so that a state dict fits as it is
 * ({@code num_batches_tracked} apart). Initial weights are drawn as PyTorch's layers draw theirs by default.
 */
public interface NetworkDesign {
  /**
   * A new block without weights, for one {@link org.erasus.Network}.
   *
   * @param classes C, 2 or more; the block gives logits (B, C)
   */
  Block block(int classes);
}
