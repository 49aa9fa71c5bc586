"""How `authcli apikey detect` writes what it found: never the key itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.apikeys.scan import Place, find
from authcli.apikeys.text import display_id
from authcli.cli._output import cell, json_text, value_at
from authcli.cli._text import paint, visible
from authcli.encoding import compact_json

if TYPE_CHECKING:
    from authcli.apikeys.model import Probe, State
    from authcli.cli._run import Run

__all__ = ["MEMBERS", "Form", "Sighting", "masked_names"]

#: What `--field` may ask a finding for.
MEMBERS = (
    *("path", "line", "column", "id", "prefix", "masked"),
    *("state", "name", "owner", "live", "commit", "file"),
)
_STYLES = {"live": "bold red", "grace": "bold red", "pending": "red", "disabled": "yellow"}


class Sighting(NamedTuple):
    """A key in a place."""

    path: str
    place: Place
    probe: Probe | None
    """Its row in the store, where its digest matches."""
    state: State | None
    """What the store says of it."""
    live: bool | None
    """Whether it can be used now; None where no store was asked."""

    @property
    def id(self) -> str:
        """Its id, as people see it."""
        return display_id(self.place.key.id)

    @property
    def masked(self) -> str:
        """Its prefix and its last four characters."""
        return f"{self.place.key.prefix}_…{self.place.key.text[-4:]}"

    @property
    def where(self) -> str:
        """Its place in words, for the reason of its revocation."""
        if self.place.commit:
            return f"commit {self.place.commit[:12]} {masked_names(self.place.file or '')}".rstrip()
        return f"{masked_names(self.path)}:{self.place.line}"

    def facts(self) -> dict[str, Any]:
        """Return its JSON members."""
        place, probe = self.place, self.probe
        return {
            "path": masked_names(self.path),
            "line": place.line,
            "column": place.column,
            "id": self.id,
            "prefix": place.key.prefix,
            "masked": self.masked,
            "state": self.state,
            "name": probe.name if probe else None,
            "owner": probe.owner if probe else None,
            "live": self.live,
            "commit": place.commit,
            "file": None if place.file is None else masked_names(place.file),
        }


class Form:
    """How findings are written: lines, JSON lines, fields, one JSON object, or for a person.

    Args:
        run: the invocation.

    Raises:
        InvalidInput: a `--field` that no finding has.
    """

    def __init__(self, run: Run) -> None:
        for field in run.fields:
            value_at(dict.fromkeys(MEMBERS), field)
        self._run = run
        self._whole = run.json and not run.jsonl and not run.fields
        self.for_person = run.to_terminal and not (run.json or run.fields)
        self._colored = self.for_person and run.colored()
        self._written = 0

    def head(self) -> str:
        """Return what stands before all findings."""
        if not self._whole:
            return ""
        return json_text(self._run, {"items": []}, indent=False).removesuffix("]}")

    def item(self, sighting: Sighting) -> str:
        """Return a finding, with what parts it from the one before."""
        run = self._run
        if run.fields:
            facts = sighting.facts()
            return "\t".join(cell(value_at(facts, field)) for field in run.fields) + "\n"
        if run.json:
            text = compact_json(sighting.facts()).decode()
            self._written += 1
            if not self._whole:
                return text + "\n"
            line = "\n" if run.to_terminal else ""
            return ("," if self._written > 1 else "") + line + text
        if self.for_person:
            return self._told(sighting) + "\n"
        place = sighting.place
        # Escaped in a pipe too: a name with a line break in it would be two findings.
        path = visible(masked_names(sighting.path))
        return f"{path}:{place.line}:{place.column}:{sighting.id}\n"

    def tail(self, more: Mapping[str, Any]) -> str:
        """Return what stands behind all findings."""
        return f"],{compact_json(more).decode()[1:]}\n" if self._whole else ""

    def _told(self, sighting: Sighting) -> str:
        """Return a finding for a person."""
        place, on = sighting.place, self._colored
        where = paint(
            f"{visible(masked_names(sighting.path))}:{place.line}:{place.column}", "bold", on=on
        )
        told = [where, sighting.masked, sighting.id]
        if sighting.state and sighting.probe:
            told.append(paint(sighting.state, _STYLES.get(sighting.state, "dim"), on=on))
            told.append(visible(sighting.probe.name))
        elif sighting.live is False:
            told.append(paint("not in the store", "dim", on=on))
        if place.commit:
            told.append(f"commit {place.commit[:12]}")
        if place.file is not None:
            told.append(visible(masked_names(place.file)))
        return "  ".join(told)


def masked_names(name: str) -> str:
    """Return a file's name; a key in it is masked, because a name is printed."""
    if "_" not in name:
        return name
    raw = name.encode("utf-8", "surrogateescape")
    for found in reversed(list(find(raw))):
        raw = raw[: found.mark] + "_…".encode() + raw[found.mark + 57 :]
    return raw.decode("utf-8", "surrogateescape")
