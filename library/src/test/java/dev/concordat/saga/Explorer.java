package dev.concordat.saga;

import dev.concordat.core.Payload;
import dev.concordat.saga.Moves.Move;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Searches all that can happen to one sketch, breadth first and to closure, so that the first
 * broken law comes with a shortest trace.
 */
final class Explorer {

  /**
   * What a search found.
   *
   * @param broken the law that does not hold, or null
   * @param trace what led there, one line for each move
   */
  record Found(
      String name,
      int states,
      int depth,
      int completed,
      int compensated,
      int attention,
      @Nullable String broken,
      List<String> trace) {

    boolean isSound() {
      return broken == null;
    }

    @Override
    public String toString() {
      return String.format(
              "%8d states, depth %3d, %6d completed, %6d compensated, %6d wait  %s",
              states, depth, completed, compensated, attention, name)
          + (broken == null
              ? ""
              : "\n  BROKEN " + broken + "\n    " + String.join("\n    ", trace));
    }
  }

  /** A world's place in the search; the key's two hashes stand for the world. */
  private record Node(@Nullable Node parent, int move, int depth) {}

  private record Key(long one, long two) {
    static Key of(String text) {
      long one = 1125899906842597L;
      long two = 0x9E3779B97F4A7C15L;
      for (int i = 0; i < text.length(); i++) {
        one = 31 * one + text.charAt(i);
        two = (two ^ text.charAt(i)) * 0x100000001B3L;
        two ^= two >>> 29;
      }
      return new Key(one, two);
    }
  }

  private record Open(World world, Node node) {}

  private static final int LONGEST_WAY_HOME = 400;

  private final Sketch sketch;
  private final Decider machine;
  private final Host host;
  private final Moves moves;
  private final Map<Key, Node> seen = new HashMap<>();
  private final Set<Key> goodEnd = new HashSet<>();
  private final Deque<Open> frontier = new ArrayDeque<>();
  private final int limit;
  private int depth;
  private int completed;
  private int compensated;
  private int attention;

  Explorer(Sketch sketch, Decider machine, int limit) {
    this.sketch = sketch;
    this.machine = machine;
    this.host = new Host(sketch.plan(), machine);
    this.moves = new Moves(sketch, machine, host);
    this.limit = limit;
  }

  Found search() {
    World first = first();
    Node root = new Node(null, -1, 0);
    seen.put(Key.of(first.key(sketch.plan())), root);
    frontier.add(new Open(first, root));
    while (!frontier.isEmpty()) {
      Open open = frontier.removeFirst();
      depth = open.node().depth();
      Found broken = expand(open);
      if (broken != null) {
        return broken;
      }
      if (seen.size() > limit) {
        return found("the search did not close within " + limit + " states", List.of());
      }
    }
    return found(null, List.of());
  }

  private World first() {
    World world = new World(sketch.limits());
    host.deliver(world, new SagaStimulus.Begin(world.now(), new Payload("\"\"", true), null));
    for (int i = 0; i < sketch.limits().crashed(); i++) {
      world.durable = world.durable.apply(new SagaEvent.TakenOver());
      world.live = world.durable;
    }
    return world;
  }

  private @Nullable Found expand(Open open) {
    try {
      host.laws().ends(open.world());
      reachesAnEnd(open.world());
    } catch (LawBroken e) {
      return found(e.getMessage(), trace(open.node(), -1));
    }
    count(open.world());
    List<Move> possible = moves.of(open.world());
    for (int i = 0; i < possible.size(); i++) {
      World next = open.world().copy();
      try {
        possible.get(i).change().accept(next);
      } catch (LawBroken e) {
        return found(e.getMessage(), trace(open.node(), i));
      } catch (RuntimeException e) {
        return found("the machine threw " + e, trace(open.node(), i));
      }
      Node node = new Node(open.node(), i, open.node().depth() + 1);
      if (seen.putIfAbsent(Key.of(next.key(sketch.plan())), node) == null) {
        frontier.addLast(new Open(next, node));
      }
    }
    return null;
  }

  private void count(World world) {
    switch (world.live.status()) {
      case COMPLETED -> completed++;
      case COMPENSATED -> compensated++;
      case NEEDS_ATTENTION -> attention++;
      default -> {}
    }
  }

  /** P10: without further faults, and with people doing their part, there is an end. */
  private void reachesAnEnd(World from) {
    List<Key> way = new ArrayList<>();
    World world = from;
    Key key = Key.of(world.key(sketch.plan()));
    while (!goodEnd.contains(key)) {
      way.add(key);
      Move move = moves.fair(world);
      if (move == null) {
        host.laws().ends(world);
        break;
      }
      if (way.size() > LONGEST_WAY_HOME) {
        throw new LawBroken("P10: going on without faults never comes to an end, last: " + move);
      }
      world = world.copy();
      move.change().accept(world);
      key = Key.of(world.key(sketch.plan()));
    }
    goodEnd.addAll(way);
  }

  private Found found(@Nullable String broken, List<String> trace) {
    return new Found(
        sketch.name(), seen.size(), depth, completed, compensated, attention, broken, trace);
  }

  /** Plays the moves once more, this time with words. */
  private List<String> trace(Node end, int last) {
    Deque<Integer> path = new ArrayDeque<>();
    if (last >= 0) {
      path.push(last);
    }
    for (Node node = end; node != null && node.move() >= 0; node = node.parent()) {
      path.push(node.move());
    }
    List<String> lines = new ArrayList<>();
    Explorer replay = new Explorer(sketch, told(lines), limit);
    World world = replay.first();
    for (int index : path) {
      Move move = replay.moves.of(world).get(index);
      lines.add(move.toString());
      world = world.copy();
      try {
        move.change().accept(world);
      } catch (RuntimeException e) {
        lines.add("  ! " + e.getMessage());
      }
    }
    if (last < 0) {
      lines.add("and then, without faults:");
      replay.tellTheWayHome(world, lines);
    }
    return lines;
  }

  private void tellTheWayHome(World from, List<String> lines) {
    World world = from;
    try {
      for (int i = 0; i < 12; i++) {
        Move move = moves.fair(world);
        if (move == null) {
          return;
        }
        lines.add(move.toString());
        world = world.copy();
        move.change().accept(world);
      }
    } catch (RuntimeException e) {
      lines.add("  ! " + e.getMessage());
    }
  }

  private Decider told(List<String> lines) {
    return new Decider() {
      @Override
      public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
        SagaDecision decision = machine.decide(plan, state, stimulus);
        if (!decision.events().isEmpty() || !decision.actions().isEmpty()) {
          lines.add("    " + decision.events() + " -> " + decision.actions());
        }
        return decision;
      }

      @Override
      public java.time.@Nullable Instant wakeAt(
          SagaPlan plan, SagaState state, java.time.Instant now) {
        return machine.wakeAt(plan, state, now);
      }

      @Override
      public boolean rides(SagaPlan plan, SagaEvent event) {
        return machine.rides(plan, event);
      }

      @Override
      public boolean isInside(SagaAction action) {
        return machine.isInside(action);
      }
    };
  }
}
