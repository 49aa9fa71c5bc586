"""Rows of API keys, and what becomes of one that somebody or something has damaged.

SQLite keeps any value in any column, and a file can be edited. The one place where a row becomes
an `ApiKey`, a `Probe` or a `Brief` is here: what cannot be one is `Unavailable` ("store.corrupt")
with the id, and never a surprise further on. To stop such a key, `salvaged` reads what it can.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from authcli.apikeys.model import ApiKey, Brief, Probe, Rate
from authcli.apikeys.text import display_id
from authcli.encoding import json_object
from authcli.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from authcli.store.database import Row

__all__ = ["API_KEY", "BRIEF", "PROBE", "api_key", "brief", "damaged", "probe", "salvaged"]

_INTEGERS = (
    "id lineage_id rotation_no created_at pepper_id? rate_limit? rate_period_ms? quota? remaining? "
    "rotated_from? not_before? expires_at? grace_until? disabled_at? revoked_at? last_used_at?"
)
_TEXTS = (
    "prefix secret_hash hash_alg hint name environment scopes cidrs metadata created_by owner? "
    "revoked_reason? last_used_ip?"
)
_TYPES = {
    name.rstrip("?"): (kind, type(None)) if name.endswith("?") else (kind,)
    for kind, names in ((int, _INTEGERS), (str, _TEXTS))
    for name in names.split()
}
#: What is not null and no time stands for one that is over: who revoked a key meant it.
_UNREADABLE = {"disabled_at": 0, "revoked_at": 0}
_CIDRS = re.compile(r"(?:[0-9a-f.:]+/[0-9]{1,3}(?: |$))*").fullmatch


class Columns:
    """Columns of a SELECT, and the types that their values may have.

    Args:
        names: columns of api_keys, or "remaining", of api_key_quotas.
        table: "k." where the tables have short names.
        more: expressions at the end, of which any value will do.
    """

    def __init__(self, names: Sequence[str], *, table: str = "", more: Sequence[str] = ()) -> None:
        self.names = tuple(names)
        self._table, self._more = table, tuple(more)
        # Shapes that were found to be right, far fewer than rows; most rows have the last one's.
        self._right: set[tuple[type, ...]] = set()
        self._last: tuple[type, ...] = ()

    def sql(self, *, as_bytes: bool = False) -> str:
        """Return what stands between SELECT and FROM.

        Args:
            as_bytes: SQLite is to give texts as bytes, because it refuses those that are no UTF-8.
        """
        columns = [self._column(name, as_bytes=as_bytes) for name in self.names]
        return ", ".join([*columns, *self._more])

    def fit(self, row: Row) -> bool:
        """Return whether each value has a type that its column can have."""
        shape = tuple(map(type, row))
        if shape == self._last:
            return True
        if shape not in self._right:
            if any(kind not in _TYPES[n] for n, kind in zip(self.names, shape, strict=False)):
                return False
            self._right.add(shape)
        self._last = shape
        return True

    def mended(self, row: Row) -> Row:
        """Return a row with nothing in place of what cannot be read.

        Raises:
            Unavailable: it has no id.
        """
        if type(row[0]) is not int or row[0] < 0:
            raise damaged(row[0])
        values = [_mended(n, value, row[0]) for n, value in zip(self.names, row, strict=False)]
        return (*values, *row[len(values) :])

    def _column(self, name: str, *, as_bytes: bool) -> str:
        column = f"{'q.' if name == 'remaining' else self._table}{name}"
        return f"CAST({column} AS BLOB)" if as_bytes and str in _TYPES[name] else column


#: The first three are what `api_key_filters.chooser` needs.
API_KEY = Columns(
    (
        *("id", "name", "scopes", "prefix", "hint", "owner", "environment", "cidrs", "metadata"),
        *("rate_limit", "rate_period_ms", "quota", "remaining", "lineage_id", "rotated_from"),
        *("rotation_no", "created_at", "created_by", "not_before", "expires_at", "grace_until"),
        *("disabled_at", "revoked_at", "revoked_reason", "last_used_at", "last_used_ip"),
        *("hash_alg", "pepper_id"),
    ),
    table="k.",
    more=["k.lookup IS NOT NULL"],
)
PROBE = Columns(Probe._fields)
# What few keys have is one column here: each of the others costs a tenth of the look-up.
_MORE = """coalesce(revoked_at, disabled_at, not_before, grace_until, rate_limit, quota,
  CASE WHEN cidrs <> '' THEN 1 END)"""
BRIEF = Columns(Brief._fields[:-1], more=[_MORE])


def api_key(row: Row) -> ApiKey:
    """Return the key of a row of `API_KEY`.

    Raises:
        Unavailable: it is damaged.
    """
    if not API_KEY.fit(row) or row[0] < 0 or (row[7] and not _CIDRS(row[7])):
        raise damaged(row[0])
    try:
        metadata = {} if row[8] == "{}" else json_object(row[8], what="metadata")
    except InvalidInput:
        raise damaged(row[0]) from None
    rate = None if row[9] is None else Rate(row[9], row[10])
    if rate is not None and not _is_rate(*rate):
        raise damaged(row[0])
    scopes, cidrs = tuple(row[2].split()), tuple(row[7].split())
    head = (row[0], row[3], row[4], row[1], row[5], row[6], scopes, cidrs, metadata, rate)
    return ApiKey._make((*head, *row[11:28], bool(row[28])))


def salvaged(row: Row) -> ApiKey:
    """Return what can be read of the key of a row of `API_KEY`, perhaps with texts as bytes.

    Raises:
        Unavailable: not even its id can be.
    """
    values = list(API_KEY.mended(row))
    try:
        json_object(values[8], what="metadata")
    except InvalidInput:
        values[8] = "{}"
    if not _CIDRS(values[7]):
        values[7] = ""
    if not _is_rate(values[9], values[10]):
        values[9] = values[10] = None
    return api_key((*values,))


def probe(row: Row, *, salvage: bool = False) -> Probe:
    """Return the probe of a row of `PROBE`.

    Args:
        row: its values.
        salvage: what can be read will do; but by its digest a key must still be known.

    Raises:
        Unavailable: it is damaged.
    """
    found = Probe._make(PROBE.mended(row) if salvage else row)
    if not PROBE.fit(found) or found.id < 0 or not found.secret_hash.isascii():
        raise damaged(found.id)
    if salvage and not found.secret_hash:
        raise damaged(found.id)
    if found.rate_limit is not None and not _is_rate(found.rate_limit, found.rate_period_ms):
        if not salvage:
            raise damaged(found.id)
        found = found._replace(rate_limit=None, rate_period_ms=None)
    return found


def brief(row: Row) -> Brief:
    """Return the brief of a row of `BRIEF`.

    Raises:
        Unavailable: it is damaged.
    """
    if not BRIEF.fit(row) or not row[1].isascii():
        raise damaged(row[0])
    return Brief._make(row)


def damaged(key_id: object) -> Unavailable:
    """Return what is wrong with a store in which the row of a key is no key's."""
    hint = "put back the last backup: authcli store restore"
    if type(key_id) is int and key_id >= 0:
        shown = display_id(key_id)
        hint = f"to stop the key: authcli apikey revoke {shown}; else {hint}"
    else:
        shown = f"with the id {ascii(key_id)[:40]}"
    return Unavailable(
        f"what the store holds of API key {shown} is damaged", hint=hint, code="store.corrupt"
    )


def _is_rate(limit: object, period_ms: object) -> bool:
    return type(limit) is int and type(period_ms) is int and limit > 0 and period_ms > 0


def _mended(name: str, value: object, key_id: int) -> object:
    """Return a column's value, or what stands for one that cannot be read."""
    types = _TYPES[name]
    if isinstance(value, bytes) and str in types:
        return value.decode("utf-8", "replace")
    if type(value) in types:
        return value
    if type(None) in types:
        return _UNREADABLE.get(name)
    return "" if str in types else key_id if name == "lineage_id" else 0
