package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Layer;

/** A function that adds something to another one, its base, whose weights come before its own. */
interface Extension extends Architecture {
  /** The function without the addition. */
  Architecture base();

  @Override
  default Shape rowShape() {
    return base().rowShape();
  }

  @Override
  default boolean hasGradient() {
    return base().hasGradient();
  }

  @Override
  default String layerName(Layer layer) {
    return base().layerName(layer);
  }

  @Override
  default Part part(String name) {
    return Part.base(name, base());
  }

  /** A tensor of this layout as a view on the buffer it lies in, for as long as the manager. */
  default NDArray view(String name, NDManager manager, NDArray buffer) {
    WeightLayout.Tensor tensor = layout().find(name).orElseThrow();
    try (GradMode off = GradMode.off()) {
      NDArray view = TorchOps.view(buffer, tensor.offset(), tensor.shape());
      view.attach(manager);
      return view;
    }
  }

  @Override
  default void open() {
    base().open();
  }

  @Override
  default void close() {
    base().close();
  }
}
