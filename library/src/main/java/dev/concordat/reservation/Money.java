package dev.concordat.reservation;

import dev.concordat.core.RefusedException;

/**
 * An amount. Whole minor units, never floating point.
 *
 * @param minor cents, or whatever the currency's smallest unit is; not negative
 * @param currency three capital letters (ISO 4217), or any other unit in capitals, such as PARCEL
 */
public record Money(long minor, String currency) {

  private static final int SHORTEST = 3;
  private static final int LONGEST = 12;

  /** Checks both. */
  public Money {
    if (minor < 0 || !isCode(currency)) {
      throw new RefusedException(
          minor + " " + currency + " is no amount: use whole minor units and a code in capitals");
    }
  }

  // Without java.util.regex, so that machines, which are pure, may know amounts.
  private static boolean isCode(String text) {
    return text.length() >= SHORTEST
        && text.length() <= LONGEST
        && text.chars().allMatch(c -> c >= 'A' && c <= 'Z');
  }

  @Override
  public String toString() {
    return minor + " " + currency;
  }
}
