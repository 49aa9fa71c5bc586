"""`authcli apikey verify --lines`: what becomes of a block of keys, for `cli._bulk`.

Each process opens the store itself, because no connection may cross a fork. A block's look-ups
share statements, its hits and spends one transaction, and its statistics another.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from authcli.apikeys.text import display_id
from authcli.cli._bulk import Item, bad_facts, check_bulk, run_bulk
from authcli.cli._feed import Block, Lines, open_lines
from authcli.cli._messages import note
from authcli.cli._store import Place, open_place, store_at, store_place
from authcli.cli.apikey._verdict import MEMBERS, Asked, bare_key, refused_facts, valid_facts
from authcli.errors import ApiKeyRefused, AuthError

if TYPE_CHECKING:
    from authcli.apikeys.uses import Uses
    from authcli.apikeys.verifying import Outcome, Verdict
    from authcli.cli._run import Run
    from authcli.store import Store

__all__ = ["key_lines", "verify_lines"]

#: Some 7300 keys a block: the more share a flush of statistics, the fewer pages it writes.
PER_READ = 1 << 19

BULK_MEMBERS = ("line", "code", "message", "exit", *(m for m in MEMBERS if m != "code"))


def key_lines(source: str | None, many: bool, jobs: int | None, fail_fast: bool) -> Lines:
    """Return keys, one a line, from a positional input.

    Raises:
        InvalidInput: no such input, or flags for many without `--lines`.
    """
    check_bulk(many=many, jobs=jobs, fail_fast=fail_fast, single={})
    return open_lines(source, what="API keys", per_read=PER_READ)


def verify_lines(
    run: Run,
    feed: Lines,
    asked: Asked,
    *,
    store: str | None,
    jobs: int | None,
    fail_fast: bool,
) -> None:
    """Write the id of each key that is valid; a bad one is reported by its line."""
    place = store_place(run, store)
    feed.peek()
    # What is wrong with it is said once, here.
    with open_place(run, place, write=True, create=False) as found:
        found.peppers.check()
        if found.read_only:
            note(run, "uses are not counted, because the store cannot be written")
    judge = Judging(run, place, asked)
    run_bulk(run, feed, judge, members=BULK_MEMBERS, jobs=jobs, fail_fast=fail_fast)


class Judging:
    """Judges blocks of keys, with a store of this process: fills `cli._bulk.Judge`.

    Args:
        run: the invocation.
        place: which store.
        asked: what each key is to be good for.
    """

    def __init__(self, run: Run, place: Place, asked: Asked) -> None:
        self._run, self._place, self._asked = run, place, asked
        self._full = bool(run.json or run.fields)
        self._opened: dict[int, tuple[Store, Uses]] = {}

    def __call__(self, block: Block) -> Iterator[Item]:
        """Return an item a line."""
        texts = [_bare(line) for line in block.lines()]
        outcomes: list[Outcome | AuthError] = []
        try:
            store, uses = self._store()
            for some in self._batches(store, texts, uses):
                outcomes += some
            uses.flush(store.api_keys)
        except AuthError as error:  # the store is gone: of these lines nothing was spent
            outcomes += [error] * (len(texts) - len(outcomes))
        return map(self._item, range(block.first, block.first + block.size), texts, outcomes)

    def _batches(
        self, store: Store, texts: Sequence[str], uses: Uses
    ) -> Iterator[Sequence[Outcome]]:
        """Yield outcomes as they are had: what a transaction has spent stays spent."""
        from authcli.apikeys.verifying import BATCH, verify_many

        asked = self._asked
        for start in range(0, len(texts), BATCH):
            yield verify_many(
                store.api_keys,
                texts[start : start + BATCH],
                scopes=asked.scopes,
                address=asked.address,
                peek=asked.peek,
                at_ms=asked.at_ms,
                uses=None if asked.peek else uses,
            )

    def _item(self, number: int, text: str, outcome: Verdict | AuthError) -> Item:
        if not isinstance(outcome, AuthError):
            if not self._full:
                return Item(display_id(outcome.id))
            facts = {"line": number, **valid_facts(outcome, text, self._asked)}
            return Item(facts=facts)
        facts = bad_facts(number, outcome)
        if self._full and isinstance(outcome, ApiKeyRefused):
            facts |= refused_facts(outcome, text, self._asked)
        return Item(facts=facts, error=outcome)

    def _store(self) -> tuple[Store, Uses]:
        """Return the store of this process, opened when it is first needed.

        One that was opened before a fork stays in the dictionary: closing it here would disturb
        its owner.
        """
        if os.getpid() not in self._opened:
            from authcli.apikeys.uses import Uses

            self._opened[os.getpid()] = (store_at(self._place), Uses())
        return self._opened[os.getpid()]


def _bare(line: bytes) -> str:
    """Return the key of a line; most are bare."""
    text = line.decode("ascii", "replace")
    return text if re.fullmatch("[0-9A-Za-z_]+", text) else bare_key(line)
