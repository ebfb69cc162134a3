package dev.concordat.core;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Names one branch of one attempt at a two-phase commit, and says where its decision is found: all
 * that somebody needs who comes upon it prepared and knows nothing else.
 *
 * @param id what the transaction's user calls it
 * @param attempt 16 hexadecimal digits, made anew each time the transaction's work is done
 * @param branch the name and place of the database it is in
 * @param decider the {@link Place#mark} of the database that its decision is recorded in
 */
public record BranchId(String id, String attempt, Place branch, String decider) {

  /**
   * A database that takes part. Two applications may call different ones by the same name, so what
   * is in doubt is looked up by the mark alone.
   *
   * @param name what its user calls it
   * @param mark 8 hexadecimal digits, drawn at random when Concordat's tables were made in it
   */
  public record Place(String name, String mark) {

    /** Checks both. */
    public Place {
      requireName(name);
      if (!MARK.matcher(mark).matches()) {
        throw new RefusedException("'" + mark + "' does not mark a database");
      }
    }

    /** Reads {@link #toString}. */
    public static Place of(String text) {
      int at = text.indexOf('@');
      return new Place(text.substring(0, Math.max(0, at)), text.substring(at + 1));
    }

    @Override
    public String toString() {
      return name + "@" + mark;
    }
  }

  /** What the names of all prepared transactions of Concordat begin with. */
  public static final String PREFIX = "concordat:";

  /**
   * The most bytes an {@link #id} may have, encoded as in a URL; PostgreSQL's limit is behind it.
   */
  public static final int MAX_ID = 120;

  /** The most characters the name of a database may have. */
  public static final int MAX_NAME = 24;

  /** Instead of an attempt: every one that there was or will be. */
  public static final String EVERY_ATTEMPT = "0000000000000000";

  private static final Pattern NAME =
      Pattern.compile("[a-z0-9][a-z0-9_-]{0," + (MAX_NAME - 1) + "}");
  private static final Pattern MARK = Pattern.compile("[0-9a-f]{8}");
  private static final Pattern ATTEMPT = Pattern.compile("[0-9a-f]{16}");

  /** Checks all parts. */
  public BranchId {
    requireId(id);
    if (!ATTEMPT.matcher(attempt).matches() || !MARK.matcher(decider).matches()) {
      throw new RefusedException("'" + attempt + ":" + decider + "' is no attempt's name");
    }
  }

  /**
   * Refuses what cannot name a transaction.
   *
   * @throws RefusedException if it is empty, or too long to be part of a prepared transaction's
   *     name
   */
  public static String requireId(String id) {
    int bytes = encoded(id).length();
    if (id.isBlank() || bytes > MAX_ID) {
      throw new RefusedException(
          "a two-phase commit's id has 1 to "
              + MAX_ID
              + " bytes, encoded as in a URL, and this one has "
              + bytes
              + ", so nothing was begun: it is part of the name that PostgreSQL keeps a prepared"
              + " transaction under, which has fewer than 200");
    }
    return id;
  }

  /**
   * Refuses what cannot name a database.
   *
   * @throws RefusedException if it has other than lower-case letters, digits, _ and -, or too many
   */
  public static String requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'"
              + name
              + "' cannot name a database of a two-phase commit: use 1 to "
              + MAX_NAME
              + " lower-case letters, digits, _ and -, beginning with a letter or digit");
    }
    return name;
  }

  /**
   * What a session shows that works on a branch: {@link #PREFIX}, the attempt, and what tells
   * attempts of that id from most others of that database. Fewer than 64 bytes, as PostgreSQL
   * keeps.
   */
  public static String tag(String id, String attempt, String mark) {
    return PREFIX + attempt + tagEnd(id, mark);
  }

  /** How the {@link #tag} of each attempt of that id ends in that database. */
  public static String tagEnd(String id, String mark) {
    CRC32C sum = new CRC32C();
    sum.update((mark + id).getBytes(StandardCharsets.UTF_8));
    return String.format(":%08x", sum.getValue());
  }

  /** The attempt as a number, which one database has at most one branch of. */
  public long number() {
    return Long.parseUnsignedLong(attempt, 16);
  }

  /** The name of the prepared transaction: at most 199 bytes, of harmless characters only. */
  public String text() {
    return PREFIX + encoded(id) + ":" + attempt + ":" + branch + ":" + decider;
  }

  /** Reads {@link #text}; empty if it is not of Concordat. */
  public static Optional<BranchId> of(String text) {
    String[] parts = text.split(":", -1);
    if (!text.startsWith(PREFIX) || parts.length != 5) {
      return Optional.empty();
    }
    try {
      String id = URLDecoder.decode(parts[1], StandardCharsets.UTF_8);
      BranchId read = new BranchId(id, parts[2], Place.of(parts[3]), parts[4]);
      return read.text().equals(text) ? Optional.of(read) : Optional.empty();
    } catch (IllegalArgumentException | RefusedException e) {
      return Optional.empty();
    }
  }

  private static String encoded(String id) {
    return URLEncoder.encode(id, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return text();
  }
}
