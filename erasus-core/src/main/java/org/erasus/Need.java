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

  String missing(String strategy) {
    return strategy + " needs " + what + ", but " + found + ": " + remedy;
  }
}
