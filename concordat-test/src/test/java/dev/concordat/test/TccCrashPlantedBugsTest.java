package dev.concordat.test;

import static dev.concordat.test.Vault.FEE;
import static dev.concordat.test.Vault.HOTEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAround;
import dev.concordat.tcc.TccOperation;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The harness turns red for every bug it is there to find (P2, P3, P7): each test plants one that
 * people make with try, confirm and cancel, and expects the law it breaks by name.
 */
class TccCrashPlantedBugsTest {

  private final Vault vault = Vault.over(Books.inMemory());

  private static TccCrashTest<Job> test(Vault vault) {
    return TccShape.lawful(TccShape.trip(vault).local(FEE, vault.fee()).build(), vault);
  }

  private static List<String> laws(TccCrashTest<Job> test) {
    return test.explore().violations().stream().map(Violation::law).distinct().toList();
  }

  @Test
  void aParticipantWithoutAFenceHoldsTwice() {
    assertThat(laws(test(Vault.withoutFence(Books.inMemory()))))
        .contains("everything is sold once (P2)");
  }

  @Test
  void whoIsNotToldToCancelHoldsForEver() {
    UnaryOperator<TccAround> forgetful =
        around ->
            new TccAround() {
              @Override
              public TccAnswer ask(Site site, Callable<TccAnswer> participant) throws Exception {
                return site.operation() == TccOperation.CANCEL
                    ? new TccAnswer.Done("null")
                    : around.ask(site, participant);
              }

              @Override
              public void run(Site site, Callable<?> code) throws Exception {
                around.run(site, code);
              }
            };

    assertThat(laws(test(vault).wrappingCalls(forgetful))).contains("nothing is held or sold (P2)");
  }

  @Test
  void aDecisionThatIsNotWrittenAsItIsActedOn() {
    TccCrashTest<Job> test =
        test(vault)
            .alsoWhen(HOTEL, FailureMode.REFUSED)
            .crashesOnly()
            .wrappingStore(store ->
                PlantedBugsTest.journal(
                    store,
                    events ->
                        events.replace("\"decision\":\"CANCEL\"", "\"decision\":\"CONFIRM\"")));

    assertThat(laws(test)).contains(TccLaws.ALL_TRIED, TccLaws.ONE_DECISION);
  }
}
