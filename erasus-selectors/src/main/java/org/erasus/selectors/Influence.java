package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Effort;
import org.erasus.EkFac;
import org.erasus.InverseHessian;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.RowGradients;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Influence functions: how the loss on target rows would change if a candidate counted a little more in training, to first
 * order and without training again.
 *
 * <pre>{@code
 * influence_i = −g_targetᵀ (H + λI)⁻¹ g_i                        (N)
 * g_target    = Σ_t w_t ∇CE_t / Σ_t w_t over the target rows     (P)
 * g_i         = ∇CE_i of the candidate                           (P)
 * H           = ∇² of the mean CE of trained rows, or what the solver takes in its place
 * }</pre>
 *
 * <p><b>Sign.</b> As in the paper, the influence is the derivative of the mean target loss by the weight of the row. Above 0:
 * more of this row would raise the loss, so it does harm; leaving it out of the n rows of a mean loss changes the target loss
 * by about −influence_i/n, and by what fewer rows against the same weight decay do, which is alike for all. Below 0: the row
 * helps. {@link Prefer} says which rows score high.
 *
 * <p>One solve serves all candidates; then the products of x = (H + λI)⁻¹ g_target with their gradients come from what every
 * layer takes and the gradient at its output, one pass a batch and no gradient of a row. λ is the solver's damping, which
 * {@link org.erasus.DataInf} and {@link EkFac} take as a share of each layer's mean. The formula holds at a minimum of the
 * training loss with weight decay λ; elsewhere, as in most networks, it orders rows by something close.
 *
 * @param inverse the way to (H + λI)⁻¹: {@link org.erasus.ConjugateGradient}, {@link org.erasus.Lissa}, {@link
 *     org.erasus.Arnoldi}, {@link org.erasus.DataInf}, {@link EkFac} or {@link org.erasus.WoodFisher}
 * @param parameters by which gradients and Hessian are
 * @param target the rows whose loss is meant
 * @param prefer the rows that score high
 * @param hessianRows trained rows by which H is, drawn when there are more, 1 or more
 * @see <a href="https://proceedings.mlr.press/v70/koh17a.html">Koh and Liang, 2017</a>
 */
public record Influence(
    InverseHessian inverse, Parameters parameters, Mark target, Prefer prefer, int hessianRows)
    implements Selector {
  /** The parameters that count. */
  public enum Parameters {
    /** All that are trained. */
    ALL,
    /** Those of the last linear layer, on what the others make of the rows: much cheaper, and convex. */
    LAST_LAYER
  }

  /** The rows that score high. */
  public enum Prefer {
    /** Those that raise the target loss: score = influence. */
    HARMFUL,
    /** Those that lower it: score = −influence. */
    HELPFUL,
    /** Both: score = |influence|. */
    EITHER
  }

  /** EK-FAC of 5,000 rows over all parameters; harmful rows for the validation loss first. */
  public static final Influence DEFAULTS =
      new Influence(EkFac.DEFAULTS, Parameters.ALL, Mark.VALIDATION, Prefer.HARMFUL, 5000);

  private static final int PIECE = 512;

  /** Checks the range. */
  public Influence {
    Check.atLeast(1, hessianRows, "hessianRows");
  }

  /** This selector with another way to (H + λI)⁻¹. */
  public Influence withInverse(InverseHessian inverse) {
    return new Influence(inverse, parameters, target, prefer, hessianRows);
  }

  /** This selector by other parameters. */
  public Influence withParameters(Parameters parameters) {
    return new Influence(inverse, parameters, target, prefer, hessianRows);
  }

  /** This selector for the loss of other rows. */
  public Influence withTarget(Mark target) {
    return new Influence(inverse, parameters, target, prefer, hessianRows);
  }

  /** This selector with other rows first. */
  public Influence withPrefer(Prefer prefer) {
    return new Influence(inverse, parameters, target, prefer, hessianRows);
  }

  /** This selector with another number of rows for H. */
  public Influence withHessianRows(int hessianRows) {
    return new Influence(inverse, parameters, target, prefer, hessianRows);
  }

  /**
   * Scores all candidates and chooses those of the highest scores; who made it says what the solver remarked, such as the
   * residual that conjugate gradients ended at.
   *
   * @throws IllegalArgumentException when there are no target rows, no trained rows, none of weight above 0, or their loss
   *     has no finite gradient
   * @throws ArithmeticException when the solver fails, naming the remedy
   * @throws UnsupportedOperationException when the layers of the network cannot tell, naming the layer
   */
  @Override
  public Coreset choose(SelectionTask task) {
    Rows targets = Targets.of(displayName(), task, target);
    Targets.shares(displayName(), targets);
    Rows trained = task.candidates().data().trained();
    if (trained.isEmpty()) {
      throw new IllegalArgumentException(
          displayName()
              + " needs the Hessian of trained rows, but the data set has none: mark some rows retain");
    }
    Rows curved =
        trained.size() > hessianRows
            ? trained.sample(hessianRows, task.seeds().stream("hessian-rows"))
            : trained;
    if (!(curved.totalWeight() > 0)) {
      throw new IllegalArgumentException(
          displayName()
              + " needs the Hessian of trained rows, but the weights of the "
              + curved
              + " are all 0: set some above 0");
    }
    List<String> remarks = new ArrayList<>();
    double[] scores =
        parameters == Parameters.ALL
            ? influences(task, targets, curved, remarks)
            : ofLastLayer(task, targets, curved, remarks);
    for (int i = 0; i < scores.length; i++) {
      scores[i] =
          switch (prefer) {
            case HARMFUL -> scores[i];
            case HELPFUL -> -scores[i];
            case EITHER -> Math.abs(scores[i]);
          };
    }
    String madeBy =
        remarks.isEmpty() ? displayName() : displayName() + " (" + String.join("; ", remarks) + ")";
    return Coreset.of(task.candidates().ids(), scores, madeBy).top(task.wanted());
  }

  private double[] ofLastLayer(
      SelectionTask task, Rows targets, Rows curved, List<String> remarks) {
    Head head = Head.of(task.network(), task.candidates());
    try (UnlearningDataset candidatesSeen = Head.seen(task, task.candidates());
        UnlearningDataset targetsSeen = Head.seen(task, targets);
        UnlearningDataset curvedSeen = Head.seen(task, curved);
        Network network = head.network(task.network().device())) {
      return influences(
          new SelectionTask(network, candidatesSeen.rows(), task.k(), task.seed(), task.listener()),
          targetsSeen.rows(),
          curvedSeen.rows(),
          remarks);
    }
  }

  private double[] influences(SelectionTask task, Rows targets, Rows curved, List<String> remarks) {
    try (NDManager scope = EngineRuntime.newManager(task.network().device())) {
      requireLayersThatTell(task);
      NDArray g = targetGradient(task, targets, scope);
      NDArray x =
          inverse.times(task.network(), curved, g, task.seeds(), scope, effort(task, remarks));
      double[] scores = task.probe().gradientDots(x);
      for (int i = 0; i < scores.length; i++) {
        scores[i] = -scores[i];
      }
      return scores;
    }
  }

  /** Takes one product, of any vector, so that layers that cannot tell are named before the solver's work. */
  private static void requireLayersThatTell(SelectionTask task) {
    Network network = task.network();
    RowGradients.dots(network, task.candidates().first(1), network.parameters());
  }

  private NDArray targetGradient(SelectionTask task, Rows targets, NDManager scope) {
    Network network = task.network();
    network.requireFit(targets.data());
    try (GradMode off = GradMode.off()) {
      NDArray sum = network.parameters().zerosLike();
      sum.attach(scope);
      int done = 0;
      for (Rows piece : targets.batches(PIECE)) {
        try (NDArray part = network.lossGradient(piece, scope)) {
          TorchOps.addInPlace(sum, part, 1);
        }
        done += piece.size();
        task.progressed("target gradient", done, targets.size());
      }
      sum.divi((float) targets.totalWeight());
      double size = sum.norm().getFloat();
      if (!Double.isFinite(size)) {
        throw new IllegalArgumentException(
            displayName()
                + " needs a finite gradient of the loss on the rows marked "
                + target
                + ", but its norm is "
                + size
                + ": look for rows with values that are not finite");
      }
      return sum;
    }
  }

  private static Effort effort(SelectionTask task, List<String> remarks) {
    return new Effort() {
      @Override
      public void forwardBackward(long rows) {}

      @Override
      public void remark(String text) {
        remarks.add(text);
      }

      @Override
      public void progressed(String what, long done, long total) {
        task.progressed(what, done, total);
      }
    };
  }
}
