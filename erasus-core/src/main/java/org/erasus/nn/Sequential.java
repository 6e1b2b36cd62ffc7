package org.erasus.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Blocks one after the other, each under a name of its own. */
public final class Sequential extends AbstractBlock implements NamedBlocks {
  private final Map<String, Block> named = new LinkedHashMap<>();

  /** Starts an empty sequence. */
  public Sequential() {}

  /** Appends a block. The name is part of the names of its weights; the empty name adds nothing to them. */
  public Sequential add(String name, Block block) {
    if (named.putIfAbsent(name, block) != null) {
      throw new IllegalArgumentException("two blocks are named \"" + name + "\"");
    }
    addChildBlock(name, block);
    return this;
  }

  /** Appends a block under its position, as PyTorch names the parts of a sequence. */
  public Sequential add(Block block) {
    return add(Integer.toString(named.size()), block);
  }

  /** Appends a function without parameters; it takes up a position, too. */
  public Sequential apply(UnaryOperator<NDArray> function) {
    return add(LambdaBlock.singleton(function));
  }

  @Override
  public Map<String, Block> namedBlocks() {
    return Collections.unmodifiableMap(named);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> options) {
    NDList x = inputs;
    for (Block block : named.values()) {
      NDList y = block.forward(store, x, training, options);
      ForwardPass.release(store, x, inputs, y);
      x = y;
    }
    return x;
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    Shape[] shapes = inputs;
    for (Block block : named.values()) {
      shapes = block.getOutputShapes(shapes);
    }
    return shapes;
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
    Shape[] shapes = inputs;
    for (Block block : named.values()) {
      block.initialize(manager, type, shapes);
      shapes = block.getOutputShapes(shapes);
    }
  }
}
