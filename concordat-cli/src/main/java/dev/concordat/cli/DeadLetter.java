package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.store.Consumers;
import dev.concordat.store.Relays;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A message that waits for a person, at a relay or at a consumer.
 *
 * @param place the number by which to replay or discard it
 * @param behind how many of its key wait behind it
 */
record DeadLetter(
    long place,
    String id,
    String topic,
    @Nullable String key,
    String type,
    @Nullable String reason,
    int behind,
    Instant parkedAt) {

  private static DeadLetter of(Relays.DeadLetter letter) {
    return new DeadLetter(
        letter.message().position(),
        letter.message().id().toString(),
        letter.message().topic(),
        letter.message().key(),
        letter.message().type(),
        letter.reason(),
        letter.behind(),
        letter.parkedAt());
  }

  private static DeadLetter of(Consumers.DeadLetter letter) {
    return new DeadLetter(
        letter.no(),
        letter.message().id(),
        letter.message().topic(),
        letter.message().key(),
        letter.message().type(),
        letter.reason(),
        letter.behind(),
        letter.parkedAt());
  }

  /** Where dead letters lie. */
  interface Place {

    /** In words. */
    String name();

    List<DeadLetter> list(int most);

    /** What is tried again by itself. */
    List<DeadLetter> retrying(int most);

    void replay(long place);

    void discard(long place);
  }

  /** Whoever mistypes a name is told so, and not that all is well. */
  private static void requireKnown(String what, String name, Stream<String> known) {
    List<String> names = known.distinct().sorted().toList();
    if (!names.contains(name)) {
      throw new Problem(
          Exit.NOT_FOUND,
          "No "
              + what
              + " '"
              + Texts.plain(name)
              + "' has run on this database and schema; there "
              + (names.isEmpty()
                  ? "is none."
                  : "are: " + Texts.plain(String.join(", ", names)) + "."),
          null);
    }
  }

  /**
   * Those of a relay.
   *
   * @throws Problem if there is no such relay
   */
  static Place atRelay(Concordat concordat, String relay) {
    requireKnown(
        "relay", relay, concordat.messaging().progress().stream().map(Relays.Progress::relay));
    return new Place() {
      @Override
      public String name() {
        return "Relay '" + relay + "'";
      }

      @Override
      public List<DeadLetter> list(int most) {
        return concordat.messaging().deadLetters(relay, most).stream().map(DeadLetter::of).toList();
      }

      @Override
      public List<DeadLetter> retrying(int most) {
        return concordat.messaging().held(relay, most).stream().map(DeadLetter::of).toList();
      }

      @Override
      public void replay(long place) {
        concordat.messaging().replay(relay, place);
      }

      @Override
      public void discard(long place) {
        concordat.messaging().discard(relay, place);
      }
    };
  }

  /**
   * Those of a consumer.
   *
   * @throws Problem if there is no such consumer
   */
  static Place atConsumer(Concordat concordat, String consumer) {
    requireKnown(
        "consumer",
        consumer,
        concordat.consuming().standings().stream().map(Consumers.Standing::consumer));
    return new Place() {
      @Override
      public String name() {
        return "Consumer '" + consumer + "'";
      }

      @Override
      public List<DeadLetter> list(int most) {
        return concordat.consuming().deadLetters(consumer, most).stream()
            .map(DeadLetter::of)
            .toList();
      }

      @Override
      public List<DeadLetter> retrying(int most) {
        return concordat.consuming().retrying(consumer, most).stream().map(DeadLetter::of).toList();
      }

      @Override
      public void replay(long place) {
        concordat.consuming().replay(consumer, place);
      }

      @Override
      public void discard(long place) {
        concordat.consuming().discard(consumer, place);
      }
    };
  }
}
