package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Goal: a saga's drawing shows its order, branches, pivot and compensations, and is valid Mermaid.
 * Method: drawings of small sagas compared line by line.
 */
class MermaidTest {

  @Test
  void stepsFollowEachOtherAndCompensationsHangBelow() {
    assertThat(Notation.saga("local:a pivot:p").toMermaid())
        .isEqualTo(
            """
            flowchart LR
              start(("s@1"))
              s1[("a")]
              start --> s1
              s1c["compensate a"]:::compensation
              s1 -.-> s1c
              s2{{"p"}}
              s1 --> s2
              done(((COMPLETED)))
              s2 --> done
            """);
  }

  @Test
  void branchesPartAndMeetAgain() {
    assertThat(Notation.saga("(outside.bare:a outside.bare:b|sleep:c) child.bare:d").toMermaid())
        .contains("start --> s1\n", "s1 --> s2\n", "start --> s3\n")
        .contains("s3([\"c\"])", "s4[[\"d\"]]")
        .contains("s2 --> s4\n", "s3 --> s4\n");
  }

  @Test
  void quotesInNamesDoNotBreakTheDrawing() {
    Saga<Notation.Blank> saga =
        Saga.named("s", Notation.Blank.class)
            .step("say \"hello\"]", (s, call) -> s)
            .noCompensation("none")
            .build();

    assertThat(saga.toMermaid()).contains("s1[\"say #quot;hello#quot;]\"]");
  }
}
