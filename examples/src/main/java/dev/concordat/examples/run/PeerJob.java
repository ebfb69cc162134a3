package dev.concordat.examples.run;

import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.broker.Topology;
import dev.concordat.examples.peers.Instructions;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a process is told that is to be a service.
 *
 * @param scenario the scenario's name
 * @param peer the service's
 * @param jdbcUrl its database
 * @param broker what kind the broker is
 * @param address where it is
 * @param timeoutMillis how long a flow may take
 * @param leaseMillis how long what a dead process held waits for another
 */
record PeerJob(
    String scenario,
    String peer,
    String jdbcUrl,
    BrokerKind broker,
    String address,
    Topology topology,
    long timeoutMillis,
    long leaseMillis,
    Instructions instructions) {

  /** The same, told other things. */
  PeerJob told(Instructions other) {
    return new PeerJob(
        scenario, peer, jdbcUrl, broker, address, topology, timeoutMillis, leaseMillis, other);
  }

  String toJson() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  static PeerJob read(String json) {
    return JsonMapper.shared().readValue(json, PeerJob.class);
  }
}
