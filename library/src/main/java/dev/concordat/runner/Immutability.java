package dev.concordat.runner;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Knows of which types no value can be changed in place, however deep one looks. Only such values
 * may be shared between attempts; all others are decoded anew, so that a list which a step changes
 * does not change what the journal says.
 */
final class Immutability {

  private static final Set<Class<?>> PLAIN =
      Set.of(
          String.class,
          Boolean.class,
          Character.class,
          Byte.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          BigDecimal.class,
          BigInteger.class,
          UUID.class,
          URI.class);

  private static final ClassValue<Boolean> KNOWN =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          return isDeep(type, new HashSet<>());
        }
      };

  private Immutability() {}

  /** Whether nothing that a value of exactly this class leads to can be changed. */
  static boolean isDeep(Class<?> type) {
    return KNOWN.get(type);
  }

  private static boolean isDeep(Class<?> type, Set<Class<?>> above) {
    if (type.isPrimitive() || type.isEnum() || PLAIN.contains(type) || isTime(type)) {
      return true;
    }
    if (!type.isRecord() || !above.add(type)) {
      // A record within itself is immutable as far as its other components are.
      return type.isRecord();
    }
    return Arrays.stream(type.getRecordComponents()).allMatch(c -> isDeep(c.getType(), above));
  }

  private static boolean isTime(Class<?> type) {
    return type.getPackageName().equals("java.time")
        && (TemporalAccessor.class.isAssignableFrom(type)
            || TemporalAmount.class.isAssignableFrom(type));
  }
}
