package dev.concordat.house;

import com.sun.source.util.JavacTask;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * One source file: its path below the root, with forward slashes, and its text.
 *
 * @param path for example {@code library/src/main/java/dev/concordat/Concordat.java}
 * @param text the whole file
 */
record JavaFile(String path, String text) {

  private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

  /** Shared: opening the JDK's own classes takes many times as long as parsing a file. */
  private static final StandardJavaFileManager FILES =
      COMPILER.getStandardFileManager(null, null, null);

  static JavaFile read(Path root, Path file) {
    try {
      String path = root.relativize(file).toString().replace('\\', '/');
      return new JavaFile(path, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  List<String> lines() {
    return text.lines().toList();
  }

  /** The folder part of the path: one package of one module. */
  String folder() {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }

  boolean isNamed(String name) {
    return path.endsWith("/" + name);
  }

  /** The file as the JDK's own parser reads it; names are not resolved. */
  ParsedFile parse() {
    JavaFileObject source = new InMemory(path, text);
    JavacTask task =
        (JavacTask)
            COMPILER.getTask(
                null, FILES, problem -> {}, List.of("-proc:none"), null, List.of(source));
    try {
      return new ParsedFile(
          task.parse().iterator().next(), Trees.instance(task).getSourcePositions());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot parse " + path, e);
    }
  }

  private static final class InMemory extends SimpleJavaFileObject {
    private final String text;

    InMemory(String path, String text) {
      super(URI.create("string:///" + path), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
