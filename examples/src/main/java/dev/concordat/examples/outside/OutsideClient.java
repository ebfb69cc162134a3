package dev.concordat.examples.outside;

import dev.concordat.core.NotNowException;
import dev.concordat.reservation.CallbackSignature;
import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.ProviderCall;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An outside system, as an application calls it. Thread-safe. */
public final class OutsideClient {

  /** How long an application waits for an outside system's answer. */
  public static final Duration TIMEOUT = Duration.ofSeconds(2);

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final byte[] SECRET =
      "what gateway and shop have told each other".getBytes(StandardCharsets.UTF_8);
  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final String address;

  /** One that listens there. */
  public OutsideClient(String address) {
    this.address = address;
  }

  /** What tells its callbacks from others'. */
  public static CallbackSignature signature() {
    return CallbackSignature.of(TOLERANCE, List.of(SECRET));
  }

  /** Asks it to act, for that target. */
  public ProviderAnswer act(String target, ProviderCall call)
      throws IOException, InterruptedException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("target", target);
    body.put("amount", call.amount().minor());
    body.put("currency", call.amount().currency());
    return answer(post("/act", call, JSON.writeValueAsString(body)));
  }

  /** Asks it what became of the call. */
  public ProviderAnswer status(ProviderCall call) throws IOException, InterruptedException {
    String path = "/status?key=" + encoded(call.chargeKey());
    return answer(send(request(path, call).GET().build()));
  }

  /** Asks it to take the call back, or never to do it. */
  public ProviderAnswer takeBack(ProviderCall call) throws IOException, InterruptedException {
    return answer(post("/void?key=" + encoded(call.chargeKey()), call, ""));
  }

  /** Asks it to give back what it did. */
  public ProviderAnswer refund(ProviderCall call) throws IOException, InterruptedException {
    return answer(post("/refund?key=" + encoded(call.chargeKey()), call, ""));
  }

  private HttpResponse<String> post(String path, ProviderCall call, String body)
      throws IOException, InterruptedException {
    return send(request(path, call).POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  private HttpRequest.Builder request(String path, ProviderCall call) {
    return HttpRequest.newBuilder(URI.create(address + path))
        .timeout(call.timeLeft())
        .header("Idempotency-Key", call.key())
        .header("traceparent", call.traceparent());
  }

  /** Whom nobody listened to was certainly not heard. */
  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new NotNowException("nobody listens at " + address + ", so nothing was sent", e);
    }
  }

  private static String encoded(String key) {
    return URLEncoder.encode(key, StandardCharsets.UTF_8);
  }

  /** Whatever is no answer by the rules may have happened. */
  private static ProviderAnswer answer(HttpResponse<String> response) throws IOException {
    return switch (response.statusCode()) {
      case 200, 422 -> found(JSON.readTree(response.body()));
      case 404 -> ProviderAnswer.notFound();
      case 409 -> new ProviderAnswer.KeyMisused(response.body());
      default -> throw new IOException("it answered " + response.statusCode());
    };
  }

  private static ProviderAnswer found(JsonNode said) {
    String status = said.path("status").asString("REFUSED");
    Finding finding = Finding.valueOf(status);
    boolean moved = finding == Finding.DONE || finding == Finding.REVERSED;
    @Nullable Money amount = moved ? amount(said) : null;
    return new ProviderAnswer.Found(
        finding, amount, said.path("reference").asString(null), "it says " + status);
  }

  private static Money amount(JsonNode said) {
    return new Money(said.required("amount").asLong(), said.required("currency").asString());
  }

  /**
   * What a callback says, once its signature is checked.
   *
   * @param key the key of the call that it is about
   */
  public record Callback(String key, Evidence evidence) {

    /**
     * Reads one.
     *
     * @throws dev.concordat.core.RefusedException if it is not signed as it should
     */
    public static Callback read(@Nullable String header, byte[] body, Instant now) {
      signature().verify(header, body, now);
      JsonNode said = JSON.readTree(body);
      return new Callback(
          said.required("key").asString(),
          new Evidence(
              Source.CALLBACK,
              Finding.valueOf(said.required("status").asString()),
              amount(said),
              said.required("reference").asString(),
              said.required("event").asString(),
              Instant.parse(said.required("at").asString()),
              "it called back"));
    }
  }
}
