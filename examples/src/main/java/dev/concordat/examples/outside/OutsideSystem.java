package dev.concordat.examples.outside;

import java.util.Arrays;

/** The outside systems there are. */
public enum OutsideSystem {
  /** Charges cards; tells by itself what it did, and settles by a file. */
  GATEWAY("gateway", "EUR", true, true, 60_000),
  /** Hands out cash, which cannot be taken back. */
  ATM("cash-machine", "EUR", false, false, 1_000),
  /** Carries parcels. */
  CARRIER("carrier", "PARCEL", true, false, 1_000);

  private final String word;
  private final String currency;
  private final boolean takesBack;
  private final boolean callsBack;
  private final long lieMillis;

  OutsideSystem(
      String word, String currency, boolean takesBack, boolean callsBack, long lieMillis) {
    this.word = word;
    this.currency = currency;
    this.takesBack = takesBack;
    this.callsBack = callsBack;
    this.lieMillis = lieMillis;
  }

  /** Its name, also as a provider. */
  public String word() {
    return word;
  }

  /** In what it counts. */
  public String currency() {
    return currency;
  }

  /** Whether what it did can be voided or refunded. */
  public boolean takesBack() {
    return takesBack;
  }

  /** Whether it calls back, and settles by a file. */
  public boolean callsBack() {
    return callsBack;
  }

  /** For how long one that lies does not know what it did. */
  long lieMillis() {
    return lieMillis;
  }

  /** The one of that name. */
  static OutsideSystem of(String word) {
    return Arrays.stream(values())
        .filter(system -> system.word.equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no outside system is named " + word));
  }
}
