"""Whether a token was revoked, as `jwt verify` asks the store, in each process that verifies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._deny_list import deny_list_of
from authcli.cli._messages import warn
from authcli.cli._store import Place, at_ms, store_at
from authcli.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli._stale_marks import StaleMarks
    from authcli.revocation.deny_list import Checker
    from authcli.revocation.repository import DenyList
    from authcli.store import Store
    from authcli.tokens.policy import Denial

__all__ = ["ON_STORE_ERROR", "RevocationCheck"]

#: closed: no answer, no token · open: let it pass, with a warning · stale: as it was known last.
ON_STORE_ERROR = ("closed", "open", "stale")
#: How long a server that cannot be reached is left alone.
_LEFT_ALONE_SECONDS = 5.0
#: Between two looks at whether the copy for `stale` is to be renewed.
_LOOK_SECONDS = 60.0


class _Opened(NamedTuple):
    """The store of one process."""

    store: Store
    marks: DenyList
    check: Checker


class RevocationCheck:
    """What a verifier's policy takes as `revocation`, over a store.

    Args:
        run: the invocation.
        place: the store; each process opens its own, when the first token asks.
        allow_list: refuse what was never recorded, too.
        on_error: a row of `ON_STORE_ERROR`.
        compromised: keys by their kid whose tokens are all refused, and why.
    """

    def __init__(
        self,
        run: Run,
        place: Place,
        *,
        allow_list: bool,
        on_error: str,
        compromised: Mapping[str, Denial] | None = None,
    ) -> None:
        if on_error not in ON_STORE_ERROR:
            raise InvalidInput(
                f"no --on-store-error {ascii(on_error[:20])}",
                hint=f"one of: {', '.join(ON_STORE_ERROR)}",
            )
        if allow_list and on_error == "stale":
            raise InvalidInput(
                "--on-store-error stale knows what was denied, not what --allow-list asks for",
                hint="leave out one of the two",
            )
        self._run, self._place = run, place
        self._allow_list, self._on_error = allow_list, on_error
        self._compromised = compromised or {}
        self._opened: dict[int, _Opened] = {}
        self._stale: StaleMarks | None = None
        self._failure: Unavailable | None = None
        self._failed_until = self._looked_at = 0.0
        self._told: set[str] = set()

    def __call__(self, payload: Mapping[str, object], kid: str | None) -> Denial | None:
        """Say why a genuine token is refused; None where it is not.

        Raises:
            Unavailable: the store cannot be asked, and that closes.
        """
        if kid is not None and kid in self._compromised:
            return self._compromised[kid]  # who holds the key signs on when the mark is long dead
        if self._failure is not None and time.monotonic() < self._failed_until:
            return self._without_store(self._failure, payload, kid)
        try:
            opened = self._open()
            denial = opened.check(payload, kid)
        except Unavailable as error:
            if error.code == "store.unreachable":  # each try would wait for it again
                self._failure, self._failed_until = error, time.monotonic() + _LEFT_ALONE_SECONDS
            return self._without_store(error, payload, kid)
        self._failure = None
        if self._on_error == "stale":
            self._keep(opened.store)
        return denial

    @contextmanager
    def together(self) -> Iterator[None]:
        """Judge the tokens of a block by one state of the store: a third less work for each.

        What is denied meanwhile is known to the next block, so nothing inside may wait for long.
        """
        with ExitStack() as state:
            with suppress(Unavailable):  # each token says so, as it is asked for
                opened = self._open()
                if opened.marks is opened.store.tokens:  # a Redis is ahead of an older state
                    state.enter_context(opened.store.database.reading())
            yield

    def close(self) -> None:
        """Close the store of this process."""
        opened = self._opened.pop(os.getpid(), None)
        if opened is not None:
            if hasattr(opened.marks, "close"):  # connections beside the store's
                opened.marks.close()
            opened.store.close()

    def _open(self) -> _Opened:
        """Return the store of this process; one from before a fork is its parent's."""
        found = self._opened.get(os.getpid())
        if found is None:
            from authcli.revocation import deny_list, registry

            store = store_at(self._place)
            marks = deny_list_of(self._run, store)
            check = deny_list.checker(
                marks,
                registered=registry.checker(store.tokens) if self._allow_list else None,
                at_ms=self._at_ms,
            )
            found = self._opened[os.getpid()] = _Opened(store, marks, check)
        return found

    @property
    def _at_ms(self) -> int | None:
        return None if self._run.now is None else at_ms(self._run)

    def _without_store(
        self, error: Unavailable, payload: Mapping[str, object], kid: str | None
    ) -> Denial | None:
        """Judge a token by what `--on-store-error` says."""
        if self._on_error == "open":
            self._say(f"revocation was not checked: {error.message}")
            return None
        if self._on_error == "closed":
            raise _closed(error, error.message) from error
        from authcli.cli._stale_marks import copy_path, read_copy
        from authcli.clock import format_duration
        from authcli.revocation.deny_list import checker

        try:
            if self._stale is None:
                self._stale = read_copy(copy_path(self._place))
            age = self._stale.age_seconds()
        except Unavailable as reason:
            raise _closed(error, f"{error.message}; and {reason.message}") from error
        self._say(
            "revocation was checked against what was known"
            f" {format_duration(age // 60 * 60) if age >= 60 else 'a minute'} ago: {error.message}"
        )
        return checker(self._stale, at_ms=self._at_ms)(payload, kid)

    def _keep(self, store: Store) -> None:
        """Renew the copy for `stale`, where it is time to."""
        now = time.monotonic()
        if self._looked_at and now - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = now
        from authcli.cli._stale_marks import copy_path, keep_copy

        self._stale = None
        path = copy_path(self._place)
        try:
            if path is not None:
                keep_copy(path, store, at_ms=at_ms(self._run))
        except Unavailable as error:
            self._say(error.message)

    def _say(self, text: str) -> None:
        """Warn once: of many tokens the same would be said of each."""
        if text not in self._told:
            self._told.add(text)
            warn(self._run, text)


def _closed(error: Unavailable, message: str) -> Unavailable:
    return Unavailable(
        f"whether the token was revoked cannot be asked: {message}",
        hint="mend the store; or let tokens pass without: --on-store-error open",
        code=error.code,
    )
