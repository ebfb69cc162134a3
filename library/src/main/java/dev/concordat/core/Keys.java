package dev.concordat.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Idempotency keys, input hashes and trace contexts, all derived and never stored. */
public final class Keys {

  private Keys() {}

  /** How many characters a {@link #shortHash} has. */
  public static final int SHORT_HASH = 16;

  /** A name-based UUID (RFC 9562, version 8, by SHA-256) of an instance's uid and a step. */
  public static String key(UUID uid, String step, String suffix) {
    ByteBuffer bytes = ByteBuffer.wrap(hash(uid + "\0" + step + "\0" + suffix));
    long high = (bytes.getLong() & 0xffffffffffff0fffL) | 0x8000L;
    long low = (bytes.getLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  /** A short text that differs for different texts, as good as certainly. */
  public static String shortHash(String text) {
    return HexFormat.of().formatHex(hash(text), 0, SHORT_HASH / 2);
  }

  /** What tells one input of a definition from another. */
  public static String inputHash(String definition, String fingerprint) {
    return HexFormat.of().formatHex(hash(definition + "\0" + fingerprint), 0, 16);
  }

  /** A traceparent header (W3C Trace Context, level 1): the starter's trace, or the instance's. */
  public static String traceparent(
      UUID uid, @Nullable String starter, String step, int attempt, boolean compensating) {
    String trace =
        starter != null && starter.matches("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.*")
            ? starter.substring(3, 35)
            : uid.toString().replace("-", "");
    byte[] span = hash(uid + "\0" + step + "\0" + attempt + "\0" + compensating);
    return "00-" + trace + "-" + HexFormat.of().formatHex(span, 0, 8) + "-01";
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
