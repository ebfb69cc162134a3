package dev.concordat.store;

import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What people and other instances ask of an instance: signals and the operator's verbs. A letter
 * waits until the instance's owner takes it up in a journal entry, which also answers it.
 */
public interface Mailbox {

  /**
   * Posts a letter. If nobody holds the instance, it becomes due at once.
   *
   * <p><b>Durable when it returns.</b> If it throws {@link
   * dev.concordat.core.OutcomeUnknownException} it may be there.
   *
   * @param id the instance's id
   * @param kind in the words of the instance's protocol
   * @param body a JSON document
   * @return the letter's number within its instance, from 1; or empty if there is no such instance
   */
  Optional<Posted> post(String id, String kind, String body);

  /**
   * Posts a letter in a transaction of the caller's: it is there if that commits, and never was if
   * it rolls back. Until then the instance's row is locked.
   *
   * @param connection the caller's, inside a transaction on the store's database
   * @return the instance's number, or empty if there is no such instance
   */
  OptionalLong postWithin(Connection connection, String id, String kind, String body);

  /**
   * Letters of instances that {@code worker} holds which are not taken up yet: those of one
   * instance in order, and the first of each before the second of any, so that nobody's many
   * letters hold up the few of others.
   */
  List<Letter> waiting(long worker, int limit);

  /** The letters of one instance which are not taken up yet, in order. */
  List<Letter> waitingFor(long no);

  /** The answer to a letter, once there is one. */
  Optional<Write.Answer> answer(long no, int letter);

  /**
   * A letter just posted.
   *
   * @param no the instance's number
   * @param letter the letter's number within the instance
   */
  record Posted(long no, int letter) {}

  /**
   * A letter that waits.
   *
   * @param no the instance's number
   * @param letter its number within the instance
   * @param kind in the words of the instance's protocol
   * @param body a JSON document
   * @param at when it was posted, by the database's clock
   */
  record Letter(long no, int letter, String kind, String body, Instant at) {}
}
