package dev.concordat.test;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Cases in which crash enumeration once found a bug of the library, each by itself (P2, P10): the
 * timer of a sleep or a retry was not set by the worker that took over; a claim whose answer was
 * lost left the instance in the name of a worker that did not know; no connection to be had counted
 * as a refusal of the business; a child's end was told once or never; a letter came to an instance
 * whose journal was not yet read.
 */
class FoundByCrashesTest {

  @ParameterizedTest
  @CsvSource({
    "SLEEPER, all steps succeed | CRASH_AFTER Journal.append#2",
    "RETRYING, flaky=REQUEST_LOST | CRASH_AFTER Journal.append#5",
    "APPROVAL, all steps succeed | LOSE_ANSWER Instances.claimDue#1",
    "ORDER, all steps succeed | FAIL_BEFORE Transactions.begin#1",
    "PARENT, all steps succeed | FAIL_BEFORE Mailbox.post#1",
    "PARENT, child's end=REFUSED | LOSE_ANSWER Mailbox.waitingFor#1"
  })
  void staysFixed(Shape shape, String name) {
    shape.over(Books.inMemory()).only(name).explore().verify();
  }
}
