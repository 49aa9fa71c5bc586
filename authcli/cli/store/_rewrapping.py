"""What `authcli store rekey --kek` says: of the new KEK, of what was sealed anew, and of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._messages import note
from authcli.cli._text import columns, paint
from authcli.cli.store._common import some, time_text
from authcli.cli.store._rekeying import lines_in_words

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.store.upkeep.rewrapping import Kek, Rewrapped

__all__ = ["MEMBERS", "Sealed", "page", "plain", "seal_facts", "tell"]


MEMBERS = ("root", "keks", "resealed", "retired", "source", "changed")


class Sealed(NamedTuple):
    """What was done, and what there is now."""

    made: Rewrapped | None
    """None where it was only tried."""
    halves: int
    """Private halves that were sealed anew, or would be."""
    keks: list[Kek]
    places: tuple[int, ...]
    """Where retired ones stand in their source."""
    source: str


def seal_facts(done: Sealed) -> dict[str, Any]:
    """Return it ready for JSON."""
    return {
        "root": "kek",
        "keks": [{**one._asdict(), "created_at": time_text(one.created_at)} for one in done.keks],
        "resealed": done.halves,
        "retired": [one.id for one in done.keks if one.state == "retired"],
        "source": done.source,
        "changed": done.made is not None,
    }


def plain(done: Sealed) -> str:
    """Return a line a KEK: id, state, private halves under it."""
    return "\n".join(f"{one.id}\t{one.state}\t{one.halves}" for one in done.keks)


def page(done: Sealed, *, colored: bool) -> str:
    """Return the KEKs as a table."""
    names = ("KEK", "STATE", "MADE", "SIGNING KEYS")
    head = tuple(paint(word, "bold", on=colored) for word in names)
    rows = [
        (str(one.id), one.state, time_text(one.created_at) or "", f"{one.halves:,}")
        for one in done.keks
    ]
    return columns([head, *rows], indent="")


def tell(run: Run, done: Sealed) -> None:
    """Say what was done, or would be."""
    keys = some(done.halves, "signing key")
    if done.made is None:
        note(run, f"would make a new kek, and seal {keys} under it")
        return
    where = "found in" if done.made.found else "added to"
    note(run, f"kek {done.made.key_id} is active; {where} {done.source}")
    note(run, f"sealed {keys} under it")
    if done.places:
        note(
            run,
            f"backups made before need {lines_in_words(done.places)} of {done.source}: "
            f"remove {'it' if len(done.places) == 1 else 'them'} with the last of those",
        )
