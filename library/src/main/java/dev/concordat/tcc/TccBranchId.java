package dev.concordat.tcc;

import dev.concordat.core.RefusedException;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Names one branch of one transaction. The initiator makes it, so that a repeated try is the same
 * try.
 *
 * @param transaction a UUID of version 7 (RFC 9562, 5.7): it tells when the transaction began
 * @param branch the name of the branch in its transaction
 */
public record TccBranchId(UUID transaction, String branch) {

  /** The most characters a branch's name may have. */
  public static final int MAX_NAME = 60;

  private static final Pattern NAME =
      Pattern.compile("[a-z0-9][a-z0-9 _.-]{0," + (MAX_NAME - 1) + "}");
  private static final int TIMED = 7;
  private static final int RANDOM_BITS = 16;

  /** Checks both. */
  public TccBranchId {
    if (transaction.version() != TIMED) {
      throw new RefusedException(
          "a transaction's id is a UUID of version 7, which tells its age, and "
              + transaction
              + " is none; nothing was done");
    }
    if (!canName(branch)) {
      throw new RefusedException(whyNot(branch));
    }
  }

  static boolean canName(String branch) {
    return branch != null && NAME.matcher(branch).matches();
  }

  static String whyNot(String branch) {
    return "'"
        + branch
        + "' cannot name a branch: use 1 to "
        + MAX_NAME
        + " lower-case letters, digits, spaces, _ . and -, beginning with a letter or digit";
  }

  /** When the transaction began, by its initiator's clock, in whole milliseconds. */
  public Instant began() {
    return Instant.ofEpochMilli(transaction.getMostSignificantBits() >>> RANDOM_BITS);
  }

  @Override
  public String toString() {
    return transaction + "/" + branch;
  }
}
