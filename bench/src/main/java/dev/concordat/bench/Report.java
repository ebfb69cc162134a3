package dev.concordat.bench;

import java.util.List;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a bench measured.
 *
 * @param bench its name
 * @param machine what it ran on
 * @param rows one for each case and number of clients
 */
public record Report(String bench, String machine, List<Row> rows) {

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Copies the rows. */
  public Report {
    rows = List.copyOf(rows);
  }

  /** As one JSON document. */
  public String json() {
    ObjectNode document = MAPPER.createObjectNode();
    document.put("bench", bench).put("machine", machine);
    ArrayNode all = document.putArray("rows");
    rows.forEach(row -> write(row, all.addObject()));
    return MAPPER.writeValueAsString(document);
  }

  private static void write(Row row, ObjectNode to) {
    to.put("case", row.name());
    row.figures()
        .forEach((name, value) -> {
          if (value instanceof Integer whole) {
            to.put(name, whole);
          } else {
            to.put(name, value.doubleValue());
          }
        });
    if (!row.voidRounds().isEmpty()) {
      ArrayNode reasons = to.putArray("void_rounds");
      row.voidRounds().forEach(reasons::add);
    }
  }

  /** As a table for people. */
  public String table() {
    return Table.of(this);
  }
}
