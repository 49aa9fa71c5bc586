"""Uses of API keys, added up: a row a key, a span of time and an outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from authcli import clock
from authcli.cli._listing import drawn
from authcli.cli._moments import epoch, instant, title_of
from authcli.cli._text import visible
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey
    from authcli.apikeys.repository import ApiKeyRepository

__all__ = ["MEMBERS", "bucket_ms", "rows", "table"]

MEMBERS = ("id", "name", "at", "outcome", "n")
_SPANS_MS = {"hour": 3_600_000, "day": 86_400_000}
#: Keys that are asked for at once.
_KEYS_AT_ONCE = 500


def bucket_ms(by: str) -> int:
    """Return the span of time that uses are added up over.

    Raises:
        InvalidInput: no such span.
    """
    if by not in _SPANS_MS:
        raise InvalidInput(f"no --by {ascii(by[:20])}", hint=f"one of: {', '.join(_SPANS_MS)}")
    return _SPANS_MS[by]


def rows(
    repository: ApiKeyRepository, keys: Iterable[ApiKey], *, since_ms: int, bucket_ms: int
) -> Iterator[dict[str, Any]]:
    """Yield uses key by key, the oldest first; those of five hundred keys are held at once.

    Args:
        repository: where the roll-ups are.
        keys: whose.
        since_ms: how far to look back, Unix milliseconds.
        bucket_ms: what to add up over.
    """
    from authcli.apikeys.text import display_id

    remaining = iter(keys)
    while some := {key.id: key.name for key in islice(remaining, _KEYS_AT_ONCE)}:
        counts: dict[int, Counter[tuple[int, str]]] = {key_id: Counter() for key_id in some}
        for key_id, usage in repository.usage(list(some), since_ms=since_ms):
            start = usage.hour_ms - usage.hour_ms % bucket_ms
            counts[key_id][start, usage.outcome] += usage.n
        for key_id, name in some.items():
            for (start, outcome), n in sorted(counts[key_id].items()):
                yield {
                    "id": display_id(key_id),
                    "name": name,
                    "at": instant(start),
                    "outcome": outcome,
                    "n": n,
                }


def table(
    items: Iterable[dict[str, Any]], *, by: str, form: str | None, colored: bool
) -> Iterator[str]:
    """Yield the table of uses, and what they come to in all."""
    total: Counter[str] = Counter()

    def cells() -> Iterator[tuple[str, ...]]:
        for item in items:
            total[item["outcome"]] += item["n"]
            start = _start(item["at"], by=by, zone=zone)
            yield item["id"], visible(item["name"]), start, item["outcome"], str(item["n"])

    zone = form if form in ("local", "epoch") and by == "hour" else "utc"
    titles = ("ID", "NAME", title_of(by.upper(), zone), "OUTCOME", "USES")
    yield from drawn(cells(), titles=titles, flexible=1, colored=colored)
    said = ", ".join(f"{outcome} {n}" for outcome, n in total.most_common())
    yield f"in all: {said}\n" if said else "no uses\n"


def _start(text: str, *, by: str, zone: str) -> str:
    """Return when a span begins; a day is a day of UTC, whatever zone hours are shown in."""
    if by == "day":
        return text[:10]
    if zone == "epoch":
        return str(epoch(text))
    return clock.format_instant(epoch(text), local=zone == "local")[:16].replace("T", " ")
