package org.erasus.train;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.erasus.Check;

/** The rule that turns gradients into steps, exactly as in {@code torch.optim}; the learning rate is given separately. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Optimizer.Sgd.class, name = "sgd"),
  @JsonSubTypes.Type(value = Optimizer.Adam.class, name = "adam"),
  @JsonSubTypes.Type(value = Optimizer.AdamW.class, name = "adamw")
})
public sealed interface Optimizer {
  /**
   * Stochastic gradient descent.
   *
   * <pre>{@code
   * g ← g + weightDecay·θ
   * m ← momentum·m + g
   * θ ← θ − η·m            or, with nesterov, θ − η·(g + momentum·m)
   * }</pre>
   *
   * @param momentum in [0, 1)
   * @param weightDecay 0 or more
   * @param nesterov look ahead; needs momentum
   */
  record Sgd(double momentum, double weightDecay, boolean nesterov) implements Optimizer {
    /** Momentum 0.9, decay 5e-4. */
    public static final Sgd DEFAULTS = new Sgd(0.9, 5e-4, false);

    /** Checks the ranges. */
    public Sgd {
      Check.inClosed(momentum, 0, Math.nextDown(1.0), "momentum");
      Check.nonNegative(weightDecay, "weightDecay");
      if (nesterov && momentum == 0) {
        throw new IllegalArgumentException("nesterov needs momentum > 0, but momentum was 0");
      }
    }

    /** Steps along the gradient and nothing else. */
    public static Sgd plain() {
      return new Sgd(0, 0, false);
    }

    /** This rule with another decay. */
    public Sgd withWeightDecay(double decay) {
      return new Sgd(momentum, decay, nesterov);
    }
  }

  /**
   * Adam; the decay is added to the gradient.
   *
   * @param beta1 decay of the mean, in [0, 1)
   * @param beta2 decay of the square, in [0, 1)
   * @param epsilon above 0
   * @param weightDecay 0 or more
   */
  record Adam(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
    /** PyTorch's defaults. */
    public static final Adam DEFAULTS = new Adam(0.9, 0.999, 1e-8, 0);

    /** Checks the ranges. */
    public Adam {
      checkAdam(beta1, beta2, epsilon, weightDecay);
    }
  }

  /**
   * AdamW; the decay shrinks the weights directly, θ ← θ − η·weightDecay·θ.
   *
   * @param beta1 decay of the mean, in [0, 1)
   * @param beta2 decay of the square, in [0, 1)
   * @param epsilon above 0
   * @param weightDecay 0 or more
   */
  record AdamW(double beta1, double beta2, double epsilon, double weightDecay)
      implements Optimizer {
    /** PyTorch's defaults. */
    public static final AdamW DEFAULTS = new AdamW(0.9, 0.999, 1e-8, 0.01);

    /** Checks the ranges. */
    public AdamW {
      checkAdam(beta1, beta2, epsilon, weightDecay);
    }
  }

  private static void checkAdam(double beta1, double beta2, double epsilon, double weightDecay) {
    Check.inClosed(beta1, 0, Math.nextDown(1.0), "beta1");
    Check.inClosed(beta2, 0, Math.nextDown(1.0), "beta2");
    Check.positive(epsilon, "epsilon");
    Check.nonNegative(weightDecay, "weightDecay");
  }
}
