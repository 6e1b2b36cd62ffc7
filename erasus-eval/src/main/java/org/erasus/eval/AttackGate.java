package org.erasus.eval;

import java.util.List;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.eval.attacks.RowAttack;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Estimate;

/**
 * Compares how well an attack tells forget rows from unseen rows of the same classes.
 *
 * <p>An AUC of one half is not asked for: rows may be harder than unseen ones whether they were trained on or not. The
 * references saw none of them, so their AUC says what to expect. Only where there is none, one half is all there is to expect.
 *
 * @param attack looks at one row at a time
 * @param margin of the AUC, above 0
 */
public record AttackGate(RowAttack attack, double margin) implements Gate {
  /** Checks the range. */
  public AttackGate {
    Check.positive(margin, "margin");
  }

  @Override
  public String name() {
    return attack.name() + "-auc";
  }

  @Override
  public Aim aim() {
    return Aim.FORGETTING;
  }

  @Override
  public String rows() {
    return "forget rows, with unseen rows in proportion";
  }

  @Override
  public long count(NetworkOutputs network) {
    return network.forget().size();
  }

  @Override
  public Estimate difference(NetworkOutputs network, List<NetworkOutputs> references) {
    return Differences.ofAuc(network, references, attack);
  }

  @Override
  public Optional<Gate> withoutRetraining() {
    return Optional.of(
        OwnGate.ofForgetting(this, network -> Differences.aucToChance(network, attack)));
  }
}
