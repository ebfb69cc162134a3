package dev.concordat.examples.services;

import tools.jackson.databind.JsonNode;

/** Reads fields of a request; one that is missing is a mistake of the caller. */
final class Request {

  private Request() {}

  static String text(JsonNode request, String field) {
    return request.required(field).asString();
  }

  static long number(JsonNode request, String field) {
    return request.required(field).asLong();
  }
}
