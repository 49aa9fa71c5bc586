"""The mutants of a module: each a change of one place, and the code with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.operators.operator import Operator

from tests.mutants.operators import OPERATORS, WORDS

__all__ = ["Mutant", "mutants_of"]


class Mutant(NamedTuple):
    """One change of one file."""

    file: str
    """Within the tree: "authcli/tokens/policy.py"."""
    first: int
    """The first line of the statement it is in."""
    last: int
    """The last line of that statement, or of a compound one's head."""
    operator: str
    """The change's name in `OPERATORS`."""
    code: str
    """The line before, without the space around it."""
    becomes: str
    """The line after."""
    source: str
    """The whole module, changed."""


def mutants_of(path: Path, *, root: Path, lines: range | None = None) -> Iterator[Mutant]:
    """Make the mutants of one file, without those of texts, annotations and `TYPE_CHECKING`.

    Args:
        path: a module below `root`.
        root: the tree's own folder.
        lines: only of statements that begin there.
    """
    source = path.read_text("utf-8")
    spans = sorted(_spans(ast.parse(source)))
    before = source.splitlines()
    tree = get_ast(source)
    file, seen = path.relative_to(root).as_posix(), {source}
    for name, node, index, line in _places(tree):
        first, last = _span_of(spans, line)
        if (lines is not None and first not in lines) or _is_beside_the_point(node):
            continue
        changed = _changed(tree, node, OPERATORS[name], index)
        if changed in seen or not _is_python(changed):
            continue
        seen.add(changed)
        code, becomes = _difference(before, changed.splitlines())
        yield Mutant(file, first, last, name, code, becomes, changed)


def _places(tree: Any) -> Iterator[tuple[str, Any, int, int]]:
    """Where which operator would change something: its name, the node, which of the node, line."""
    nodes = list(ast_nodes(tree))
    for name, operator in OPERATORS.items():
        for node in nodes:
            for index, (begin, _) in enumerate(operator.mutation_positions(node)):
                yield name, node, index, begin[0]


def _changed(tree: Any, node: Any, operator: Operator, index: int) -> str:
    """The module's text with one change; the tree is as before afterwards."""
    # Parsing anew for each change would take longer than the tests.
    outer = node.parent
    kept = [(one, one.children.copy()) for one in ast_nodes(outer) if hasattr(one, "children")]
    values = [(one, one.value) for one in ast_nodes(outer) if hasattr(one, "value")]
    new = operator.mutate(node, index)
    if new is not node:
        outer.children = [new if child is node else child for child in outer.children]
    text: str = tree.get_code()
    for one, children in kept:
        one.children = children
    for one, value in values:
        one.value = value
    return text


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _difference(before: list[str], after: list[str]) -> tuple[str, str]:
    for old, new in zip(before, after, strict=False):
        if old != new:
            return old.strip(), " ".join(new.strip().rstrip("\\").split())
    return before[-1].strip(), after[-1].strip()


def _spans(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """First and last line of each statement; of a compound one, of its head."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.match_case | ast.excepthandler):
            first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
            last = getattr(node, "end_lineno", None) or first
            for part in ("body", "cases"):
                if inner := getattr(node, part, None):
                    head = inner[0]
                    begin = head.pattern.lineno if isinstance(head, ast.match_case) else head.lineno
                    last = max(first, begin - 1)
                    break
            yield first, last


def _span_of(spans: list[tuple[int, int]], line: int) -> tuple[int, int]:
    """The innermost statement around a line."""
    around = [span for span in spans if span[0] <= line <= span[1]]
    return max(around) if around else (line, line)


def _is_beside_the_point(node: Any) -> bool:
    """Tell whether a node is in a text, an annotation, or a block for the type checker alone."""
    inner = outer = node
    while outer is not None:
        if outer.type == "if_stmt" and "TYPE_CHECKING" in outer.children[1].get_code():
            return True
        # What is raised is words; that it is raised is another mutant.
        if outer is not node and outer.type in ("raise_stmt", "fstring", "decorator"):
            return True
        if outer.type == "annassign" and inner is outer.children[1]:
            return True
        if outer.type == "tfpdef" and inner is not outer.children[0]:
            return True
        if outer.type == "funcdef" and inner is outer.annotation:
            return True
        if outer.type == "argument" and getattr(outer.children[0], "value", None) in WORDS:
            return True
        inner, outer = outer, outer.parent
    return False
