package dev.concordat.saga;

import dev.concordat.saga.Moves.Move;
import dev.concordat.saga.SagaStimulus.Request;
import dev.concordat.saga.Sketch.Fault;
import dev.concordat.saga.World.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Commands and replies on their way, which arrive at any time and in any order. Participants honour
 * the key: they answer a command again that they have answered, and turn one down that comes after
 * its compensation.
 */
final class Traffic {

  enum What {
    DO,
    UNDO,
    DONE,
    UNDONE,
    REFUSED,
    REFUSED_ONCE,
    UNDO_REFUSED
  }

  /**
   * A message on its way.
   *
   * @param anew up to which attempt refusals count no more
   */
  record Message(What what, String step, int attempt, int anew) implements Comparable<Message> {
    @Override
    public int compareTo(Message that) {
      return toString().compareTo(that.toString());
    }
  }

  private final Sketch sketch;
  private final Host host;

  Traffic(Sketch sketch, Host host) {
    this.sketch = sketch;
    this.host = host;
  }

  static Message command(String step, int attempt, int anew, boolean back) {
    return new Message(back ? What.UNDO : What.DO, step, attempt, anew);
  }

  void of(World world, List<Move> moves) {
    for (Message message : new ArrayList<>(world.messages)) {
      switch (message.what()) {
        case DO -> command(world, message, moves);
        case UNDO -> undo(world, message, moves);
        default -> reply(world, message, moves);
      }
    }
  }

  private static void add(List<Move> moves, String what, Message message, Consumer<World> change) {
    moves.add(
        new Move(
            what,
            message,
            true,
            w -> {
              w.messages.remove(message);
              change.accept(w);
            }));
  }

  private void fault(
      World world, List<Move> moves, Fault fault, Message message, Consumer<World> change) {
    if (world.faults > 0 && sketch.allows(fault)) {
      moves.add(
          new Move(
              fault + ":",
              message,
              false,
              w -> {
                w.faults--;
                w.messages.remove(message);
                change.accept(w);
              }));
    }
  }

  private void command(World world, Message message, List<Move> moves) {
    Effect effect = world.effects.get(message.step());
    boolean refused =
        effect == Effect.REFUSED
            && world.refusedAt.getOrDefault(message.step(), 0) > message.anew();
    if (effect == Effect.COUNTERED || refused) {
      add(moves, "turned down", message, w -> answer(w, message, What.REFUSED));
      return;
    }
    add(
        moves,
        "carried out",
        message,
        w -> {
          w.effects.put(message.step(), Effect.APPLIED);
          answer(w, message, What.DONE);
        });
    if (effect != Effect.APPLIED) {
      fault(
          world,
          moves,
          Fault.REFUSED,
          message,
          w -> {
            w.effects.put(message.step(), Effect.REFUSED);
            w.refusedAt.put(message.step(), message.attempt());
            answer(w, message, What.REFUSED);
          });
      fault(world, moves, Fault.REFUSED_ONCE, message, w -> answer(w, message, What.REFUSED_ONCE));
    }
  }

  private void undo(World world, Message message, List<Move> moves) {
    add(
        moves,
        "compensated",
        message,
        w -> {
          w.effects.put(message.step(), Effect.COUNTERED);
          answer(w, message, What.UNDONE);
        });
    if (world.effects.get(message.step()) != Effect.COUNTERED) {
      fault(world, moves, Fault.UNDO_FAILS, message, w -> answer(w, message, What.UNDO_REFUSED));
    }
  }

  private static void answer(World world, Message command, What what) {
    // Only of a refusal it matters which attempt it answers.
    int attempt = what == What.REFUSED ? command.attempt() : 0;
    world.messages.add(new Message(what, command.step(), attempt, 0));
  }

  private void reply(World world, Message message, List<Move> moves) {
    add(moves, "reply", message, w -> Post.deliver(host, w, request(message)));
    if (world.duplicates > 0 && sketch.allows(Fault.DUPLICATE)) {
      moves.add(
          new Move(
              "reply, to come twice",
              message,
              false,
              w -> {
                w.duplicates--;
                Post.deliver(host, w, request(message));
              }));
    }
  }

  private static Request request(Message message) {
    What what = message.what();
    boolean lasting = what == What.REFUSED || what == What.UNDO_REFUSED;
    boolean refused = lasting || what == What.REFUSED_ONCE;
    return new Request.Replied(
        message.step(),
        message.attempt(),
        what == What.UNDONE || what == What.UNDO_REFUSED,
        what.name(),
        refused,
        lasting,
        refused ? "no" : null,
        Map.of(),
        "",
        false);
  }
}
