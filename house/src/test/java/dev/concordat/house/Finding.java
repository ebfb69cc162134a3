package dev.concordat.house;

/** A place where a rule of the house is broken, and what to do about it. */
record Finding(String path, long line, String what) {

  static Finding at(JavaFile file, long line, String what) {
    return new Finding(file.path(), line, what);
  }

  @Override
  public String toString() {
    return path + ":" + line + ": " + what;
  }
}
