package dev.concordat.http;

import dev.concordat.atomic.ThreePhaseChannel;
import dev.concordat.atomic.ThreePhaseParticipant;
import dev.concordat.atomic.ThreePhasePlan;
import dev.concordat.atomic.ThreePhaseRequest;
import dev.concordat.atomic.ThreePhaseStanding;
import dev.concordat.core.RefusedException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Three-phase commit over HTTP: every request is a POST of a small JSON document to the
 * participant's address, and its answer, always with status 200, says how the participant stands.
 * Anything else is no answer. Whatever server a service has, it hands the body to {@link #answer}.
 * Thread-safe.
 */
public final class ThreePhaseHttp implements ThreePhaseChannel {

  private static final Duration CONNECT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final int OK = 200;
  // What a request does not need may be left out, and what newer ones have besides is not read.
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private final HttpClient client;
  private final UnaryOperator<String> route;

  /** Participants are where their addresses say. */
  public ThreePhaseHttp() {
    this(UnaryOperator.identity());
  }

  /** Participants are where {@code route} says, given their addresses: for networks of tests. */
  public ThreePhaseHttp(UnaryOperator<String> route) {
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    this.route = route;
  }

  /** A request as it is sent; what a kind of request does not need is left out. */
  private record Wire(
      String gid,
      String participant,
      String request,
      long ballot,
      @Nullable String coordinator,
      @Nullable ThreePhasePlan plan,
      @Nullable String work) {

    static Wire of(Letter letter) {
      return switch (letter.request()) {
        case ThreePhaseRequest.CanCommit r ->
            wire(letter, "can-commit", 0, r.coordinator(), r.plan(), r.work());
        case ThreePhaseRequest.PreCommit r ->
            wire(letter, "pre-commit", r.ballot(), r.coordinator(), null, null);
        case ThreePhaseRequest.PreAbort r ->
            wire(letter, "pre-abort", r.ballot(), null, null, null);
        case ThreePhaseRequest.Commit r -> wire(letter, "commit", 0, null, null, null);
        case ThreePhaseRequest.Abort r -> wire(letter, "abort", 0, null, null, null);
        case ThreePhaseRequest.Cancel r -> wire(letter, "cancel", 0, r.coordinator(), null, null);
        case ThreePhaseRequest.Ask r -> wire(letter, "ask", r.ballot(), null, null, null);
        case ThreePhaseRequest.Look r -> wire(letter, "look", 0, null, null, null);
      };
    }

    private static Wire wire(
        Letter letter,
        String request,
        long ballot,
        @Nullable String coordinator,
        @Nullable ThreePhasePlan plan,
        @Nullable String work) {
      return new Wire(letter.gid(), letter.participant(), request, ballot, coordinator, plan, work);
    }

    ThreePhaseRequest read() {
      return switch (request) {
        case "can-commit" ->
            new ThreePhaseRequest.CanCommit(
                there("coordinator", coordinator), there("plan", plan), there("work", work));
        case "pre-commit" ->
            new ThreePhaseRequest.PreCommit(ballot, there("coordinator", coordinator));
        case "pre-abort" -> new ThreePhaseRequest.PreAbort(ballot);
        case "commit" -> new ThreePhaseRequest.Commit();
        case "abort" -> new ThreePhaseRequest.Abort();
        case "cancel" -> new ThreePhaseRequest.Cancel(there("coordinator", coordinator));
        case "ask" -> new ThreePhaseRequest.Ask(ballot);
        case "look" -> new ThreePhaseRequest.Look();
        default -> throw new RefusedException("there is no request '" + request + "'");
      };
    }

    private <T> T there(String field, @Nullable T value) {
      if (value == null) {
        throw new RefusedException("a request '" + request + "' has a " + field);
      }
      return value;
    }
  }

  @Override
  public ThreePhaseStanding ask(String address, Letter letter)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(route.apply(address)))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(JSON.writeValueAsString(Wire.of(letter))))
            .build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() != OK) {
      throw new IOException(
          letter.participant() + " answered " + response.statusCode() + ": " + response.body());
    }
    return JSON.readValue(response.body(), ThreePhaseStanding.class);
  }

  /**
   * Answers a request that came over HTTP.
   *
   * <p><b>What it answers is durable.</b>
   *
   * @param body the request's body
   * @return the answer's body, to be sent with status 200
   * @throws RefusedException if it is no request to this participant: send status 400
   * @throws Exception if there is no answer: send status 503
   */
  public static String answer(ThreePhaseParticipant participant, String body) throws Exception {
    Wire wire;
    try {
      wire = JSON.readValue(body, Wire.class);
    } catch (JacksonException e) {
      throw new RefusedException("this is no request of a three-phase commit: " + e.getMessage());
    }
    if (!participant.name().equals(wire.participant())) {
      throw new RefusedException(
          "this is participant '" + participant.name() + "', not '" + wire.participant() + "'");
    }
    return JSON.writeValueAsString(participant.answer(wire.gid(), wire.read()));
  }
}
