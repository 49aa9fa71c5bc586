"""Status: what a store is, what it holds, and whether it can be used: every answer is tried out.

Writing is tried by writing, and room by taking some of it for a moment; a mode bit or the number
of free blocks promises neither under a quota, a limit or a mount that is read-only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli import files
from authcli.errors import AuthError, Unavailable
from authcli.findings import Finding
from authcli.roots import ROOTS
from authcli.store.api_key_states import STATE
from authcli.store.audit_mirror import read_head
from authcli.store.migrate import NEWEST, meta_rows
from authcli.store.root_rows import unlisted
from authcli.store.upkeep.holdings import Holdings, holdings
from authcli.store.upkeep.rekeying import Pepper, hanging_in_words, peppers_of
from authcli.store.upkeep.side_files import SideFile, doubts_of, side_files

if TYPE_CHECKING:
    from authcli.store.store import Store

__all__ = ["RootStatus", "Status", "status_of"]

#: Findings with these codes mean that the store cannot be used as it is.
UNUSABLE = {
    *("store.read-only", "store.full", "store.locked", "store.corrupt", "store.disk"),
    *("root.missing", "root.wrong", "root.damaged", "root.malformed", "root.unreadable"),
    "store.unreachable",
}
#: What a commit may need before the log is folded into the file.
PROBE_BYTES = 1 << 20

_STATES = f"SELECT {STATE} AS state, count(*) FROM api_keys k GROUP BY 1"
STATES = ("live", "grace", "pending", "expired", "superseded", "disabled", "revoked")
_UNSPENT = "SELECT count(*) FROM recovery_codes WHERE used_at IS NULL"
_OTP = "SELECT count(*) FROM otp_states"
_VERSION = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}
_POSTGRES_BYTES = (
    "SELECT COALESCE(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
)


class RootStatus(NamedTuple):
    """One root of a store: its keys, and whether they are held."""

    root: str
    keys: int
    """How many the store has and has not retired."""
    held: str
    """"ok", or the code of what is wrong: "root.missing", "root.wrong"."""
    source: str
    """What its source is called."""


class AuditStatus(NamedTuple):
    """The audit at a glance; `audit verify` looks at every event."""

    events: int
    head: int
    """The last event's number."""
    mirror: int | None
    """The number that the copy of the head outside says; None where there is none."""


class Status(NamedTuple):
    """What there is to say of a store."""

    engine: str
    version: str
    """The engine's."""
    url: str
    """Without a password."""
    store_id: str
    schema: int
    newest: int
    """The newest schema that this authcli knows."""
    created_at: int | None
    """Unix milliseconds, as all times here."""
    size_bytes: int
    wal_bytes: int | None
    """Of SQLite's log; None on PostgreSQL."""
    keys: Mapping[str, int]
    """API keys by state."""
    otp_states: int
    """Secrets of one-time codes of which some were accepted."""
    recovery_codes: int
    """Those that are not spent."""
    tokens: Holdings
    """Signing keys, and what is known of tokens."""
    journal_mode: str | None
    synchronous: str
    writable: bool
    """Whether a transaction could be begun, and written in."""
    integrity: str | None
    """"ok", or the first thing that is wrong; None where the server answers for its own pages."""
    roots: tuple[RootStatus, ...]
    audit: AuditStatus
    last_backup_at: int | None
    """As far as it is known."""
    files: tuple[SideFile, ...]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether it can be read, written and trusted to hold what it should."""
        return not any(finding.code in UNUSABLE for finding in self.findings)

    @property
    def due(self) -> bool:
        """Whether something wants doing."""
        return any(finding.severity != "note" for finding in self.findings)


def status_of(store: Store, *, at_ms: int, full: bool = False) -> Status:
    """Say what a store is and whether it can be used; nothing is changed.

    Args:
        store: the open store.
        at_ms: the instant that keys are living or over at.
        full: check every row of SQLite against every index; without it its pages alone.

    Raises:
        Unavailable: it cannot even be read.
    """
    found: list[Finding] = []
    database = store.database
    with database.reading():
        known = meta_rows(database) or {}
        states = {str(state): int(n) for state, n in database.rows(_STATES, at=at_ms)}
        otp, unspent = (int((database.row(sql) or (0,))[0]) for sql in (_OTP, _UNSPENT))
        tokens = holdings(database, at_ms=at_ms)
    beside = tuple(side_files(store))
    writable = _probe(store, found)
    result = Status(
        engine=store.engine,
        version=str((database.row(_VERSION[store.engine]) or ("",))[0]),
        url=store.url,
        store_id=store.store_id,
        schema=int(known.get("schema", 0)),
        newest=NEWEST,
        created_at=_number(known.get("created_at")),
        size_bytes=_size(store, beside, "database"),
        wal_bytes=_size(store, beside, "wal") if store.engine == "sqlite" else None,
        keys={state: states.get(state, 0) for state in STATES},
        otp_states=otp,
        recovery_codes=unspent,
        tokens=tokens,
        journal_mode=_setting(store, "journal_mode") if store.engine == "sqlite" else None,
        synchronous=_setting(store, "synchronous"),
        writable=writable,
        integrity=_integrity(store, found, full=full),
        roots=tuple(_root(store, root, found) for root in ROOTS),
        audit=_audit(store, found),
        last_backup_at=_number(known.get("backup_at")),
        files=beside,
        findings=(),
    )
    found += doubts_of(beside, folder=store.folder)
    found += _notes(store, result, at_ms=at_ms)
    return result._replace(findings=tuple(found))


class _UndoneError(Exception):
    """Ends the transaction of the probe."""


def _probe(store: Store, found: list[Finding]) -> bool:
    """Write, and take it back; write a file beside it, and remove it."""
    try:
        try:
            with store.database.writing():
                store.database.run("INSERT INTO meta (name, value) VALUES ('probe', '')")
                raise _UndoneError
        except _UndoneError:
            pass
        if store.path is not None:
            _take_room(store.path)
    except AuthError as error:
        found.append(Finding(error.code, "error", error.message, error.hint))
        return False
    return True


def _take_room(path: Path) -> None:
    probe = path.with_name(f".{path.name[:64]}.{os.urandom(6).hex()}.tmp")
    try:
        files.create(probe, bytes(PROBE_BYTES))
    except OSError as error:
        raise Unavailable(
            f"no room for {PROBE_BYTES >> 20} MiB beside the store: {error.strerror}",
            hint="make room before something has to be written",
            code="store.full",
        ) from None
    finally:  # a signal too leaves nothing behind
        probe.unlink(missing_ok=True)


def _integrity(store: Store, found: list[Finding], *, full: bool) -> str | None:
    if store.engine != "sqlite":
        return None
    try:
        row = store.database.row(f"PRAGMA {'integrity' if full else 'quick'}_check(1)")
        word = " ".join(str(row[0]).split()) if row else "no answer"  # SQLite's come in lines
        if word == "ok" and full and store.database.row("PRAGMA foreign_key_check"):
            word = "a row refers to one that is not there"
        hint = "keep a copy of it, then put back the last backup: authcli store restore FILE"
    except AuthError as error:
        word, hint = error.message, error.hint or ""
    if word != "ok":
        found.append(Finding("store.corrupt", "error", f"the file is damaged: {word[:200]}", hint))
    return word[:200]


def _root(store: Store, root: str, found: list[Finding]) -> RootStatus:
    keys = store.root_keys(root)
    held, ids = "ok", list[int]()
    try:
        ids = keys.ids
        for key_id in (*ids, *unlisted(store.database, root)):
            keys.key(key_id)
    except AuthError as error:
        held = error.code
        found.append(Finding(error.code, "error", error.message, error.hint, root))
    return RootStatus(root, len(ids), held, store.roots[root].name)


def _audit(store: Store, found: list[Finding]) -> AuditStatus:
    """Compare the head with its copy outside: an older database shows at once."""
    head = store.audit.head()
    row = store.database.row("SELECT count(*) FROM audit_events")
    events, last = int(row[0]) if row else 0, head.seq if head else 0
    mirror = None
    try:
        mirror = read_head(store.audit.mirror, follow=False) if store.audit.mirror else None
    except FileNotFoundError:
        pass
    except (AuthError, OSError) as error:
        text = getattr(error, "message", None) or f"its copy outside cannot be read: {error}"
        found.append(Finding("audit.anchor", "warning", text, "authcli audit verify", "audit"))
    if mirror is not None and mirror.seq > last:
        text = f"{mirror.seq} events were recorded, and {last} are here"
        found.append(Finding("audit.truncated", "error", text, "authcli audit verify", "audit"))
    elif mirror is not None:
        seen = store.database.row(
            "SELECT row_mac FROM audit_events WHERE seq = :seq", seq=mirror.seq
        )
        if seen is None or seen[0] != mirror.row_mac:
            text = f"the copy outside knows another event {mirror.seq}"
            found.append(Finding("audit.anchor", "error", text, "authcli audit verify", "audit"))
    return AuditStatus(events, last, mirror.seq if mirror else None)


def _notes(store: Store, result: Status, *, at_ms: int) -> list[Finding]:
    found = []
    old: list[Pepper] = []
    with suppress(Unavailable):  # a damaged list of them is said by now
        old = [p for p in peppers_of(store, at_ms=at_ms) if p.state == "verify_only"]
    if old:
        text, free = hanging_in_words(old)
        hint = "authcli store rekey --pepper --finish" if free else None
        found.append(Finding("store.rekeying", "note", text, hint, "pepper"))
    kept = any(result.keys.values()) or result.recovery_codes or result.tokens.some
    if result.last_backup_at is None and kept:
        hint = "authcli store backup -o FILE"
        found.append(Finding("store.backup", "note", "no backup is known of", hint))
    return found


def _size(store: Store, beside: tuple[SideFile, ...], role: str) -> int:
    if store.engine == "sqlite":
        return sum(file.size_bytes or 0 for file in beside if file.role == role)
    row = store.database.row(_POSTGRES_BYTES)
    return int(row[0]) if row else 0


def _setting(store: Store, name: str) -> str:
    if store.engine != "sqlite":
        row = store.database.row("SHOW synchronous_commit")
        return str(row[0]) if row else ""
    row = store.database.row(f"PRAGMA {name}")
    value = str(row[0]) if row else ""
    words = {"0": "off", "1": "normal", "2": "full", "3": "extra"}
    return words.get(value, value) if name == "synchronous" else value


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
