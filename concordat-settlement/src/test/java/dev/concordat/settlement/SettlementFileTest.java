package dev.concordat.settlement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.RefusedException;
import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.Money;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: of a settlement file nothing is taken that is not understood, and what is wrong is named by
 * its line (cases 69, 76, 78). Method: files with one thing wrong each, and files past the limits.
 */
class SettlementFileTest {

  private static final String HEADING = SettlementFile.HEADING + "\n";
  private static final String GOOD = "gateway,k-1,r-1,1250,EUR,DONE,e-1,2026-03-01T12:00:00Z\n";

  @TempDir private Path folder;

  private static SettlementFile read(String text) {
    return read(text.getBytes(StandardCharsets.UTF_8));
  }

  private static SettlementFile read(byte[] bytes) {
    try {
      return SettlementFile.read(new ByteArrayInputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aLineIsEvidence() {
    SettlementFile file = read(HEADING + GOOD);

    assertThat(file.badLines()).isZero();
    assertThat(file.lines())
        .containsExactly(
            new SettlementLine(
                2,
                "gateway",
                "k-1",
                new Evidence(
                    Source.SETTLEMENT,
                    Finding.DONE,
                    new Money(1250, "EUR"),
                    "r-1",
                    "e-1",
                    Instant.parse("2026-03-01T12:00:00Z"),
                    "in a settlement file")));
  }

  @Test
  void whatRfc4180AllowsIsRead() {
    SettlementFile file =
        read(
            "\uFEFF"
                + HEADING.replace("\n", "\r\n")
                + "\"the gateway, ltd\",\"k\"\"1\",,,,REFUSED,e-1,2026-03-01T13:00:00+01:00\r\n\r\n"
                + "gateway,,r-2,999999999999999999,PARCEL,REVERSED,e-2,"
                + "2026-03-01T12:00:00.123456Z");

    assertThat(file.bad()).isEmpty();
    assertThat(file.lines()).extracting(SettlementLine::number).containsExactly(2L, 4L);
    SettlementLine first = file.lines().getFirst();
    assertThat(first.provider()).isEqualTo("the gateway, ltd");
    assertThat(first.key()).isEqualTo("k\"1");
    assertThat(first.evidence().amount()).isNull();
    assertThat(first.evidence().reference()).isNull();
    assertThat(first.evidence().at()).isEqualTo(Instant.parse("2026-03-01T12:00:00Z"));
    assertThat(file.lines().getLast().evidence().amount())
        .isEqualTo(new Money(999_999_999_999_999_999L, "PARCEL"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gateway,k,r,1250,EUR,DONE,e-2|7 cells instead of 8",
        "gateway,k,r,1250,EUR,DONE,e-2,2026-03-01T12:00:00Z,more|9 cells",
        ",k,r,1250,EUR,DONE,e-2,2026-03-01T12:00:00Z|provider is empty",
        "gateway,,,1250,EUR,DONE,e-2,2026-03-01T12:00:00Z|neither key nor reference",
        "gateway,k,r,12.50,EUR,DONE,e-2,2026-03-01T12:00:00Z|amount_minor",
        "gateway,k,r,-1,EUR,DONE,e-2,2026-03-01T12:00:00Z|amount_minor",
        "gateway,k,r,1e3,EUR,DONE,e-2,2026-03-01T12:00:00Z|amount_minor",
        "gateway,k,r,9999999999999999999,EUR,DONE,e-2,2026-03-01T12:00:00Z|amount_minor",
        "gateway,k,r,,EUR,DONE,e-2,2026-03-01T12:00:00Z|amount_minor",
        "gateway,k,r,,,REVERSED,e-2,2026-03-01T12:00:00Z|amount_minor",
        "gateway,k,r,1250,eur,DONE,e-2,2026-03-01T12:00:00Z|currency",
        "gateway,k,r,1250,,REFUSED,e-2,2026-03-01T12:00:00Z|currency",
        "gateway,k,r,1250,EUR,done,e-2,2026-03-01T12:00:00Z|status",
        "gateway,k,r,1250,EUR,NOT_FOUND,e-2,2026-03-01T12:00:00Z|status",
        "gateway,k,r,1250,EUR,DONE,,2026-03-01T12:00:00Z|event is empty",
        "gateway,k,r,1250,EUR,DONE,e-2,2026-03-01T12:00:00|time with its zone",
        "gateway,k,r,1250,EUR,DONE,e-2,yesterday|time with its zone",
        "gateway, k,r,1250,EUR,DONE,e-2,2026-03-01T12:00:00Z|key has",
        "gateway,k,r,1251,EUR,DONE,e-1,2026-03-01T12:00:00Z|line 2",
      })
  void aBadLineIsNamedByItsNumber(String line, String why) {
    SettlementFile file = read(HEADING + GOOD + line + "\n" + GOOD.replace("-1", "-3"));

    assertThat(file.badLines()).isEqualTo(1);
    assertThat(file.bad()).singleElement().extracting(BadLine::number).isEqualTo(3L);
    assertThat(file.bad().getFirst().toString()).contains("line 3: ").contains(why);
    assertThat(file.lines()).extracting(SettlementLine::number).containsExactly(2L, 4L);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 6})
  void aCellTooLongOrWithControlsIsNamed(int cell) {
    for (String bad : List.of("x".repeat(201), "\"a\nb\"", "a\u001Bb", "a\u0000b")) {
      String[] cells = GOOD.strip().split(",", -1);
      cells[cell] = bad;

      SettlementFile file = read(HEADING + String.join(",", cells) + "\n");

      assertThat(file.badLines()).isEqualTo(1);
      assertThat(file.bad().getFirst().why()).doesNotContain("\u001B").hasSizeLessThan(200);
    }
  }

  @Test
  void whatIsSaidTwiceInTheSameWordsCountsOnce() {
    SettlementFile file = read(HEADING + GOOD + GOOD);

    assertThat(file.lines()).hasSize(1);
    assertThat(file.badLines()).isZero();
  }

  @Test
  void theSameEventOfAnotherProviderIsAnother() {
    SettlementFile file = read(HEADING + GOOD + GOOD.replace("gateway", "other"));

    assertThat(file.lines()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "provider,key\n",
        "key,provider,reference,amount_minor,currency,status,event,at\n",
        "gateway,k-1,r-1,1250,EUR,DONE,e-1,2026-03-01T12:00:00Z\n"
      })
  void aFileWithAnotherHeadingIsRefused(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("'" + SettlementFile.HEADING + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"no end", "\"a\"b,k"})
  void aFileWhoseQuotationMarksDoNotEndIsRefused(String line) {
    assertThatThrownBy(() -> read(HEADING + GOOD + line))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("nothing of it was taken");
  }

  @Test
  void aFileThatIsNotUtf8IsRefused() {
    byte[] latin = (HEADING + GOOD.replace("r-1", "\u00E9")).getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> read(latin))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void aFileOfTooManyLinesIsRefused() {
    StringBuilder text = new StringBuilder(HEADING);
    for (int i = 0; i <= SettlementFile.MAX_LINES; i++) {
      text.append("bad\n");
    }

    assertThatThrownBy(() -> read(text.toString()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("more than " + SettlementFile.MAX_LINES);
  }

  @Test
  void aFileOfTooManyBytesIsRefused() {
    assertThatThrownBy(() -> read(new byte[SettlementFile.MAX_BYTES + 1]))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("more than " + SettlementFile.MAX_BYTES);
  }

  @Test
  void badLinesPastTheFirstHundredAreCounted() {
    SettlementFile file = read(HEADING + "bad\n".repeat(150));

    assertThat(file.badLines()).isEqualTo(150);
    assertThat(file.bad()).hasSize(SettlementFile.MAX_NAMED);
  }

  @Test
  void aFileOnDiskIsRead() throws IOException {
    Path path = Files.writeString(folder.resolve("settlement.csv"), HEADING + GOOD);

    assertThat(SettlementFile.read(path).lines()).hasSize(1);
    assertThatThrownBy(() -> SettlementFile.read(folder.resolve("none.csv")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none.csv");
  }
}
