"""What `authcli apikey rotate` does between its flags and the store, and with the key then.

The new key is printed once, so a rotation whose key could not be printed is taken back before the
command ends: the new key is revoked, the old one lives as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note, warn
from authcli.cli._moments import end_ms, instant, moment, past_ms
from authcli.cli._output import emit, json_text
from authcli.cli._prompt import confirm
from authcli.cli._secret_output import SecretForm, check_secret_delivery, emit_secret
from authcli.cli._signals import uninterrupted
from authcli.cli._store import at_ms, opened, refuse_where_none
from authcli.cli._text import paint, visible
from authcli.cli._times import duration_of
from authcli.cli._trying import tried
from authcli.cli.apikey._facts import MEMBERS, facts
from authcli.cli.apikey._filters import key_of
from authcli.cli.apikey._pages import last_use, say_new
from authcli.errors import AuthError, Conflict, InvalidInput

if TYPE_CHECKING:
    from typing import Literal

    from authcli.apikeys.rotation import Finished, Rotated
    from authcli.cli._run import Run
    from authcli.store import Store

__all__ = ["Asked", "check_ending", "end", "rotate"]

DEFAULT_GRACE = "24h"
_MEMBERS = ("key", "changed", "due_at", "old", "new")


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    key_id: str
    grace: str | None
    expires: str | None
    if_older_than: str | None
    yes: bool
    dry_run: bool


def check_ending(asked: Asked, form: SecretForm, *, finish: bool, abort: bool) -> None:
    """Refuse beside `--finish` and `--abort` what is for a new rotation.

    Raises:
        InvalidInput: naming the flag.
    """
    if finish and abort:
        raise InvalidInput("--finish keeps the new key and --abort the old one; give one of them")
    flag = "--finish" if finish else "--abort"
    given = {
        "--grace": asked.grace,
        "--expires": asked.expires,
        "--if-older-than": asked.if_older_than,
    }
    for name, value in given.items():
        if value is not None:
            raise InvalidInput(f"{name} begins a rotation, and {flag} ends one")
    if form != SecretForm():
        raise InvalidInput(f"{flag} prints no key; leave out the flags that say in which form")


def rotate(
    run: Run, asked: Asked, form: SecretForm, *, store: str | None, actor: str | None
) -> None:
    """Rotate a key and print the new one.

    Raises:
        Conflict: it is being rotated already, or is not alive.
        NotFound: there is no such key.
    """
    from authcli.apikeys.rotation import rotate as rotate_key

    now_ms = at_ms(run)
    grace_ms = duration_of("--grace", asked.grace or DEFAULT_GRACE, bare_seconds=True) * 1000
    end = _end(asked.expires, at_ms=now_ms)
    older = asked.if_older_than
    age_ms = None if older is None else now_ms - past_ms("--if-older-than", older, at_ms=now_ms)
    check_secret_delivery(run, form, _MEMBERS)
    refuse_where_none(run, store, [asked.key_id])
    with (
        opened(run, store, write=True, actor=actor, create=False) as found,
        _shown_or_aborted(run, found, now_ms=now_ms) as unseen,
    ):
        with uninterrupted():
            with tried(found, dry_run=asked.dry_run):
                rotated = rotate_key(
                    found.api_keys,
                    key_of(found, asked.key_id, at_ms=now_ms).id,
                    grace_ms=grace_ms,
                    expires_at_ms=end,
                    if_older_than_ms=age_ms,
                    at_ms=now_ms,
                )
            if rotated.changed and not asked.dry_run:
                unseen.append(rotated.old.id)
        told = _told(rotated, now_ms=now_ms)
        if unseen:
            _emit_new(run, told, str(rotated.text), form)
    if unseen:
        _say_rotated(run, told)
    else:
        _emit_nothing_new(run, told)


def _emit_new(run: Run, told: dict[str, Any], text: str, form: SecretForm) -> None:
    emit_secret(
        run,
        {"key": text, **told},
        value=text,
        form=form,
        default_var="API_KEY",
        human=lambda on: paint(text, "bold", on=on),
    )


def _end(text: str | None, *, at_ms: int) -> int | Literal["same"] | None:
    """Return when the new key's life ends: None is never, "same" as long a life as the old one."""
    if text is None:
        return "same"
    return None if text.lower() == "never" else end_ms("--expires", text, at_ms=at_ms)


def _told(rotated: Rotated, *, now_ms: int) -> dict[str, Any]:
    new = rotated.new
    return {
        "changed": rotated.changed,
        "due_at": instant(rotated.due_at_ms),
        "old": facts(rotated.old, at_ms=now_ms),
        "new": None if new is None else facts(new, at_ms=now_ms),
    }


def _emit_nothing_new(run: Run, told: dict[str, Any]) -> None:
    """Say that nothing was due, or what would be done."""
    if told["new"] is None:
        due = moment(told["due_at"], at=run.at)
        note(run, f"nothing is due; {_short(told['old'])} is to be rotated from {due}")
        return emit(run, {"key": None, **told}, plain=None)
    plan = {"key": None, **told, "changed": False}
    # The new key's id was drawn for the trial, and is no key's.
    plan["new"] = {**told["new"], "id": None, "hint": None}
    emit(run, plan, plain=json_text(run, plan), human=lambda on: _plan(told, at=run.at))
    return note(run, "nothing was changed (--dry-run)")


def _plan(told: dict[str, Any], *, at: int) -> str:
    old, new = told["old"], told["new"]
    ends = moment(new["expires_at"], at=at) if new["expires_at"] else "never"
    return (
        f"{_short(old)} would live until {moment(old['grace_until'], at=at)}\n"
        f"its successor would expire: {ends}"
    )


def _short(item: dict[str, Any]) -> str:
    return f"{item['id']} ({visible(item['name'])})"


@contextmanager
def _shown_or_aborted(run: Run, store: Store, *, now_ms: int) -> Iterator[list[int]]:
    """Give a list for the key whose successor is not shown yet; abort if that fails."""
    rotated: list[int] = []
    try:
        yield rotated
    except BaseException:
        with uninterrupted():
            for key_id in rotated:
                _take_back(run, store, key_id, now_ms=now_ms)
        raise


def _take_back(run: Run, store: Store, key_id: int, *, now_ms: int) -> None:
    from authcli.apikeys.rotation import abort
    from authcli.apikeys.text import display_id

    old = display_id(key_id)
    try:
        # As of before it, because with no grace the old key's end has come by now.
        abort(store.api_keys, key_id, force=True, at_ms=now_ms - 1)
    except AuthError as error:
        warn(
            run,
            f"the new key of {old} could not be shown, and the rotation not be taken back: "
            f"{error.message}; authcli apikey rotate {old} --abort",
        )
    else:
        note(run, f"the rotation of {old} was aborted: what cannot be shown must not live")


def _say_rotated(run: Run, told: dict[str, Any]) -> None:
    """End with what the person needs to know: until when the old key lives, and who uses it."""
    old, new = told["old"], told["new"]
    at = run.at
    say_new(run, new, at=at)
    lives = f"lives until {moment(old['grace_until'], at=at)}"
    if old["state"] == "superseded":
        lives = "is over"
    note(run, f"{old['id']} {lives}; {last_use(old, at=at)}")


def end(run: Run, asked: Asked, *, finish: bool, store: str | None, actor: str | None) -> None:
    """Finish or abort a rotation.

    Raises:
        Conflict: there is none, or it cannot be ended so.
        NotFound: there is no such key.
    """
    from authcli.apikeys.rotation import finish as finish_rotation

    both = {name: dict.fromkeys(MEMBERS) for name in ("old", "new")}
    check_delivery(run, {"changed": None, **both}, prints=False)
    now_ms = at_ms(run)
    refuse_where_none(run, store, [asked.key_id])
    with opened(run, store, write=True, actor=actor, create=False) as found:
        key_id = key_of(found, asked.key_id, at_ms=now_ms).id
        if finish:
            _question_finish(run, found, key_id, yes=asked.yes or asked.dry_run, now_ms=now_ms)
        with tried(found, dry_run=asked.dry_run):
            done = (
                finish_rotation(found.api_keys, key_id, at_ms=now_ms)
                if finish
                else _abort(run, found, key_id, now_ms=now_ms)
            )
    _emit_end(run, done, word="finished" if finish else "aborted", asked=asked, now_ms=now_ms)


def _abort(run: Run, store: Store, key_id: int, *, now_ms: int) -> Finished:
    """Abort a rotation; one that was aborted already stays so."""
    from authcli.apikeys.lineages import lineage_of
    from authcli.apikeys.model import ABORTED
    from authcli.apikeys.rotation import Finished, abort

    lineage = lineage_of(store.api_keys, key_id)
    last = lineage.keys[-1]
    try:
        return abort(store.api_keys, key_id, force=run.force, at_ms=now_ms)
    except Conflict as error:
        if error.code != "apikey.not-rotating" or last.revoked_reason != ABORTED:
            raise
    before = [key for key in lineage.keys if key.id == last.rotated_from]
    return Finished(before[0] if before else lineage.asked, last, changed=False)


def _question_finish(run: Run, store: Store, key_id: int, *, yes: bool, now_ms: int) -> None:
    """Say where the old key is still needed, as far as one knows, and ask; else end it unasked.

    Raises:
        InvalidInput: it is not safe, and nobody can be asked.
    """
    from authcli.apikeys.lineages import rotation_status

    status = rotation_status(store.api_keys, key_id, at_ms=now_ms)
    if status.rotating and not status.safe:
        warn(run, status.reason)
        confirm(run, "end the old key's grace all the same?", yes=yes)


def _emit_end(run: Run, done: Finished, *, word: str, asked: Asked, now_ms: int) -> None:
    told: dict[str, Any] = {
        "changed": done.changed and not asked.dry_run,
        "old": facts(done.old, at_ms=now_ms),
        "new": facts(done.new, at_ms=now_ms),
    }
    lives = told["new"] if word == "finished" else told["old"]
    already = "" if done.changed else " already"
    emit(
        run,
        told,
        plain=lives["id"],
        human=lambda on: f"{word}{already}: {_short(lives)} is the one that lives",
    )
    if asked.dry_run:
        note(run, "nothing was changed (--dry-run)")
    elif not done.changed:
        note(run, f"the rotation was {word} already")
