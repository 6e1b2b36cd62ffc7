package org.erasus.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** y = body(x) + shortcut(x), the shortcut being the identity unless one is given. */
public final class Residual extends AbstractBlock implements NamedBlocks {
  private final Block body;
  private final String shortcutName;
  private final Optional<Block> shortcut;

  private Residual(Block body, String shortcutName, Optional<Block> shortcut) {
    this.body = addChildBlock("body", body);
    this.shortcutName = shortcutName;
    this.shortcut = shortcut;
    shortcut.ifPresent(block -> addChildBlock(shortcutName, block));
  }

  /** A block around which the input is carried unchanged. */
  public static Residual of(Block body) {
    return new Residual(body, "", Optional.empty());
  }

  /** A block with a projected shortcut; the name is part of the names of the projection's weights, the body has none. */
  public static Residual of(Block body, String shortcutName, Block shortcut) {
    return new Residual(body, shortcutName, Optional.of(shortcut));
  }

  @Override
  public Map<String, Block> namedBlocks() {
    Map<String, Block> blocks = new LinkedHashMap<>();
    blocks.put("", body);
    shortcut.ifPresent(block -> blocks.put(shortcutName, block));
    return blocks;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> options) {
    NDArray y = body.forward(store, inputs, training, options).singletonOrThrow();
    NDList x =
        shortcut.isPresent() ? shortcut.get().forward(store, inputs, training, options) : inputs;
    NDList sum = new NDList(y.add(x.singletonOrThrow()));
    ForwardPass.release(store, new NDList(y), inputs, sum);
    ForwardPass.release(store, x, inputs, sum);
    return sum;
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return body.getOutputShapes(inputs);
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
    body.initialize(manager, type, inputs);
    shortcut.ifPresent(block -> block.initialize(manager, type, inputs));
  }
}
