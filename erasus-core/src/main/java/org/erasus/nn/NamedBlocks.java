package org.erasus.nn;

import ai.djl.nn.Block;
import java.util.Map;

/** A block that gives its children stable names, from which the names of weights are made: {@code layer1.0.conv1.weight}. */
public interface NamedBlocks {
  /** Children by name, in order; the empty name adds nothing to the path. */
  Map<String, Block> namedBlocks();
}
