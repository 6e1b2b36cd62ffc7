package org.erasus.zoo;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import java.util.List;
import org.erasus.Check;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;

/**
 * A multilayer perceptron on rows of any shape.
 *
 * <pre>{@code
 * x → flatten → [fc1 → ReLU] → … → fcN                   (B, …) → (B, C)
 * }</pre>
 *
 * <p>With the defaults a classifier of 28×28 images in 10 classes has 203,530 parameters.
 *
 * @param hidden units of each hidden layer, 1 or more; without any it is logistic regression
 */
public record Mlp(List<Integer> hidden) implements NetworkDesign {
  /** One hidden layer of 256 units. */
  public static final Mlp DEFAULTS = new Mlp(List.of(256));

  /** Checks the sizes. */
  public Mlp {
    hidden = List.copyOf(hidden);
    hidden.forEach(units -> Check.atLeast(1, units, "hidden units"));
  }

  /** These choices with other hidden layers. */
  public Mlp withHidden(List<Integer> hidden) {
    return new Mlp(hidden);
  }

  @Override
  public Block block(int classes) {
    Sequential block = new Sequential().apply(Layers::flatten);
    int layer = 1;
    for (int units : hidden) {
      block.add("fc" + layer++, new Linear(units)).apply(Activation::relu);
    }
    return block.add("fc" + layer, new Linear(classes));
  }
}
