package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: what is believed depends on what was said, not on the order or number of its arrival. */
class FindingsTest {

  private static Evidence said(Source source, Finding finding, int at) {
    return said(source, finding, at, null, null);
  }

  private static Evidence said(
      Source source, Finding finding, int at, @Nullable Money amount, @Nullable String reference) {
    return new Evidence(
        source, finding, amount, reference, finding + "@" + at, Instant.ofEpochSecond(at), "");
  }

  private static @Nullable Finding belief(List<Evidence> pieces) {
    Findings findings = Findings.NONE;
    for (Evidence piece : pieces) {
      findings = findings.with(piece).with(piece);
    }
    return findings.belief();
  }

  private static <T> List<List<T>> orders(List<T> of) {
    if (of.isEmpty()) {
      return List.of(List.of());
    }
    List<List<T>> all = new ArrayList<>();
    for (int i = 0; i < of.size(); i++) {
      List<T> rest = new ArrayList<>(of);
      T first = rest.remove(i);
      for (List<T> order : orders(rest)) {
        List<T> next = new ArrayList<>(List.of(first));
        next.addAll(order);
        all.add(next);
      }
    }
    return all;
  }

  @Test
  void piecesMayComeInAnyOrder() {
    List<Evidence> pieces = new ArrayList<>();
    for (Source source : List.of(Source.STATUS, Source.CALLBACK)) {
      pieces.add(said(source, Finding.PENDING, 1));
      pieces.add(said(source, Finding.REFUSED, 2));
      pieces.add(said(source, Finding.DONE, 2));
    }
    Set<@Nullable Finding> beliefs = new HashSet<>();
    orders(pieces).forEach(order -> beliefs.add(belief(order)));

    assertThat(beliefs).containsExactly(Finding.DONE);
  }

  @Test
  void theHigherSourceIsBelieved() {
    Evidence refused = said(Source.SETTLEMENT, Finding.REFUSED, 1);
    Evidence done = said(Source.CALLBACK, Finding.DONE, 9);

    assertThat(belief(List.of(done, refused))).isEqualTo(Finding.REFUSED);
    assertThat(belief(List.of(said(Source.SETTLEMENT, Finding.PENDING, 99), done)))
        .as("which settles nothing")
        .isEqualTo(Finding.DONE);
  }

  @Test
  void takenBackTellsMoreThanDoneUnlessAPersonSaysDone() {
    Evidence back = said(Source.STATUS, Finding.REVERSED, 1);
    Evidence done = said(Source.SETTLEMENT, Finding.DONE, 9);

    assertThat(belief(List.of(back, done))).isEqualTo(Finding.REVERSED);
    Evidence person = said(Source.PERSON, Finding.DONE, 0);
    assertThat(belief(List.of(back, person))).isEqualTo(Finding.DONE);
    assertThat(belief(List.of(person, back)))
        .as("a person's word does not outrank what happened and was heard of after it")
        .isEqualTo(Finding.REVERSED);
  }

  @Test
  void nothingConclusiveIsNoBelief() {
    assertThat(belief(List.of())).isNull();
    assertThat(belief(List.of(said(Source.STATUS, Finding.NOT_FOUND, 1)))).isNull();
  }

  @Test
  void theAmountOfTheHigherSourceCounts() {
    Money part = new Money(1, "EUR");
    Money all = new Money(2, "EUR");
    Findings findings =
        Findings.NONE
            .with(said(Source.SETTLEMENT, Finding.DONE, 1, all, null))
            .with(said(Source.CALLBACK, Finding.DONE, 2, part, null));

    assertThat(findings.amount(Finding.DONE)).isEqualTo(all);
    assertThat(findings.with(said(Source.PERSON, Finding.DONE, 3)).amount(Finding.DONE)).isNull();
  }

  @Test
  void aFileThatListsTheChargeLaterSaysNothingNew() {
    Findings back =
        Findings.NONE
            .with(said(Source.CALLBACK, Finding.DONE, 1, null, "c1"))
            .with(said(Source.ANSWER, Finding.REVERSED, 2, null, "r1"));

    assertThat(back.with(said(Source.SETTLEMENT, Finding.DONE, 9, null, "c1")).doneAfterReversal())
        .isFalse();
    assertThat(back.with(said(Source.SETTLEMENT, Finding.DONE, 9, null, "c2")).doneAfterReversal())
        .isTrue();
  }
}
