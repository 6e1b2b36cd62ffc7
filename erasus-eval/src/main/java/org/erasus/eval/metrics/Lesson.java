package org.erasus.eval.metrics;

import java.util.Set;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;

/** What a network is taught when it is looked at whether D_f comes back. */
public enum Lesson {
  /** D_f itself: the strongest attack, which every network gives in to in time. */
  FORGET_ROWS("forget-rows"),
  /** Retain and validation rows of classes that occur in D_f, as many as D_f has or all there are. */
  SAME_CLASS("same-class"),
  /** Retain and validation rows of the other classes, as many as D_f has or all there are: what comes back was only hidden. */
  UNRELATED("unrelated");

  private final String words;

  Lesson(String words) {
    this.words = words;
  }

  /** In kebab case. */
  public String words() {
    return words;
  }

  /**
   * The rows of the lesson.
   *
   * @param seed of which, where there are more than needed
   * @throws IllegalArgumentException when there are none
   */
  public Rows rows(UnlearningDataset data, long seed) {
    if (this == FORGET_ROWS) {
      return data.forget();
    }
    Set<Integer> forgotten = data.forget().classes();
    Rows others = data.retain().and(data.validation());
    Rows fitting =
        this == SAME_CLASS ? others.ofClasses(forgotten) : others.ofOtherClasses(forgotten);
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException(
          "relearning on "
              + words
              + " rows needs rows of splits \"retain\" or \"validation\" "
              + (this == SAME_CLASS ? "of a class that occurs" : "of classes that do not occur")
              + " in split \"forget\", classes "
              + forgotten
              + ", but there are none"
              + (this == SAME_CLASS ? ": hold some out for validation" : ""));
    }
    return fitting.sample(data.forget().size(), new Seeds(seed).stream("lesson"));
  }

  /** A view of the data set in which these rows, with their weights, are those to be learned; it is not to be closed. */
  static UnlearningDataset toBeLearned(Rows rows) {
    return rows.data().asIfTrainedOn(rows).markForget(rows);
  }
}
