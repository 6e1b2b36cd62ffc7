package org.erasus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.erasus.nn.Compute;

/**
 * Everything that must be equal for a run to give the same weights again, bit for bit, on the same kind of processor: what was
 * done, with which seed, to which weights, on which data. Rows and weights are named by their SHA-256. A recipe under a mask
 * made by hand, or of a strategy of lambdas, tells its run from others but cannot repeat it.
 *
 * @param strategy with all its settings
 * @param seed of every random choice
 * @param architecture of the network
 * @param weights the run started from
 * @param data ids, classes and values of all rows
 * @param marks which row is what, and the rows' weights
 * @param forgetCoreset the forget rows used, when not all
 * @param retainCoreset the retain rows used, when not all
 * @param mask fingerprint of the mask that restricted the parameters, if one did
 * @param compute precision and layout
 * @param device where the network computes; others round differently
 * @param threads inside one operation; other numbers round differently
 * @param torch version of libtorch
 */
public record Recipe(
    UnlearningStrategy strategy,
    long seed,
    String architecture,
    String weights,
    String data,
    String marks,
    Optional<Coreset> forgetCoreset,
    Optional<Coreset> retainCoreset,
    Optional<String> mask,
    Compute compute,
    String device,
    int threads,
    String torch) {

  private static final String SAYING = "the recipe says";

  /** The recipe of a task put to a strategy. */
  public static Recipe of(UnlearningTask task, UnlearningStrategy strategy) {
    Machine machine = Machine.of(task.network());
    String weights;
    try (Weights start = task.network().weights()) {
      weights = start.fingerprint();
    }
    return new Recipe(
        strategy,
        task.seed(),
        task.network().architectureFingerprint(),
        weights,
        task.data().fingerprint(),
        task.data().marksFingerprint(),
        task.forgetCoreset(),
        task.retainCoreset(),
        task.mask().map(Mask::fingerprint),
        task.network().compute(),
        machine.device(),
        machine.threads(),
        machine.torch());
  }

  /** SHA-256 of the recipe: equal for runs that give the same weights. */
  public String fingerprint() {
    return new Digest().update(Json.write(this)).hex();
  }

  /**
   * SHA-256 of the recipe and of the classes of those settings that it tells by their values alone, each at its place, and of the
   * training of a module that is no record: what a run leaves behind is told from that of others by it.
   *
   * @throws IllegalArgumentException naming a setting that cannot be told from others, such as a lambda
   */
  public String identity() {
    List<String> kinds = Json.kinds(strategy, strategy.displayName());
    return kinds.isEmpty()
        ? fingerprint()
        : new Digest().update(fingerprint()).update(String.join(" ", kinds)).hex();
  }

  /**
   * SHA-256 of a strategy alone: its settings and all that {@link #identity()} adds to them.
   *
   * @throws IllegalArgumentException naming a setting that cannot be told from others, such as a lambda
   */
  public static String identity(UnlearningStrategy strategy) {
    return identity(strategy, strategy.displayName());
  }

  /**
   * SHA-256 of a selector alone: its settings and the classes of those that it tells by their values alone.
   *
   * @throws IllegalArgumentException naming a setting that cannot be told from others, or for a selector that is a lambda
   */
  public static String identity(Selector selector) {
    return identity(selector, selector.displayName());
  }

  private static String identity(Object settings, String name) {
    return new Digest()
        .update(Json.write(settings))
        .update(String.join(" ", Json.kinds(settings, name)))
        .hex();
  }

  /** Writes the recipe as JSON; an existing file is replaced whole or not at all. */
  public void save(Path file) throws IOException {
    Json.save(file, this);
  }

  /**
   * Reads a recipe.
   *
   * @throws IOException when the file is no recipe, or its strategy is in no catalogue
   */
  public static Recipe load(Path file) throws IOException {
    return Json.load(file, Recipe.class);
  }

  /**
   * Runs the recipe again.
   *
   * @param network the network it started from
   * @param rows the data it was for, with the same marks
   * @throws IllegalArgumentException before any work when network or data are not the recipe's, listing all that differs
   */
  public Unlearned run(Network network, UnlearningDataset rows, RunOptions options) {
    if (mask.isPresent()) {
      throw new IllegalArgumentException(
          "the recipe is of a run under a mask made by hand; run the strategy that makes the mask");
    }
    Compute before = network.compute();
    network.compute(compute);
    try {
      return runIfSame(network, rows, options);
    } finally {
      network.compute(before);
    }
  }

  private Unlearned runIfSame(Network network, UnlearningDataset rows, RunOptions options) {
    UnlearningTask task = UnlearningTask.of(network, rows).withSeed(seed).withOptions(options);
    if (forgetCoreset.isPresent()) {
      task = task.withForgetCoreset(forgetCoreset.get());
    }
    if (retainCoreset.isPresent()) {
      task = task.withRetainCoreset(retainCoreset.get());
    }
    Recipe now = of(task, strategy);
    List<String> differences = new ArrayList<>();
    compare(differences, "architecture", architecture, now.architecture);
    compare(differences, "weights of the network", weights, now.weights);
    compare(differences, "data", data, now.data);
    compare(differences, "marks of the rows", marks, now.marks);
    differences.addAll(machine().differences(now.machine(), SAYING));
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          "the recipe is for something else: " + String.join("; ", differences));
    }
    return strategy.unlearn(task);
  }

  private Machine machine() {
    return new Machine(device, threads, torch);
  }

  private static void compare(List<String> differences, String what, String recipe, String now) {
    Machine.compare(differences, what, recipe, now, SAYING);
  }
}
