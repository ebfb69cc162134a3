package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.choreography.FlowGraph;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.broker.Topology;
import dev.concordat.examples.broker.Wire;
import dev.concordat.examples.peers.ExperimentPeers;
import dev.concordat.examples.peers.Instructions;
import dev.concordat.examples.peers.Line;
import dev.concordat.examples.peers.OrderPeers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What services do on events, and what flows expect, fit together before anything runs. */
class FlowDeclarationTest {

  private static final Line LINE =
      new Line(
          new PGSimpleDataSource(),
          Wire.to(BrokerKind.RABBITMQ, "amqp://127.0.0.1:1", new Topology("none", Map.of())),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Instructions.NONE);

  @Test
  void theOrdersServicesAndItsFlowFitAndGoInNoCircle() {
    FlowGraph graph =
        FlowGraph.of(
            OrderPeers.orders(LINE), OrderPeers.payments(LINE), OrderPeers.inventory(LINE));

    assertThat(graph.circle()).isEmpty();
    assertThat(graph.objections(OrderPeers.flow(LINE))).isEmpty();
  }

  @Test
  void theExperimentsServicesAndItsFlowFitAndGoInNoCircle() {
    FlowGraph graph =
        FlowGraph.of(
            ExperimentPeers.experiments(LINE),
            ExperimentPeers.resources(LINE),
            ExperimentPeers.metrics(LINE),
            ExperimentPeers.users(LINE));

    assertThat(graph.circle()).isEmpty();
    assertThat(graph.objections(ExperimentPeers.flow(LINE))).isEmpty();
  }
}
