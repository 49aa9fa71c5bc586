"""A table of users at work: what every verb of `--lines` does alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from authcli.cli._bulk import Item, bad_facts, run_bulk
from authcli.cli._messages import note
from authcli.cli._output import payload_line
from authcli.cli.password._closing import TableClosing, counted
from authcli.cli.password._rows import Rows, open_table
from authcli.errors import AuthError, PasswordMismatch

if TYPE_CHECKING:
    from authcli.cli._feed import Block
    from authcli.cli._run import Run
    from authcli.cli.password._bulk import Many
    from authcli.passwords.user_columns import Role
    from authcli.passwords.user_tables import UserLine

__all__ = ["BAD_MEMBERS", "UserLines"]

BAD_MEMBERS = ("line", "user", "code", "message", "exit")


class UserLines:
    """A table that was opened; where its form was guessed, a note says so.

    Args:
        run: the invocation.
        source: @FILE, - or None for a pipe.
        many: the flags of bulk work.
        what: what the lines are, for messages.
        wants: what each must have.

    Raises:
        InvalidInput: it cannot be read, or is none of the forms.
    """

    def __init__(
        self, run: Run, source: str | None, many: Many, *, what: str, wants: tuple[Role, ...]
    ) -> None:
        self._run, self._many = run, many
        self._lines, self._table = open_table(
            source, what=what, wants=wants, form=many.table, columns=many.columns
        )
        form = self._table.form
        if many.table is None and wants == ("password",) and form in ("pairs", "plain"):
            other, taken = ("plain", "user:password") if form == "pairs" else ("csv", "passwords")
            note(run, f"each line is taken for {taken}; if that is wrong, add --from {other}")

    def bulk(
        self,
        made: Callable[[UserLine], Item],
        *,
        members: tuple[str, ...],
        memory_kib: int,
        weight: Callable[[bytes], float],
    ) -> None:
        """Write what becomes of each line.

        Args:
            made: makes a line's item, whose facts lack line and user; may raise `AuthError`. A
                pipe gets the plain text, or the facts where there is none.
            members: what `--field` may ask for.
            memory_kib: the most that a worker takes.
            weight: as `Rows` takes it.
        """

        def judge(block: Block) -> Iterable[Item]:
            for number, line in enumerate(block.lines(), block.first):
                yield self._item(number, line, made)

        run_bulk(
            self._run,
            Rows(self._lines, self._table, weight=weight),
            judge,
            members=members,
            jobs=_jobs(self._many.jobs, memory_kib),
            fail_fast=self._many.fail_fast,
            closing_table=TableClosing(),
        )

    def _item(self, number: int, line: bytes, made: Callable[[UserLine], Item]) -> Item:
        user = None
        try:
            found = self._table.read(line)
            user = found.user
            item = made(found)
        except PasswordMismatch as error:
            facts = {**bad_facts(number, error), "user": user, "valid": False}
            why = "disabled" if error.code == "password.disabled" else "mismatch"
            return Item(None, facts, error, counted=counted(why, ()))
        except AuthError as error:
            facts = {**bad_facts(number, error), "user": user}
            return Item(None, facts, error, counted=counted("unusable", ()))
        facts = {"line": number, "user": user, **(item.facts or {})}
        if item.error is not None:
            facts |= bad_facts(number, item.error)
        plain = payload_line(facts) if item.plain is None else item.plain
        return item._replace(plain=plain, facts=facts)


def _jobs(jobs: int | None, memory_kib: int) -> int | None:
    """Return how many processes: all cores, as far as the machine's memory goes round."""
    from authcli.cli._workers import usable_jobs

    if jobs is not None:
        return jobs
    try:
        physical_kib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    except (AttributeError, OSError, ValueError):  # not on Windows
        return None
    return max(1, min(usable_jobs(None), physical_kib // memory_kib))
