package org.erasus.selectors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Need;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/**
 * Lets several selectors choose k rows each, and takes the rows that most of them chose.
 *
 * <pre>{@code
 * S_v      = the k rows of voter v, in its order; place_v(i) from 0         v = 1…V
 * votes_i  = #{v : i ∈ S_v}
 * score_i  = votes_i + Σ_{v : i ∈ S_v} (k − place_v(i)) / (V (k + 1))        (N)
 * }</pre>
 *
 * <p>The sum is below 1, so it only orders rows of equal votes, by how early the voters chose them (a Borda count); approval
 * voting says no more than the votes, and few voters leave many rows equal. Every voter has a seed of its own. A voter that takes
 * more than k rows, as {@code full}, votes for its first k. Weights of the voters' rows are not taken over.
 *
 * @param voters one or more
 */
public record Voting(List<Selector> voters) implements Selector {
  /** One by the error, one by the gradient, one by the features. */
  public static final Voting DEFAULTS =
      new Voting(List.of(El2n.DEFAULTS, GradientNorm.DEFAULTS, KCenter.DEFAULTS));

  /** Copies the list and checks that somebody votes. */
  public Voting {
    voters = List.copyOf(voters);
    Check.atLeast(1, voters.size(), "number of voters");
  }

  /** The same rule with other voters. */
  public Voting withVoters(List<Selector> voters) {
    return new Voting(voters);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> all = new TreeSet<>();
    voters.forEach(voter -> all.addAll(voter.needs()));
    return all;
  }

  @Override
  public Coreset choose(SelectionTask task) {
    int wanted = task.wanted();
    Map<Long, Double> found = new HashMap<>();
    SelectionTask shared = task.sharing();
    for (int v = 0; v < voters.size(); v++) {
      Coreset chosen = voters.get(v).select(shared.withSeed(task.seeds().of("voter", v)));
      for (int place = 0; place < Math.min(wanted, chosen.size()); place++) {
        double vote = 1 + (wanted - place) / (voters.size() * (wanted + 1.0));
        found.merge(chosen.id(place), vote, Double::sum);
      }
      task.progressed("voters", v + 1, voters.size());
    }
    long[] ids = task.candidates().ids();
    double[] scores = new double[ids.length];
    for (int i = 0; i < ids.length; i++) {
      scores[i] = found.getOrDefault(ids[i], 0.0);
    }
    return Coreset.of(ids, scores, displayName()).top(wanted).withMadeBy(displayName());
  }
}
