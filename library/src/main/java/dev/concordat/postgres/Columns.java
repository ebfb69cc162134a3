package dev.concordat.postgres;

import java.sql.Timestamp;

/**
 * Arrays of the element type the driver can send in binary form, which is much cheaper than text.
 */
final class Columns {

  private Columns() {}

  static Object[] of(String type, int size) {
    return switch (type) {
      case "bigint" -> new Long[size];
      case "int4" -> new Integer[size];
      case "bool" -> new Boolean[size];
      case "timestamptz" -> new Timestamp[size];
      default -> new String[size];
    };
  }
}
