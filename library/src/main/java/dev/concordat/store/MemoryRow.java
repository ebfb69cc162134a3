package dev.concordat.store;

import dev.concordat.core.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One instance with its journal and letters. Guarded by {@link MemoryTables}' lock. */
final class MemoryRow {

  /** A letter and what became of it. */
  static final class Letter {
    final Mailbox.Letter letter;
    Write.@Nullable Answer answer;

    Letter(Mailbox.Letter letter) {
      this.letter = letter;
    }
  }

  final NewInstance born;
  final List<Entry> journal = new ArrayList<>();
  final List<Letter> letters = new ArrayList<>();
  private final Instant createdAt;
  private Instant updatedAt;
  private Status status = Status.PENDING;
  private boolean paused;
  private long token;
  private OptionalLong owner;
  private @Nullable Instant due;

  MemoryRow(NewInstance born, long token, boolean dueNow, Instant now) {
    this.born = born;
    this.token = token;
    this.owner = born.owner();
    this.due = dueNow ? now : null;
    this.createdAt = now;
    this.updatedAt = now;
  }

  long token() {
    return token;
  }

  String label() {
    return born.definition() + "@" + born.version();
  }

  OptionalLong owner() {
    return owner;
  }

  boolean isOwnedBy(long worker) {
    return owner.isPresent() && owner.getAsLong() == worker;
  }

  @Nullable Instant due() {
    return due;
  }

  /** Whether somebody holds it or will come to. */
  boolean isUnfinished() {
    return owner.isPresent() || due != null || !status.isFinal();
  }

  boolean hasEntry(Write write) {
    if (write.position() < 0 || write.position() >= journal.size()) {
      return false;
    }
    Entry entry = journal.get(write.position());
    return entry.token() == write.token() && entry.events().equals(write.events());
  }

  void append(long writer, String events, Instant now) {
    journal.add(new Entry(journal.size(), writer, events, now));
  }

  void show(Change change, Instant now) {
    status = change.status();
    paused = change.paused();
    updatedAt = now;
    Change.Release release = change.release();
    if (release != null) {
      owner = OptionalLong.empty();
      due = letters.size() > release.lettersTaken() ? now : MemoryTables.kept(release.due());
    }
  }

  void claim(long worker, Instant now) {
    owner = OptionalLong.of(worker);
    due = null;
    token++;
    updatedAt = now;
  }

  int post(String kind, String body, Instant now) {
    int number = letters.size() + 1;
    letters.add(new Letter(new Mailbox.Letter(born.no(), number, kind, body, now)));
    if (owner.isEmpty()) {
      due = now;
    }
    return number;
  }

  void answer(Write.Answer answer) {
    if (answer.letter() >= 1 && answer.letter() <= letters.size()) {
      letters.get(answer.letter() - 1).answer = answer;
    }
  }

  List<Mailbox.Letter> waiting() {
    return letters.stream().filter(l -> l.answer == null).map(l -> l.letter).toList();
  }

  boolean matches(Query query) {
    Map<String, String> attributes = born.attributes();
    return query.status().map(status::equals).orElse(true)
        && query.definition().map(born.definition()::equals).orElse(true)
        && query.createdBefore().map(createdAt::isBefore).orElse(true)
        && (query.before().isEmpty() || born.no() < query.before().getAsLong())
        && (query.parent().isEmpty() || query.parent().equals(born.parent()))
        && attributes.entrySet().containsAll(query.attributes().entrySet());
  }

  InstanceRow shown() {
    return new InstanceRow(
        born.no(),
        born.id(),
        born.uid(),
        born.definition(),
        born.version(),
        status,
        paused,
        token,
        owner,
        Optional.ofNullable(due),
        born.inputHash(),
        born.attributes(),
        born.parent(),
        letters.size(),
        createdAt,
        updatedAt);
  }
}
