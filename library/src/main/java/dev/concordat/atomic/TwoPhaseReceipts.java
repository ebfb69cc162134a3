package dev.concordat.atomic;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.store.Decisions.Decision;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is remembered with decisions, and given back. */
final class TwoPhaseReceipts {

  private static final String CLASS = "class ";

  private final StateCodec codec;
  private final String name;

  /**
   * @param name of the two-phase commit whose receipts they are
   */
  TwoPhaseReceipts(StateCodec codec, String name) {
    this.codec = codec;
    this.name = name;
  }

  /**
   * What is remembered of it: its class, for work may return one of several, and its text.
   *
   * @throws RefusedException if it is null, or cannot be read back
   */
  String encode(String id, @Nullable Object receipt) {
    if (receipt == null) {
      throw new RefusedException(
          "the work of '"
              + id
              + "' returned null, and what it returns is what is remembered and given back when"
              + " the id is executed again; nothing was committed. Let it return something, the id"
              + " or true if there is nothing to say");
    }
    Class<?> type = classOf(receipt);
    String text = codec.encode(receipt);
    Object back;
    try {
      back = codec.decode(text, type);
    } catch (RuntimeException e) {
      throw unreadable(id, type, String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
    // Of what is in a collection its class says nothing, so something else may come back.
    boolean many = receipt instanceof Collection || receipt instanceof Map;
    if (back == null || (many && !back.equals(receipt))) {
      throw unreadable(id, type, "what comes back is not equal to it", null);
    }
    return CLASS + type.getName() + "\n" + text;
  }

  private static RefusedException unreadable(
      String id, Class<?> type, String why, @Nullable RuntimeException cause) {
    return new RefusedException(
        "the work of '"
            + id
            + "' returned a "
            + type.getName()
            + ", which cannot be read back from what is remembered of it ("
            + why
            + "), and is to be given back when the id is executed again; nothing was committed. Let"
            + " it return a record, an enum, a text or a number; a list as a part of a record",
        cause);
  }

  /** A constant with a body has a class of its own. */
  private static Class<?> classOf(Object value) {
    return value instanceof Enum<?> one ? one.getDeclaringClass() : value.getClass();
  }

  /** Ids are those of a database, for a prepared branch says nothing of who prepared it. */
  boolean isOurs(Decision decision) {
    return decision.name().equals(name);
  }

  /**
   * The answer of an id that has committed.
   *
   * @param like what the work returned this time; may be null where the id is not ours
   */
  @SuppressWarnings("unchecked")
  <T> Outcome<T> done(Decision decision, @Nullable T like) {
    if (!isOurs(decision)) {
      return new Outcome.Refused<>(taken(decision));
    }
    T value = Objects.requireNonNull(like);
    if (decision.receipt() == null) {
      return new Outcome.Done<>(value);
    }
    Written written = Written.of(decision);
    Class<?> type = classOf(value);
    Optional<Class<?>> stored = written.type(type);
    return stored.isPresent() && isKin(stored.get(), type)
        ? decoded(decision, written, (Class<T>) stored.get())
        : new Outcome.Unknown<>(unread(decision, written, type, "it is of another class"));
  }

  /** The answer of an id of ours that has committed, in that class or one that extends it. */
  @SuppressWarnings("unchecked")
  <T> Outcome<T> read(Decision decision, Class<T> type) {
    Written written = Written.of(decision);
    // One that is not there any more may have been renamed, and its caller says to what.
    Class<?> stored = type.isPrimitive() ? type : written.type(type).orElse(type);
    return type.isAssignableFrom(stored)
        ? decoded(decision, written, (Class<T>) stored)
        : new Outcome.Unknown<>(unread(decision, written, type, "it is of another class"));
  }

  private <T> Outcome<T> decoded(Decision decision, Written written, Class<T> type) {
    try {
      return new Outcome.Done<>(codec.decode(written.text(), type));
    } catch (RuntimeException e) {
      String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      return new Outcome.Unknown<>(unread(decision, written, type, why));
    }
  }

  private static String unread(Decision decision, Written written, Class<?> type, String why) {
    return "'"
        + decision.id()
        + "' has committed, and is not done again; but its receipt"
        + (written.name().isEmpty() ? "" : ", a " + written.name() + ",")
        + " cannot be read as "
        + type.getName()
        + " ("
        + why
        + "). Ask for its outcome with the class it was written from, or read the text in"
        + " column receipt of Concordat's table decision";
  }

  /** Whether one who expects the one may be given the other: they have something of the user's. */
  private static boolean isKin(Class<?> one, Class<?> other) {
    if (one.isAssignableFrom(other) || other.isAssignableFrom(one)) {
      return true;
    }
    return supertypes(one)
        .anyMatch(type -> !type.getName().startsWith("java.") && type.isAssignableFrom(other));
  }

  private static Stream<Class<?>> supertypes(Class<?> type) {
    Stream<Class<?>> direct =
        Stream.concat(Stream.ofNullable(type.getSuperclass()), Stream.of(type.getInterfaces()));
    return direct.flatMap(one -> Stream.concat(Stream.of(one), supertypes(one)));
  }

  /**
   * What a receipt was written from.
   *
   * @param name of its class, or empty if an older version has written it, without
   * @param text of the codec
   */
  private record Written(String name, String text) {

    static Written of(Decision decision) {
      String receipt = decision.receipt();
      if (receipt == null) {
        throw new InvariantViolation("the decision on '" + decision.id() + "' has no receipt");
      }
      int end = receipt.indexOf('\n');
      return receipt.startsWith(CLASS) && end > 0
          ? new Written(receipt.substring(CLASS.length(), end), receipt.substring(end + 1))
          : new Written("", receipt);
    }

    /** That class, or the one that is expected if it is not known; empty if there is none such. */
    Optional<Class<?>> type(Class<?> expected) {
      if (name.isEmpty() || name.equals(expected.getName())) {
        return Optional.of(expected);
      }
      return Stream.of(
              expected.getClassLoader(),
              Thread.currentThread().getContextClassLoader(),
              TwoPhaseReceipts.class.getClassLoader())
          .flatMap(loader -> loaded(loader).stream())
          .findFirst();
    }

    private Optional<Class<?>> loaded(@Nullable ClassLoader loader) {
      try {
        return Optional.of(Class.forName(name, false, loader));
      } catch (ClassNotFoundException | LinkageError e) {
        return Optional.empty();
      }
    }
  }

  private static String taken(Decision decision) {
    return "'"
        + decision.id()
        + "' is the id of a transaction that two-phase commit '"
        + decision.name()
        + "' has committed in the same database; nothing was done now. Choose ids that no other"
        + " uses, with the kind of transaction in front";
  }
}
