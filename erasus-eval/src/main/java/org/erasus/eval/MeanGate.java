package org.erasus.eval;

import java.util.List;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.eval.attacks.Prediction;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Estimate;

/**
 * Compares a mean over rows: each row's number under the network, less its mean under the references.
 *
 * @param name in kebab case
 * @param aim what kind of difference does harm
 * @param on the rows
 * @param value the number of a row
 * @param margin above 0
 */
public record MeanGate(String name, Aim aim, On on, Value value, double margin) implements Gate {
  /** Rows a mean is taken over. */
  public enum On {
    /** D_f. */
    FORGET("forget rows"),
    /** D_r. */
    RETAIN("retain rows"),
    /** D_u of the classes that are kept. */
    UNSEEN("unseen rows of the kept classes"),
    /** D_u of the classes that occur in D_f. */
    UNSEEN_OF_FORGET_CLASSES("unseen rows of the forget classes");

    private final String words;

    On(String words) {
      this.words = words;
    }

    private ScoredRows of(NetworkOutputs network) {
      return switch (this) {
        case FORGET -> network.forget();
        case RETAIN -> network.retain();
        case UNSEEN -> network.unseenOfRetainClasses();
        case UNSEEN_OF_FORGET_CLASSES -> network.unseenOfForgetClasses();
      };
    }
  }

  /** A number of a row, from 0 to 1. */
  public enum Value {
    /** 1 for a right answer, 0 for a wrong one. */
    CORRECT,
    /** p(y|x): finer than right or wrong, and bounded where the loss is not. */
    LIKELIHOOD;

    private double of(Prediction p) {
      return this == CORRECT ? Differences.correct(p) : Differences.likelihood(p);
    }
  }

  /** Checks the range. */
  public MeanGate {
    Check.positive(margin, "margin");
  }

  @Override
  public String rows() {
    return on.words;
  }

  @Override
  public long count(NetworkOutputs network) {
    return on.of(network).size();
  }

  @Override
  public Estimate difference(NetworkOutputs network, List<NetworkOutputs> references) {
    return Differences.ofMean(network, references, on::of, value::of);
  }

  /** Forget rows are compared with the network's own unseen rows; of other rows, forgetting is not asked. */
  @Override
  public Optional<Gate> withoutRetraining() {
    return aim == Aim.FORGETTING && on == On.FORGET
        ? Optional.of(
            OwnGate.ofForgetting(this, network -> Differences.toUnseen(network, value::of)))
        : Gate.super.withoutRetraining();
  }
}
