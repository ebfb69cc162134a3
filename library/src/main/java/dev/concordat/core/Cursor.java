package dev.concordat.core;

/**
 * How far a reader is: past everything that tick {@code from} shows, and of what tick {@code to}
 * shows past everything up to {@code position}.
 *
 * @param from a tick, or 0 for none
 * @param to the same tick, or a later one that is being read
 * @param position in what {@code to} shows beyond {@code from}; 0 for its beginning
 */
public record Cursor(long from, long to, long position) {

  /** Before everything. */
  public static final Cursor START = new Cursor(0, 0, 0);

  /** Past everything that the tick shows. */
  public static Cursor past(long tick) {
    return new Cursor(tick, tick, 0);
  }

  /** The beginning of what the tick shows beyond this one, which must be past all of its own. */
  public Cursor towards(long tick) {
    return new Cursor(to, tick, 0);
  }

  /** Further on in the same two ticks. */
  public Cursor at(long newPosition) {
    return new Cursor(from, to, newPosition);
  }

  /** Whether nothing is being read. */
  public boolean rests() {
    return from == to;
  }
}
