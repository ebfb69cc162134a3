package dev.concordat.examples.business;

/**
 * An order.
 *
 * @param id its id
 * @param customer who orders
 * @param item what
 * @param quantity how many
 * @param amount the price in cents
 */
public record Order(String id, String customer, String item, int quantity, long amount) {

  /** The order of that number, of the kind that the business refuses if it is unlucky. */
  public static Order numbered(String id, long number, boolean unlucky) {
    String item = unlucky ? "the last lamp" : "book-" + number % 100;
    long quantity = 1 + number % 3;
    return new Order(id, "customer-" + number % 97, item, (int) quantity, 1250 * quantity);
  }
}
