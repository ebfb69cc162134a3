package dev.concordat.cli;

import dev.concordat.Concordat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Lists messages that cannot be delivered or handled, and lets people decide about them. */
@Command(
    name = "dead-letters",
    description =
        "List what a relay cannot deliver, or a consumer not handle; replay a message, or discard"
            + " it.",
    footer = {
      "",
      "Examples: try the message at position 4711 again, and those behind it; list what a consumer",
      "could not handle",
      "  concordat dead-letters orders --replay 4711",
      "  concordat dead-letters --consumer billing"
    })
final class DeadLettersCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Parameters(paramLabel = "RELAY", arity = "0..1", description = "The relay's name.")
  private @Nullable String relay;

  @Option(
      names = "--consumer",
      paramLabel = "NAME",
      description = "Of that consumer, instead of a relay.")
  private @Nullable String consumer;

  @Option(
      names = "--retrying",
      description =
          "Lists instead what is tried again by itself; it too can be replayed at once,"
              + " or discarded.")
  private boolean retrying;

  @Option(names = "--limit", paramLabel = "N", description = "At most so many; 50 unless said.")
  private int limit = 50;

  @Option(
      names = "--replay",
      paramLabel = "POSITION",
      description = "Tries that message again; those of its key that wait behind it follow.")
  private @Nullable Long replay;

  @Option(
      names = "--discard",
      paramLabel = "POSITION",
      description = "Gives that message up for good; those behind it go on. Needs --yes.")
  private @Nullable Long discard;

  @Option(names = "--yes", description = "Really discards.")
  private boolean yes;

  @Override
  public Integer call() {
    if (replay != null && discard != null) {
      throw screen.wrong("either --replay or --discard, not both");
    }
    try (Concordat concordat = database.open(System.getenv())) {
      DeadLetter.Place place = place(concordat);
      if (replay != null) {
        place.replay(replay);
        screen.say("It is tried again at once, where somebody runs that has it.");
        return Exit.DONE;
      }
      return discard != null ? discard(place, discard) : list(place);
    }
  }

  private DeadLetter.Place place(Concordat concordat) {
    if (consumer != null && relay == null) {
      return DeadLetter.atConsumer(concordat, consumer);
    }
    if (relay != null && consumer == null) {
      return DeadLetter.atRelay(concordat, relay);
    }
    throw screen.wrong("either a relay's name or --consumer NAME");
  }

  private int discard(DeadLetter.Place place, long number) {
    if (!yes) {
      screen.say(
          "Message "
              + number
              + " would never be delivered or handled, and those behind it would go on without it."
              + " Say --yes to do it.");
      return Exit.USAGE;
    }
    place.discard(number);
    screen.say("It is given up, and those behind it go on.");
    return Exit.DONE;
  }

  private int list(DeadLetter.Place place) {
    List<DeadLetter> letters = retrying ? place.retrying(limit) : place.list(limit);
    if (screen.isJson()) {
      screen.data(document(letters));
    } else if (letters.isEmpty()) {
      screen.say(
          place.name()
              + (retrying
                  ? " has no message that is tried again by itself."
                  : " has no message that waits for a person."));
    } else {
      StringBuilder text = new StringBuilder();
      letters.forEach(letter -> print(letter, text));
      screen.data(text.toString());
    }
    return Exit.DONE;
  }

  private void print(DeadLetter letter, StringBuilder text) {
    text.append(screen.styled("bold", String.valueOf(letter.place())))
        .append("  ")
        .append(Texts.plain(letter.type()))
        .append(" to ")
        .append(Texts.plain(letter.topic()))
        .append(letter.key() == null ? "" : " / " + Texts.plain(key(letter)))
        .append("  since ")
        .append(Times.second(letter.parkedAt()))
        .append('\n')
        .append("  why     ")
        .append(Texts.plain(Objects.requireNonNullElse(letter.reason(), "")))
        .append('\n')
        .append("  behind  ")
        .append(letter.behind())
        .append('\n');
  }

  private static String key(DeadLetter letter) {
    return Objects.requireNonNullElse(letter.key(), "");
  }

  private static ArrayNode document(List<DeadLetter> letters) {
    ArrayNode all = JsonMapper.shared().createArrayNode();
    for (DeadLetter letter : letters) {
      all.addObject()
          .put("position", letter.place())
          .put("id", letter.id())
          .put("topic", letter.topic())
          .put("key", letter.key())
          .put("type", letter.type())
          .put("reason", letter.reason())
          .put("behind", letter.behind())
          .put("parked_at", letter.parkedAt().toString());
    }
    return all;
  }
}
