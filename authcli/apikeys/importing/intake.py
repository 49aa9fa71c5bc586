"""From an export's records to rows: each checked as an issued key would be, added all or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from authcli.apikeys.drafts import Draft, check_draft, check_end
from authcli.apikeys.importing.origins import ORIGINS, Entry
from authcli.apikeys.importing.records import Record
from authcli.apikeys.importing.values import text as read_text
from authcli.apikeys.issuing import columns_of, new_ids, target
from authcli.apikeys.model import ApiKey
from authcli.clock import now_ms
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.repository import ApiKeyRepository
    from authcli.audit.journal import Journal

__all__ = ["EVENT", "Defaults", "Imported", "import_keys"]

EVENT = "apikey.imported"
_AT_ONCE = 500


class Defaults(NamedTuple):
    """What keys get of which the export says nothing."""

    prefix: str = "ak_live"
    """Of the keys that are issued when they are rotated."""
    owner: str | None = None
    scopes: tuple[str, ...] = ()
    expires_at_ms: int | None = None
    name_column: str | None = None
    """The column or member that holds the name."""


class Imported(NamedTuple):
    """What became of an export."""

    imported: int
    skipped: int
    """The store has them, or had them."""
    bad: int
    notes: Counter[str]
    """What is lost on the way, and of how many keys."""


#: A key to be, without its id, and what its origin says of it.
_New = tuple[ApiKey, Entry]


def import_keys(
    keys: ApiKeyRepository | None,
    found: Iterable[Record],
    *,
    origin: str,
    defaults: Defaults | None = None,
    imported_before: Callable[[str], bool] | None = None,
    skip_bad: bool = False,
    on_bad: Callable[[int, AuthError], object] | None = None,
    dry_run: bool = False,
    at_ms: int | None = None,
) -> Imported:
    """Import keys, in one transaction, with an event for each.

    Args:
        keys: where they are to be kept; None, where there is no store yet, for a dry run.
        found: the export's records.
        origin: a name of `ORIGINS`.
        defaults: what keys get of which the export says nothing.
        imported_before: whether a `lookup` was imported at some time, by what the audit says.
        skip_bad: leave out what cannot be imported, instead of importing nothing.
        on_bad: is told of each record that cannot be imported, with its number.
        dry_run: check everything and count, but change nothing.
        at_ms: now; the clock's when None.

    Raises:
        InvalidInput: a record cannot be imported (`code` "apikey.import-bad"), and nothing was;
            or the export cannot be read.
        Unavailable: the store cannot be written; nothing was imported.
    """
    at = now_ms() if at_ms is None else at_ms
    reading = _Reading(origin, defaults or Defaults(), on_bad, at)
    imported = skipped = 0
    seen: set[str] = set()
    change = nullcontext(None) if dry_run or keys is None else keys.change()
    with change as journal:
        entries = reading.entries(found)
        while batch := list(islice(entries, _AT_ONCE)):
            # Of the batches before, the database knows; in a dry run nobody else does.
            seen = seen if journal is None else set()
            fresh = [new for new in batch if _is_new(keys, new[1].lookup, seen, imported_before)]
            imported += len(fresh)
            skipped += len(batch) - len(fresh)
            if keys is not None and journal is not None and (skip_bad or not reading.bad):
                _add(keys, journal, fresh, origin)
        if reading.bad and not skip_bad:
            raise InvalidInput(
                f"{reading.bad} of {reading.seen} records cannot be imported, so none was",
                hint="mend them, or leave them out with --skip-bad",
                code="apikey.import-bad",
            )
    return Imported(imported, skipped, reading.bad, reading.notes)


def _is_new(
    keys: ApiKeyRepository | None,
    lookup: str,
    seen: set[str],
    imported_before: Callable[[str], bool] | None,
) -> bool:
    """Say whether a key was neither in the batch, nor ever in the store; note it in `seen`."""
    if lookup in seen:
        return False
    seen.add(lookup)
    if keys is not None and keys.probe_lookup([lookup]) is not None:
        return False
    return imported_before is None or not imported_before(lookup)


class _Reading:
    """Makes keys of records, counting what is wrong with them."""

    def __init__(
        self,
        origin: str,
        defaults: Defaults,
        on_bad: Callable[[int, AuthError], object] | None,
        at_ms: int,
    ) -> None:
        self.seen = self.bad = 0
        self.notes: Counter[str] = Counter()
        self._origin, self._defaults, self._on_bad, self._at = origin, defaults, on_bad, at_ms

    def entries(self, found: Iterable[Record]) -> Iterator[_New]:
        """Yield the keys that can be imported."""
        for record in found:
            self.seen += 1
            try:
                if record.error is not None:
                    raise record.error
                entry = ORIGINS[self._origin](record.fields)
                new = _key(record, entry, self._origin, self._defaults, self._at), entry
            except AuthError as error:
                self.bad += 1
                if self._on_bad is not None:
                    self._on_bad(record.number, error)
                continue
            self.notes.update(entry.notes)
            yield new


def _key(record: Record, entry: Entry, origin: str, defaults: Defaults, at_ms: int) -> ApiKey:
    """Return the key that a record tells of, checked; its id is still to come."""
    expires_at = entry.expires_at if entry.expires_at is not None else defaults.expires_at_ms
    if expires_at is not None:
        check_end(expires_at, after_ms=0, what="expiry")  # it may be over; then it stays so
    source = {"imported_from": origin}
    if entry.source_id is not None:
        source["imported_id"] = entry.source_id
    draft = check_draft(
        Draft(
            name=_name(record, entry, origin, defaults.name_column),
            prefix=defaults.prefix,
            scopes=entry.scopes or defaults.scopes,
            owner=entry.owner or defaults.owner,
            environment=entry.environment,
            metadata={**entry.metadata, **source},
            rate=entry.rate,
            quota=max(entry.quota, 1) if entry.quota is not None else None,
        ),
        at_ms=at_ms,
    )
    return ApiKey(
        id=0,
        prefix=draft.prefix,
        hint="",  # nobody here has seen its last characters
        name=draft.name,
        owner=draft.owner,
        environment=draft.environment or "",
        scopes=draft.scopes,
        cidrs=(),
        metadata=draft.metadata,
        rate=draft.rate,
        quota=draft.quota,
        quota_remaining=entry.quota,
        lineage_id=0,
        rotated_from=None,
        rotation_no=0,
        created_at=min(entry.created_at or at_ms, at_ms),
        created_by="",
        not_before=None,
        expires_at=expires_at,
        grace_until=None,
        disabled_at=at_ms if entry.disabled else None,
        revoked_at=at_ms if entry.revoked else None,
        revoked_reason=f"revoked in {origin}" if entry.revoked else None,
        last_used_at=None,
        last_used_ip=None,
        hash_alg=entry.hash_alg,
        pepper_id=None,
        imported=True,
    )


def _name(record: Record, entry: Entry, origin: str, column: str | None) -> str:
    if column is None:
        return entry.name or entry.source_id or f"{origin} {record.number}"
    if column not in record.fields:
        raise InvalidInput(f"there is no column {ascii(column[:60])} for the name")
    name = read_text(record.fields[column], what="name")
    if name is None:
        raise InvalidInput("the name is empty")
    return name


def _add(keys: ApiKeyRepository, journal: Journal, new: list[_New], origin: str) -> None:
    """Add keys inside the change, with their quotas and events."""
    rows = []
    for (key, entry), key_id in zip(new, new_ids(keys, len(new)), strict=True):
        owned = key._replace(id=key_id, lineage_id=key_id)
        digests = {"secret_hash": entry.digest, "lookup": entry.lookup}
        rows.append(columns_of(owned) | digests)
    keys.add(rows)
    for row, (key, entry) in zip(rows, new, strict=True):
        key_id = int(str(row["id"]))
        if entry.quota is not None:
            keys.set_quota(key_id, entry.quota)
        # The keyed digest of its lookup is what tells later that it was imported.
        detail = {"name": key.name, "from": origin, "id": entry.source_id}
        journal.record(EVENT, target=target(key_id), detail=detail, secret=entry.lookup)
