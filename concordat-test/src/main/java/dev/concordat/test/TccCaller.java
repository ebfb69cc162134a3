package dev.concordat.test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Sends what the contract says, and reads what comes back as it stands. */
final class TccCaller {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int VERSION = 7;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(PATIENCE)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final String base;
  private final @Nullable URI effects;

  TccCaller(URI base, @Nullable URI effects) {
    this.base = base.toString().replaceFirst("/+$", "");
    this.effects = effects;
  }

  /** A status, and what came with it; status 0 if nothing came. */
  record Reply(int status, String body) {

    boolean isDone() {
      return status == 200;
    }

    boolean isRefused() {
      return status == 409 && !code().isEmpty();
    }

    boolean isUnknown() {
      return status == 0 || status == 408 || status == 425 || status == 429 || status >= 500;
    }

    String code() {
      JsonNode json = json(body);
      return json == null ? "" : json.path("code").asString("");
    }

    /** Whether both say the same, however their JSON is written. */
    boolean says(Reply other) {
      JsonNode mine = json(body);
      JsonNode theirs = json(other.body);
      boolean same = mine == null ? body.equals(other.body) : mine.equals(theirs);
      return status == other.status && same;
    }

    @Override
    public String toString() {
      if (status == 0) {
        return "no answer (" + body + ")";
      }
      String line = body.strip();
      return status + (line.isEmpty() ? "" : " " + (line.length() > 120 ? "…" : line));
    }
  }

  private static @Nullable JsonNode json(String body) {
    try {
      return body.isBlank() ? JSON.getNodeFactory().nullNode() : JSON.readTree(body);
    } catch (JacksonException e) {
      return null;
    }
  }

  /** An id of a transaction that began that long ago: RFC 9562, 5.7. */
  static UUID id(Duration ago) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long millis = Instant.now().minus(ago).toEpochMilli();
    long high = millis << 16 | (long) VERSION << 12 | random.nextLong(1 << 12);
    return new UUID(high, 2L << 62 | random.nextLong(1L << 62));
  }

  /** Another body that the business might understand as well. */
  static String other(String body) {
    JsonNode json = json(body);
    if (json instanceof ObjectNode object) {
      return object.deepCopy().put("concordat", "another body").toString();
    }
    return "{\"concordat\":\"another body\"}";
  }

  Reply ask(String operation, UUID transaction, String branch, String body)
      throws InterruptedException {
    Instant until = Instant.now().plus(PATIENCE);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/" + operation))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .header("Concordat-Transaction", transaction.toString())
            .header("Concordat-Branch", branch)
            .header("Concordat-Attempt", "1")
            .header("Concordat-Hold-Until", until.plus(PATIENCE).toString())
            .header("Concordat-Deadline", until.toString())
            .header("Concordat-Time-Left", Long.toString(PATIENCE.toMillis()))
            .header("Idempotency-Key", transaction + "/" + branch + "/" + operation)
            .header(
                "traceparent",
                "00-" + transaction.toString().replace("-", "") + "-00f067aa0ba902b7-00")
            .POST(BodyPublishers.ofString(body))
            .build();
    return send(request);
  }

  /** What the participant says its effects are; null if it is not asked for them. */
  @Nullable Reply effects() throws InterruptedException {
    return effects == null
        ? null
        : send(HttpRequest.newBuilder(effects).timeout(PATIENCE).GET().build());
  }

  private Reply send(HttpRequest request) throws InterruptedException {
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      return new Reply(response.statusCode(), response.body());
    } catch (IOException e) {
      return new Reply(0, String.valueOf(e));
    }
  }
}
