"""What is due as a test report (JUnit's XML): a failed test each; a file unread is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from authcli.cli._expiring.kinds import KINDS, left
from authcli.cli._text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from authcli.cli._expiring.items import Item
    from authcli.errors import AuthError

__all__ = ["pieces"]

#: What no XML 1.0 document may hold, beyond what `visible` has escaped by then.
_NO_XML = "[\ufffe\uffff]"


def pieces(
    items: Mapping[str, Iterable[Item]], *, words: str, errors: Sequence[AuthError]
) -> Iterator[bytes]:
    """Yield the report: a suite for each kind of which something is due; nothing due is one test.

    The counts stand at its beginning, so all that is due is held: some 400 bytes a thing.

    Args:
        items: kind -> what is due of it.
        words: "within 14 days".
        errors: what is wrong with each file that could not be used.
    """
    suites = {KINDS[kind].noun[1]: [*map(_case, found)] for kind, found in items.items()}
    suites = {name: cases for name, cases in suites.items() if cases}
    failures = sum(map(len, suites.values()))
    if not (suites or errors):
        name = KINDS[next(iter(items))].noun[1] if len(items) == 1 else "all"
        suites = {name: [_passed(next(iter(items)) if len(items) == 1 else "all", words)]}
    tests = sum(map(len, suites.values())) + len(errors)
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="authcli expiring" tests="{tests}" failures="{failures}"'
        f' errors="{len(errors)}">\n'
    ).encode()
    for name, cases in suites.items():
        yield _suite(name, cases, failures=len(cases) if failures else 0)
    if errors:
        yield _suite("files", [*map(_unread, errors)], errors=len(errors))
    yield b"</testsuites>\n"


def _suite(name: str, cases: Sequence[str], *, failures: int = 0, errors: int = 0) -> bytes:
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'
    head = f'  <testsuite name="{name}" {counts} skipped="0">\n'
    return (head + "".join(cases) + "  </testsuite>\n").encode()


def _case(item: Item) -> str:
    kind = KINDS[item["kind"]]
    story = f"{item['id'] or ''}{kind.details(item) or f': {left(item)}'}"
    return (
        f'    <testcase classname="{item["kind"]}" name="{_xml(_title(item))}">\n'
        f'      <failure type="{kind.code}" message="{kind.phrase(item)} {item["ends_at"]}">'
        f"{_xml(story)}</failure>\n    </testcase>\n"
    )


def _title(item: Item) -> str:
    label = KINDS[item["kind"]].label(item)
    return f"{label} ({item['id']})" if item["id"] else label


def _passed(kind: str, words: str) -> str:
    return f'    <testcase classname="{kind}" name="nothing expires {words}"/>\n'


def _unread(error: AuthError) -> str:
    return (
        f'    <testcase classname="file" name="{_xml(error.message)}">\n'
        f'      <error type="{error.code}" message="{_xml(error.message)}"/>\n    </testcase>\n'
    )


def _xml(text: str) -> str:
    """Return a text for XML: what XML cannot hold even escaped is shown as Python writes it."""
    shown = re.sub(_NO_XML, lambda found: ascii(found[0])[1:-1], visible(text))
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        shown = shown.replace(character, entity)
    return shown
