package dev.concordat.tcc;

import dev.concordat.tcc.TccMoves.Move;
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
 * Searches all that can happen to one transaction, breadth first and to closure, so that the first
 * broken law comes with a shortest trace.
 */
final class TccExplorer {

  /**
   * What a search found.
   *
   * @param broken the law that does not hold, or null
   * @param trace what led there
   */
  record Found(
      String name,
      int states,
      int confirmed,
      int cancelled,
      int attention,
      @Nullable String broken,
      List<String> trace) {

    @Override
    public String toString() {
      return String.format(
              "%8d states, %6d confirmed, %6d cancelled, %6d wait  %s",
              states, confirmed, cancelled, attention, name)
          + (broken == null
              ? ""
              : "\n  BROKEN " + broken + "\n    " + String.join("\n    ", trace));
    }
  }

  private record Node(@Nullable Node parent, String move) {}

  private record Open(TccWorld world, Node node) {}

  private static final int LONGEST_WAY_HOME = 200;

  private final TccPlan plan;
  private final TccWorld.Limits limits;
  private final TccMoves moves;
  private final Set<String> seen = new HashSet<>();
  private final Set<String> goodEnd = new HashSet<>();
  private final Deque<Open> frontier = new ArrayDeque<>();
  private final Map<TccStatus, Integer> ends = new HashMap<>();
  private int attention;

  TccExplorer(TccPlan plan, TccWorld.Limits limits, TccDecider machine) {
    this.plan = plan;
    this.limits = limits;
    this.moves = new TccMoves(plan, machine);
  }

  Found search(int most) {
    Node root = new Node(null, "begin");
    try {
      TccWorld first = moves.host().begun(limits);
      seen.add(first.key());
      frontier.add(new Open(first, root));
    } catch (LawBroken e) {
      return found(e.getMessage(), List.of("begin"));
    }
    while (!frontier.isEmpty()) {
      Found broken = expand(frontier.removeFirst());
      if (broken != null) {
        return broken;
      }
      if (seen.size() > most) {
        return found("the search did not close within " + most + " states", List.of());
      }
    }
    return found(null, List.of());
  }

  private @Nullable Found expand(Open open) {
    try {
      moves.host().laws().always(open.world());
      reachesAnEnd(open.world());
    } catch (LawBroken e) {
      return found(e.getMessage(), trace(open.node()));
    }
    count(open.world());
    for (Move move : moves.of(open.world())) {
      TccWorld next = new TccWorld(open.world());
      Node node = new Node(open.node(), move.toString());
      try {
        move.change().accept(next);
      } catch (RuntimeException e) {
        String why = e instanceof LawBroken ? e.getMessage() : "the machine threw " + e;
        return found(why, trace(node));
      }
      if (seen.add(next.key())) {
        frontier.addLast(new Open(next, node));
      }
    }
    return null;
  }

  private void count(TccWorld world) {
    if (world.live.isFinal()) {
      ends.merge(TccStatus.of(world.live), 1, Integer::sum);
    }
    attention += world.live.needsAttention() ? 1 : 0;
  }

  /** P10: without further faults, and with people doing their part, there is an end. */
  private void reachesAnEnd(TccWorld from) {
    List<String> way = new ArrayList<>();
    TccWorld world = from;
    String key = world.key();
    while (!goodEnd.contains(key)) {
      way.add(key);
      moves.host().laws().always(world);
      Move move = moves.fair(world);
      if (move == null) {
        break;
      }
      if (way.size() > LONGEST_WAY_HOME) {
        throw new LawBroken("P10: going on without faults never comes to an end, last: " + move);
      }
      world = new TccWorld(world);
      move.change().accept(world);
      key = world.key();
    }
    goodEnd.addAll(way);
  }

  private Found found(@Nullable String broken, List<String> trace) {
    return new Found(
        plan.name(),
        seen.size(),
        ends.getOrDefault(TccStatus.CONFIRMED, 0),
        ends.getOrDefault(TccStatus.CANCELLED, 0),
        attention,
        broken,
        trace);
  }

  private static List<String> trace(Node end) {
    List<String> lines = new ArrayList<>();
    for (Node node = end; node != null; node = node.parent()) {
      lines.addFirst(node.move());
    }
    return lines;
  }
}
