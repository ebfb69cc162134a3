package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.transaction.xa.Xid;

/**
 * A branch's name as XA has it: two texts of 64 bytes. The first, which all branches of an attempt
 * share, is {@code attempt:decider:} and the beginning of the id, the second {@code name@mark:} and
 * the rest of it; so whoever finds the branch knows all of its {@link BranchId}, and a person who
 * lists them can read it.
 */
record XaName(BranchId id) implements Xid {

  /** Tells our names from those of others: "CONC" in ASCII. */
  static final int FORMAT = 0x434f4e43;

  /** The most bytes an id may have, encoded as in a URL; what is left beside the longest name. */
  static final int MAX_ID = 64;

  private static final int HEAD = MAXGTRIDSIZE - 16 - 8 - 2;

  XaName {
    if (encoded(id).length() > MAX_ID) {
      throw new RefusedException(
          "the id of a two-phase commit in which an XA resource takes part has at most "
              + MAX_ID
              + " bytes, encoded as in a URL, and this one has "
              + encoded(id).length()
              + ", so nothing was committed: it is part of the name that the resource keeps its"
              + " branch under, which has 128");
    }
  }

  private static String encoded(BranchId id) {
    return id.text().split(":", -1)[1];
  }

  /** Reads it; empty if it is not of Concordat. */
  static Optional<BranchId> read(Xid xid) {
    if (xid.getFormatId() != FORMAT) {
      return Optional.empty();
    }
    String[] global = text(xid.getGlobalTransactionId()).split(":", -1);
    String[] branch = text(xid.getBranchQualifier()).split(":", -1);
    if (global.length != 3 || branch.length != 2) {
      return Optional.empty();
    }
    return BranchId.of(
        BranchId.PREFIX + String.join(":", global[2] + branch[1], global[0], branch[0], global[1]));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  @Override
  public int getFormatId() {
    return FORMAT;
  }

  @Override
  public byte[] getGlobalTransactionId() {
    String encoded = encoded(id);
    String head = encoded.substring(0, Math.min(HEAD, encoded.length()));
    return bytes(id.attempt() + ":" + id.decider() + ":" + head);
  }

  @Override
  public byte[] getBranchQualifier() {
    String encoded = encoded(id);
    return bytes(id.branch() + ":" + encoded.substring(Math.min(HEAD, encoded.length())));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
