package org.erasus;

/** What a strategy or selector cannot work without. */
public enum Need {
  /** Rows marked forget. */
  FORGET_ROWS(
      "forget rows",
      "the data set has none",
      "mark the rows of the deletion request with markForget"),
  /** Rows marked retain. */
  RETAIN_ROWS(
      "retain rows",
      "the data set has none",
      "mark some rows retain, or use a strategy that needs none, such as \"gradient-ascent\""),
  /** Rows marked validation. */
  VALIDATION_ROWS(
      "validation rows", "the data set has none", "set some aside with holdOut or cutValidation"),
  /** That no row marked retain is of a class that some row to forget has. */
  WHOLE_CLASSES(
      "forget rows of whole classes",
      "some rows of their classes are kept",
      "mark all rows of the classes with markForgetClasses, or use a strategy for rows"),
  /** What a training left in files, which the settings of the strategy or selector must name. */
  TRAINING_HISTORY(
      "what its own training left in files",
      "its settings name none",
      "train with its class and give it the same folder or ledger");

  private final String what;
  private final String found;
  private final String remedy;

  Need(String what, String found, String remedy) {
    this.what = what;
    this.found = found;
    this.remedy = remedy;
  }

  /** The need in plain words. */
  public String what() {
    return what;
  }

  /**
   * Whether a request lacks it.
   *
   * @param forget the rows to forget that are worked with
   * @param retain the rows to keep that are worked with, of the same data set, whose marks tell the rest
   */
  public boolean isMissing(Rows forget, Rows retain) {
    UnlearningDataset data = forget.data();
    return switch (this) {
      case FORGET_ROWS -> forget.isEmpty();
      case RETAIN_ROWS -> retain.isEmpty();
      case VALIDATION_ROWS -> UnlearningTask.validationRows(data).isEmpty();
      case WHOLE_CLASSES -> !forget.ofClasses(data.retain().classes()).isEmpty();
      case TRAINING_HISTORY -> true; // a strategy that has it does not ask for it
    };
  }

  String missing(String strategy) {
    return strategy + " needs " + what + ", but " + found + ": " + remedy;
  }
}
