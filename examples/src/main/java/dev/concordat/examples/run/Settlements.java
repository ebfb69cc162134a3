package dev.concordat.examples.run;

import dev.concordat.Concordat;
import dev.concordat.settlement.SettlementFile;
import dev.concordat.settlement.SettlementLine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;

/** Takes the file that an outside system settles by, as evidence. */
final class Settlements {

  private Settlements() {}

  /** Takes it once more; what was taken before counts once. */
  static void take(String outside, Concordat concordat) {
    try (InputStream input = URI.create(outside + "/settlement").toURL().openStream()) {
      for (SettlementLine line : SettlementFile.read(input).lines()) {
        var unused =
            concordat.reservations().evidence(line.provider(), line.key(), line.evidence());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the settlement file cannot be read", e);
    }
  }
}
