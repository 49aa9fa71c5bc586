"""ApiKeys: API keys in a store, as `authcli.apikeys.repository` asks for them.

What a verdict needs is here: one look-up by the primary key, which stands in the key's own text.
What people ask and what changes keys is in `api_key_changes`, what counts uses in `api_key_uses`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from authcli.apikeys.text import MAX_ID
from authcli.errors import Unavailable
from authcli.roots import RootKeys
from authcli.store.api_key_changes import Changing
from authcli.store.api_key_rows import BRIEF, PROBE, brief, probe
from authcli.store.api_key_uses import Counting

if TYPE_CHECKING:
    from authcli.apikeys.model import Brief, Probe
    from authcli.store.database import Row
    from authcli.store.store import Store

__all__ = ["ApiKeys"]

#: How many look-ups share a statement; of a fixed number, so that its text is prepared once.
BATCH = 256

_NAMES = [f"i{number}" for number in range(BATCH)]
_BATCH = f"({', '.join(f':{name}' for name in _NAMES)})"
# Only names from this package stand in the text of a statement.
_PROBE = f"SELECT {PROBE.sql()} FROM api_keys"
_PROBE_BYTES = f"SELECT {PROBE.sql(as_bytes=True)} FROM api_keys"
_BRIEF = f"SELECT {BRIEF.sql()} FROM api_keys"
# Below the next id, which is hardly ever there: one that is there is found sooner than a gap.
_NEAREST = _BRIEF + " WHERE id < :after ORDER BY id DESC LIMIT 1"
_LOOKUP = f"SELECT lookup, {PROBE.sql()} FROM api_keys"


class ApiKeys(Counting, Changing):
    """Fills `ApiKeyRepository` over a store's database, on both engines.

    Args:
        store: the open store that it belongs to.

    Attributes:
        peppers: the peppers of this store, by their ids.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database
        self.peppers: RootKeys = store.peppers

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written: rates and quotas cannot be held, uses not counted."""
        return self._database.read_only

    def probe(self, key_id: int) -> Probe | None:
        """Look one key up by its primary key."""
        as_bytes = self._salvages and self._database.engine == "sqlite"
        select = _PROBE_BYTES if as_bytes else _PROBE
        row = self._database.row(select + " WHERE id = :id", id=key_id)
        return None if row is None else probe(row, salvage=self._salvages)

    def probe_many(self, key_ids: Sequence[int]) -> dict[int, Probe]:
        """Look many up at once."""
        return {row[0]: probe(row) for row in self._many(_PROBE, key_ids)}

    def nearest(self, key_id: int) -> Brief | None:
        """Look a key up in brief; where there is none of this id, return the one before it.

        One look-up brings one row whether the id is known or not, in the same time; so whoever
        measures it learns no ids. None where the id is before all keys.
        """
        row = self._database.row(_NEAREST, after=key_id + 1 if key_id < MAX_ID else MAX_ID)
        if row is None:
            return None
        try:
            return brief(row)
        except Unavailable:
            if row[0] == key_id:
                raise
            return None  # another's affair

    def brief_many(self, key_ids: Sequence[int]) -> dict[int, Brief]:
        """Look many up in brief at once."""
        return {row[0]: brief(row) for row in self._many(_BRIEF, key_ids)}

    def probe_lookup(self, lookups: Sequence[str]) -> Probe | None:
        """Look up a key that was imported, by any of the forms its `lookup` may have.

        Of several, the one that comes first in `lookups` is returned.
        """
        names = {f"l{number}": lookup for number, lookup in enumerate(lookups)}
        if not names:
            return None
        places = ", ".join(f":{name}" for name in names)
        rows = self._database.rows(f"{_LOOKUP} WHERE lookup IN ({places})", **names)
        found = {row[0]: row[1:] for row in rows}
        wanted = next((found[lookup] for lookup in lookups if lookup in found), None)
        return None if wanted is None else probe(wanted, salvage=self._salvages)

    def _many(self, select: str, key_ids: Sequence[int]) -> Iterator[Row]:
        """Yield the rows of these ids, in any order."""
        if self._database.engine == "postgresql":
            # One array: a batch of parameters would be bound one by one.
            if key_ids:
                yield from self._database.rows(f"{select} WHERE id = ANY(:ids)", ids=list(key_ids))
            return
        sql = f"{select} WHERE id IN {_BATCH}"
        for start in range(0, len(key_ids), BATCH):
            part = [*key_ids[start : start + BATCH]]
            part += part[-1:] * (BATCH - len(part))
            yield from self._database.rows(sql, **dict(zip(_NAMES, part, strict=True)))
