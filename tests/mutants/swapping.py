"""Puts the functions of a changed module in the place of the true ones, in a living process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from inspect import CO_NEWLOCALS, CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType

__all__ = ["functions_by_code", "swap"]

FunctionsByCode = dict[tuple[str, str, int], list[FunctionType]]


def functions_by_code(root: Path) -> FunctionsByCode:
    """List every function of a tree that lives in this process, by file, name and line."""
    found: FunctionsByCode = {}
    inside = str(root)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(inside):
            found.setdefault(_key(thing.__code__), []).append(thing)
    return found


def swap(file: Path, *, source: str, changed: str, functions: FunctionsByCode) -> bool:
    """Give the functions that differ their changed code.

    Returns:
        Whether that is all of the change: False where it is in a table, a default value, a class
        body or another thing that was made when the module was imported.
    """
    flags = {"filename": str(file), "mode": "exec", "dont_inherit": True}
    pairs = list(_differences(compile(source, **flags), compile(changed, **flags)))
    if not pairs:
        return False
    for old, new in pairs:
        alive = functions.get(_key(old), [])
        if new is None or not alive:
            return False
        for function in alive:
            if function.__code__.co_freevars != new.co_freevars:
                return False
            function.__code__ = new
    return True


def _key(code: CodeType) -> tuple[str, str, int]:
    return (code.co_filename, code.co_qualname, code.co_firstlineno)


def _differences(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType | None]]:
    """The outermost functions that differ; None beside one where something else does, too."""
    if old == new:
        return
    if old.co_flags & CO_OPTIMIZED and old.co_flags & CO_NEWLOCALS:
        yield old, new
        return
    before, after = _parts(old), _parts(new)
    if old.co_code != new.co_code or before[1] != after[1] or len(before[0]) != len(after[0]):
        yield old, None
        return
    for one, other in zip(before[0], after[0], strict=True):
        yield from _differences(one, other)


def _parts(code: CodeType) -> tuple[list[CodeType], list[tuple[str, str]]]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    rest = [(type(c).__name__, repr(c)) for c in code.co_consts if not isinstance(c, CodeType)]
    return inner, rest
