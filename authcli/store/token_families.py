"""Families and refresh tokens in a store: one compare-and-swap decides who of many refreshes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from authcli.revocation.model import Family, RefreshToken

if TYPE_CHECKING:
    from authcli.store.database import Database, Row

__all__ = ["Refreshing"]

_FAMILY = tuple(Family._fields)
_FAMILIES = f"SELECT {', '.join(_FAMILY)} FROM token_families"
_ADD_FAMILY = (
    f"INSERT INTO token_families ({', '.join(_FAMILY)})"
    f" VALUES ({', '.join(f':{name}' for name in _FAMILY)})"
)
_REFRESH = tuple(RefreshToken._fields)
_REFRESH_TOKENS = f"SELECT {', '.join(_REFRESH)} FROM refresh_tokens"
_ADD_REFRESH = (
    f"INSERT INTO refresh_tokens ({', '.join(_REFRESH)})"
    f" VALUES ({', '.join(f':{name}' for name in _REFRESH)})"
)
_USE = """
UPDATE refresh_tokens
SET used_at = :at, grace_until = :grace_until, successor_sealed = :sealed
WHERE digest = :digest AND used_at IS NULL"""
_REFRESHED = "UPDATE token_families SET last_refreshed_at = :at WHERE id = :id"
_REVOKE = """
UPDATE token_families SET revoked_at = :at, revoked_reason = :reason
WHERE id = :id AND revoked_at IS NULL"""


class Refreshing:
    """The half of `TokenRepository` that refreshes; `authcli.store.tokens` has the rest."""

    _database: Database

    def add_family(self, family: Family, first: RefreshToken) -> None:
        """Add a family with its first refresh token."""
        values = {
            **family._asdict(),
            "aud": " ".join(family.aud),
            "scopes": " ".join(family.scopes),
        }
        self._database.run(_ADD_FAMILY, **values)
        self._database.run(_ADD_REFRESH, **first._asdict())

    def family(self, family_id: str) -> Family | None:
        """Look one up."""
        row = self._database.row(f"{_FAMILIES} WHERE id = :id", id=family_id)
        return None if row is None else self._family(row)

    def families(self, *, sub: str | None = None, at_ms: int) -> Iterator[Family]:
        """Yield families that live, the one that ends first in front."""
        values: dict[str, object] = {"at": at_ms}
        where = "revoked_at IS NULL AND expires_at > :at"
        if sub is not None:
            where, values["sub"] = f"{where} AND sub = :sub", sub
        rows = self._database.stream(f"{_FAMILIES} WHERE {where} ORDER BY expires_at, id", **values)
        return map(self._family, rows)

    def refresh_token(self, digests: Sequence[str]) -> RefreshToken | None:
        """Look a refresh token up by its digests under each pepper."""
        for digest in digests:
            row = self._database.row(f"{_REFRESH_TOKENS} WHERE digest = :digest", digest=digest)
            if row is not None:
                return self._refresh_token(row)
        return None

    def use_refresh_token(
        self,
        digest: str,
        *,
        successor: RefreshToken,
        successor_sealed: str,
        grace_until: int,
        at_ms: int,
    ) -> bool:
        """Mark it used and add its successor, where it was not used yet: of forty one wins."""
        used = self._database.run(
            _USE, digest=digest, at=at_ms, grace_until=grace_until, sealed=successor_sealed
        )
        if used != 1:
            return False
        self._database.run(_ADD_REFRESH, **successor._asdict())
        self._database.run(_REFRESHED, id=successor.family_id, at=at_ms)
        return True

    def revoke_family(self, family_id: str, *, reason: str, at_ms: int) -> bool:
        """Revoke a family; False where it was revoked before."""
        return self._database.run(_REVOKE, id=family_id, reason=reason, at=at_ms) == 1

    def _family(self, row: Row) -> Family:
        family = Family(*row)
        texts = (family.issuer, family.aud, family.scopes, family.claims, family.header)
        numbers = (family.access_ms, family.idle_ms, family.created_at, family.expires_at)
        if not (
            all(isinstance(text, str) for text in texts)
            and all(type(number) is int for number in numbers)
        ):
            raise self._database.damaged("a family of refresh tokens is damaged")
        aud, scopes = str(family.aud).split(), str(family.scopes).split()
        return family._replace(aud=tuple(aud), scopes=tuple(scopes))

    def _refresh_token(self, row: Row) -> RefreshToken:
        token = RefreshToken(*row)
        numbers = (token.pepper_id, token.seq, token.issued_at, token.expires_at)
        if not all(type(number) is int for number in numbers):
            raise self._database.damaged("a refresh token's record is damaged")
        return token
