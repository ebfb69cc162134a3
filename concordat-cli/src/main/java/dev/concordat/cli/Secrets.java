package dev.concordat.cli;

import java.util.regex.Pattern;

/** Keeps passwords out of what is printed: drivers and parsers like to repeat whole URLs. */
final class Secrets {

  private static final Pattern PARAMETER = Pattern.compile("(?i)((?:ssl)?password=)[^&\\s'\"]*");
  private static final Pattern AUTHORITY = Pattern.compile("(//[^/@\\s:]*:)[^/\\s]*(@)");

  private Secrets() {}

  /** An address without user and password, or whatever else stands before the host. */
  static String place(String address) {
    return address.replaceAll("//[^/\\s]*@", "//").replaceAll("\\?.*", "");
  }

  static String hidden(String text) {
    String some = PARAMETER.matcher(text).replaceAll("$1***");
    return AUTHORITY.matcher(some).replaceAll("$1***$2");
  }
}
