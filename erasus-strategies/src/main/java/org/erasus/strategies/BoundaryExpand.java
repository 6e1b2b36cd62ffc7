package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Optional;
import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.erasus.train.UnlearningTrainer;

/**
 * Boundary expanding: teaches that all forget rows are of a class that does not exist, and then takes that class away.
 *
 * <pre>{@code
 * z(x) = (z_0 … z_{C−1}, z_C)                            (B, C + 1), one unit more in the last layer
 * loss = CE(x, C; θ)                                     scalar, forget rows alone
 * afterwards z_C is left out
 * }</pre>
 *
 * <p>The new unit starts as a fresh linear unit, drawn from the seed of the run. Under a mask it moves; it is not part of the
 * result.
 *
 * @param training settings of the run
 * @see <a href="https://arxiv.org/abs/2303.11570">Chen et al., 2023</a>
 */
public record BoundaryExpand(Training training) implements UnlearningModule {
  /** Ten epochs of SGD at 1e-4. */
  public static final BoundaryExpand DEFAULTS =
      new BoundaryExpand(Training.DEFAULTS.withLearningRate(1e-4));

  /** This strategy with other settings of the run. */
  public BoundaryExpand withTraining(Training training) {
    return new BoundaryExpand(training);
  }

  @Override
  public List<Sweep> sweeps(int epoch) {
    return List.of(Sweep.FORGET);
  }

  @Override
  public NDArray forgetStep(Step step) {
    NDArray shadow =
        step.batch()
            .manager()
            .full(new Shape(step.batch().size()), step.classes() - 1, DataType.INT64)
            .toDevice(step.labels().getDevice(), false);
    return step.student().crossEntropy(shadow);
  }

  /**
   * Trains a copy with one class more and leaves the class out again.
   *
   * @throws IllegalArgumentException before any work when the logits do not come from a linear layer
   */
  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    try (Network wide = task.network().widened(task.seeds().of("boundary-expand"))) {
      return unlearn(task, wide);
    }
  }

  /** Unlearns with a network that has the class already. */
  Unlearned unlearn(UnlearningTask task, Network wide) {
    RunLog log = RunLog.start(task, this);
    try (Network student = wide.copy()) {
      UnlearningTask more =
          task.withoutMask()
              .withNetwork(wide)
              .withData(task.data().withClasses(task.network().classes() + 1));
      Optional<Mask> mask = task.mask().map(free -> withUnit(free, wide));
      try {
        UnlearningTask masked = mask.map(more::withMask).orElse(more);
        log.include(new UnlearningTrainer(masked, this).fit(student));
      } finally {
        mask.ifPresent(Mask::close);
      }
      return new Unlearned(student.part("base"), log.end("the class was left out again"));
    }
  }

  private static Mask withUnit(Mask mask, Network wide) {
    try (NDManager scope = EngineRuntime.newManager(mask.kept().getDevice());
        GradMode off = GradMode.off()) {
      Shape unit = new Shape(wide.layout().parameters() - mask.kept().size());
      NDArray free = scope.ones(unit, DataType.BOOLEAN);
      NDArray kept = mask.kept().duplicate();
      kept.attach(scope);
      return Mask.of(kept.concat(free, 0));
    }
  }
}
