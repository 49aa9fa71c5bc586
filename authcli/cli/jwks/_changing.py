"""What `authcli jwks activate` and `retire` do to one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note
from authcli.cli._output import emit
from authcli.cli._prompt import confirm
from authcli.cli._store import at_ms, opened
from authcli.cli._trying import tried
from authcli.cli.jwks._facts import KEY_MEMBERS, key_facts
from authcli.cli.jwks._showing import refuse_where_no_keys

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.signing.model import SigningKey

__all__ = ["Asked", "activate_key", "retire_key"]

_MEMBERS = {"changed": None, "key": dict.fromkeys(KEY_MEMBERS)}


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    yes: bool
    dry_run: bool
    store: str | None
    actor: str | None


def activate_key(run: Run, kid: str, asked: Asked) -> None:
    """Let a next key sign; `--force` though verifiers may not know it, after asking."""
    from authcli.signing.choosing import named
    from authcli.signing.rotation import activate

    check_delivery(run, _MEMBERS, prints=False)
    refuse_where_no_keys(run, asked.store)
    with opened(run, asked.store, write=True, actor=asked.actor, create=False) as found:
        key = named(found.signing_keys.find(), kid)
        if run.force and key.state == "next" and not asked.dry_run:
            question = f"let {key.kid} sign although verifiers may not know it?"
            confirm(run, question, yes=asked.yes)
        with tried(found, dry_run=asked.dry_run):
            changed = activate(found.signing_keys, key.kid, force=run.force, at_ms=at_ms(run))
    signs = "would sign" if asked.dry_run else "signs"
    _tell(run, asked, changed, f"{changed.kid} {signs} {changed.alg}")


def retire_key(run: Run, kid: str, asked: Asked) -> None:
    """Take a key out of the JWKS; `--force` though its tokens live, after asking."""
    from authcli.signing.choosing import named
    from authcli.signing.rotation import retire

    check_delivery(run, _MEMBERS, prints=False)
    refuse_where_no_keys(run, asked.store)
    with opened(run, asked.store, write=True, actor=asked.actor, create=False) as found:
        key = named(found.signing_keys.find(), kid)
        if run.force and key.state in ("next", "retiring") and not asked.dry_run:
            confirm(run, f"retire {key.kid}, and have its tokens refused?", yes=asked.yes)
        with tried(found, dry_run=asked.dry_run):
            changed = retire(found.signing_keys, key.kid, force=run.force, at_ms=at_ms(run))
    retired = "would be retired" if asked.dry_run else "is retired"
    _tell(run, asked, changed, f"{changed.kid} {retired}")
    if key.published and not asked.dry_run:
        note(run, "publish the JWKS without it: authcli jwks publish -o DIR")


def _tell(run: Run, asked: Asked, key: SigningKey, words: str) -> None:
    facts = {"changed": not asked.dry_run, "key": key_facts(key)}
    emit(run, facts, plain=key.kid, human=lambda _: words)
    if asked.dry_run:
        note(run, "nothing was changed")
