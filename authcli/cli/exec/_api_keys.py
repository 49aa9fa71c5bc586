"""API keys for one command: each like one that there is, and revoked when the command ends.

Signals wait from before the first is issued until the last is revoked: nothing but SIGKILL comes
in between, and then they live for an hour, or until `--exp`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from authcli.cli._errors import ExecFailed
from authcli.cli._messages import warn
from authcli.cli._store import Place, at_ms, open_place, refuse_where_none, store_place
from authcli.cli._times import instant_of
from authcli.errors import AuthError

if TYPE_CHECKING:
    from authcli.apikeys.drafts import Draft
    from authcli.apikeys.model import ApiKey
    from authcli.cli._run import Run
    from authcli.cli.exec._variables import Asked, Variable

__all__ = ["Issuing", "drafted"]

LIFETIME_MS = 3_600_000
REASON = "its command ended"
MAX_NAME = 195


class Issuing:
    """The keys of one command, drafted; made by `drafted`.

    Args:
        run: the invocation.
        place: the store.
        drafts: variable -> the key that is to be in it.
        now: in Unix milliseconds.
    """

    def __init__(self, run: Run, place: Place, drafts: dict[str, Draft], *, now: int) -> None:
        self._run, self._place, self._drafts, self._now = run, place, drafts, now

    @contextmanager
    def issued(self) -> Iterator[dict[str, bytes]]:
        """Give variable -> key, and revoke all of them at the end.

        Signals must wait meanwhile, as `_program.holding` makes them.
        """
        from authcli.apikeys.issuing import issue

        ids: list[int] = []
        values: dict[str, bytes] = {}
        try:
            with open_place(self._run, self._place, write=True, create=False) as store:
                for name, draft in self._drafts.items():
                    made = issue(store.api_keys, draft, at_ms=self._now)
                    ids.append(made.key.id)
                    values[name] = made.text.encode("ascii")
            yield values
        finally:
            if ids:
                self._revoke(ids)

    def _revoke(self, ids: Sequence[int]) -> None:
        from authcli.apikeys.revocation import revoke
        from authcli.apikeys.text import display_id

        try:
            with open_place(self._run, self._place, write=True, create=False) as store:
                revoke(store.api_keys, ids, reason=REASON, at_ms=at_ms(self._run))
        except AuthError as error:
            names = " ".join(map(display_id, ids))
            warn(
                self._run,
                f"{names} could not be revoked, and will live until its end: {error.message};"
                f" authcli apikey revoke {names}",
            )


def drafted(run: Run, variables: Sequence[Variable], wanted: Asked) -> Issuing | None:
    """Return the keys that are to be issued; None where none are.

    Raises:
        NotFound: there is no key of that name.
        ExecFailed: it does not live, or may be used no more ("exec.apikey").
        Unavailable: the store, or one of its root keys.
    """
    from authcli.apikeys.names import resolve

    names = {v.name: v.text for v in variables if v.kind == "apikey"}
    if not names:
        return None
    refuse_where_none(run, wanted.store, list(names.values()))
    now = at_ms(run)
    ends = _end_ms(run, wanted.expires, now)
    place = store_place(run, wanted.store, actor=wanted.actor)
    with open_place(run, place, write=True, create=False) as store:
        for root in ("pepper", "audit"):  # a source may be a command that asks a person
            store.roots[root].read()
        drafts = {
            name: _like(resolve(store.api_keys, text, at_ms=now), ends=ends, now=now)
            for name, text in names.items()
        }
    return Issuing(run, place, drafts, now=now)


def _end_ms(run: Run, expires: str | None, now: int) -> int:
    if expires is None:
        return now + LIFETIME_MS
    return instant_of("--exp", expires, at=run.at) * 1000


def _like(key: ApiKey, *, ends: int, now: int) -> Draft:
    """Return a key that may do what another may, and lives no longer."""
    from authcli.apikeys.drafts import Draft, check_draft
    from authcli.apikeys.text import display_id

    state = key.state(at_ms=now)
    if state not in ("live", "grace"):
        raise ExecFailed(
            f"{display_id(key.id)} is {state}, and no key is issued like it",
            hint="authcli apikey list --state live",
            code="exec.apikey",
        )
    if key.quota_remaining is not None and key.quota_remaining < 1:
        raise ExecFailed(
            f"{display_id(key.id)} may be used no more: its quota is spent",
            hint="authcli apikey issue NAME",
            code="exec.apikey",
        )
    return check_draft(
        Draft(
            name=f"{key.name[:MAX_NAME].rstrip()}-exec",
            prefix=key.prefix,
            scopes=key.scopes,
            owner=key.owner,
            environment=key.environment or None,
            metadata=key.metadata,
            cidrs=key.cidrs,
            rate=key.rate,
            quota=key.quota_remaining,
            expires_at_ms=ends if key.expires_at is None else min(ends, key.expires_at),
        ),
        at_ms=now,
    )
