package dev.concordat.settlement;

/**
 * A line that cannot be taken.
 *
 * @param number the line's number in the file, from 1
 * @param why what is wrong with it, for people
 */
public record BadLine(long number, String why) {

  @Override
  public String toString() {
    return "line " + number + ": " + why;
  }
}
