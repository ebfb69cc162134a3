package dev.concordat.test;

import dev.concordat.test.TccCaller.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One case as it is played: what was expected, and what came instead. */
final class TccScene {

  private static final int MOST_ASKED = 20;

  private final TccCaller caller;
  private final UUID transaction;
  private final String branch;
  private final String body;
  private final Notes notes;

  /** What all branches of a case write down. */
  private static final class Notes {
    private final List<String> expected = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private final Set<TccScene> tried = ConcurrentHashMap.newKeySet();
    private final @Nullable Reply before;
    private @Nullable Reply marked;

    Notes(@Nullable Reply before) {
      this.before = before;
      this.marked = before;
    }
  }

  TccScene(TccCaller caller, UUID transaction, String body) throws InterruptedException {
    this(caller, transaction, "conformance", body, new Notes(caller.effects()));
  }

  private TccScene(TccCaller caller, UUID transaction, String branch, String body, Notes notes) {
    this.caller = caller;
    this.transaction = transaction;
    this.branch = branch;
    this.body = body;
    this.notes = notes;
  }

  TccScene transaction(UUID other) {
    return new TccScene(caller, other, branch, body, notes);
  }

  TccScene branch(String other) {
    return new TccScene(caller, transaction, other, body, notes);
  }

  TccScene asking(String other) {
    return new TccScene(caller, transaction, branch, other, notes);
  }

  boolean isHeld() {
    return notes.wrong.isEmpty();
  }

  /** Without repetitions. */
  String expected() {
    return String.join("; ", new LinkedHashSet<>(notes.expected));
  }

  String got() {
    Collection<String> wrong = new LinkedHashSet<>(notes.wrong);
    return String.join("; ", wrong.stream().limit(5).toList());
  }

  Reply ask(String operation) throws InterruptedException {
    if (operation.equals("try")) {
      notes.tried.add(this);
    }
    return caller.ask(operation, transaction, branch, body);
  }

  /** Asks until there is an answer, as an initiator does. */
  private Reply answered(String operation) throws InterruptedException {
    Reply reply = ask(operation);
    for (int i = 1; i < MOST_ASKED && reply.isUnknown(); i++) {
      Thread.sleep(20L * i);
      reply = ask(operation);
    }
    return reply;
  }

  private void expect(boolean held, String what, String got) {
    notes.expected.add(what);
    if (!held) {
      notes.wrong.add("instead of \"" + what + "\": " + got);
    }
  }

  Reply done(String operation) throws InterruptedException {
    Reply reply = answered(operation);
    expect(reply.isDone(), operation + " is Done (200)", reply.toString());
    if (operation.equals("confirm") && reply.isDone()) {
      notes.tried.remove(this);
    }
    return reply;
  }

  void same(Reply first, String operation) throws InterruptedException {
    Reply reply = answered(operation);
    expect(
        reply.says(first), operation + " again says the same as before", reply + " after " + first);
  }

  void refused(String operation, String code) throws InterruptedException {
    Reply reply = answered(operation);
    expect(
        reply.isRefused() && reply.code().equals(code),
        operation + " is Refused (409) with " + code,
        reply.toString());
  }

  void status(String operation, int status) throws InterruptedException {
    Reply reply = answered(operation);
    expect(reply.status() == status, operation + " is answered " + status, reply.toString());
  }

  void allAre(List<Reply> replies, String what, Predicate<Reply> good) {
    for (Reply reply : replies) {
      expect(good.test(reply), "every answer is " + what, reply.toString());
    }
  }

  /** From here on {@link #changesNothing} counts. */
  void mark() throws InterruptedException {
    notes.marked = caller.effects();
  }

  void changesNothing() throws InterruptedException {
    compare(notes.marked, "duplicates and refusals change no effects", true);
  }

  void leavesNoEffects() throws InterruptedException {
    compare(notes.before, "no effects are left", true);
  }

  void changesEffects() throws InterruptedException {
    compare(notes.before, "a confirm has effects", false);
  }

  private void compare(@Nullable Reply then, String what, boolean same)
      throws InterruptedException {
    Reply now = caller.effects();
    if (then != null && now != null) {
      expect(
          now.isDone() && now.says(then) == same,
          what,
          same ? then + " became " + now : now.toString());
    }
  }

  /** Gives back what a participant holds although it must not. */
  void tidy() throws InterruptedException {
    for (TccScene tried : notes.tried) {
      tried.ask("cancel");
    }
  }
}
