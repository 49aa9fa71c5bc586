"""Following the audit: each event once, in order, as soon as it is committed.

Numbers are given and committed under the store's write lock, one after the other, so whoever asks
for what is beyond the last number that he has seen misses nothing and sees nothing twice.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from authcli.cli._output import ReaderGone, cell, value_at, write_text
from authcli.cli._text import visible
from authcli.cli.audit._events import MEMBERS, event_facts, event_line
from authcli.cli.audit._selection import newest
from authcli.encoding import compact_json
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.audit.model import Event
    from authcli.cli._run import Run
    from authcli.store import Store
    from authcli.store.audit import AuditLog

__all__ = ["check_form", "follow_events"]

INTERVAL_SECONDS = 0.25


def check_form(run: Run) -> None:
    """Refuse what needs an end, which following does not have.

    Raises:
        InvalidInput: `--json` without `--jsonl`, `-o`, or a `--field` that no event has.
    """
    if run.json and not run.jsonl and not run.fields:
        raise InvalidInput("--follow never ends, and one JSON object would", hint="use --jsonl")
    if run.output is not None:
        raise InvalidInput("--follow never ends, and -o writes a whole file", hint="use > FILE")
    for field in run.fields:
        value_at(dict.fromkeys(MEMBERS), field)


def follow_events(run: Run, store: Store, wanted: dict[str, Any], *, limit: int | None) -> None:
    """Write events, and those that come, until somebody interrupts.

    Args:
        run: the invocation.
        store: the open store.
        wanted: what `AuditLog.find` is given.
        limit: how many old ones at most; None is all of them.
    """
    audit = store.audit
    seen = _last(audit)
    for event in newest(audit, wanted, limit=limit):
        seen = _later(event.seq, seen)
        write_text(_line(run, event))
    while True:
        _wait()
        last = _last(audit)
        if last <= seen:
            continue
        for event in audit.find(**wanted, after_seq=seen):
            seen = _later(event.seq, seen)
            write_text(_line(run, event))
        seen = max(seen, last)


def _last(audit: AuditLog) -> int:
    head = audit.head()
    return _later(head.seq, 0) if head else 0


def _later(seq: object, seen: int) -> int:
    """Return the higher number; somebody may have put there what is none."""
    return max(seen, seq) if isinstance(seq, int) else seen


def _line(run: Run, event: Event) -> str:
    facts = event_facts(event)
    if run.fields:
        text = "\t".join(cell(value_at(facts, field)) for field in run.fields)
    else:
        text = compact_json(facts).decode() if run.json else event_line(facts)
    return (visible(text, keep="\t") if run.to_terminal else text) + "\n"


def _wait() -> None:
    """Wait a little; notice meanwhile that nobody reads any more, though there is nothing to say.

    Raises:
        ReaderGone: the pipe has no reader.
    """
    try:
        import select

        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)  # an end without a reader is always reported
        gone = poll.poll(INTERVAL_SECONDS * 1000)
    except (ImportError, AttributeError, OSError, ValueError):  # no poll, as on Windows
        time.sleep(INTERVAL_SECONDS)
        return
    if gone:
        raise ReaderGone
