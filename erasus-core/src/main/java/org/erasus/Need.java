package org.erasus;

/** What a strategy cannot work without. */
public enum Need {
  /** Rows marked forget. */
  FORGET_ROWS("forget rows", "mark the rows of the deletion request with markForget"),
  /** Rows marked retain. */
  RETAIN_ROWS(
      "retain rows",
      "mark some rows retain, or use a strategy that needs none, such as \"gradient-ascent\""),
  /** Rows marked validation. */
  VALIDATION_ROWS("validation rows", "set some aside with holdOut or cutValidation");

  private final String what;
  private final String remedy;

  Need(String what, String remedy) {
    this.what = what;
    this.remedy = remedy;
  }

  /** The need in plain words. */
  public String what() {
    return what;
  }

  String missing(String strategy) {
    return strategy + " needs " + what + ", but the data set has none: " + remedy;
  }
}
