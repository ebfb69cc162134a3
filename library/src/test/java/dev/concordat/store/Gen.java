package dev.concordat.store;

import dev.concordat.core.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes one call from one seed and the state of a model, so that most calls mean something: tokens
 * and positions are mostly right, and wrong by one otherwise. A call is the same for every store.
 */
final class Gen {

  /** A call that can be made to any store, and in words. */
  record Call(String text, Action action) {
    @Override
    public String toString() {
      return text;
    }
  }

  interface Action {
    Object on(StoreWorld world) throws Exception;
  }

  private static final int INSTANCES = 6;
  private static final List<String> DEFINITIONS = List.of("greeting@1", "farewell@2");

  private final Random random;
  private final Store model;

  Gen(long seed, Store model) {
    this.random = new Random(seed);
    this.model = model;
  }

  Call call() {
    return switch (random.nextInt(24)) {
      case 0, 1 -> acquire();
      case 2 -> worker("renew", (w, no) -> w.store().leases().renew(no, hours(2)).isPresent());
      case 3 ->
          worker(
              "release",
              (w, no) -> {
                w.store().leases().release(no);
                return no;
              });
      case 4, 5, 6 -> claimDue();
      case 7, 8 -> claimAbandoned();
      case 9, 10, 11, 12, 13, 14 -> append();
      case 15, 16 -> local();
      case 17 -> within();
      case 18, 19, 20 -> post();
      case 21, 22 -> pass();
      default -> question();
    };
  }

  private interface OfWorker {
    Object on(StoreWorld world, long worker);
  }

  private Call worker(String name, OfWorker what) {
    long worker = anyWorker();
    return new Call(name + " worker " + worker, world -> what.on(world, worker));
  }

  private long anyWorker() {
    return 1 + random.nextInt(4);
  }

  private static Duration hours(int count) {
    return Duration.ofHours(count);
  }

  private Call acquire() {
    int length = 1 + random.nextInt(3);
    return new Call(
        "acquire for " + length + " h",
        world -> world.store().leases().acquire(hours(length), DEFINITIONS).worker());
  }

  private List<String> definitions() {
    int pick = random.nextInt(5);
    return pick < 3 ? DEFINITIONS : DEFINITIONS.subList(pick - 3, pick - 2);
  }

  private Call claimDue() {
    long worker = anyWorker();
    List<String> known = definitions();
    int limit = 1 + random.nextInt(4);
    return new Call(
        "worker " + worker + " claims " + limit + " due of " + known,
        world -> Shown.rows(world, world.store().instances().claimDue(worker, known, limit)));
  }

  private Call claimAbandoned() {
    long worker = anyWorker();
    List<String> known = definitions();
    int limit = 1 + random.nextInt(4);
    return new Call(
        "worker " + worker + " claims " + limit + " abandoned of " + known,
        world ->
            Shown.rows(
                world,
                world.store().instances().claimAbandoned(worker, known, limit, "[\"over\"]")));
  }

  private Call append() {
    TreeSet<Long> numbers = new TreeSet<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      numbers.add(anyNumber());
    }
    // Due times within one batch might tie, and nothing says who is claimed first then.
    List<Draft> drafts = new ArrayList<>();
    numbers.forEach(no -> drafts.add(draft(no, drafts.isEmpty())));
    return new Call(
        "append " + drafts,
        world -> {
          Instant now = world.store().leases().now();
          return world.store().journal().append(drafts.stream().map(d -> d.at(now)).toList());
        });
  }

  private Call local() {
    Draft draft = draft(anyNumber(), true);
    Draft full = draft.events().isEmpty() ? draft.with("[\"local\"]") : draft;
    boolean commits = random.nextInt(6) > 0;
    return new Call(
        "local step, " + (commits ? "commit with " + full : "rolled back"),
        world -> {
          try (Transactions.Local local = world.store().transactions().begin()) {
            world.effect(local.connection(), full.toString());
            Instant now = world.store().leases().now();
            return commits ? local.commit(full.at(now)) : "rolled back";
          }
        });
  }

  private Call within() {
    Draft draft = birth(anyNumber(), OptionalLong.empty());
    boolean commits = random.nextInt(3) > 0;
    return new Call(
        "within a transaction " + draft + (commits ? "" : ", rolled back"),
        world -> {
          try (StoreWorld.Session session = world.begin()) {
            world.effect(session.connection(), draft.toString());
            Instant now = world.store().leases().now();
            Write.Result result =
                world.store().journal().appendWithin(session.connection(), draft.at(now));
            if (commits) {
              session.commit();
            }
            return result;
          }
        });
  }

  private Call post() {
    String id = "id-" + anyNumber();
    String body = "\"" + random.nextInt(100) + "\"";
    return new Call(
        "post " + body + " to " + id, world -> world.store().mailbox().post(id, "signal", body));
  }

  private Call pass() {
    int count = 1 + random.nextInt(3);
    return new Call(
        count + " h pass",
        world -> {
          world.pass(hours(count));
          return count;
        });
  }

  private Call question() {
    long worker = anyWorker();
    int limit = 1 + random.nextInt(5);
    int ago = random.nextInt(3);
    Query query =
        new Query(
            random.nextBoolean() ? Optional.empty() : Optional.of(anyStatus()),
            random.nextBoolean() ? Optional.empty() : Optional.of("greeting"),
            Optional.empty(),
            random.nextBoolean() ? Map.of() : Map.of("k", "v" + random.nextInt(2)),
            random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(anyNumber()),
            random.nextInt(4) > 0 ? OptionalLong.empty() : OptionalLong.of(1),
            limit);
    boolean old = random.nextBoolean();
    return new Call(
        "search and letters of worker " + worker,
        world -> {
          Instant before = world.store().leases().now().minus(hours(ago));
          Query asked =
              old
                  ? new Query(
                      query.status(),
                      query.definition(),
                      Optional.of(before),
                      query.attributes(),
                      query.before(),
                      query.parent(),
                      limit)
                  : query;
          return List.of(
              Shown.rows(world, world.store().instances().search(asked)),
              Shown.letters(world, world.store().mailbox().waiting(worker, limit)));
        });
  }

  private long anyNumber() {
    return 1 + random.nextInt(INSTANCES);
  }

  private Status anyStatus() {
    return Status.values()[random.nextInt(Status.values().length)];
  }

  /** A write whose due time is said in hours from now. */
  record Draft(Write write, @Nullable Integer dueIn) {

    String events() {
      return write.events();
    }

    Draft with(String events) {
      return new Draft(Writes.with(write, events), dueIn);
    }

    Write at(Instant now) {
      Change change = write.change();
      if (dueIn == null || change == null || change.release() == null) {
        return write;
      }
      Change.Release release =
          new Change.Release(now.plus(hours(dueIn)), change.release().lettersTaken());
      return Writes.with(write, new Change(change.status(), change.paused(), release));
    }

    @Override
    public String toString() {
      NewInstance born = write.insert();
      String what = born == null ? "" : " birth of " + born.id() + " owner " + born.owner();
      return "#%d token %d position %d %s%s %s due in %s answers %s"
          .formatted(
              write.no(),
              write.token(),
              write.position(),
              write.events(),
              what,
              write.change(),
              dueIn,
              write.answers());
    }
  }

  private Draft draft(long no, boolean mayBecomeDue) {
    Optional<InstanceRow> row = model.instances().find(no);
    if (row.isEmpty() && random.nextInt(8) > 0 || random.nextInt(12) == 0) {
      boolean free = mayBecomeDue && random.nextBoolean();
      return birth(no, free ? OptionalLong.empty() : OptionalLong.of(anyWorker()));
    }
    long token = row.map(InstanceRow::token).orElse(1L) + offBy();
    int position = Math.max(0, model.journal().read(no).size() + offBy());
    boolean changes = random.nextBoolean();
    Change change = changes ? change(row.map(InstanceRow::mail).orElse(0), mayBecomeDue) : null;
    boolean empty = changes && random.nextInt(4) == 0;
    String events = empty ? "" : "[\"" + random.nextInt(3) + "\"]";
    List<Write.Answer> answers = new ArrayList<>();
    for (int letter = 1; letter <= 3; letter++) {
      if (random.nextInt(4) == 0) {
        answers.add(new Write.Answer(letter, random.nextBoolean(), "answer"));
      }
    }
    Write write = new Write(no, token, position, events, null, change, answers);
    return new Draft(write, change == null ? null : dueIn());
  }

  private int offBy() {
    return random.nextInt(5) > 0 ? 0 : Arrays.asList(-1, 1, -2).get(random.nextInt(3));
  }

  private @Nullable Integer dueIn() {
    return random.nextInt(3) == 0 ? null : random.nextInt(4) - 1;
  }

  private Change change(int mail, boolean mayBecomeDue) {
    int taken = Arrays.asList(0, mail, Integer.MAX_VALUE).get(random.nextInt(3));
    boolean releases = mayBecomeDue && random.nextBoolean();
    Change.Release release = releases ? new Change.Release(null, taken) : null;
    return new Change(anyStatus(), random.nextBoolean(), release);
  }

  private Draft birth(long no, OptionalLong owner) {
    String id = "id-" + (random.nextInt(6) == 0 ? anyNumber() : no);
    String[] label = DEFINITIONS.get(random.nextInt(2)).split("@");
    Map<String, String> attributes = new LinkedHashMap<>();
    if (random.nextBoolean()) {
      attributes.put("k", "v" + random.nextInt(2));
    }
    NewInstance born =
        new NewInstance(
            no,
            id,
            Writes.uid(no),
            label[0],
            Integer.parseInt(label[1]),
            "hash",
            attributes,
            random.nextInt(3) == 0 ? OptionalLong.of(1) : OptionalLong.empty(),
            owner);
    boolean changes = owner.isPresent() && random.nextInt(4) == 0;
    Change change = changes ? new Change(anyStatus(), false, null) : null;
    return new Draft(Writes.with(Writes.birth(born), change), null);
  }
}
