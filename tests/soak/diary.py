"""Diary: what a worker did, and what it saw acknowledged, a JSON line each.

A fact is sure when the command said so: exit 0, or its whole answer printed before SIGKILL. A
command that was stopped may have done its work all the same; that fact is written too, as unsure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, NamedTuple

__all__ = ["Diary", "Entry", "Fact", "read"]


class Fact(NamedTuple):
    """Something that was done to a thing, or that came out of it."""

    kind: str
    """Of the thing: "key", "token", "family", "refresh" …"""
    subject: str
    """Which one."""
    act: str
    value: Any = None
    sure: bool = True
    began: float = 0.0
    """When the command was started, in Unix seconds."""
    ended: float = 0.0


class Entry(NamedTuple):
    """A command that was run."""

    worker: int
    number: int
    operation: str
    words: list[str]
    fate: str
    """What befell it: "none", or a row of commands.FATES."""
    code: int
    expected: list[int]
    """The exit codes that it may have if nothing befalls it."""
    began: float
    ended: float
    complaint: str
    """What stderr said where the exit code or a traceback is a surprise."""


class Diary(NamedTuple):
    """Everything that all workers wrote."""

    entries: list[Entry]
    facts: list[Fact]

    def of(self, kind: str, act: str | None = None) -> list[Fact]:
        """Return the facts of a kind, and of one act; each worker's in their order."""
        return [
            fact for fact in self.facts if fact.kind == kind and (act is None or fact.act == act)
        ]


def write(file: IO[str], record: Entry | Fact) -> None:
    """Write a line; what was written is there whatever happens to the writer."""
    file.write(json.dumps([type(record).__name__, *record]) + "\n")
    file.flush()


def read(paths: Iterable[Path]) -> Diary:
    """Read the diaries of all workers."""
    entries: list[Entry] = []
    facts: list[Fact] = []
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for line in file:
                name, *fields = json.loads(line)
                if name == "Entry":
                    entries.append(Entry(*fields))
                else:
                    facts.append(Fact(*fields))
    return Diary(entries, facts)
