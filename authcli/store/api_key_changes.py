"""Changing: API keys as people ask for them, whole and many, and the writes that change them.

Lists of keys stream: of 10^6 of them no more than a few are in memory, and what SQL cannot decide
is decided on two columns, before a row becomes a key.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from copy import copy
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from authcli.apikeys.model import ApiKey, Filters, Usage
from authcli.errors import Conflict, InvalidInput
from authcli.store.api_key_filters import chooser, conditions, order
from authcli.store.api_key_rows import API_KEY, api_key, damaged, salvaged

if TYPE_CHECKING:
    from typing import Self

    from authcli.audit.journal import Journal
    from authcli.store.database import Database, Row
    from authcli.store.store import Store

__all__ = ["Changing"]

_HOUR_MS = 3_600_000
_AT_ONCE = 500

_FROM = " FROM api_keys k LEFT JOIN api_key_quotas q ON q.lineage_id = k.lineage_id"
_SELECT = f"SELECT {API_KEY.sql()}{_FROM}"
_SELECT_BYTES = f"SELECT {API_KEY.sql(as_bytes=True)}{_FROM}"
#: More keys than this nobody has, and two of it are less than what an engine counts to.
_MOST = 1 << 61
_NULLABLE = (
    "pepper_id lookup owner rate_limit rate_period_ms quota rotated_from not_before expires_at "
    "grace_until disabled_at revoked_at revoked_reason last_used_at last_used_ip"
)
_DEFAULTS: dict[str, object] = {
    **dict.fromkeys(_NULLABLE.split()),
    "scopes": "",
    "cidrs": "",
    "metadata": "{}",
    "rotation_no": 0,
    "created_by": "",
}
_REQUIRED = "id prefix secret_hash hash_alg hint name environment lineage_id created_at"
_NAMES = [*_REQUIRED.split(), *_DEFAULTS]
_COLUMNS = frozenset(_NAMES)
_INSERT = (
    f"INSERT INTO api_keys ({', '.join(_NAMES)}) "
    f"VALUES ({', '.join(f':{name}' for name in _NAMES)})"
)


_Chooser: TypeAlias = Callable[[str, str], bool]


class Changing:
    """The part of `ApiKeys` that lists and changes keys."""

    _database: Database
    _store: Store
    _salvages = False

    def salvaging(self) -> Self:
        """Return the same keys, of which damaged ones are read as far as they can be."""
        found = copy(self)
        found._salvages = True  # noqa: SLF001 (of this very class)
        return found

    @property
    def actor(self) -> str:
        """Who acts, as the audit names them; `created_by` of new keys."""
        return self._store.actor

    def get(self, key_id: int) -> ApiKey | None:
        """Return one key."""
        row = self._database.row(f"{self._select} WHERE k.id = :id", id=key_id)
        return None if row is None else self._api_key(row)

    def between(self, first_id: int, last_id: int, *, limit: int) -> list[ApiKey]:
        """Return keys of a range of ids, both ends included, in their order."""
        sql = f"{self._select} WHERE k.id BETWEEN :first AND :last ORDER BY k.id LIMIT :limit"
        rows = self._database.rows(sql, first=first_id, last=last_id, limit=limit)
        return [self._api_key(row) for row in rows]

    def find(
        self,
        filters: Filters,
        *,
        at_ms: int,
        sort: str = "created",
        descending: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> Generator[ApiKey, None, None]:
        """Yield keys in constant memory; whoever leaves before the end closes it.

        Args:
            filters: which.
            at_ms: now, for states.
            sort: "created", "name" (in the database's order of text), "expires" (the end of life
                or grace; never is last) or "used" (never is first); equals by their id.
            descending: the other way round, ids too.
            limit, offset: how many, and how many to leave out before.

        Raises:
            InvalidInput: another `sort`, or a negative number.
            Unavailable: a key is damaged ("store.corrupt").
        """
        if offset < 0 or (limit is not None and limit < 0):
            raise InvalidInput("neither a limit nor an offset is negative")
        limit, offset = None if limit is None else min(limit, _MOST), min(offset, _MOST)
        where, values = conditions(filters, at_ms=at_ms)
        sql = f"{self._select}{where} ORDER BY {order(sort, descending=descending)}"
        wanted = chooser(filters)
        if wanted is None and (limit is not None or offset):
            sql += " LIMIT :limit OFFSET :offset"
            values |= {"limit": _MOST if limit is None else limit, "offset": offset}
            limit, offset = None, 0
        end = None if limit is None else offset + limit
        return self._found(self._stream(sql, values), wanted, offset, end)

    def count(self, filters: Filters, *, at_ms: int) -> int:
        """Return how many `find` would yield without a limit."""
        where, values = conditions(filters, at_ms=at_ms)
        wanted = chooser(filters)
        if wanted is None:
            row = self._database.row(f"SELECT count(*) FROM api_keys k{where}", **values)
            return int(row[0]) if row else 0
        sql = f"SELECT k.id, k.name, k.scopes FROM api_keys k{where}"
        with closing(self._stream(sql, values)) as rows:
            return sum(1 for _ in _chosen(rows, wanted))

    def lineage(self, lineage_id: int) -> list[ApiKey]:
        """Return all keys of a lineage, the first first."""
        sql = f"{self._select} WHERE k.lineage_id = :lineage_id ORDER BY k.rotation_no"
        return [self._api_key(row) for row in self._database.rows(sql, lineage_id=lineage_id)]

    def usage(self, key_ids: Sequence[int], *, since_ms: int) -> list[tuple[int, Usage]]:
        """Return roll-ups, the oldest first; the hour that `since_ms` lies in is whole."""
        found: list[tuple[int, Usage]] = []
        for part in _parts(key_ids):
            sql = (
                f"SELECT api_key_id, hour, outcome, n FROM api_key_usage "
                f"WHERE api_key_id IN ({part}) AND hour > :before"
            )
            rows = self._database.rows(sql, before=since_ms - _HOUR_MS)
            found += [(row[0], Usage(*row[1:])) for row in rows]
        return sorted(found, key=lambda pair: (pair[1].hour_ms, pair[0], pair[1].outcome))

    def first_hour(self, key_id: int, *, outcome: str) -> int | None:
        """Return the first hour of a key's roll-ups with an outcome; None where there is none."""
        sql = "SELECT MIN(hour) FROM api_key_usage WHERE api_key_id = :id AND outcome = :outcome"
        row = self._database.row(sql, id=key_id, outcome=outcome)
        return None if row is None or row[0] is None else int(row[0])

    def change(self) -> AbstractContextManager[Journal]:
        """Begin a change: one transaction, with the journal that its events are recorded in."""
        return self._store.change()

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert keys; a row has the columns of api_keys.

        Args:
            rows: what is left out is null, empty, or (`created_by`) the store's actor.

        Raises:
            Conflict: an id, a lookup or a rotation number is taken (`code` "apikey.exists").
        """
        actor = self.actor
        whole = ({**_DEFAULTS, **row, "created_by": row.get("created_by") or actor} for row in rows)
        try:
            self._database.run_many(_INSERT, whole)
        except Conflict as error:
            raise Conflict(
                "an API key with this id, lookup or rotation number exists already",
                code="apikey.exists",
            ) from error

    def set_quota(self, lineage_id: int, remaining: int | None) -> None:
        """Set what is left of a quota; None removes it."""
        if remaining is None:
            sql = "DELETE FROM api_key_quotas WHERE lineage_id = :lineage_id"
            self._database.run(sql, lineage_id=lineage_id)
        else:
            sql = (
                "INSERT INTO api_key_quotas (lineage_id, remaining) "
                "VALUES (:lineage_id, :remaining) "
                "ON CONFLICT (lineage_id) DO UPDATE SET remaining = :remaining"
            )
            self._database.run(sql, lineage_id=lineage_id, remaining=remaining)

    def put(self, key_id: int, columns: Mapping[str, object], *, where_null: Sequence[str]) -> bool:
        """Update columns of one key if the columns of `where_null` are still null; say whether."""
        if not _COLUMNS.issuperset([*columns, *where_null]) or "id" in columns:
            raise ValueError("not a column of api_keys that changes")
        settings = ", ".join(f"{name} = :{name}" for name in columns)
        nulls = "".join(f" AND {name} IS NULL" for name in where_null)
        sql = f"UPDATE api_keys SET {settings} WHERE id = :id{nulls}"
        changed = self._database.run(sql, id=key_id, **columns) == 1
        if changed and not {"rate_limit", "rate_period_ms"}.isdisjoint(columns):
            # The bucket counts time by the old rate: one use a day would block a use a second.
            sql = (
                "DELETE FROM rate_buckets WHERE bucket IN (SELECT 'apikey:' || "
                "CAST(lineage_id AS TEXT) FROM api_keys WHERE id = :id)"
            )
            self._database.run(sql, id=key_id)
        return changed

    def delete(self, key_ids: Sequence[int]) -> int:
        """Delete keys with their usage, and quotas and rates that no key is left for."""
        run, deleted = self._database.run, 0
        for part in _parts(key_ids):
            lineages = self._lineages(f"id IN ({part})")
            run(f"DELETE FROM api_key_usage WHERE api_key_id IN ({part})")
            deleted += run(f"DELETE FROM api_keys WHERE id IN ({part})")
            for left in _parts(lineages):
                over = sorted(lineages - self._lineages(f"lineage_id IN ({left})"))
                for gone in _parts(over):
                    buckets = ", ".join(f"'apikey:{number}'" for number in gone.split(", "))
                    run(f"DELETE FROM api_key_quotas WHERE lineage_id IN ({gone})")
                    run(f"DELETE FROM rate_buckets WHERE bucket IN ({buckets})")
        return deleted

    @property
    def _select(self) -> str:
        """What reads whole keys."""
        as_bytes = self._salvages and self._database.engine == "sqlite"
        return _SELECT_BYTES if as_bytes else _SELECT

    @property
    def _api_key(self) -> Callable[[Row], ApiKey]:
        """What makes a key of a row."""
        return salvaged if self._salvages else api_key

    def _stream(self, sql: str, values: Mapping[str, object]) -> Generator[Row, None, None]:
        return cast("Generator[Row, None, None]", self._database.stream(sql, **values))

    def _found(
        self, rows: Generator[Row, None, None], wanted: _Chooser | None, start: int, end: int | None
    ) -> Generator[ApiKey, None, None]:
        with closing(rows):
            read: Iterable[Row] = rows
            if wanted is not None:
                if self._salvages:
                    read = map(API_KEY.mended, rows)
                read = islice(_chosen(read, wanted), start, end)
            yield from map(self._api_key, read)

    def _lineages(self, where: str) -> set[int]:
        rows = self._database.rows(f"SELECT DISTINCT lineage_id FROM api_keys WHERE {where}")
        return {row[0] for row in rows}


def _chosen(rows: Iterable[Row], wanted: _Chooser) -> Iterator[Row]:
    """Yield the rows whose second and third columns, name and scopes, are wanted."""
    for row in rows:
        try:
            chosen = wanted(row[1], row[2])
        except (AttributeError, TypeError):  # they are no text
            raise damaged(row[0]) from None
        if chosen:
            yield row


def _parts(numbers: Iterable[int]) -> Iterator[str]:
    """Yield numbers as SQL writes a list of them, so many at once as a statement takes well."""
    whole = [int(number) for number in numbers]
    for start in range(0, len(whole), _AT_ONCE):
        yield ", ".join(map(str, whole[start : start + _AT_ONCE]))
