/** Distributed transactions that end whole, on PostgreSQL. */
module dev.concordat {
  requires static transitive org.jspecify;
  requires java.sql;
  requires org.slf4j;
  requires tools.jackson.databind;
  requires static org.postgresql.jdbc;

  exports dev.concordat;
}
