"""Telling what is due: how far to look, every form of the answer, the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from authcli.cli._expiring.kinds import KINDS, Grounds, item_of
from authcli.cli._listing import stream_table
from authcli.cli._messages import report
from authcli.cli._moments import ahead_ms, time_form
from authcli.cli._output import refuse_existing, stream
from authcli.cli._store import at_ms
from authcli.clock import LATEST_INSTANT, format_duration
from authcli.errors import Due, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._expiring.items import Ending, Item
    from authcli.cli._run import Run
    from authcli.errors import AuthError

__all__ = ["FORMATS", "Look", "Page", "look", "tell"]

#: Kind -> what ends of it, the soonest first.
Found: TypeAlias = "Mapping[str, Iterator[Item]]"

FORMATS = ("text", "junit", "prometheus", "ics")


class Look(NamedTuple):
    """How far a command looks, and how it tells what it sees."""

    at_ms: int
    until_ms: int
    """What ends by then is due."""
    format: str
    form: str | None
    """How times are shown."""

    @property
    def words(self) -> str:
        """How far, in words: "within 14 days"."""
        return f"within {format_duration((self.until_ms - self.at_ms) // 1000)}"

    @property
    def grounds(self) -> Grounds:
        """What finders are given; Prometheus gets all that will end, and has rules of its own."""
        everything = self.format == "prometheus"
        return Grounds(self.at_ms, LATEST_INSTANT * 1000 if everything else self.until_ms)


class Page(NamedTuple):
    """What a command's text looks like."""

    members: tuple[str, ...]
    """Those that `--field` may ask for."""
    line: Callable[[Item], str]
    table: Callable[..., Iterator[str]]
    """As `pages.table`."""


def look(run: Run, *, within: str, format: str, time: str | None) -> Look:
    """Return what the flags ask for.

    Raises:
        InvalidInput: a flag that cannot be.
        Conflict: the file that `-o` names exists.
    """
    if format not in FORMATS:
        raise InvalidInput(
            f"no --format {ascii(format[:20])}", hint=f"one of: {', '.join(FORMATS)}"
        )
    if format != "text" and (run.json or run.fields):
        raise InvalidInput(f"--format {format} is no JSON; leave out --json and --field")
    if run.output is not None:
        refuse_existing(run, str(run.output))
    now_ms, form = at_ms(run), time_form(run, time)
    return Look(now_ms, ahead_ms("--within", within, at_ms=now_ms), format, form)


def tell(
    run: Run,
    look: Look,
    kinds: Sequence[str],
    *,
    grounds: Grounds,
    page: Page,
    errors: Sequence[AuthError] = (),
) -> None:
    """Write what is due.

    Args:
        run: the invocation.
        look: how far, and in which form.
        kinds: names of those that are looked for.
        grounds: where to look.
        page: what text looks like.
        errors: what is wrong with each file that could not be used.

    Raises:
        Due: something is.
        AuthError: the last of `errors`; the others are said before.
    """
    tally = _Tally(look)
    found = {kind: tally.watch(_found(kind, look, grounds)) for kind in kinds}
    if look.format == "text":
        _write_text(run, look, found, page)
    else:
        stream(run, _FORMS[look.format](run, look, found, errors))
    due = tally.verdict()
    if errors:
        for error in (*([due] if due else []), *errors[:-1]):
            report(run, error)
        raise errors[-1]
    if due:
        raise due


def _found(kind: str, look: Look, grounds: Grounds) -> Iterable[Ending]:
    if not KINDS[kind].all_of_them:
        grounds = grounds._replace(last_ms=look.until_ms)
    return KINDS[kind].find(grounds)


class _Tally:
    """Counts what is due while it passes."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._due: Counter[str] = Counter()
        self._over = 0

    def watch(self, endings: Iterable[Ending]) -> Iterator[Item]:
        """Yield the JSON members of each."""
        for ending in endings:
            if ending.ends_at_ms <= self._look.until_ms:
                self._due[ending.kind] += 1
                self._over += ending.ends_at_ms < self._look.at_ms
            yield item_of(ending, at_ms=self._look.at_ms)

    def verdict(self) -> Due | None:
        """Return what is to be said of all that passed; None where nothing is due."""
        if not self._due:
            return None
        parts = [f"{count} {KINDS[kind].noun[count > 1]}" for kind, count in self._due.items()]
        total = self._due.total()
        over = f" ({self._over} overdue)" if self._over else ""
        if len(parts) > 1:
            return Due(f"{total} things are due {self._look.words}: {', '.join(parts)}{over}")
        kind = KINDS[next(iter(self._due))]
        message = f"{parts[0]} {kind.verb[total > 1]} {self._look.words}{over}"
        return Due(message, hint=kind.hint, code=kind.code)


def _write_text(run: Run, look: Look, found: Found, page: Page) -> None:
    items: Iterable[Item] = _in_order(found)
    if run.fields:  # of several kinds: what one has not is empty
        items = (dict.fromkeys(page.members) | item for item in items)
    stream_table(
        run,
        items,
        members=page.members,
        plain=page.line,
        human=lambda rows: page.table(
            rows,
            at=look.at_ms // 1000,
            form=look.form,
            words=look.words,
            colored=run.colored(),
        ),
    )


def _in_order(found: Found) -> Iterator[Item]:
    """Yield what all kinds have, the soonest first; of each kind it comes so."""
    return merge(*found.values(), key=lambda item: str(item["ends_at"]))


def _junit(run: Run, look: Look, found: Found, errors: Sequence[AuthError]) -> Iterable[bytes]:
    from authcli.cli._expiring import junit

    return junit.pieces(found, words=look.words, errors=errors)


def _prometheus(run: Run, look: Look, found: Found, errors: Sequence[AuthError]) -> Iterable[bytes]:
    from authcli.cli._expiring import prometheus

    return prometheus.pieces(found)


def _ics(run: Run, look: Look, found: Found, errors: Sequence[AuthError]) -> Iterable[bytes]:
    from authcli.cli._calendar import pieces
    from authcli.cli._expiring.events import events

    return pieces(run, events(_in_order(found)))


#: Form -> what makes its pieces.
_FORMS = {"junit": _junit, "prometheus": _prometheus, "ics": _ics}
