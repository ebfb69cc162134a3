package dev.concordat.kafka;

import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/** A partition while it is ours, and what of it is not done with. */
final class Partition {

  final TopicPartition name;
  private final TreeSet<Long> open = new TreeSet<>();
  private long next = -1;
  private long committed = -1;

  Partition(TopicPartition name) {
    this.name = name;
  }

  String lane() {
    return name.toString();
  }

  void fetched(long offset) {
    open.add(offset);
    next = offset + 1;
  }

  /** Everything before that offset was fetched, or is nobody's message. */
  void passed(long offset) {
    next = offset;
  }

  void done(long offset) {
    open.remove(offset);
  }

  /** Everything before it is done with; -1 if nothing is known. */
  private long settled() {
    return open.isEmpty() ? next : open.first();
  }

  /** What is to be committed, or -1 if there is nothing new. */
  long toCommit() {
    return settled() == committed ? -1 : settled();
  }

  void committing(long offset) {
    committed = offset;
  }

  void notCommitted() {
    committed = -1;
  }
}
