package dev.concordat.settlement;

import dev.concordat.core.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A settlement file: comma-separated values (RFC 4180) in UTF-8 with the heading {@value #HEADING}.
 *
 * <p>Every line is looked at before you get the first, so that you can take all of the file or
 * nothing of it. Immutable.
 */
public final class SettlementFile {

  /** The columns, in this order. */
  public static final String HEADING =
      "provider,key,reference,amount_minor,currency,status,event,at";

  /** The most bytes of a file. */
  public static final int MAX_BYTES = 64 * 1024 * 1024;

  /** The most lines of a file, beside its heading. */
  public static final int MAX_LINES = 250_000;

  /** The most bad lines that are named; the rest is counted. */
  public static final int MAX_NAMED = 100;

  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).get();

  private final List<SettlementLine> lines = new ArrayList<>();
  private final List<BadLine> bad = new ArrayList<>();
  private final Map<Said, SettlementLine> said = new HashMap<>();
  private long badLines;

  /** Who said it, and what tells it from what else they said. */
  private record Said(String provider, String event) {}

  private SettlementFile() {}

  /**
   * Reads a file.
   *
   * @throws RefusedException if it is too large, or no such file at all: not UTF-8, another
   *     heading, quotation marks that do not end
   * @throws UncheckedIOException if it cannot be read
   */
  public static SettlementFile read(Path file) {
    try (InputStream input = Files.newInputStream(file)) {
      return read(input);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** The same for a stream, which stays open. */
  public static SettlementFile read(InputStream input) throws IOException {
    byte[] bytes = input.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new RefusedException(
          "The file has more than "
              + MAX_BYTES
              + " bytes, so nothing of it was taken. Split it into several, each with the"
              + " heading.");
    }
    SettlementFile file = new SettlementFile();
    try (Reader text =
            new InputStreamReader(
                withoutMark(bytes),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT));
        CSVParser records = CSVParser.builder().setReader(text).setFormat(FORMAT).get()) {
      file.take(records);
    } catch (CharacterCodingException e) {
      throw new RefusedException("The file is not UTF-8, so nothing of it was taken.", e);
    } catch (CSVException e) {
      throw unreadable(e);
    }
    return file;
  }

  /** Some programs write a mark before the text that says nothing. */
  private static InputStream withoutMark(byte[] bytes) {
    boolean marked =
        bytes.length >= 3
            && bytes[0] == (byte) 0xEF
            && bytes[1] == (byte) 0xBB
            && bytes[2] == (byte) 0xBF;
    int skipped = marked ? 3 : 0;
    return new ByteArrayInputStream(bytes, skipped, bytes.length - skipped);
  }

  private void take(CSVParser records) throws IOException {
    boolean headed = false;
    try {
      for (CSVRecord record : records) {
        if (headed) {
          take(record, records.getCurrentLineNumber());
        } else {
          checkHeading(record);
          headed = true;
        }
      }
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof CharacterCodingException coding) {
        throw coding;
      }
      throw unreadable(e);
    }
    if (!headed) {
      throw new RefusedException(
          "The file is empty. It begins with the heading '" + HEADING + "'.");
    }
  }

  private static void checkHeading(CSVRecord record) {
    String heading = String.join(",", record.values());
    if (!heading.equals(HEADING)) {
      throw new RefusedException(
          "The file does not begin with the heading '"
              + HEADING
              + "', so nothing of it was taken.");
    }
  }

  private void take(CSVRecord record, long number) {
    if (lines.size() + badLines >= MAX_LINES) {
      throw new RefusedException(
          "The file has more than "
              + MAX_LINES
              + " lines, so nothing of it was taken. Split it into several, each with the"
              + " heading.");
    }
    try {
      SettlementLine line = Cells.read(record.values(), number);
      SettlementLine before =
          said.putIfAbsent(new Said(line.provider(), line.evidence().event()), line);
      if (before == null) {
        lines.add(line);
      } else if (!isSame(before, line)) {
        throw new RefusedException(
            "its event is that of line " + before.number() + ", which says something else");
      }
    } catch (RefusedException e) {
      badLines++;
      if (bad.size() < MAX_NAMED) {
        bad.add(new BadLine(number, String.valueOf(e.getMessage())));
      }
    }
  }

  private static boolean isSame(SettlementLine one, SettlementLine other) {
    return one.key().equals(other.key()) && one.evidence().equals(other.evidence());
  }

  private static RefusedException unreadable(Exception e) {
    return new RefusedException(
        "The file cannot be read as comma-separated values, so nothing of it was taken: "
            + e.getMessage(),
        e);
  }

  /** The good lines, in the file's order; what is said twice in the same words is there once. */
  public List<SettlementLine> lines() {
    return List.copyOf(lines);
  }

  /** The first {@value #MAX_NAMED} bad lines. */
  public List<BadLine> bad() {
    return List.copyOf(bad);
  }

  /** How many bad lines there are. */
  public long badLines() {
    return badLines;
  }
}
