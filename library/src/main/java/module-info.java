/** Distributed transactions that end whole, on the PostgreSQL you already have. */
module dev.concordat {
  requires transitive java.sql;
  requires transitive org.jspecify;
  requires transitive java.net.http;
  requires org.slf4j;
  requires static org.postgresql.jdbc;
  requires transitive tools.jackson.databind;

  exports dev.concordat;
  exports dev.concordat.atomic;
  exports dev.concordat.choreography;
  exports dev.concordat.core;
  exports dev.concordat.http;
  exports dev.concordat.json;
  exports dev.concordat.messaging;
  exports dev.concordat.reservation;
  exports dev.concordat.saga;
  exports dev.concordat.store;
  exports dev.concordat.tcc;
}
