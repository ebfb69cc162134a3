package dev.concordat.reservation;

import dev.concordat.core.RefusedException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a callback comes from who shares a secret with us, unchanged and not long ago: an
 * HMAC-SHA256 (RFC 2104) over the time in seconds, a full stop and the body. A callback that is
 * sent again within the window passes again; it counts once by its {@link Evidence#event()}.
 * Thread-safe.
 */
public final class CallbackSignature {

  /** The header that {@link #sign} makes the value of, unless your provider calls it otherwise. */
  public static final String HEADER = "Concordat-Signature";

  /** The fewest bytes a secret may have. */
  public static final int MIN_SECRET = 16;

  /** The most secrets that are valid at once. */
  public static final int MAX_SECRETS = 8;

  private static final String ALGORITHM = "HmacSHA256";
  private static final String TIME = "t=";
  private static final String SIGNATURE = "v1=";
  private static final int MAX_HEADER = 2_000;
  private static final int MAX_DIGITS = 12;

  private final Duration tolerance;
  private final List<SecretKeySpec> secrets;

  private CallbackSignature(Duration tolerance, List<SecretKeySpec> secrets) {
    this.tolerance = tolerance;
    this.secrets = secrets;
  }

  /**
   * @param tolerance how far a callback's time may be from ours, before or after; positive, at most
   *     a day
   * @param secrets those that are valid, 1 to {@value #MAX_SECRETS}, each of {@value #MIN_SECRET}
   *     bytes or more; {@link #sign} takes the first. Several while one replaces another
   */
  public static CallbackSignature of(Duration tolerance, List<byte[]> secrets) {
    if (!tolerance.isPositive() || tolerance.compareTo(Duration.ofDays(1)) > 0) {
      throw new RefusedException(
          "a callback's time may differ by more than nothing and at most a day, not " + tolerance);
    }
    if (secrets.isEmpty() || secrets.size() > MAX_SECRETS) {
      throw new RefusedException(
          "give 1 to " + MAX_SECRETS + " secrets for callbacks, not " + secrets.size());
    }
    if (secrets.stream().anyMatch(secret -> secret.length < MIN_SECRET)) {
      throw new RefusedException(
          "a secret for callbacks has " + MIN_SECRET + " bytes or more: a shorter one is guessed");
    }
    return new CallbackSignature(
        tolerance, secrets.stream().map(secret -> new SecretKeySpec(secret, ALGORITHM)).toList());
  }

  /** The header's value for a body sent at that time, by the first secret. */
  public String sign(Instant at, byte[] body) {
    long seconds = at.getEpochSecond();
    String signature = HexFormat.of().formatHex(mac(secrets.getFirst(), seconds, body));
    return TIME + seconds + "," + SIGNATURE + signature;
  }

  /**
   * Returns if the body is signed with one of the secrets and its time is within the tolerance.
   *
   * @param header the header's value, or null if there was none
   * @param body the body, byte for byte as it came
   * @param now our time
   * @throws RefusedException if not: take nothing of it, and answer 400 or 401
   */
  public void verify(@Nullable String header, byte[] body, Instant now) {
    if (header == null || header.isBlank()) {
      throw refused("it is not signed", "Let whoever sends callbacks sign them");
    }
    Parts parts = parse(header);
    if (!isSigned(parts, body)) {
      throw refused(
          "its signature fits none of our secrets",
          "Do both sides have the same secret, and is the body checked as it came, byte for byte?");
    }
    Duration apart = Duration.between(Instant.ofEpochSecond(parts.seconds()), now).abs();
    if (apart.compareTo(tolerance) > 0) {
      throw refused(
          "its time is "
              + apart.toSeconds()
              + " seconds from ours, and "
              + tolerance.toSeconds()
              + " are allowed",
          "It is sent again by somebody who kept it, or one of the clocks is wrong");
    }
  }

  /** Tries every pair, so that the time it takes tells nothing. */
  private boolean isSigned(Parts parts, byte[] body) {
    boolean found = false;
    for (SecretKeySpec secret : secrets) {
      byte[] expected = mac(secret, parts.seconds(), body);
      for (byte[] signature : parts.signatures()) {
        found |= MessageDigest.isEqual(expected, signature);
      }
    }
    return found;
  }

  private static Parts parse(String header) {
    long seconds = -1;
    List<byte[]> signatures = new ArrayList<>();
    if (header.length() <= MAX_HEADER) {
      for (String part : header.split(",", -1)) {
        String trimmed = part.strip();
        if (trimmed.startsWith(TIME) && seconds < 0) {
          seconds = seconds(trimmed.substring(TIME.length()));
        } else if (trimmed.startsWith(TIME)) {
          throw unreadable();
        } else if (trimmed.startsWith(SIGNATURE)) {
          signatures.add(bytes(trimmed.substring(SIGNATURE.length())));
        }
      }
    }
    if (seconds < 0 || signatures.isEmpty() || signatures.size() > MAX_SECRETS) {
      throw unreadable();
    }
    return new Parts(seconds, signatures);
  }

  private static long seconds(String digits) {
    if (digits.isEmpty()
        || digits.length() > MAX_DIGITS
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw unreadable();
    }
    return Long.parseLong(digits);
  }

  private static byte[] bytes(String hex) {
    try {
      return HexFormat.of().parseHex(hex);
    } catch (IllegalArgumentException e) {
      throw unreadable();
    }
  }

  private static byte[] mac(SecretKeySpec secret, long seconds, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      mac.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  private static RefusedException unreadable() {
    return refused(
        "its signature cannot be read",
        "It is written t=SECONDS,v1=HEX, with a v1 for each secret that signed it");
  }

  private static RefusedException refused(String why, String what) {
    return new RefusedException("A callback was turned away, because " + why + ". " + what + ".");
  }

  private record Parts(long seconds, List<byte[]> signatures) {}
}
