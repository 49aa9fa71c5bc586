"""The ways to say which keys are to be revoked: the key itself, and ids a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from authcli.cli._delivery import check_delivery
from authcli.cli._errors import ExitCode, LinesFailed, exit_code
from authcli.cli._input import warn_exposed
from authcli.cli._messages import error_line, write
from authcli.cli._reading import read_stdin
from authcli.cli._sources import read_source
from authcli.cli._store import at_ms, opened, refuse_where_none
from authcli.cli.apikey._changing import (
    OUTCOME_MEMBERS,
    Change,
    Scale,
    change_chosen,
    changed_now,
    named,
    write_done,
)
from authcli.cli.apikey._filters import Wanted
from authcli.cli.apikey._verdict import bare_key
from authcli.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.apikeys.model import ApiKey
    from authcli.cli._run import Run
    from authcli.store import Store

__all__ = ["check_choice", "revocation", "revoke_lines", "revoke_shown"]

MAX_LINES_BYTES = 64 << 20
_AT_ONCE = 1000


def revocation(run: Run, reason: str | None) -> Change:
    """Return revoking as a change, its reason checked.

    Raises:
        InvalidInput: a reason that cannot be kept.
    """
    from authcli.apikeys.drafts import check_reason
    from authcli.apikeys.revocation import revoke

    now_ms, said = at_ms(run), None if reason is None else check_reason(reason)
    return Change(
        "revoke",
        "revoked",
        ("live", "grace", "pending", "expired", "superseded", "disabled"),
        lambda found, chosen: revoke(found.api_keys, chosen, reason=said, at_ms=now_ms),
    )


def check_choice(ids: Sequence[str] | None, key: str | None, wanted: Wanted) -> None:
    """Refuse two ways at once to say which keys.

    Raises:
        InvalidInput: ids beside `--key`, `-` beside ids, filters beside one of them.
    """
    if key is not None and (ids or wanted):
        raise InvalidInput("--key is one key; give it alone, without ids and filters")
    if ids and "-" in ids and len(ids) > 1:
        raise InvalidInput("- means ids from stdin; give it alone")


def revoke_shown(run: Run, change: Change, source: str, *, scale: Scale) -> None:
    """Revoke the key that a source holds, if its digest is the store's.

    Raises:
        ApiKeyRejected: it is none of the store's keys; nothing was changed.
    """
    from authcli.apikeys.ownership import known

    check_delivery(run, OUTCOME_MEMBERS, prints=False)
    given = read_source(run, source, what="API key")
    if given.exposed:
        warn_exposed(run, given.name)
    text = bare_key(given.data)
    with opened(
        run, scale.store, write=not scale.dry_run, actor=scale.actor, create=False
    ) as store:

        def chosen() -> list[ApiKey]:
            keys = store.api_keys.salvaging()
            found = keys.get(known(keys, text).id)
            return [] if found is None else [found]

        change_chosen(run, store, change, chosen, now_ms=at_ms(run), dry_run=scale.dry_run)


def revoke_lines(run: Run, change: Change, *, scale: Scale) -> None:
    """Revoke keys whose ids come from stdin; a bad line is reported and stops nothing.

    Raises:
        LinesFailed: some line was bad; the others' keys are revoked.
        NotFound: nobody ever made a store.
    """
    check_delivery(run, OUTCOME_MEMBERS, prints=False)
    data = read_stdin("ids", limit=MAX_LINES_BYTES, as_text=True).data
    texts = [(n, t.strip()) for n, t in enumerate(data.decode("utf-8", "replace").split("\n"), 1)]
    texts = [(number, text) for number, text in texts if text]
    refuse_where_none(run, scale.store, [text for _, text in texts])
    bad: list[ExitCode] = []
    done: dict[int, bool] = {}
    now_ms = at_ms(run)
    with opened(
        run, scale.store, write=not scale.dry_run, actor=scale.actor, create=False
    ) as store:
        for start in range(0, len(texts), _AT_ONCE):
            batch = texts[start : start + _AT_ONCE]

            def chosen(batch: list[tuple[int, str]] = batch) -> list[ApiKey]:
                return _found(run, store, batch, bad, now_ms=now_ms)

            done |= changed_now(store, change, chosen, dry_run=scale.dry_run)
        write_done(run, store, change, done, now_ms=now_ms, plan=scale.dry_run)
    if bad:
        raise LinesFailed(f"{len(bad)} of {len(texts)} lines name no key", exit=min(bad))


def _found(
    run: Run, store: Store, batch: list[tuple[int, str]], bad: list[ExitCode], *, now_ms: int
) -> list[ApiKey]:
    """Return the keys of some lines; what is wrong with a line is said, and its code kept."""
    keys: list[ApiKey] = []
    for number, text in batch:
        try:
            keys += named(store, [text], now_ms=now_ms)
        except (InvalidInput, NotFound) as error:
            bad.append(exit_code(error))
            write(error_line(run, error, line=number).removesuffix("\n"))
    return keys
