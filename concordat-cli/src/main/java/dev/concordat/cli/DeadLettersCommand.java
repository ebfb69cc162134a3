package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.messaging.Messaging;
import dev.concordat.store.Relays.DeadLetter;
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

/** Lists messages that cannot be delivered, and lets people decide about them. */
@Command(
    name = "dead-letters",
    description = "List what a relay cannot deliver; replay a message, or discard it.",
    footer = {
      "",
      "Example: try the message at position 4711 again, and those behind it",
      "  concordat dead-letters orders --replay 4711"
    })
final class DeadLettersCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Parameters(paramLabel = "RELAY", description = "The relay's name.")
  private String relay = "";

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
      Messaging messaging = concordat.messaging();
      if (replay != null) {
        messaging.replay(relay, replay);
        screen.say("It is tried again as soon as the relay looks.");
        return Exit.DONE;
      }
      return discard != null ? discard(messaging, discard) : list(messaging);
    }
  }

  private int discard(Messaging messaging, long position) {
    if (!yes) {
      screen.say(
          "The message at "
              + position
              + " would never be delivered, and those behind it would go on without it. Say --yes"
              + " to do it.");
      return Exit.USAGE;
    }
    messaging.discard(relay, position);
    screen.say("It is given up as soon as the relay looks.");
    return Exit.DONE;
  }

  private int list(Messaging messaging) {
    List<DeadLetter> letters = messaging.deadLetters(relay, limit);
    if (screen.isJson()) {
      screen.data(document(letters));
    } else if (letters.isEmpty()) {
      screen.say("Relay '" + relay + "' has no message that waits for a person.");
    } else {
      StringBuilder text = new StringBuilder();
      letters.forEach(letter -> print(letter, text));
      screen.data(text.toString());
    }
    return Exit.DONE;
  }

  private void print(DeadLetter letter, StringBuilder text) {
    text.append(screen.styled("bold", String.valueOf(letter.message().position())))
        .append("  ")
        .append(Texts.plain(letter.message().type()))
        .append(" to ")
        .append(Texts.plain(letter.message().topic()))
        .append(letter.message().key() == null ? "" : " / " + Texts.plain(key(letter)))
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
    return Objects.requireNonNullElse(letter.message().key(), "");
  }

  private static ArrayNode document(List<DeadLetter> letters) {
    ArrayNode all = JsonMapper.shared().createArrayNode();
    for (DeadLetter letter : letters) {
      all.addObject()
          .put("position", letter.message().position())
          .put("id", letter.message().id().toString())
          .put("topic", letter.message().topic())
          .put("key", letter.message().key())
          .put("type", letter.message().type())
          .put("reason", letter.reason())
          .put("behind", letter.behind())
          .put("parked_at", letter.parkedAt().toString());
    }
    return all;
  }
}
