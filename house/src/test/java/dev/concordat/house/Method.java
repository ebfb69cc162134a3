package dev.concordat.house;

import com.sun.source.tree.MethodTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;

/**
 * A method or constructor as it is written in a source file.
 *
 * @param line where it begins, annotations included
 * @param lines how many lines it takes, from its first annotation to its closing brace
 */
record Method(JavaFile file, String name, long line, long lines, int parameters, boolean isPublic) {

  static List<Method> of(JavaFile file) {
    ParsedFile parsed = file.parse();
    List<Method> found = new ArrayList<>();
    new TreeScanner<Void, Void>() {
      @Override
      public Void visitMethod(MethodTree tree, Void ignored) {
        found.add(method(file, parsed, tree));
        return super.visitMethod(tree, null);
      }
    }.scan(parsed.unit(), null);
    return found;
  }

  private static Method method(JavaFile file, ParsedFile parsed, MethodTree tree) {
    return new Method(
        file,
        tree.getName().toString(),
        parsed.firstLine(tree),
        parsed.lines(tree),
        tree.getParameters().size(),
        tree.getModifiers().getFlags().contains(Modifier.PUBLIC));
  }
}
