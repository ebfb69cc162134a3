package dev.concordat.kafka;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A process of its own with a pipeline, to be killed. */
final class PipelineChild {

  private PipelineChild() {}

  static Process start(String servers, String name, String from, String to) throws Exception {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "-cp",
            System.getProperty("java.class.path"),
            PipelineChild.class.getName(),
            servers,
            name,
            from,
            to)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The same member of the group in every life, so that nobody waits for the last to be missed. */
  public static void main(String[] arguments) throws Exception {
    String to = arguments[3];
    try (KafkaPipeline pipeline =
        KafkaPipeline.named(arguments[1])
            .from(arguments[2])
            .with(
                Map.of(
                    "bootstrap.servers",
                    arguments[0],
                    "group.instance.id",
                    "one",
                    "max.poll.records",
                    "20"))
            .allowing("replication.factor", "min.insync.replicas")
            .transform(read -> List.of(new ProducerRecord<>(to, read.key(), read.value())))
            .start()) {
      new CountDownLatch(1).await();
    }
  }
}
