package dev.concordat.http;

import dev.concordat.core.RefusedException;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccAnswer.Unknown;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccParticipant;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The participant's side of try, confirm and cancel over HTTP, for whatever server a service has:
 * hand it what came, and send what it gives back. Its other side is {@link TccHttp}.
 *
 * {@snippet :
 * TccEndpoint endpoint = new TccEndpoint(call -> fence.answer(call, handler));
 * TccEndpoint.Reply reply = endpoint.answer("try", request::getHeader, body);
 * }
 *
 * Thread-safe.
 */
public final class TccEndpoint {

  /** The most bytes a body may have. */
  public static final int MAX_BODY = 1024 * 1024;

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MALFORMED = 400;
  private static final int NOT_FOUND = 404;
  private static final int TOO_LARGE = 413;
  private static final int NOT_NOW = 503;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final TccParticipant participant;

  /** Whoever answers: usually {@code call -> fence.answer(call, handler)}. */
  public TccEndpoint(TccParticipant participant) {
    this.participant = participant;
  }

  /**
   * What to send.
   *
   * @param status the HTTP status
   * @param headers besides the ones of every answer
   * @param json the body, always JSON
   */
  public record Reply(int status, Map<String, String> headers, String json) {}

  /**
   * Answers a request.
   *
   * <p><b>What it answers with 200 or 409 is durable.</b>
   *
   * @param operation the last part of the path: try, confirm or cancel
   * @param headers gives the value of a header, null if there is none
   * @param body as it came; read no more than {@link #MAX_BODY} bytes and one
   */
  public Reply answer(String operation, Function<String, @Nullable String> headers, byte[] body) {
    TccOperation asked = operation(operation);
    if (asked == null) {
      return error(NOT_FOUND, "ask for try, confirm or cancel");
    }
    if (body.length > MAX_BODY) {
      return error(TOO_LARGE, "a body has at most " + MAX_BODY + " bytes; nothing was done");
    }
    TccCall call;
    try {
      call = call(asked, headers, json(body));
    } catch (RefusedException e) {
      return error(MALFORMED, String.valueOf(e.getMessage()));
    }
    return reply(call);
  }

  private Reply reply(TccCall call) {
    try {
      return switch (participant.answer(call)) {
        case Done(String result) -> new Reply(TccHttp.DONE, Map.of(), result);
        case Refused(TccAnswer.Code code, String reason) ->
            new Reply(
                TccHttp.REFUSED,
                Map.of(),
                JSON.writeValueAsString(Map.of("code", code.name(), "reason", reason)));
        case Unknown(String detail, Duration later) -> notNow(detail, later);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return notNow("interrupted", null);
    } catch (Exception e) {
      return notNow(String.valueOf(e.getMessage()), null);
    }
  }

  private static Reply notNow(String detail, @Nullable Duration later) {
    Reply reply = error(NOT_NOW, detail);
    long seconds = later == null ? 1 : Math.max(1, later.plusMillis(999).toSeconds());
    return new Reply(reply.status(), Map.of("Retry-After", Long.toString(seconds)), reply.json());
  }

  private static Reply error(int status, String detail) {
    return new Reply(status, Map.of(), JSON.writeValueAsString(Map.of("error", detail)));
  }

  private static @Nullable TccOperation operation(String name) {
    return switch (name) {
      case "try" -> TccOperation.TRY;
      case "confirm" -> TccOperation.CONFIRM;
      case "cancel" -> TccOperation.CANCEL;
      default -> null;
    };
  }

  private static String json(byte[] body) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      if (!text.isBlank()) {
        JSON.readTree(text);
        return text;
      }
    } catch (CharacterCodingException | JacksonException e) {
      throw new RefusedException("the body is no JSON; nothing was done", e);
    }
    throw new RefusedException("the body is empty; nothing was done");
  }

  private static TccCall call(
      TccOperation operation, Function<String, @Nullable String> headers, String body) {
    Instant holdUntil = time(TccHttp.HOLD_UNTIL, required(TccHttp.HOLD_UNTIL, headers));
    String deadline = headers.apply(TccHttp.DEADLINE);
    String traceparent = headers.apply("traceparent");
    String branch = required(TccHttp.BRANCH, headers);
    return new TccCall(
        new TccBranchId(uuid(required(TccHttp.TRANSACTION, headers)), branch),
        operation,
        body,
        (int) number(TccHttp.ATTEMPT, headers, 1, Integer.MAX_VALUE),
        holdUntil,
        deadline == null ? holdUntil : time(TccHttp.DEADLINE, deadline),
        Duration.ofMillis(
            number(TccHttp.TIME_LEFT, headers, PATIENCE.toMillis(), PATIENCE.toMillis() * 100)),
        traceparent == null ? "" : traceparent);
  }

  private static String required(String name, Function<String, @Nullable String> headers) {
    String value = headers.apply(name);
    if (value == null || value.isBlank()) {
      throw new RefusedException("the header " + name + " is missing; nothing was done");
    }
    return value;
  }

  private static UUID uuid(String text) {
    try {
      UUID id = UUID.fromString(text);
      if (id.toString().equalsIgnoreCase(text)) {
        return id;
      }
    } catch (IllegalArgumentException e) {
      throw malformed(TccHttp.TRANSACTION, "a UUID", e);
    }
    throw malformed(TccHttp.TRANSACTION, "a UUID", null);
  }

  private static Instant time(String name, String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw malformed(name, "a time like 2026-01-31T12:00:00Z", e);
    }
  }

  private static long number(
      String name, Function<String, @Nullable String> headers, long otherwise, long most) {
    String text = headers.apply(name);
    if (text == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(text.strip());
      if (number >= 0) {
        return Math.min(number, most);
      }
    } catch (NumberFormatException e) {
      throw malformed(name, "a number", e);
    }
    throw malformed(name, "a number that is not negative", null);
  }

  private static RefusedException malformed(String name, String what, @Nullable Exception cause) {
    return new RefusedException(
        "the header " + name + " must be " + what + "; nothing was done", cause);
  }
}
