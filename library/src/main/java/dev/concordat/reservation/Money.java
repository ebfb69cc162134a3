package dev.concordat.reservation;

import dev.concordat.core.RefusedException;
import java.util.regex.Pattern;

/**
 * An amount. Whole minor units, never floating point.
 *
 * @param minor cents, or whatever the currency's smallest unit is; not negative
 * @param currency three capital letters (ISO 4217), or any other unit in capitals, such as PARCEL
 */
public record Money(long minor, String currency) {

  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3,12}");

  /** Checks both. */
  public Money {
    if (minor < 0 || !CURRENCY.matcher(currency).matches()) {
      throw new RefusedException(
          minor + " " + currency + " is no amount: use whole minor units and a code in capitals");
    }
  }

  @Override
  public String toString() {
    return minor + " " + currency;
  }
}
