package dev.concordat.http;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The Retry-After header (RFC 9110, 10.2.3): seconds, or a date counted from the answer's own. */
final class RetryAfter {

  private static final Duration LONGEST = Duration.ofHours(1);

  private RetryAfter() {}

  static @Nullable Duration of(HttpHeaders headers) {
    Optional<String> value = headers.firstValue("Retry-After");
    if (value.isEmpty()) {
      return null;
    }
    try {
      return bounded(Duration.ofSeconds(Long.parseLong(value.get().strip())));
    } catch (NumberFormatException e) {
      return untilDate(value.get(), headers.firstValue("Date").orElse(""));
    }
  }

  private static @Nullable Duration untilDate(String until, String from) {
    try {
      return bounded(Duration.between(date(from), date(until)));
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static ZonedDateTime date(String text) {
    return ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME);
  }

  private static Duration bounded(Duration time) {
    if (time.isNegative()) {
      return Duration.ZERO;
    }
    return time.compareTo(LONGEST) > 0 ? LONGEST : time;
  }
}
