package dev.concordat.house;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.SourcePositions;

/** A source file as a tree, and where in the file each part of the tree stands. */
record ParsedFile(CompilationUnitTree unit, SourcePositions positions) {

  long firstLine(Tree tree) {
    return unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree));
  }

  /** How many lines the tree takes, its first and its last included. */
  long lines(Tree tree) {
    long end = positions.getEndPosition(unit, tree);
    return unit.getLineMap().getLineNumber(end) - firstLine(tree) + 1;
  }
}
