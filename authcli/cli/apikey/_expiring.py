"""What expires soon, for people, scripts, test reports and Prometheus.

`authcli apikey expiring` tells of API keys by their filters, `authcli expiring` of all that the
store has. Exit code 10 says that something is due, whatever the form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._listing import clipped, drawn, stream_table
from authcli.cli._output import refuse_existing, stream
from authcli.cli._store import at_ms, opened, store_exists
from authcli.cli._text import visible
from authcli.cli.apikey._facts import facts, instant
from authcli.cli.apikey._filters import Wanted, ahead_ms, filters_of, time_form
from authcli.cli.apikey._pages import short_moment, title_of
from authcli.clock import LATEST_INSTANT, format_duration
from authcli.errors import Due, InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.dues import Due as DueKey
    from authcli.apikeys.model import Filters
    from authcli.cli._run import Run

__all__ = ["FORMATS", "MEMBERS", "Asked", "tell"]

FORMATS = ("text", "junit", "prometheus")
MEMBERS = (
    *("kind", "id", "name", "owner", "environment", "state", "ends_at", "seconds_left"),
    *("last_used_at", "last_used_ip"),
)
#: What no XML 1.0 document may hold, beyond what `visible` has escaped by then.
_NO_XML = "[\ufffe\uffff]"
_OWNER_WIDTH = 16


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    within: str
    format: str
    time: str | None
    wanted: Wanted = Wanted()


def tell(run: Run, asked: Asked, *, store: str | None) -> None:
    """Write what expires soon.

    Raises:
        Due: something does.
        InvalidInput: a flag that cannot be.
    """
    if asked.format not in FORMATS:
        raise InvalidInput(
            f"no --format {ascii(asked.format[:20])}", hint=f"one of: {', '.join(FORMATS)}"
        )
    if asked.format != "text" and (run.json or run.fields):
        raise InvalidInput(f"--format {asked.format} is no JSON; leave out --json and --field")
    if run.output is not None:
        refuse_existing(run, str(run.output))
    now_ms, form = at_ms(run), time_form(run, asked.time)
    until_ms = ahead_ms("--within", asked.within, at_ms=now_ms)
    words = f"within {format_duration((until_ms - now_ms) // 1000)}"
    # Prometheus gets all that will end, and has rules of its own for what is soon.
    last_ms = LATEST_INSTANT * 1000 if asked.format == "prometheus" else until_ms
    filters = filters_of(asked.wanted, at_ms=now_ms)
    tally = _Tally(until_ms)
    with _dues(run, store, filters, at_ms=now_ms, within_ms=last_ms - now_ms) as dues:
        items = (_item(due, at_ms=now_ms) for due in tally.watch(dues))
        if asked.format == "text":
            stream_table(
                run,
                items,
                members=MEMBERS,
                plain=_line,
                human=lambda rows: _table(
                    rows, at=now_ms // 1000, form=form, words=words, colored=run.colored()
                ),
            )
        else:
            stream(run, _WRITERS[asked.format](items, words))
    if tally.due:
        some = "1 API key expires" if tally.due == 1 else f"{tally.due} API keys expire"
        raise Due(f"{some} {words}", hint="authcli apikey rotate ID", code="apikey.due")


class _Tally:
    """Counts what is due by an instant while it passes."""

    def __init__(self, until_ms: int) -> None:
        self.due = 0
        self._until_ms = until_ms

    def watch(self, dues: Iterable[DueKey]) -> Iterator[DueKey]:
        for due in dues:
            self.due += due.ends_at_ms <= self._until_ms
            yield due


@contextmanager
def _dues(
    run: Run, store: str | None, filters: Filters, *, at_ms: int, within_ms: int
) -> Iterator[Iterable[DueKey]]:
    """Give what ends soon, the soonest first; where nobody ever made a store, nothing does."""
    if not store_exists(run, store):
        yield ()
        return
    from authcli.apikeys.dues import dues

    with opened(run, store, write=False) as found:
        yield dues(found.api_keys, within_ms=within_ms, filters=filters, at_ms=at_ms)


def _item(due: DueKey, *, at_ms: int) -> dict[str, Any]:
    told = facts(due.key, at_ms=at_ms)
    own = {
        "kind": "apikey",
        "ends_at": instant(due.ends_at_ms),
        "seconds_left": (due.ends_at_ms - at_ms) // 1000,
    }
    return {name: own[name] if name in own else told[name] for name in MEMBERS}


def _line(item: dict[str, Any]) -> str:
    return f"{item['ends_at']} {item['id']} {visible(item['name'])}"


def _table(
    items: Iterable[dict[str, Any]], *, at: int, form: str | None, words: str, colored: bool
) -> Iterator[str]:
    titles = ("ID", "NAME", "OWNER", title_of("EXPIRES", form), title_of("LAST USED", form))
    rows = (
        (
            item["id"],
            visible(item["name"]),
            clipped(visible(item["owner"] or ""), _OWNER_WIDTH),
            short_moment(item["ends_at"], at=at, form=form),
            short_moment(item["last_used_at"], at=at, form=form),
        )
        for item in items
    )
    empty = True
    for piece in drawn(rows, titles=titles, flexible=1, colored=colored):
        empty = False
        yield piece
    if empty:
        yield f"nothing expires {words}\n"


def _junit(items: Iterable[dict[str, Any]], words: str) -> Iterator[bytes]:
    """Yield a test report (JUnit's XML): what is due is a failed test, nothing due a passed one.

    The counts stand at its beginning, so all that is due is held: some 400 bytes a key.
    """
    cases = [
        f'    <testcase classname="apikey" name="{_xml(item["name"])} ({item["id"]})">\n'
        f'      <failure type="apikey.due" message="expires {item["ends_at"]}">'
        f"{_xml(_story(item))}</failure>\n    </testcase>\n"
        for item in items
    ]
    failures = len(cases)
    if not cases:
        cases.append(f'    <testcase classname="apikey" name="nothing expires {words}"/>\n')
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0"'
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="authcli expiring" {counts}>\n'
        f'  <testsuite name="API keys" {counts} skipped="0">\n'
    ).encode()
    for case in cases:
        yield case.encode()
    yield b"  </testsuite>\n</testsuites>\n"


def _story(item: dict[str, Any]) -> str:
    owner = f", of {item['owner']}" if item["owner"] else ""
    used = item["last_used_at"]
    left = format_duration(item["seconds_left"])
    return f"{item['id']}{owner}: {left} left; last used: {used or 'never'}"


def _xml(text: str) -> str:
    """Return a text for XML: what XML cannot hold even escaped is shown as Python writes it."""
    shown = re.sub(_NO_XML, lambda found: ascii(found[0])[1:-1], visible(text))
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        shown = shown.replace(character, entity)
    return shown


def _prometheus(items: Iterable[dict[str, Any]], _words: str) -> Iterator[bytes]:
    """Yield Prometheus' text format, version 0.0.4: a gauge for each key that will end."""
    name = "authcli_apikey_expires_in_seconds"
    yield f"# HELP {name} Seconds until the API key expires.\n# TYPE {name} gauge\n".encode()
    for item in items:
        labels = ",".join(
            f'{label}="{_label(item[label] or "")}"'
            for label in ("id", "name", "owner", "environment")
        )
        yield f"{name}{{{labels}}} {item['seconds_left']}\n".encode("utf-8", "backslashreplace")


def _label(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return escaped.replace("\r", " ")


#: Form -> what makes its pieces, given what is due and "within 14 days".
_WRITERS: dict[str, Callable[[Iterable[dict[str, Any]], str], Iterator[bytes]]] = {
    "junit": _junit,
    "prometheus": _prometheus,
}
