"""AuditLog: the audit of an open store, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from authcli.audit.chain import Mac, keyed, secret_digest
from authcli.audit.model import Event, Head
from authcli.audit.verification import Copy, Verification, verify_chain
from authcli.errors import InvalidInput
from authcli.store.audit_journal import ChainJournal
from authcli.store.audit_mirror import Mirror, read_head
from authcli.store.audit_rows import event_rows, head_row

if TYPE_CHECKING:
    from authcli.roots import RootKeys
    from authcli.store.database import Database

__all__ = ["AuditLog"]

#: Beyond it no database counts: a limit above it is none.
_MOST = (1 << 63) - 1


class AuditLog:
    """Who changed what: appended to by `journal`, read by `find`, checked by `verify`.

    Args:
        database: of the store.
        keys: its audit keys.
        mirror: the path of the copy of its head; None keeps none.
        actor, process, request_id: who does it, by what, in which command.

    Attributes:
        warnings: what went wrong beside changes that are committed: a mirror that cannot be
            written. A caller shows them to somebody.
    """

    def __init__(
        self,
        database: Database,
        *,
        keys: RootKeys,
        mirror: Path | None,
        actor: str,
        process: str,
        request_id: str,
    ) -> None:
        self._database = database
        self._keys = keys
        # PostgreSQL's lock is on another machine: it may be lost while we still write the file.
        shared = database.engine != "sqlite"
        self._mirror = None if mirror is None else Mirror(mirror, shared=shared)
        self._who = (actor, process, request_id)
        self.warnings: list[str] = []

    @property
    def mirror(self) -> Path | None:
        """The path of the copy of the head."""
        return self._mirror.path if self._mirror else None

    def journal(self) -> ChainJournal:
        """Return the journal of one change; the caller calls `write` before the commit."""
        actor, process, request_id = self._who
        return ChainJournal(
            self._database,
            keys=self._keys,
            mirror=self._mirror,
            actor=actor,
            process=process,
            request_id=request_id,
            warnings=self.warnings,
        )

    def head(self) -> Head | None:
        """Return where the chain ends, unverified; None before the first event."""
        row = head_row(self._database)
        return None if row is None else Head(*row)

    def find(
        self,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        actor: str | None = None,
        event: str | None = None,
        target: str | None = None,
        secret: str | bytes | None = None,
        after_seq: int = 0,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Event]:
        """Yield events, unverified, in constant memory.

        Args:
            since_ms: not before it.
            until_ms: before it.
            actor: of this actor; a "*" at the end is any ending, here and in the two that follow.
            event: of this name: "apikey.*".
            target: of this target's id.
            secret: about this credential.
            after_seq: of a higher number.
            limit: at most so many.
            newest_first: the order of their numbers, reversed.

        Raises:
            Unavailable: with `secret`, the audit key is not there.
        """
        wanted: list[tuple[str, dict[str, object]]] = [("seq > :after", {"after": after_seq})]
        if since_ms is not None:
            wanted.append(("at >= :since", {"since": since_ms}))
        if until_ms is not None:
            wanted.append(("at < :until", {"until": until_ms}))
        for column, text in (("actor", actor), ("event", event), ("target_id", target)):
            if text is not None:
                wanted.append(_matching(column, text))
        if secret is not None:
            wanted.append(self._about(secret))
        values = {name: value for _, some in wanted for name, value in some.items()}
        rows = event_rows(
            self._database,
            where=" AND ".join(one for one, _ in wanted),
            values=values,
            newest_first=newest_first,
            limit=None if limit is None else min(limit, _MOST),
        )
        return (Event(*row) for row in rows)

    def verify(self, *, anchor: Path | None = None) -> Verification:
        """Verify the whole chain in one pass, against the mirror or another copy of its head.

        Args:
            anchor: a copy of the mirror that was taken away; by default the mirror itself.

        Raises:
            InvalidInput: the file of `anchor` is not there, or is no copy of a head.
            Unavailable: the audit key is not there, or is another ("root.missing", "root.wrong").
        """
        copy = self._copy() if anchor is None else _named(anchor)
        with self._database.reading():
            self._keys.refresh()
            macs = {key_id: keyed(self._keys.key(key_id)) for key_id in self._keys.ids}
            if not macs and (copy.head or copy.problem or self.head()):
                macs = {self._keys.active_id: keyed(b"")}  # raises: nobody took the key back

            def mac_of(key_id: object) -> Mac | None:
                return macs.get(key_id) if type(key_id) is int else None

            return verify_chain(
                event_rows(self._database),
                head=self.head(),
                copy=copy,
                macs=mac_of,
                head_macs=list(macs.values()),
            )

    def renew_mirror(self) -> None:
        """Make the mirror agree with the database, whatever it says: after a restore, on purpose.

        Raises:
            Unavailable: the store cannot be written.
        """
        mirror = self._mirror
        if mirror is None:
            return
        with self._database.writing():
            problem = mirror.write(self.head(), renew=True)
        if problem:
            self.warnings.append(problem)

    def _about(self, secret: str | bytes) -> tuple[str, dict[str, object]]:
        """Return the condition of the events that are about a credential, under any audit key."""
        values: dict[str, object] = {
            f"secret{key_id}": secret_digest(self._keys.key(key_id), secret)
            for key_id in self._keys.ids
        }
        names = ", ".join(f":{name}" for name in values)
        return (f"secret_digest IN ({names})" if names else "1 = 0"), values

    def _copy(self) -> Copy:
        if self._mirror is None:
            return Copy("the copy of the head")
        return Copy(self._mirror.name, *self._mirror.look())


def _named(path: Path) -> Copy:
    name = ascii(str(path))[1:-1]
    try:
        return Copy(name, read_head(path))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "not a usable name").lower()
        raise InvalidInput(f"cannot read {name}: {reason}", code="audit.anchor-file") from None


def _matching(column: str, text: str) -> tuple[str, dict[str, object]]:
    """Return the condition that a column is a text, or begins with it where it ends in "*"."""
    if not text.endswith("*"):
        return f"{column} = :{column}", {column: text}
    start = text[:-1]
    return f"substr({column}, 1, {len(start)}) = :{column}", {column: start}
