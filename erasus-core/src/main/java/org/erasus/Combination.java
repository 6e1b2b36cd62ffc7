package org.erasus;

import ai.djl.ndarray.NDArray;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.erasus.engine.TorchOps;

/**
 * How the outputs of several networks become one.
 *
 * <p>Shapes: n networks, B rows, C classes.
 *
 * @see Network#combined
 */
public sealed interface Combination {
  /**
   * Combines.
   *
   * @param logits (B, C) of each network by the name of its part, in the order of names
   * @return (B, C), in the manager of the first
   */
  NDArray of(SortedMap<String, NDArray> logits);

  /**
   * Requires that it can combine networks of these names.
   *
   * @throws IllegalArgumentException when it cannot
   */
  default void requireParts(Set<String> names) {
    Check.atLeast(1, names.size(), "number of networks");
  }

  /** Whether the outputs have a gradient by those of the networks, so that the whole can be trained. */
  default boolean hasGradient() {
    return true;
  }

  /**
   * A sum of logits, z = Σ_i a_i z_i: a product of powers of the distributions.
   *
   * @param factors a, by the name of the part
   */
  record WeightedLogits(SortedMap<String, Double> factors) implements Combination {
    /** Checks the values. */
    public WeightedLogits {
      factors = Collections.unmodifiableSortedMap(new TreeMap<>(factors));
      factors.forEach((name, factor) -> Check.finite(factor, "factor of " + name));
    }

    /** From factors in any order. */
    public static WeightedLogits of(Map<String, Double> factors) {
      return new WeightedLogits(new TreeMap<>(factors));
    }

    @Override
    public void requireParts(Set<String> names) {
      Combination.super.requireParts(names);
      if (!names.equals(factors.keySet())) {
        throw new IllegalArgumentException(
            "there must be a factor for each part, but the factors are of "
                + factors.keySet()
                + " and the parts "
                + names);
      }
    }

    @Override
    public NDArray of(SortedMap<String, NDArray> logits) {
      return logits.entrySet().stream()
          .map(
              part ->
                  TorchOps.scale(
                      part.getValue(), Objects.requireNonNull(factors.get(part.getKey()))))
          .reduce(NDArray::add)
          .orElseThrow();
    }
  }

  /** The mean of the distributions, z = log (1/n) Σ_i softmax(z_i): the soft vote of an ensemble. */
  record MeanProbability() implements Combination {
    @Override
    public NDArray of(SortedMap<String, NDArray> logits) {
      return TorchOps.logMeanProbability(logits.values().toArray(NDArray[]::new));
    }
  }

  /**
   * A majority vote, z_c = log (v_c + 1)/(n + C) where v_c of n networks hold class c for the most likely: one vote more for
   * every class keeps the logarithm finite and the order as it is. Of equal votes the first class is predicted. Has no
   * gradient, so it cannot be trained.
   */
  record MajorityVote() implements Combination {
    @Override
    public boolean hasGradient() {
      return false;
    }

    @Override
    public NDArray of(SortedMap<String, NDArray> logits) {
      return TorchOps.logVotes(logits.values().toArray(NDArray[]::new));
    }
  }
}
