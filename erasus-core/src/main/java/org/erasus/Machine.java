package org.erasus;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.erasus.engine.EngineRuntime;

/**
 * What a computation rounds with: runs give the same bits only where all of it is equal, on the same kind of processor.
 *
 * @param device where the network computes
 * @param threads inside one operation
 * @param torch version of libtorch
 */
public record Machine(String device, int threads, String torch) {
  /** That of a network now. */
  public static Machine of(Network network) {
    EngineRuntime.EngineInfo engine = EngineRuntime.info();
    return new Machine(network.device().toString(), engine.threads(), engine.torch());
  }

  /**
   * What is not as it is here, such as {@code threads is 8 but the recipe says 2}; empty where the same bits come out.
   *
   * @param now another
   * @param saying who says what it should be, with a verb, such as {@code the recipe says}
   */
  public List<String> differences(Machine now, String saying) {
    List<String> differences = new ArrayList<>();
    compare(differences, "device", device, now.device, saying);
    compare(differences, "threads", threads, now.threads, saying);
    compare(differences, "libtorch", torch, now.torch, saying);
    return differences;
  }

  static void compare(
      List<String> differences, String what, Object then, Object now, String saying) {
    if (!Objects.equals(then, now)) {
      differences.add(what + " is " + now + " but " + saying + " " + then);
    }
  }
}
