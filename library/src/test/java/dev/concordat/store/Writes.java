package dev.concordat.store;

import dev.concordat.core.Status;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes in few words, the same in every store. */
public final class Writes {

  public static final String GREETING = "greeting@1";

  private Writes() {}

  /** An instance that nobody owns, due at once. */
  public static Write birth(long no) {
    return birth(no, OptionalLong.empty());
  }

  /** An instance of that owner. */
  public static Write birth(long no, long owner) {
    return birth(no, OptionalLong.of(owner));
  }

  public static Write birth(long no, OptionalLong owner) {
    return birth(born(no, "id-" + no, owner, Map.of()));
  }

  public static Write birth(NewInstance born) {
    return new Write(born.no(), NewInstance.FIRST_TOKEN, 0, "[\"born\"]", born, null, List.of());
  }

  public static NewInstance born(
      long no, String id, OptionalLong owner, Map<String, String> attributes) {
    return new NewInstance(
        no, id, uid(no), "greeting", 1, "hash", attributes, OptionalLong.empty(), owner);
  }

  static UUID uid(long no) {
    return UUID.nameUUIDFromBytes(("uid" + no).getBytes(StandardCharsets.UTF_8));
  }

  /** An entry whose events tell it from others. */
  public static Write entry(long no, long token, int position) {
    String events = "[\"" + no + " " + token + " " + position + "\"]";
    return new Write(no, token, position, events, null, null, List.of());
  }

  /** A write that appends nothing. */
  public static Write change(long no, long token, Change change) {
    return new Write(no, token, 0, "", null, change, List.of());
  }

  public static Write with(Write write, @Nullable Change change) {
    return new Write(
        write.no(),
        write.token(),
        write.position(),
        write.events(),
        write.insert(),
        change,
        write.answers());
  }

  public static Write with(Write write, Write.Answer... answers) {
    return new Write(
        write.no(),
        write.token(),
        write.position(),
        write.events(),
        write.insert(),
        write.change(),
        List.of(answers));
  }

  public static Write with(Write write, String events) {
    return new Write(
        write.no(),
        write.token(),
        write.position(),
        events,
        write.insert(),
        write.change(),
        write.answers());
  }

  public static Change running() {
    return new Change(Status.RUNNING, false, null);
  }

  /** Letting go until a letter comes. */
  public static Change release() {
    return release(null, 0);
  }

  public static Change release(@Nullable Instant due, int lettersTaken) {
    return new Change(Status.RUNNING, false, new Change.Release(due, lettersTaken));
  }

  public static Change completed() {
    return new Change(Status.COMPLETED, false, new Change.Release(null, Integer.MAX_VALUE));
  }
}
