"""What will end as Prometheus' text format, version 0.0.4: a gauge of seconds a kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from authcli.cli._expiring.items import bounded
from authcli.cli._expiring.kinds import KINDS

if TYPE_CHECKING:
    from authcli.cli._expiring.items import Item

__all__ = ["pieces"]


def pieces(items: Mapping[str, Iterable[Item]]) -> Iterator[bytes]:
    """Yield the samples, those of one metric together, as the format demands.

    Args:
        items: kind -> what will end of it, due or not.
    """
    for kind, found in items.items():
        name = f"authcli_{kind.replace('-', '_')}_expires_in_seconds"
        noun, verb = KINDS[kind].noun[0], KINDS[kind].verb[0]
        yield f"# HELP {name} Seconds until the {noun} {verb}.\n# TYPE {name} gauge\n".encode()
        for item in found:
            labels = ",".join(
                f'{label}="{_label(bounded(item[label] or ""))}"' for label in KINDS[kind].labels
            )
            yield f"{name}{{{labels}}} {item['seconds_left']}\n".encode("utf-8", "backslashreplace")


def _label(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return escaped.replace("\r", " ")
