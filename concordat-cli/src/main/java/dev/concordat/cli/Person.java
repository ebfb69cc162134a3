package dev.concordat.cli;

import java.io.Console;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Whoever sits at the terminal, if there is one. */
final class Person {

  private Person() {}

  /** The answer, or null if nobody is there to give one. */
  @SuppressWarnings("SystemConsoleNull") // in Java 21 it tells whether there is a terminal
  static @Nullable String ask(String question) {
    Console console = System.console();
    return console == null || !isTerminal(console) ? null : console.readLine("%s", question);
  }

  /** From Java 22 on there is a console without a terminal, too, and a way to tell. */
  private static boolean isTerminal(Console console) {
    try {
      Method method = Console.class.getMethod("isTerminal");
      return Boolean.TRUE.equals(method.invoke(console));
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
