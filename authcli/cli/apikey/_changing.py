"""What `enable`, `disable` and `revoke` share: which keys, the question, the change, the answer.

Keys that are named are changed without a question, all of them or none. Keys that filters find are
listed, counted and asked for; then they are changed a thousand in a transaction, each only if the
filters still find it: a key that was used meanwhile is not `--unused-for` any more. What is written
to stdout comes after all changes, so that no reader who leaves can stop them half-way.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._delivery import check_delivery
from authcli.cli._listing import stream_table
from authcli.cli._messages import lines, note
from authcli.cli._prompt import confirm
from authcli.cli._store import at_ms, opened, refuse_where_none, store_exists
from authcli.cli._text import visible
from authcli.cli.apikey._facts import MEMBERS, facts
from authcli.cli.apikey._filters import Wanted, either, filters_of
from authcli.cli.apikey._pages import key_table
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey, Filters, State
    from authcli.apikeys.revocation import Outcome
    from authcli.cli._run import Run
    from authcli.store import Store

__all__ = [
    "OUTCOME_MEMBERS",
    "Change",
    "Scale",
    "change_chosen",
    "change_keys",
    "changed_now",
    "named",
    "write_done",
]

_AT_ONCE = 1000
_SHOWN = 10
OUTCOME_MEMBERS = (*MEMBERS, "changed")


class Scale(NamedTuple):
    """The flags that say how much is to be asked and done."""

    store: str | None
    actor: str | None
    yes: bool
    dry_run: bool


class Change(NamedTuple):
    """A verb that changes keys."""

    verb: str
    """"revoke"."""
    done: str
    """"revoked"."""
    concerns: tuple[State, ...]
    """The states of keys that it changes, where no `--state` says which."""
    act: Callable[[Store, Sequence[int]], list[Outcome]]
    """Changes keys, all of them or none."""


def change_keys(
    run: Run, change: Change, *, ids: Sequence[str], wanted: Wanted, scale: Scale
) -> None:
    """Change the keys that are named, or those that filters find.

    Raises:
        InvalidInput: neither ids nor filters, or both; nobody to ask.
        NotFound: one of the ids is not there; nothing was changed.
    """
    either(ids, wanted)
    if not ids and not wanted:
        raise InvalidInput(
            f"nothing was named to {change.verb}",
            hint="give ids, names or filters; every key is: --name '*'",
        )
    check_delivery(run, OUTCOME_MEMBERS, prints=False)
    now_ms = at_ms(run)
    filters = filters_of(wanted, at_ms=now_ms)
    refuse_where_none(run, scale.store, ids)
    if not ids and not store_exists(run, scale.store):
        return _nothing_found(run)
    with opened(
        run, scale.store, write=not scale.dry_run, actor=scale.actor, create=False
    ) as store:
        if ids:
            return change_chosen(
                run,
                store,
                change,
                lambda: named(store, ids, now_ms=now_ms),
                now_ms=now_ms,
                dry_run=scale.dry_run,
            )
        if not filters.states:
            filters = filters._replace(states=change.concerns)
        return _change_found(run, store, change, filters, now_ms=now_ms, scale=scale)


def named(store: Store, texts: Iterable[str], *, now_ms: int) -> list[ApiKey]:
    """Return the keys that texts stand for, each once.

    An id is one key. A name is its lineage: who disables or revokes "ci" does not mean to leave
    its predecessor at work until the end of its grace.
    """
    from authcli.apikeys import names
    from authcli.apikeys.lineages import living_of

    keys = store.api_keys.salvaging()
    found: dict[int, ApiKey] = {}
    for text in texts:
        key, by_name = names.named(keys, text, at_ms=now_ms)
        found.setdefault(key.id, key)
        if by_name:
            for other in living_of(keys, key.lineage_id, at_ms=now_ms):
                found.setdefault(other.id, other)
    return list(found.values())


def change_chosen(
    run: Run,
    store: Store,
    change: Change,
    choose: Callable[[], Iterable[ApiKey]],
    *,
    now_ms: int,
    dry_run: bool,
) -> None:
    """Change keys that were named, all of them or none, and say what became of them.

    Args:
        run: the invocation.
        store: where they are.
        change: what to do to them.
        choose: returns them; called when nobody else can change them any more.
        now_ms: now.
        dry_run: only say what would be done.
    """
    done = changed_now(store, change, choose, dry_run=dry_run)
    write_done(run, store, change, done, now_ms=now_ms, plan=dry_run)


def changed_now(
    store: Store, change: Change, choose: Callable[[], Iterable[ApiKey]], *, dry_run: bool
) -> dict[int, bool]:
    """Change keys in one transaction; return their ids, and whether each was changed."""
    if dry_run:
        return {key.id: False for key in choose()}
    with store.api_keys.change():
        outcomes = change.act(store, [key.id for key in choose()])
    return {outcome.key.id: outcome.changed for outcome in outcomes}


def _change_found(
    run: Run, store: Store, change: Change, filters: Filters, *, now_ms: int, scale: Scale
) -> None:
    from authcli.apikeys.sweeps import found_ids

    ids = found_ids(store.api_keys, filters, at_ms=now_ms)
    if not ids:
        _nothing_found(run)
        return
    if scale.dry_run:
        plan = dict.fromkeys(ids, False)
        write_done(run, store, change, plan, now_ms=now_ms, plan=True)
        return
    some = f"{len(ids)} API key{'s' if len(ids) > 1 else ''}"
    if not scale.yes and run.may_prompt:
        _list_some(run, store, ids, now_ms=now_ms)
    confirm(run, f"{change.verb} {some}?", yes=scale.yes)
    changed = _sweep(run, store, change, filters, ids, now_ms=now_ms)
    if len(changed) < len(ids):
        note(run, f"{len(ids) - len(changed)} of {some} had changed meanwhile, and were left alone")
    write_done(run, store, change, dict.fromkeys(changed, True), now_ms=now_ms)


def _sweep(
    run: Run, store: Store, change: Change, filters: Filters, ids: array[int], *, now_ms: int
) -> array[int]:
    """Change keys a thousand at a time; return the ids of those that were changed."""
    from authcli.apikeys.sweeps import in_turns

    changed = array("q")

    def act(some: Sequence[int]) -> list[Outcome]:
        return change.act(store, some)

    try:
        for outcomes in in_turns(store.api_keys, filters, ids, act, at_ms=now_ms):
            changed.extend(outcome.key.id for outcome in outcomes if outcome.changed)
    except AuthError:
        if changed:
            note(run, f"{len(changed)} were {change.done} before that")
        raise
    return changed


def _again(store: Store, ids: Sequence[int], now_ms: int) -> Iterator[ApiKey]:
    """Yield keys as they are now, in the order of their ids here."""
    from authcli.apikeys.model import Filters

    keys = store.api_keys.salvaging()
    for start in range(0, len(ids), _AT_ONCE):
        part = tuple(ids[start : start + _AT_ONCE])
        found = {key.id: key for key in keys.find(Filters(ids=part), at_ms=now_ms)}
        yield from (found[key_id] for key_id in part if key_id in found)


def _list_some(run: Run, store: Store, ids: array[int], *, now_ms: int) -> None:
    """Show a person the first of the keys that are to be changed."""
    items = (facts(key, at_ms=now_ms) for key in _again(store, ids[:_SHOWN], now_ms))
    on = run.colored(stderr=True)
    table = "".join(key_table(items, at=now_ms // 1000, form=None, colored=on))
    more = len(ids) - _SHOWN
    lines(run, table.rstrip("\n") + (f"\n… and {more} more" if more > 0 else ""))


def _nothing_found(run: Run) -> None:
    note(run, "no API key is meant by these filters")
    stream_table(run, (), members=OUTCOME_MEMBERS, plain=str, human=lambda items: iter(()))


def write_done(
    run: Run,
    store: Store,
    change: Change,
    done: dict[int, bool],
    *,
    now_ms: int,
    plan: bool = False,
) -> None:
    """Write what became of keys: their ids in a pipe, `changed` in JSON.

    Args:
        run: the invocation.
        store: where they are.
        change: what was done to them.
        done: their ids, and whether each was changed.
        now_ms: now.
        plan: nothing was done (`--dry-run`).
    """

    def human(items: Iterable[dict[str, Any]]) -> Iterator[str]:
        for item in items:
            words = f"to be {change.done}" if plan else change.done
            already = "" if item["changed"] or plan else " already"
            yield f"{words}{already}: {item['id']} {visible(item['name'])}\n"

    keys = _again(store, list(done), now_ms)
    stream_table(
        run,
        ({**facts(key, at_ms=now_ms), "changed": done[key.id]} for key in keys),
        members=OUTCOME_MEMBERS,
        plain=lambda item: str(item["id"]),
        human=human,
    )
    if plan:
        note(run, "nothing was changed (--dry-run)")
    elif not run.to_terminal:
        _note_unchanged(run, store, change, done, now_ms=now_ms)


def _note_unchanged(
    run: Run, store: Store, change: Change, done: dict[int, bool], *, now_ms: int
) -> None:
    same = [key_id for key_id, changed in done.items() if not changed]
    for key in _again(store, same[:_SHOWN], now_ms):
        told = facts(key, at_ms=now_ms)
        note(run, f"{told['id']} ({told['name']}) was {change.done} already")
    if len(same) > _SHOWN:
        note(run, f"so were {len(same) - _SHOWN} more")
