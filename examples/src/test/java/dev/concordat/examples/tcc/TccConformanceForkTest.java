package dev.concordat.examples.tcc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.examples.process.Child;
import dev.concordat.local.LocalPostgres;
import dev.concordat.test.TccConformance;
import dev.concordat.test.TccConformance.Result;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: the conformance test tells a participant that keeps the contract from one that does not
 * (53-58, 65). Method: real services in processes of their own, with the fence and without.
 */
class TccConformanceForkTest {

  private static final LocalPostgres POSTGRES = LocalPostgres.start();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private List<Result> results(Class<?> program, String name, boolean withEffects)
      throws InterruptedException {
    String url = POSTGRES.createDatabase(name);
    try (Child service = Child.start(name, folder, program, url)) {
      String home = "http://127.0.0.1:" + service.hear(PATIENCE).substring("ready ".length());
      TccConformance test =
          TccConformance.of(URI.create(home + "/tcc/"))
              .body("{\"account\":\"account-1\",\"amount\":3}")
              .refusedBody("{\"account\":\"account-1\",\"amount\":1000000000}");
      return (withEffects ? test.effects(URI.create(home + "/balances")) : test).run();
    }
  }

  @Test
  @DisplayName("53-58, 65: accounts behind a fence keep the contract")
  void accountsBehindAFenceKeepTheContract() throws InterruptedException {
    List<Result> results = results(TccAccountProcess.class, "fenced", true);

    assertThat(results).hasSize(18).allSatisfy(one -> assertThat(one.held()).as("" + one).isTrue());
  }

  @Test
  @DisplayName("53-58, 65: accounts without a fence fail, case by case")
  void accountsWithoutAFenceFail() throws InterruptedException {
    List<Result> results = results(NaiveAccountProcess.class, "naive", true);

    assertThat(results.stream().filter(Result::held).map(Result::name))
        .containsExactlyInAnyOrder(
            "try, then confirm", "try, then cancel", "an id that is no UUID of version 7");
    assertThat(results).hasSize(18);
    assertThat(results)
        .filteredOn(one -> !one.held())
        .allSatisfy(one -> assertThat(one.got()).as(one.name()).isNotEmpty());
  }

  @Test
  void withoutLookingAtEffectsAnswersStillGiveItAway() throws InterruptedException {
    List<Result> results = results(NaiveAccountProcess.class, "unseen", false);

    assertThat(results.stream().filter(one -> !one.held()).map(Result::name))
        .contains(
            "duplicate try",
            "late try after an empty cancel",
            "confirm after cancel",
            "cancel after confirm",
            "confirm of what was never tried",
            "another body under the same id",
            "an id that is a year old",
            "try and cancel at once");
  }
}
