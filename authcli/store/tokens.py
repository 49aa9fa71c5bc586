"""Tokens: deny marks, issued tokens, families, as `authcli.revocation.repository` asks for them.

Issued tokens are here; deny marks in `deny_marks`, families and refresh tokens in `token_families`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from authcli.errors import Conflict
from authcli.revocation.model import IssuedToken
from authcli.store.deny_marks import DenyMarks
from authcli.store.token_families import Refreshing

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.roots import RootKeys
    from authcli.store.database import Row
    from authcli.store.store import Store

__all__ = ["Tokens"]

_ISSUED = tuple(IssuedToken._fields)
_ISSUED_TOKENS = f"SELECT {', '.join(_ISSUED)} FROM issued_tokens"
_REGISTER = (
    f"INSERT INTO issued_tokens ({', '.join(_ISSUED)})"
    f" VALUES ({', '.join(f':{name}' for name in _ISSUED)})"
)


class Tokens(DenyMarks, Refreshing):
    """Fills `TokenRepository` over a store's database, on both engines.

    Args:
        store: the open store that it belongs to.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database

    @property
    def peppers(self) -> RootKeys:
        """The peppers, which key the digests of refresh tokens."""
        return self._store.peppers

    @property
    def actor(self) -> str:
        """Who acts, as the audit names them."""
        return self._store.actor

    def change(self) -> AbstractContextManager[Journal]:
        """One transaction: what is recorded in it is in the audit chain, or nothing was changed."""
        return self._store.change()

    # Issued tokens.

    def register(self, tokens: Iterable[IssuedToken]) -> None:
        """Keep what is said of tokens; Conflict ("token.registered") where an id is taken."""
        rows = [
            {**token._asdict(), "aud": " ".join(token.aud), "scopes": " ".join(token.scopes)}
            for token in tokens
        ]
        try:
            self._database.run_many(_REGISTER, rows)
        except Conflict:
            raise Conflict(
                "a token of this issuer and jti was issued before",
                hint="leave out --jti: each token gets one of its own",
                code="token.registered",
            ) from None

    def registered(self, issuer: str, jti: str) -> IssuedToken | None:
        """Look one up."""
        sql = f"{_ISSUED_TOKENS} WHERE issuer = :issuer AND jti = :jti"
        row = self._database.row(sql, issuer=issuer, jti=jti)
        return None if row is None else self._issued_token(row)

    def issued(
        self, *, sub: str | None = None, aud: str | None = None, live_at_ms: int | None = None
    ) -> Iterator[IssuedToken]:
        """Yield issued tokens, the newest first."""
        wanted: dict[str, object] = {}
        conditions = []
        if sub is not None:
            wanted["sub"] = sub
            conditions.append("sub = :sub")
        if live_at_ms is not None:
            wanted["at"] = live_at_ms
            conditions.append("expires_at > :at")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = self._database.stream(
            f"{_ISSUED_TOKENS}{where} ORDER BY issued_at DESC, jti", **wanted
        )
        found = map(self._issued_token, rows)
        return (token for token in found if aud is None or aud in token.aud)

    def ending(self, *, after_ms: int, until_ms: int, longer_than_ms: int) -> Iterator[IssuedToken]:
        """Yield those whose end lies in a span, the soonest first, and that live longer than so."""
        rows = self._database.stream(
            f"{_ISSUED_TOKENS} WHERE expires_at > :after AND expires_at <= :until"
            " AND expires_at - issued_at > :life ORDER BY expires_at, jti",
            after=after_ms,
            until=until_ms,
            life=longer_than_ms,
        )
        return map(self._issued_token, rows)

    def _issued_token(self, row: Row) -> IssuedToken:
        members = dict(zip(_ISSUED, row, strict=True))
        aud, scopes = members.pop("aud"), members.pop("scopes")
        times = (members["issued_at"], members["expires_at"])
        if not (
            isinstance(aud, str)
            and isinstance(scopes, str)
            and all(type(time) is int for time in times)
        ):
            raise self._database.damaged("the record of an issued token is damaged")
        return IssuedToken(aud=tuple(aud.split()), scopes=tuple(scopes.split()), **members)
