"""How `authcli store restore` goes about it: compare, say what would be lost, ask, exchange."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._messages import lines, note
from authcli.cli._prompt import confirm
from authcli.cli._store import Place, open_place, side_folder
from authcli.cli._text import visible
from authcli.cli.store._common import (
    bar,
    counted,
    roots_in_words,
    some,
    stamp,
    time_text,
)
from authcli.errors import Conflict, InvalidInput, Rejected, Unavailable

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.store import Store
    from authcli.store.upkeep.backup_check import Checked
    from authcli.store.upkeep.losses import Losses

__all__ = ["Wish", "added_roots", "exchange", "make_again"]

MAX_ROOTS_BYTES = 1 << 20


class Wish(NamedTuple):
    """What the command line asked for."""

    yes: bool
    dry_run: bool
    keep: Path | None
    """Where what is there is backed up to."""
    added: Mapping[str, list[bytes]]
    """Root keys that come with the backup."""

    def __repr__(self) -> str:
        return "Wish(…)"


def added_roots(run: Run, path: str | None, passphrase: str | None) -> dict[str, list[bytes]]:
    """Return the root keys of a file that was written with the backup."""
    from authcli.cli._input import read_passphrase
    from authcli.cli._reading import read_file
    from authcli.store.upkeep.sealed_roots import opened_roots

    if path is None:
        if passphrase:
            raise InvalidInput("--passphrase opens root keys", hint="add --roots FILE")
        return {}
    data = read_file(path, "root keys", limit=MAX_ROOTS_BYTES).data
    return opened_roots(data, passphrase=read_passphrase(run, passphrase or "-").reveal())


def exchange(run: Run, place: Place, checked: Checked, wish: Wish) -> dict[str, Any]:
    """Replace the content of a store that is there.

    Raises:
        Unavailable: it is not there ("store.missing") or damaged ("store.corrupt"), among others.
    """
    from authcli.store.upkeep.backup import back_up
    from authcli.store.upkeep.losses import losses_of
    from authcli.store.upkeep.restoring import restore

    with open_place(run, place, write=True, create=False) as live:
        losses = losses_of(checked, live=live, sources=live.roots, added=wish.added)
        _refuse(run, checked, losses)
        lines(run, _summary(checked, losses, live.url))
        facts = _facts(checked, losses, live.url)
        if wish.dry_run:
            return facts
        confirm(run, f"replace what is in {live.url}?", yes=wish.yes)
        kept = wish.keep or _kept_beside(live)
        with bar(run) as tell:
            back_up(live, kept, force=run.force, progress=tell)
        note(run, f"what was there is in {kept}")
        with bar(run) as tell:
            done = restore(
                live,
                checked,
                before=losses.present,
                lost=losses.lost,
                sources=live.roots,
                added=wish.added,
                progress=tell,
            )
    note(run, f"restored {checked.path}: {counted(done.counts)}")
    return {**facts, "kept": str(kept), "roots": list(done.roots), "changed": True}


def make_again(
    run: Run, place: Place, checked: Checked, wish: Wish, *, damaged: bool
) -> dict[str, Any]:
    """Make a store of the backup, where there is none or a damaged one."""
    from authcli.store.upkeep.losses import losses_of
    from authcli.store.upkeep.restoring import restore_anew, sources_at
    from authcli.store.urls import locate

    location = locate(place.url)
    sources = sources_at(
        location,
        given=place.roots,
        side_folder=side_folder(),
        store_id=checked.identity["store_id"],
    )
    losses = losses_of(checked, live=None, sources=sources, added=wish.added)
    _refuse(run, checked, losses)
    facts = _facts(checked, losses, location.masked)
    aside = f".damaged-{stamp()}" if damaged else None
    lines(run, _summary(checked, losses, location.masked, damaged=damaged))
    if wish.dry_run:
        return facts
    if damaged:
        confirm(run, f"move the damaged {location.masked} aside?", yes=wish.yes)
    with bar(run) as tell:
        done = restore_anew(
            place.url,
            checked,
            aside=aside,
            sources=sources,
            added=wish.added,
            side_folder=side_folder(),
            actor=place.actor,
            process=place.process,
            progress=tell,
        )
    kept = f"{location.path}{aside}" if aside else None
    if kept:
        note(run, f"the damaged store is in {kept}")
    note(run, f"restored {checked.path}: {counted(done.counts)}")
    return {**facts, "kept": kept, "roots": list(done.roots), "changed": True}


def _refuse(run: Run, checked: Checked, losses: Losses) -> None:
    """Raise where the backup must not be restored, or not without --force."""
    name = ascii(str(checked.path))[1:-1]
    if "audit" in losses.missing or (losses.missing and not run.force):
        several = len(losses.missing) > 1
        only = "" if "audit" in losses.missing else "; --force restores it all the same"
        raise Unavailable(
            f"{roots_in_words(losses.missing)} of this backup {'are' if several else 'is'} not held"
            " here",
            hint=f"add --roots FILE, or put {'their files' if several else 'its file'} beside the"
            f" store{only}",
            code="root.missing",
        )
    if run.force:
        return
    if losses.another:
        raise Conflict(
            f"{name} is a backup of another store",
            hint="--force restores it all the same; --store names another place",
            code="backup.another",
        )
    if losses.chain != "ok":
        raise Rejected(
            f"the audit of {name} does not verify ({losses.chain})",
            hint="use an older backup; --force restores it all the same",
            code="backup.audit",
        )


def _summary(checked: Checked, losses: Losses, url: str, *, damaged: bool = False) -> str:
    """Return what the backup holds and what restoring it would lose, a line each."""
    found = [f"{checked.path}: {counted(losses.counts)}"]
    if losses.at is not None:
        found[0] += f"; its last event is of {time_text(losses.at)}"
    if damaged:
        found.append(f"{url} is damaged")
    elif losses.present is None:
        found.append(f"{url} is not there yet, or empty")
    else:
        lost = f"{some(losses.lost, 'event')} since would be lost from its audit"
        found.append(f"{url}: {lost if losses.lost else 'nothing would be lost'}")
    if losses.issued:
        found.append(f"{some(losses.issued, 'API key')} issued since would be unknown")
    if losses.revoked:
        found.append(
            f"{some(losses.revoked, 'API key')} revoked or disabled since would live again"
        )
    if losses.spent:
        found.append(f"{some(losses.spent, 'recovery code')} spent since would be good again")
    if losses.moved:
        found.append(f"{some(losses.moved, 'HOTP counter')} moved since would go back")
    for number, noun, fate in (
        (losses.compromised, "signing key", "compromised since would be trusted again"),
        (losses.made, "signing key", "made since would be unknown, and their tokens refused"),
        (losses.denied, "denial", "since would be forgotten, and those tokens taken again"),
        (losses.ended, "family", "revoked since would live again"),
        (losses.refreshed, "family", "refreshed since would go back to an older refresh token"),
    ):
        if number:
            found.append(f"{some(number, noun)} {fate}")
    return visible("\n".join(found), keep="\n")


def _facts(checked: Checked, losses: Losses, url: str) -> dict[str, Any]:
    return {
        "store": url,
        "store_id": checked.identity["store_id"],
        "counts": dict(losses.counts),
        "head": losses.head,
        "last_event_at": time_text(losses.at),
        "lost_events": losses.lost,
        "revoked_since": losses.revoked,
        "issued_since": losses.issued,
        "codes_spent_since": losses.spent,
        "counters_moved_since": losses.moved,
        "keys_compromised_since": losses.compromised,
        "keys_made_since": losses.made,
        "denied_since": losses.denied,
        "families_refreshed_since": losses.refreshed,
        "families_revoked_since": losses.ended,
        "another": losses.another,
        "lacks": list(losses.missing),
        "audit": losses.chain,
        "kept": None,
        "roots": [],
        "changed": False,
    }


def _kept_beside(live: Store) -> Path:
    """Return the name of the backup of what is there."""
    from authcli.files import private_folder

    path = live.beside(f".before-restore-{stamp()}")
    if path is None:
        raise InvalidInput("there is no place to keep what is there", hint="add --keep FILE")
    if live.path is None:
        private_folder(path.parent.parent)
        private_folder(path.parent)
    return path
