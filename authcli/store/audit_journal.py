"""ChainJournal: the events of one change, chained and written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from authcli.apikeys.text import holds_a_key
from authcli.audit.chain import (
    GENESIS,
    Mac,
    event_text,
    is_genuine,
    keyed,
    made_head,
    secret_digest,
)
from authcli.audit.model import COLUMNS, MAX_TEXT, Head
from authcli.clock import now_ms
from authcli.encoding import compact_json
from authcli.errors import InvalidInput, Unavailable
from authcli.store.audit_rows import SELECT_HEAD

if TYPE_CHECKING:
    from authcli.roots import RootKeys
    from authcli.store.audit_mirror import Mirror
    from authcli.store.database import Database

__all__ = ["ChainJournal", "clean", "refuse_keys"]

_LAST_SEQ = "SELECT seq FROM audit_events ORDER BY seq DESC LIMIT 1"
_INSERT = (
    f"INSERT INTO audit_events ({', '.join(COLUMNS)})"
    f" VALUES ({', '.join(':' + name for name in COLUMNS)})"
)
_SET_HEAD = (
    "INSERT INTO audit_head (one, seq, row_mac, at, mac) VALUES (1, :seq, :row_mac, :at, :mac)"
    " ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, row_mac = excluded.row_mac,"
    " at = excluded.at, mac = excluded.mac"
)
#: What a text keeps of what no database or no UTF-8 can hold.
_UNSTORABLE = {0: "\ufffd", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


class ChainJournal:
    """Collects the events of one change, which `write` appends before the change commits.

    Args:
        database: of the store, inside its writing transaction.
        keys: its audit keys.
        mirror: the copy of its head.
        actor, process, request_id: who does it, by what, in which command.
        warnings: gets what went wrong with the mirror.

    Raises:
        InvalidInput: who does it holds the text of an API key, which would be kept in clear.
    """

    def __init__(
        self,
        database: Database,
        *,
        keys: RootKeys,
        mirror: Mirror | None,
        actor: str,
        process: str,
        request_id: str,
        warnings: list[str],
    ) -> None:
        refuse_keys(actor=actor, process=process, request_id=request_id)
        self._database = database
        self._keys = keys
        self._mirror = mirror
        self._who = (clean(actor), clean(process))
        self._request_id = clean(request_id)
        self._warnings = warnings
        self._key: tuple[int, bytes] | None = None
        #: All columns of an event but its number and its MAC.
        self._events: list[tuple[Any, ...]] = []
        self._seq, self._row_mac = 0, GENESIS

    def __len__(self) -> int:
        """Return how many events are recorded."""
        return len(self._events)

    def drop_after(self, count: int) -> None:
        """Forget the events after the first `count`: a part of the change was undone."""
        del self._events[count:]

    def record(
        self,
        event: str,
        *,
        target: tuple[str, str] | None = None,
        detail: Mapping[str, object] | None = None,
        secret: str | bytes | None = None,
        outcome: str = "ok",
    ) -> None:
        """Record an event, as `Journal.record` says.

        Raises:
            Unavailable: the audit key is not there, or is another ("root.missing", "root.wrong").
            InvalidInput: the detail is too long (`code` "audit.detail").
        """
        key_id, key = self._active_key()
        text = compact_json(dict(detail)).decode() if detail else "{}"
        if len(text) > 64 * MAX_TEXT:
            raise InvalidInput(
                f"the detail of {event} is longer than {64 * MAX_TEXT} characters",
                code="audit.detail",
            )
        kind, target_id = target or (None, None)
        self._events.append(
            (
                now_ms(),
                event,
                clean(outcome),
                *self._who,
                kind,
                None if target_id is None else clean(target_id),
                self._request_id,
                None if secret is None else secret_digest(key, secret),
                text,
                key_id,
            )
        )

    def write(self) -> None:
        """Append the events to the chain; called once, before the commit, under the write lock.

        The mirror follows after the commit. What is wrong with it is a warning, never an error.

        Raises:
            Unavailable: the head in the database is forged or gone (`code` "audit.broken"): what
                was appended to it would hide that.
        """
        if not self._events:
            return
        database = self._database
        mac = keyed(self._active_key()[1])
        macs = [keyed(self._keys.key(key_id)) for key_id in self._keys.ids]
        found = database.row(SELECT_HEAD)
        before = None if found is None else Head(*found)
        self._require_sound(before, macs)
        database.run_many(_INSERT, self._chained(before, mac))
        head = made_head(mac, seq=self._seq, row_mac=self._row_mac, at=self._events[-1][0])
        database.run(_SET_HEAD, **head._asdict())
        self._events = []
        if self._mirror is not None and self._mirror_follows(self._mirror, before, macs):
            mirror = self._mirror
            database.on_commit(lambda: self._warn(mirror.write(head)))

    def _chained(self, before: Head | None, mac: Mac) -> Iterator[dict[str, Any]]:
        """Yield rows, each with its number and the MAC that ties it to the one before."""
        seq, row_mac = (before.seq, before.row_mac) if before else (0, GENESIS)
        for event in self._events:
            seq += 1
            row_mac = mac(event_text((seq, *event), row_mac))
            self._seq, self._row_mac = seq, row_mac
            yield dict(zip(COLUMNS, (seq, *event, row_mac), strict=True))

    def _active_key(self) -> tuple[int, bytes]:
        if self._key is None:
            self._keys.refresh()  # a rekey of another process may have made a new one
            key_id = self._keys.active_id
            self._key = key_id, self._keys.key(key_id)
        return self._key

    def _require_sound(self, head: Head | None, macs: Sequence[Mac]) -> None:
        if head is None:
            last = self._database.row(_LAST_SEQ)
            wrong = "is gone" if last else None
        else:
            wrong = None if is_genuine(head, macs) else "is forged"
        if wrong:
            raise Unavailable(
                f"the audit's head {wrong}, so nothing can be written: it would hide what was done",
                hint="authcli audit verify says what is wrong; authcli store restore goes back",
                code="audit.broken",
            )

    def _mirror_follows(self, mirror: Mirror, before: Head | None, macs: Sequence[Mac]) -> bool:
        """Say whether the mirror may be replaced: not where it shows that events were lost."""
        known, problem = mirror.look()
        if problem:
            return self._keep(mirror, problem)
        if known is None or known == before:
            return True
        if not is_genuine(known, macs):
            return self._keep(mirror, "was not written by this store's audit")
        row = self._database.row("SELECT row_mac FROM audit_events WHERE seq = :seq", seq=known.seq)
        if before is None or known.seq > before.seq or row is None or row[0] != known.row_mac:
            return self._keep(mirror, f"knows {known.seq} events, and the database lacks some")
        return True

    def _keep(self, mirror: Mirror, why: str) -> bool:
        self._warn(
            f"{mirror.name}, the copy of the audit's head, {why}; it was left as it is"
            " (see authcli audit verify; if the store was replaced on purpose, remove that file)"
        )
        return False

    def _warn(self, text: str | None) -> None:
        if text and text not in self._warnings:
            self._warnings.append(text)


def clean(text: str) -> str:
    """Return a text as the chain keeps it: of bounded length, and such as every database can."""
    return text[:MAX_TEXT].translate(_UNSTORABLE)


def refuse_keys(**texts: str) -> None:
    """Raise where what is kept with every event holds an API key; the message does not repeat it.

    Args:
        texts: who does it, by what, in which command.

    Raises:
        InvalidInput: one of them does.
    """
    for name, text in texts.items():
        if holds_a_key(text):
            raise InvalidInput(
                f"the {name.replace('_', ' ')} holds the text of an API key, and would be kept in"
                " clear",
                hint="write its id instead: ak_…",
                code="actor.invalid",
            )
