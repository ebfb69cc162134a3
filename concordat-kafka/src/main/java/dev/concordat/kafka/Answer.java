package dev.concordat.kafka;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Sink.Receipts;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** What a failure of Kafka's producer means for a message. */
record Answer(Kind kind, String reason) {

  enum Kind {
    REJECTED,
    UNAVAILABLE
  }

  static Answer to(StoredMessage message, Throwable failure) {
    String topic = message.topic();
    return switch (failure) {
      case RecordTooLargeException e ->
          rejected(
              "too large for topic "
                  + topic
                  + ": raise max.request.size of the producer and max.message.bytes of the topic,"
                  + " or publish a reference ("
                  + e.getMessage()
                  + ")");
      case TopicAuthorizationException e ->
          rejected("not allowed to write to topic " + topic + ": grant WRITE on it");
      case InvalidTopicException e -> rejected("'" + topic + "' cannot be the name of a topic");
      case SerializationException e -> rejected("cannot be written as bytes: " + said(e));
      case InvalidRecordException e -> rejected("topic " + topic + " does not take it: " + said(e));
      case Throwable e when isMissingTopic(e) -> noSuchTopic(topic);
      case Throwable e -> new Answer(Kind.UNAVAILABLE, said(e));
    };
  }

  static boolean isMissingTopic(Throwable failure) {
    return failure instanceof UnknownTopicOrPartitionException
        || failure.getCause() instanceof UnknownTopicOrPartitionException;
  }

  static Answer noSuchTopic(String topic) {
    return rejected("there is no topic " + topic + ": create it, then replay the message");
  }

  private static Answer rejected(String reason) {
    return new Answer(Kind.REJECTED, reason);
  }

  private static String said(Throwable failure) {
    String name = failure.getClass().getSimpleName();
    return failure.getMessage() == null ? name : name + ": " + failure.getMessage();
  }

  /** After these, the producer that met them sends nothing more. */
  static boolean isFatal(Throwable failure) {
    return failure instanceof ProducerFencedException
        || failure instanceof InvalidProducerEpochException
        || failure instanceof InvalidPidMappingException
        || failure instanceof OutOfOrderSequenceException
        || failure instanceof AuthenticationException
        || failure instanceof ClusterAuthorizationException
        || failure instanceof UnsupportedVersionException;
  }

  void tell(StoredMessage message, Receipts receipts) {
    switch (kind) {
      case REJECTED -> receipts.rejected(message, reason);
      case UNAVAILABLE -> receipts.unavailable(message, reason);
    }
  }
}
