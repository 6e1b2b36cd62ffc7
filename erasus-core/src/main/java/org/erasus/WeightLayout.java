package org.erasus;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where each named tensor of a network lies in its two flat buffers: one of the P trainable parameters, one of the rest
 * (running statistics and frozen parameters).
 *
 * @param tensors in the order of the network
 */
public record WeightLayout(List<Tensor> tensors) {

  /**
   * One named tensor.
   *
   * @param name path of names, such as {@code layer1.0.conv1.weight}
   * @param shape its shape
   * @param trainable whether it lies in the buffer of parameters
   * @param offset of its first value in its buffer
   */
  public record Tensor(String name, Shape shape, boolean trainable, long offset) {
    /** Number of values. */
    public long size() {
      return shape.size();
    }

    /** The path of the layer it belongs to, the name without its last part; empty for a network of one layer. */
    public String path() {
      return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    private boolean isIn(String layer) {
      return path().equals(layer) || path().startsWith(layer + ".");
    }
  }

  /** Copies the list. */
  public WeightLayout {
    tensors = List.copyOf(tensors);
  }

  /** Number of trainable parameters P. */
  public long parameters() {
    return trainable().stream().mapToLong(Tensor::size).sum();
  }

  /** Number of values outside training. */
  public long statistics() {
    return tensors.stream().filter(t -> !t.trainable()).mapToLong(Tensor::size).sum();
  }

  /** The trainable tensors, in order. */
  public List<Tensor> trainable() {
    return tensors.stream().filter(Tensor::trainable).toList();
  }

  /**
   * The trainable tensors of some layers and of all below them, in order.
   *
   * @param layers paths, such as {@code fc} or {@code block}, which is all of {@code block.0}, {@code block.1}, …
   * @throws IllegalArgumentException for a path that holds no trainable parameters, listing those that do
   */
  public List<Tensor> trainableIn(List<String> layers) {
    List<Tensor> trainable = trainable();
    for (String layer : layers) {
      if (trainable.stream().noneMatch(tensor -> tensor.isIn(layer))) {
        throw new IllegalArgumentException(
            "the network has no trainable layer \""
                + layer
                + "\"; known: "
                + String.join(", ", trainable.stream().map(Tensor::path).distinct().toList()));
      }
    }
    return trainable.stream().filter(tensor -> layers.stream().anyMatch(tensor::isIn)).toList();
  }

  /** The tensor of a name. */
  public Optional<Tensor> find(String name) {
    return tensors.stream().filter(t -> t.name().equals(name)).findFirst();
  }

  /** Collects tensors and gives each its place. */
  static final class Builder {
    private final List<Tensor> tensors = new ArrayList<>();
    private long trainable;
    private long fixed;

    /** Adds all tensors of another layout, each after a prefix of its name. */
    void addAll(String prefix, WeightLayout layout) {
      layout.tensors().forEach(t -> add(prefix + t.name(), t.shape(), t.trainable()));
    }

    void add(String name, Shape shape, boolean isTrainable) {
      if (tensors.stream().anyMatch(t -> t.name().equals(name))) {
        throw new IllegalArgumentException("two tensors of a network are named " + name);
      }
      tensors.add(new Tensor(name, shape, isTrainable, isTrainable ? trainable : fixed));
      if (isTrainable) {
        trainable += shape.size();
      } else {
        fixed += shape.size();
      }
    }

    WeightLayout build() {
      return new WeightLayout(tensors);
    }
  }
}
