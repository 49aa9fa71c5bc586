"""Bulk work: one item a line, order kept, a bad line reported by its number and not fatal.

A command says what becomes of one line (`Judge`); here are the blocks, the processes, the bar and
the exit code over all lines. `_bulk_form` has the forms of output.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from authcli.cli._bulk_form import Form, counts_of
from authcli.cli._errors import ExitCode, LinesFailed, exit_code
from authcli.cli._messages import error_line, warn
from authcli.cli._output import refuse_existing, stream
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._feed import Block, Feed
    from authcli.cli._run import Run

__all__ = ["Closing", "Item", "Judge", "bad_facts", "check_bulk", "run_bulk"]

#: Which of several exit codes stands for all lines, the first of them (CLI.md, exit codes).
_ORDER = (
    *(ExitCode.REJECTED, ExitCode.REVOKED, ExitCode.EXPIRED, ExitCode.DENIED),
    *(ExitCode.USAGE, ExitCode.NOT_FOUND, ExitCode.CONFLICT, ExitCode.UNAVAILABLE),
    *(ExitCode.DUE, ExitCode.FAILURE),
)
_MAX_WARNINGS = 10


class Item(NamedTuple):
    """What became of one line."""

    plain: str | None = None
    """The bare value; None where a bad line leaves none."""
    facts: Mapping[str, Any] | None = None
    """Its JSON members, where JSON or fields were asked for."""
    error: AuthError | None = None
    """What is wrong with it."""
    warnings: tuple[str, ...] = ()
    """What stops nothing; each is said once, at the end, with the number of its lines."""
    counted: tuple[str, ...] = ()
    """What it counts as in the `Closing`; few different texts, for all of them are kept."""


class Closing(Protocol):
    """What is said of all lines together, once they are done."""

    def facts(self, counted: Mapping[str, int]) -> Mapping[str, Any]:
        """Return the members of JSON, given how many items counted as what."""

    def say(self, run: Run, counted: Mapping[str, int]) -> None:
        """Say it on stderr; of one JSON object the facts are members already."""


#: Makes an item of each of a block's lines.
Judge: TypeAlias = "Callable[[Block], Iterable[Item]]"


def bad_facts(number: int, error: AuthError) -> dict[str, Any]:
    """Return what JSON says of every bad line, whatever else it says."""
    return {
        "line": number,
        "code": error.code,
        "message": error.message,
        "exit": int(exit_code(error)),
    }


def check_bulk(
    *,
    many: bool,
    jobs: int | None,
    fail_fast: bool,
    single: Mapping[str, bool],
    hint: str = "add --lines",
) -> None:
    """Refuse flags that would silently do nothing.

    Args:
        many: the command works on many items.
        jobs, fail_fast: the flags that mean something for many alone.
        single: flags that mean something for one item alone, and whether each was given.
        hint: how to ask for many.

    Raises:
        InvalidInput: naming the flag.
    """
    if many:
        for flag, given in single.items():
            if given:
                raise InvalidInput(f"{flag} is for one item, not for many")
    elif jobs is not None or fail_fast:
        flag = "--fail-fast" if fail_fast else "--jobs"
        raise InvalidInput(f"{flag} is for many items", hint=hint)


def run_bulk(
    run: Run,
    feed: Feed,
    judge: Judge,
    *,
    members: tuple[str, ...],
    jobs: int | None,
    fail_fast: bool = False,
    closing_table: Closing | None = None,
) -> None:
    """Write what becomes of every line, then end with the exit code over all of them.

    Args:
        run: the invocation.
        feed: the lines.
        judge: runs in worker processes.
        members: the names that `--field` may ask an item for; some items lack some.
        jobs: how many processes; None for all cores.
        fail_fast: write nothing after the first bad line.
        closing_table: is said at the end, and a part of one JSON object.

    Raises:
        LinesFailed: some line was bad.
    """
    from authcli.cli._progress import Progress
    from authcli.cli._workers import answers, usable_jobs

    if run.output is not None:
        refuse_existing(run, str(run.output))
    _refuse_eating_oneself(feed)
    tally: Counter[int] = Counter()
    warnings: Counter[str] = Counter()
    counted: Counter[str] = Counter()

    def pieces() -> Generator[bytes, None, None]:
        yield form.head
        between = b""
        work = _Work(run, judge, form, fail_fast)
        with Progress(run, feed) as bar, closing(answers(feed, work, jobs=count)) as found:
            for part in map(Answer.unpacked, found):
                if part.out:
                    yield between + part.out
                    between = form.between
                tally.update(part.tally)
                counted.update(part.counted)
                _add_some(warnings, part.warnings)
                bar.show(done=tally.total(), said=part.err)
                if fail_fast and tally.keys() - {ExitCode.OK}:
                    break
        yield form.tail(tally, closing_table.facts(counted) if closing_table else {})

    count, form = usable_jobs(jobs), Form(run, members)
    with closing(pieces()) as made:  # what ends the writing ends the processes too
        stream(run, made)
    for text, lines in warnings.items():
        warn(run, f"{text} ({lines} of {tally.total()} lines)")
    if closing_table is not None:
        closing_table.say(run, counted)
    worst = next((code for code in _ORDER if tally[code]), ExitCode.OK)
    if worst:
        raise LinesFailed(f"{_summary(tally)} of {tally.total()} lines", exit=worst)


def _refuse_eating_oneself(feed: Feed) -> None:
    """Raise where stdout appends to the file that is read: each line would give one more to read.

    Raises:
        InvalidInput: it does.
    """
    with suppress(OSError, AttributeError):
        out = os.fstat(sys.stdout.fileno())
        if feed.identity == (out.st_dev, out.st_ino):
            raise InvalidInput("the output goes to the file that is read", hint="use -o FILE")


def _add_some(warnings: Counter[str], more: Mapping[str, int]) -> None:
    """Count warnings by their text; of texts that all differ, memory keeps the first ones."""
    for text, lines in more.items():
        known = text in warnings or len(warnings) < _MAX_WARNINGS
        warnings[text if known else "other warnings"] += lines


def _summary(tally: Mapping[int, int]) -> str:
    """Return "2 rejected, 1 expired"."""
    return ", ".join(f"{n} {word}" for word, n in counts_of(tally).items() if word != "ok")


class Answer(NamedTuple):
    """What became of a block, as it travels from a worker to its parent."""

    out: bytes
    err: bytes
    tally: dict[int, int]
    """Exit code -> how many lines."""
    warnings: dict[str, int]
    """Text -> how many lines."""
    counted: dict[str, int]
    """`Item.counted` -> how many lines."""

    def packed(self) -> bytes:
        """Return the bytes that travel."""
        counts = json.dumps([[*self.tally.items()], self.warnings, self.counted]).encode()
        return struct.pack("=II", len(self.out), len(self.err)) + self.out + self.err + counts

    @staticmethod
    def unpacked(data: bytes) -> Answer:
        """Return what `packed` packed."""
        out, err = struct.unpack_from("=II", data)
        tally, *others = json.loads(data[8 + out + err :])
        return Answer(data[8 : 8 + out], data[8 + out : 8 + out + err], dict(tally), *others)


class _Work:
    """What a worker does with a block."""

    def __init__(self, run: Run, judge: Judge, form: Form, fail_fast: bool) -> None:
        self._run, self._judge, self._form, self._fail_fast = run, judge, form, fail_fast

    def __call__(self, block: Block) -> bytes:
        try:
            return self._answer(block)
        except Exception as error:
            if self._run.debug:  # the parent would only see that a process ended
                from authcli.cli._root import show_origin

                show_origin(error)
            raise

    def _answer(self, block: Block) -> bytes:
        out: list[str] = []
        err: list[str] = []
        tally: Counter[int] = Counter()
        warnings: Counter[str] = Counter()
        counted: Counter[str] = Counter()
        number = block.first
        for number, item in enumerate(self._judge(block), block.first):
            text = self._form.item(item)
            if text is not None:
                out.append(text)
            if item.warnings:
                warnings.update(item.warnings)
            counted.update(item.counted)
            if item.error is not None:
                tally[exit_code(item.error)] += 1
                err.append(error_line(self._run, item.error, line=number))
                if self._fail_fast:
                    break
        tally[ExitCode.OK] = number - block.first + 1 - tally.total()
        out_text, err_text = self._form.joined(out), "".join(err).encode()
        return Answer(out_text, err_text, +tally, warnings, counted).packed()
