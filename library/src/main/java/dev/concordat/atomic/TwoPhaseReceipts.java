package dev.concordat.atomic;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.store.Decisions.Decision;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is remembered with decisions, and given back. */
final class TwoPhaseReceipts {

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
   * What is remembered of it.
   *
   * @throws RefusedException if it is null
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
    return codec.encode(receipt);
  }

  /** Ids are those of a database, for a prepared branch says nothing of who prepared it. */
  boolean isOurs(Decision decision) {
    return decision.name().equals(name);
  }

  /**
   * The answer of an id that has committed.
   *
   * @param like what the work returned this time, whose class is that of the receipt; may be null
   *     where the id is not ours
   */
  @SuppressWarnings("unchecked")
  <T> Outcome<T> done(Decision decision, @Nullable T like) {
    if (!isOurs(decision)) {
      return new Outcome.Refused<>(taken(decision));
    }
    T value = Objects.requireNonNull(like);
    // A constant with a body has a class of its own.
    Class<?> type = value instanceof Enum<?> one ? one.getDeclaringClass() : value.getClass();
    return decision.receipt() == null ? new Outcome.Done<>(value) : read(decision, (Class<T>) type);
  }

  /** The answer of an id of ours that has committed, in that class. */
  <T> Outcome<T> read(Decision decision, Class<T> type) {
    String receipt = decision.receipt();
    if (receipt == null) {
      throw new InvariantViolation("the decision on '" + decision.id() + "' has no receipt");
    }
    try {
      return new Outcome.Done<>(codec.decode(receipt, type));
    } catch (RuntimeException e) {
      return new Outcome.Unknown<>(
          "'"
              + decision.id()
              + "' has committed, and is not done again; but its receipt cannot be read as "
              + type.getName()
              + " ("
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "). Ask for its outcome with the class it was written from, or read the text in"
              + " column receipt of Concordat's table decision");
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
