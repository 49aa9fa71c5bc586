"""Deny marks in SQL, as `authcli.revocation.repository.DenyList` asks for them.

They have a generation, random and new with each change of them. Two that are equal stand for the
same marks, whatever was restored or copied in between, so a copy that bears the store's generation
is a whole one. `Following` copies are told of each change after its commit.

A look-up is one statement, which reads the generation too. While that stays the same, marks of
subjects, keys and families, which are few, are looked up in memory, and a token costs one probe,
for its id.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from authcli.errors import Unavailable
from authcli.revocation.deny_list import mark_id
from authcli.revocation.model import Mark

if TYPE_CHECKING:
    from authcli.revocation.model import Target
    from authcli.store.database import Database, Row

__all__ = ["DenyMarks", "Following"]

_MARK = tuple(Mark._fields)
_COLUMNS = ", ".join(_MARK)
_MARKS = f"SELECT {_COLUMNS} FROM revocations"
#: The generation as a row among marks: it has no kind.
_STATE = "SELECT '', '', '', 0, 0, generation, 0, '' FROM revocation_state"
_KIND, _GENERATION = _MARK.index("kind"), _MARK.index("reason")
#: A token has at most four targets.
_IDS = ("a", "b", "c", "d")
#: How many ids -> a statement. An IN would have SQLite build a table for its list each time.
_FIND = [
    " UNION ALL ".join([_STATE, *(f"{_MARKS} WHERE id = :{name}" for name in _IDS[:number])])
    for number in range(len(_IDS) + 1)
]
_ADD = f"""
INSERT INTO revocations (id, {_COLUMNS})
VALUES (:id, {", ".join(f":{name}" for name in _MARK)})
ON CONFLICT (id) DO UPDATE SET
  expires_at = CASE WHEN revocations.expires_at > :expires_at THEN revocations.expires_at
               ELSE :expires_at END,
  issued_before = CASE WHEN revocations.issued_before IS NULL
                       OR revocations.issued_before > :issued_before
                  THEN revocations.issued_before ELSE :issued_before END
WHERE revocations.kind = :kind AND revocations.issuer = :issuer AND revocations.value = :value
RETURNING {_COLUMNS}"""
_RENEW = """
INSERT INTO revocation_state (one, generation) VALUES (1, :generation)
ON CONFLICT (one) DO UPDATE SET generation = :generation"""
#: Whether there is a mark, and the generation: a row of two columns costs less than a mark's.
_IS_THERE = """
SELECT (SELECT generation FROM revocation_state),
  EXISTS (SELECT 1 FROM revocations WHERE id = :id)"""
_PAGE = f"""
SELECT id, {_COLUMNS} FROM revocations WHERE id > :after AND expires_at > :at
ORDER BY id LIMIT :number"""
_RARE = f"{_MARKS} WHERE kind <> 'jti' LIMIT :number"
#: Look-ups before it pays to read the rare ones, and how many of them are still few.
_BEFORE_RARE, _MOST_RARE = 64, 10_000


class Following(Protocol):
    """A copy of the marks that is told of each change."""

    def changed(self, before: str, after: str, marks: Sequence[Mark]) -> None:
        """Take over marks that are committed: `before` and `after` are generations.

        It does not raise: what it could not take over is not undone.
        """


class DenyMarks:
    """The part of `TokenRepository` that holds deny marks; `authcli.store.tokens` has the rest."""

    _database: Database
    _following: Callable[[], Following] | None = None
    _rare: dict[Target, Mark] | None = None
    _rare_generation = ""
    _since_rare = 0

    def find(self, targets: Sequence[Target]) -> list[Mark]:
        """Return the marks of these targets: one statement for a token, which has at most four."""
        if self._rare is not None:
            found = self._found_now(targets, self._rare)
            if found is not None:
                return found
            self._rare, self._since_rare = None, 0
        found, _ = self._found(targets)
        self._since_rare += 1
        if self._since_rare == _BEFORE_RARE:
            self._read_rare()
        return found

    def add(self, marks: Iterable[Mark]) -> None:
        """Add marks; the same one again keeps the later end and the first reason."""
        follower = self._following() if self._following is not None else None
        with self._database.writing():
            before, after = self.generation(), secrets.token_hex(16)
            rows = []
            for mark in marks:
                number = mark_id(mark.kind, mark.issuer, mark.value)
                row = self._database.row(_ADD, id=number, **mark._asdict())
                if row is None:
                    raise self._database.damaged("a deny mark stands under another's number")
                rows.append(self._mark(row))
            self._database.run(_RENEW, generation=after)
            if follower is not None:
                self._database.on_commit(lambda: follower.changed(before, after, rows))

    def marks(self, *, kind: str | None = None, at_ms: int) -> Iterator[Mark]:
        """Yield the marks that can still hit a token, the newest first."""
        sql, values = f"{_MARKS} WHERE expires_at > :at", {"at": at_ms}
        if kind is not None:
            rows = self._database.stream(
                f"{sql} AND kind = :kind ORDER BY revoked_at DESC, id", **values, kind=kind
            )
        else:
            rows = self._database.stream(f"{sql} ORDER BY revoked_at DESC, id", **values)
        return map(self._mark, rows)

    # For copies.

    def follow(self, following: Callable[[], Following]) -> None:
        """Have a copy told of each change from now on.

        Args:
            following: gives the copy; called before a change, which what it raises prevents.
        """
        self._following = following

    def generation(self) -> str:
        """Return the generation; "" where nothing was ever denied."""
        row = self._database.row("SELECT generation FROM revocation_state")
        return "" if row is None else str(row[0])

    def page(self, *, after: int, number: int, at_ms: int) -> list[tuple[int, Mark]]:
        """Return some of the marks that can still hit a token, by their numbers.

        Args:
            after: the number behind which they are; -1 for the first.
            number: how many at most.
            at_ms: those that are dead by then are left out.
        """
        rows = self._database.rows(_PAGE, after=after, number=number, at=at_ms)
        return [(int(row[0]), self._mark(row[1:])) for row in rows]

    def _found_now(self, targets: Sequence[Target], rare: dict[Target, Mark]) -> list[Mark] | None:
        """Return the marks of targets, all but tokens' from memory; None where that is too old.

        Nearly every token is denied by nothing, so that is told first, in few steps.
        """
        single = [target for target in targets if target[0] == "jti"]
        if len(single) == 1:
            row = self._database.row(_IS_THERE, id=mark_id(*single[0]))
            if row is None or (row[0] or "") != self._rare_generation:
                return None
            if not row[1] and (not rare or rare.keys().isdisjoint(targets)):
                return []
        found, generation = self._found(single)
        if generation != self._rare_generation:
            return None
        return found + [rare[target] for target in targets if target in rare]

    def _found(self, targets: Sequence[Target]) -> tuple[list[Mark], str]:
        """Return the marks of targets, and the generation."""
        found, generation = [], ""
        for start in range(0, len(targets) or 1, len(_IDS)):
            part = targets[start : start + len(_IDS)]
            values = {name: mark_id(*each) for name, each in zip(_IDS, part, strict=False)}
            rows = self._database.rows(_FIND[len(part)], **values)
            for row in rows:
                if row[_KIND] == "":
                    generation = row[_GENERATION]
                elif (mark := self._mark(row))[:3] in part:  # or it has another's number
                    found.append(mark)
        return found, generation

    def _read_rare(self) -> None:
        """Read the marks that are not of one token, where they are few."""
        with self._database.reading():
            self._rare_generation = self.generation()
            rows = self._database.rows(_RARE, number=_MOST_RARE + 1)
        if len(rows) <= _MOST_RARE:
            with suppress(Unavailable):  # what cannot be read is said of the tokens that it hits
                self._rare = {mark[:3]: mark for mark in map(self._mark, rows)}

    def _mark(self, row: Row) -> Mark:
        mark = Mark(*row)
        numbers = (mark.revoked_at, mark.expires_at)
        texts = (mark.kind, mark.issuer, mark.value)
        if not (
            all(type(n) is int for n in numbers)
            and all(isinstance(text, str) for text in texts)
            and (mark.issued_before is None or type(mark.issued_before) is int)
        ):
            # A mark that cannot be read still says that something was denied: nothing passes.
            raise self._database.damaged("a deny mark is damaged")
        return mark
