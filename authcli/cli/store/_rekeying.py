"""What `authcli store rekey` says: of the new pepper, of those that are retired, and of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._messages import note
from authcli.cli._text import columns, paint
from authcli.cli.store._common import time_text

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.store.upkeep.rekeying import Pepper, Rekeyed

__all__ = ["MEMBERS", "Done", "lines_in_words", "page", "plain", "rekey_facts", "tell"]

MEMBERS = (
    *("root", "peppers", "waiting", "codes_waiting", "refreshes_waiting", "retired", "source"),
    "changed",
)
_ORDINALS = ("", "first", "second", "third")
_STATES = {"verify_only": "verifies only"}


class Done(NamedTuple):
    """What was done, and what there is now."""

    made: Rekeyed | None
    """The new pepper."""
    retired: tuple[int, ...]
    places: tuple[int, ...]
    """Where those that were retired stand in their source."""
    peppers: list[Pepper]
    source: str

    @property
    def waiting(self) -> int:
        """How many living keys hang on old peppers."""
        return sum(one.living for one in self.peppers if one.state == "verify_only")

    @property
    def codes_waiting(self) -> int:
        """How many unspent recovery codes hang on old peppers."""
        return sum(one.codes for one in self.peppers if one.state == "verify_only")

    @property
    def refreshes_waiting(self) -> int:
        """How many refresh tokens hang on old peppers."""
        return sum(one.refreshes for one in self.peppers if one.state == "verify_only")


def rekey_facts(done: Done) -> dict[str, Any]:
    """Return it ready for JSON."""
    return {
        "root": "pepper",
        "peppers": [
            {**one._asdict(), "created_at": time_text(one.created_at)} for one in done.peppers
        ],
        "waiting": done.waiting,
        "codes_waiting": done.codes_waiting,
        "refreshes_waiting": done.refreshes_waiting,
        "retired": list(done.retired),
        "source": done.source,
        "changed": done.made is not None or bool(done.retired),
    }


def plain(done: Done) -> str:
    """Return a line a pepper: id, state, living keys, unspent recovery codes, refresh tokens."""
    return "\n".join(
        f"{one.id}\t{one.state}\t{one.living}\t{one.codes}\t{one.refreshes}" for one in done.peppers
    )


def page(done: Done, *, colored: bool) -> str:
    """Return the peppers as a table."""
    names = ("PEPPER", "STATE", "MADE", "KEYS", "CODES", "REFRESHES")
    head = tuple(paint(word, "bold", on=colored) for word in names)
    rows = [
        (
            str(one.id),
            _STATES.get(one.state, one.state),
            time_text(one.created_at) or "",
            f"{one.living:,}",
            f"{one.codes:,}",
            f"{one.refreshes:,}",
        )
        for one in done.peppers
    ]
    return columns([head, *rows], indent="")


def tell(run: Run, done: Done, *, finish: bool, dry_run: bool) -> None:
    """Say what was done, or would be."""
    if done.made is not None:
        _tell_made(run, done.made, done.source)
    elif done.retired:
        _tell_retired(run, done)
    elif dry_run and not finish:
        living = sum(one.living for one in done.peppers)
        note(run, f"would make a new pepper; {_wait(living)} for the next use under it")
        _tell_codes(run, sum(one.codes for one in done.peppers))
        _tell_refreshes(run, sum(one.refreshes for one in done.peppers))
    elif finish and not (done.waiting or done.codes_waiting or done.refreshes_waiting):
        note(run, "there is no old pepper")


def _tell_made(run: Run, made: Rekeyed, source: str) -> None:
    where = "found in" if made.found else "added to"
    note(run, f"pepper {made.key_id} is active; {where} {source}")
    if made.waiting:
        note(run, f"{_wait(made.waiting)} for the next use under it")
    _tell_codes(run, made.codes)
    _tell_refreshes(run, made.refreshes)
    if not (made.waiting or made.codes or made.refreshes):
        note(run, "nothing hangs on the old one: authcli store rekey --pepper --finish")


def _tell_codes(run: Run, number: int) -> None:
    """Say what recovery codes need: they are used but once, and cannot move before."""
    if number:
        codes = f"{number:,} recovery code{'s keep' if number != 1 else ' keeps'}"
        note(
            run,
            f"{codes} the old pepper until spent, or replaced: authcli totp recovery new NAME",
        )


def _tell_refreshes(run: Run, number: int) -> None:
    """Say what refresh tokens need: those that were used must be known again, too."""
    if number:
        tokens = f"{number:,} refresh token{'s keep' if number != 1 else ' keeps'}"
        note(run, f"{tokens} the old pepper until {'their' if number != 1 else 'its'} time is over")


def _tell_retired(run: Run, done: Done) -> None:
    """Say which lines of the source are of no use any more."""
    ids = " and ".join(map(str, done.retired))
    said = f"retired pepper{'s' * (len(done.retired) > 1)} {ids}"
    if done.places:
        said += f"; {lines_in_words(done.places)} of {done.source} may be removed"
    note(run, said)


def lines_in_words(places: tuple[int, ...]) -> str:
    """Return "the first line" or "the lines 1 and 2"."""
    if len(places) == 1 and places[0] < len(_ORDINALS):
        return f"the {_ORDINALS[places[0]]} line"
    return f"the line{'s' * (len(places) > 1)} {' and '.join(map(str, places))}"


def _wait(number: int) -> str:
    return f"{number:,} API key{'s wait' if number != 1 else ' waits'}"
