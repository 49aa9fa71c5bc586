"""What a mutant may change: operators of cosmic-ray, and of ours for checks that are left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import parso
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.operators.provider import OperatorProvider

__all__ = ["OPERATORS", "WORDS"]

Position = tuple[tuple[int, int], tuple[int, int]]

#: What these arguments say is for people to read.
WORDS = frozenset({"hint", "detail", "expected", "actual", "message", "help"})

#: Of cosmic-ray's. Not its every pair of signs, which are alike, and not decorators: `cache` is
#: for speed.
NAMES = (
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_FloorDiv",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_Mod_FloorDiv",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceBinaryOperator_LShift_RShift",
    "ReplaceBinaryOperator_RShift_LShift",
    "ReplaceUnaryOperator_USub_UAdd",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ExceptionReplacer",
    "NumberReplacer",
    "ZeroIterationForLoop",
)


def _span(node: Any) -> Position:
    return (node.start_pos, node.end_pos)


def _put(parent: Any, child: Any, text: str) -> None:
    """Set `text` in the place of `child`, over as many lines, so that line numbers stay."""
    lines = child.end_pos[0] - child.start_pos[0]
    prefix = child.get_first_leaf().prefix
    # A backslash goes on within any statement; after the text it takes up the lines.
    new = parso.parse(prefix + text + "\\\n" * lines)
    parent.children[parent.children.index(child)] = new


class _Ours(Operator):
    """One replacement for each of `places`; a subclass says which."""

    def places(self, node: Any) -> Iterator[tuple[Any, str]]:
        """Children of the node to replace, and what with."""
        raise NotImplementedError

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        return (_span(child) for child, _ in self.places(node))

    def mutate(self, node: Any, index: int) -> Any:
        child, text = list(self.places(node))[index]
        _put(child.parent, child, text)
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return ()


class Condition(_Ours):
    """`if check:` never holds, or always."""

    def places(self, node: Any) -> Iterator[tuple[Any, str]]:
        if node.type == "if_stmt":
            for keyword, child in zip(node.children, node.children[1:], strict=False):
                if getattr(keyword, "value", None) in ("if", "elif"):
                    yield from ((child, " False"), (child, " True"))
        elif node.type == "while_stmt":
            yield (node.children[1], " False")
        elif node.type == "ternary":
            yield from ((node.children[2], " False"), (node.children[2], " True"))
        elif node.type == "comp_if":
            yield (node.children[1], " True")


class Operand(_Ours):
    """One part of `a and b` is left out."""

    def places(self, node: Any) -> Iterator[tuple[Any, str]]:
        if node.type in ("and_test", "or_test"):
            neutral = " True" if node.type == "and_test" else " False"
            yield from ((child, neutral) for child in node.children[::2])


class Membership(_Ours):
    """`in` for `not in`, and the other way."""

    def places(self, node: Any) -> Iterator[tuple[Any, str]]:
        if node.type == "comparison":
            for sign in node.children[1::2]:
                words = sign.get_code().split()
                if words == ["in"]:
                    yield (sign, " not in")
                elif words == ["not", "in"]:
                    yield (sign, " in")


class Statement(_Ours):
    """A call whose result nobody takes, a refusal or a `del` is left out."""

    def places(self, node: Any) -> Iterator[tuple[Any, str]]:
        if node.type == "simple_stmt":
            child = node.children[0]
            # What alone stands under an `if` goes with its condition.
            alone = node.parent.type == "suite" and len(node.parent.children) == 2
            guarded = alone and node.parent.parent.type == "if_stmt"
            if child.type in ("atom_expr", "raise_stmt", "del_stmt") and not guarded:
                yield (child, "pass")


class Argument(_Ours):
    """An argument with a name is not given."""

    def places(self, node: Any) -> Iterator[tuple[Any, str]]:
        if node.type == "trailer" and node.children[0].value == "(" and len(node.children) == 3:
            given = node.children[1]
            among = given.children[::2] if given.type == "arglist" else [given]
            for child in among:
                if child.type != "argument" or child.children[1] != "=":
                    continue
                if child.children[0].value not in WORDS:
                    yield (child, "**{}")


_THEIRS = OperatorProvider()

#: Name -> operator.
OPERATORS: dict[str, Operator] = {
    **{name: _THEIRS[name]() for name in NAMES},
    **{kind.__name__: kind() for kind in (Condition, Operand, Membership, Statement, Argument)},
}
