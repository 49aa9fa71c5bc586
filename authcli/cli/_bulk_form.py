"""How items of bulk work are written: lines, JSON lines, fields, or one JSON object around all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from authcli.cli._errors import ExitCode
from authcli.cli._output import cell, json_text, value_at
from authcli.encoding import compact_json

if TYPE_CHECKING:
    from authcli.cli._bulk import Item
    from authcli.cli._run import Run

__all__ = ["Form", "counts_of"]


class Form:
    """How items are written: lines, JSON lines, fields, or one JSON object around all of them."""

    def __init__(self, run: Run, members: tuple[str, ...]) -> None:
        for field in run.fields:
            value_at(dict.fromkeys(members), field)  # an unknown one is said before any work
        self._absent = dict.fromkeys(members)
        self.head, self.between = b"", b""
        self._whole = run.json and not run.jsonl and not run.fields
        if self._whole:
            opened = json_text(run, {"items": []}, indent=False).removesuffix("]}")
            # On a terminal an item a line: indenting each would hide what differs.
            line = "\n" if run.to_terminal else ""
            self.head, self.between = f"{opened}{line}".encode(), f",{line}".encode()
        self.item = self._chosen(run)

    def tail(self, tally: Mapping[int, int], more: Mapping[str, Any]) -> bytes:
        """Return what follows the last item: how many ended how, and more members."""
        if not self._whole:
            return b""
        return b"]," + compact_json({"counts": counts_of(tally), **more})[1:] + b"\n"

    def joined(self, items: list[str]) -> bytes:
        """Return a block's items as they are written."""
        if self._whole:
            return self.between.join(item.encode() for item in items)
        return "".join(f"{item}\n" for item in items).encode("utf-8", "backslashreplace")

    def _chosen(self, run: Run) -> Callable[[Item], str | None]:
        """Return what writes an item; None where it leaves nothing."""

        def fields(item: Item) -> str:
            facts = self._absent | dict(item.facts or {})
            return "\t".join(cell(value_at(facts, field)) for field in run.fields)

        if run.fields:
            return fields
        if run.json:
            return lambda item: compact_json(item.facts).decode()
        return lambda item: item.plain


def counts_of(tally: Mapping[int, int]) -> Counter[str]:
    """Return how many lines ended how, in words."""
    counts: Counter[str] = Counter()
    for code, lines in tally.items():
        counts[_WORDS.get(code, _OTHERWISE)] += lines
    return counts


_WORDS: dict[int, str] = {
    ExitCode.REJECTED: "rejected",
    ExitCode.REVOKED: "revoked",
    ExitCode.EXPIRED: "expired",
    ExitCode.DENIED: "denied",
    ExitCode.USAGE: "unusable",
    ExitCode.DUE: "due",
    ExitCode.OK: "ok",
}
_OTHERWISE = "failed"
