"""SigningKeys: managed signing keys in a store, as `authcli.signing.repository` asks for them.

What somebody or something has damaged is `Unavailable` ("store.corrupt") with the kid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, get_args

from authcli.errors import AuthError, Conflict
from authcli.signing.model import Ring, SigningKey, State, Times
from authcli.signing.repository import Publication, Sealed

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.roots import RootKeys
    from authcli.store.database import Row
    from authcli.store.store import Store

__all__ = ["SigningKeys"]

_HOUR_MS = 3_600_000
_STATES = get_args(State)
#: In the order of `SigningKey`; `can_sign` is an expression at the end.
_COLUMNS = tuple(name for name in SigningKey._fields if name != "can_sign")
_CHANGED = frozenset(
    {
        *("state", "published_at", "activated_at", "retiring_at", "remove_at", "retired_at"),
        *("compromised_at", "reason", "rotate_asked_at", "max_token_ms", "cache_ms", "skew_ms"),
    }
)
_SELECT = f"SELECT {', '.join(_COLUMNS)}, private_sealed IS NOT NULL FROM signing_keys"
_ORDER = " ORDER BY created_at, kid"
_ADD = (
    f"INSERT INTO signing_keys ({', '.join(_COLUMNS)}, private_sealed, kek_id)"
    f" VALUES ({', '.join(':' + name for name in _COLUMNS)}, :private_sealed, :kek_id)"
)
_ADD_RING = """
INSERT INTO signing_rings
  (purpose, alg, issuer, rotate_ms, cache_ms, max_token_ms, skew_ms, created_at)
VALUES (:purpose, :alg, :issuer, :rotate_ms, :cache_ms, :max_token_ms, :skew_ms, :created_at)
ON CONFLICT (purpose, alg) DO UPDATE SET issuer = :issuer, rotate_ms = :rotate_ms,
  cache_ms = :cache_ms, max_token_ms = :max_token_ms, skew_ms = :skew_ms"""
_RINGS = """
SELECT purpose, alg, issuer, rotate_ms, cache_ms, max_token_ms, skew_ms, created_at
FROM signing_rings ORDER BY purpose, alg"""
_RECORD = """
INSERT INTO key_publications (place, digest, kids, published_at)
VALUES (:place, :digest, :kids, :at)
ON CONFLICT (place) DO UPDATE SET digest = :digest, kids = :kids, published_at = :at"""
_SEEN = """
UPDATE signing_keys SET published_at = :at WHERE kid = :kid AND published_at IS NULL"""
_SIGNED = """
UPDATE signing_keys SET last_signed_at = :hour
WHERE kid = :kid AND (last_signed_at IS NULL OR last_signed_at < :hour) RETURNING kid"""


class SigningKeys:
    """Fills `SigningRepository` over a store's database, on both engines.

    Args:
        store: the open store that it belongs to.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database

    @property
    def keks(self) -> RootKeys:
        """The keys that seal private halves."""
        return self._store.root_keys("kek")

    def active_kek(self) -> tuple[int, bytes]:
        """Return the KEK that new halves are sealed under; inside `change` a first one is made."""
        # Always: another process may have retired the one that we know (`store rekey --kek`).
        self._store.establish("kek")
        key_id = self.keks.active_id
        return key_id, self.keks.key(key_id)

    @property
    def actor(self) -> str:
        """Who acts, as the audit names them."""
        return self._store.actor

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return self._database.read_only

    # Reading.

    def rings(self) -> list[Ring]:
        """Return all rings, by purpose and algorithm."""
        return [
            Ring(str(purpose), str(alg), issuer, Times(*map(int, times)), int(created))
            for purpose, alg, issuer, *times, created in self._database.rows(_RINGS)
        ]

    def find(self, *, purpose: str | None = None, alg: str | None = None) -> list[SigningKey]:
        """Return keys, the oldest first."""
        given = {"purpose": purpose, "alg": alg}
        wanted: dict[str, object] = {name: value for name, value in given.items() if value}
        where = " AND ".join(f"{name} = :{name}" for name in wanted)
        sql = _SELECT + (f" WHERE {where}" if where else "") + _ORDER
        return [self._key(row) for row in self._database.rows(sql, **wanted)]

    def key(self, kid: str) -> SigningKey | None:
        """Look one key up."""
        row = self._database.row(_SELECT + " WHERE kid = :kid", kid=kid)
        return None if row is None else self._key(row)

    def active(self, *, purpose: str, alg: str | None) -> list[SigningKey]:
        """Return the active keys of a purpose (of all algorithms where that is None): one query."""
        sql = _SELECT + " WHERE state = 'active' AND purpose = :purpose"
        values: dict[str, object] = {"purpose": purpose}
        if alg is not None:
            sql, values = sql + " AND alg = :alg", values | {"alg": alg}
        return [self._key(row) for row in self._database.rows(sql + _ORDER, **values)]

    def sealed(self, kid: str) -> Sealed | None:
        """Return a key's private half; None where the store does not hold it."""
        sql = "SELECT private_sealed, kek_id FROM signing_keys WHERE kid = :kid"
        row = self._database.row(sql, kid=kid)
        if row is None or row[0] is None:
            return None
        if not (isinstance(row[0], str) and type(row[1]) is int):
            raise self._damaged(kid)
        return Sealed(row[0], row[1])

    def publications(self) -> list[Publication]:
        """Return what was published last, by place."""
        rows = self._database.rows(
            "SELECT place, digest, kids, published_at FROM key_publications ORDER BY place"
        )
        return [
            Publication(str(place), str(digest), tuple(str(kids).split()), int(at))
            for place, digest, kids, at in rows
        ]

    # Inside `change`.

    def add_ring(self, ring: Ring) -> None:
        """Add a ring, or give it other times and another issuer."""
        values: dict[str, object] = {**ring._asdict(), **ring.times._asdict()}
        del values["times"]
        self._database.run(_ADD_RING, **values)

    def add(self, key: SigningKey, *, sealed: Sealed | None) -> None:
        """Add a key; Conflict ("jwks.exists") where kid, or the ring's next or active, is taken."""
        values: dict[str, object] = {name: getattr(key, name) for name in _COLUMNS}
        values["private_sealed"] = sealed.text if sealed else None
        values["kek_id"] = sealed.kek_id if sealed else None
        try:
            self._database.run(_ADD, **values)
        except Conflict:
            raise Conflict(
                f"there is a key {key.kid}, or a {key.state} one for {key.alg}, already",
                hint="authcli jwks list",
                code="jwks.exists",
            ) from None

    def put(self, kid: str, values: Mapping[str, object], *, where_state: str) -> bool:
        """Change columns of a key that is still in that state; False where it is not."""
        if unknown := values.keys() - _CHANGED:
            raise ValueError(f"signing keys have no such columns to change: {sorted(unknown)}")
        setting = ", ".join(f"{name} = :{name}" for name in values)
        sql = f"UPDATE signing_keys SET {setting} WHERE kid = :kid AND state = :where_state"
        return self._database.run(sql, kid=kid, where_state=where_state, **values) == 1

    def forget_private(self, kid: str) -> None:
        """Delete a key's private half."""
        sql = "UPDATE signing_keys SET private_sealed = NULL, kek_id = NULL WHERE kid = :kid"
        self._database.run(sql, kid=kid)

    def reseal(self, kid: str, sealed: Sealed) -> None:
        """Exchange a private half for the same under another KEK."""
        sql = "UPDATE signing_keys SET private_sealed = :text, kek_id = :kek WHERE kid = :kid"
        self._database.run(sql, kid=kid, text=sealed.text, kek=sealed.kek_id)

    def record_publication(self, publication: Publication) -> None:
        """Note what was published, and `published_at` of keys that were not before."""
        place, digest, kids, at = publication
        self._database.run(_RECORD, place=place, digest=digest, kids=" ".join(kids), at=at)
        for kid in kids:
            self._database.run(_SEEN, kid=kid, at=at)

    def note_signed(self, kid: str, *, at_ms: int) -> None:
        """Note that a key signed; written at most once an hour, may be lost, never raises."""
        if self.read_only:
            return
        try:
            self._database.quick_statement(_SIGNED, kid=kid, hour=at_ms - at_ms % _HOUR_MS)
        except AuthError:
            return

    def forget(self, kids: Sequence[str]) -> None:
        """Delete keys that are retired; one that is compromised stays known."""
        gone = "DELETE FROM signing_keys WHERE kid = :kid AND state = 'retired'"
        self._database.run_many(gone, [{"kid": kid} for kid in kids])

    def change(self) -> AbstractContextManager[Journal]:
        """One transaction: what is recorded in it is in the audit chain, or nothing was changed."""
        return self._store.change()

    def _key(self, row: Row) -> SigningKey:
        key = SigningKey._make((*row[:-1], bool(row[-1])))
        texts = (key.kid, key.purpose, key.alg, key.public_jwk, key.created_by)
        times = (key.cache_ms, key.max_token_ms, key.skew_ms, key.created_at)
        optional = (key.published_at, key.activated_at, key.retiring_at, key.remove_at)
        sound = (
            all(isinstance(text, str) for text in texts)
            and all(type(time) is int for time in times)
            and all(time is None or type(time) is int for time in optional)
            and key.state in _STATES
        )
        if not sound:
            raise self._damaged(key.kid)
        return key

    def _damaged(self, kid: object) -> Exception:
        return self._database.damaged(f"a signing key is damaged: {ascii(kid)[:60]}")
