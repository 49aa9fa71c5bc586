"""What `authcli apikey import` does between its flags and the store."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from authcli.cli._messages import error_line, note, warn, write
from authcli.cli._output import emit
from authcli.cli._reading import cannot_read, take_stdin
from authcli.cli._store import at_ms, opened, store_exists
from authcli.cli._times import instant_of
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.apikeys.importing import Defaults, Imported
    from authcli.cli._run import Run
    from authcli.store import Store

__all__ = ["Wanted", "import_export"]

ALIASES = {"sha256-csv": "sha256", "drf": "djangorestframework-api-key"}
#: How many bad records are told of, each with its number.
_MAX_TOLD = 20


class Wanted(NamedTuple):
    """What the flags ask for, as it was typed."""

    file: str | None
    origin: str
    form: str | None
    prefix: str
    owner: str | None
    scope: tuple[str, ...]
    expires: str | None
    name_column: str | None
    skip_bad: bool
    dry_run: bool
    store: str | None
    actor: str | None


def import_export(run: Run, wanted: Wanted) -> None:
    """Import an export, or say what would be imported, and write the counts.

    Raises:
        InvalidInput: flags or records that cannot be; nothing was imported.
        Unavailable: the store cannot be used; nothing was imported.
    """
    from authcli.apikeys.importing import FORMATS, ORIGINS, import_keys, records

    origin = ALIASES.get(wanted.origin, wanted.origin)
    if origin not in ORIGINS:
        raise InvalidInput(
            f"nothing is imported from {ascii(wanted.origin[:40])}",
            hint=f"--from is one of {', '.join(ORIGINS)}",
        )
    if wanted.form is not None and wanted.form not in FORMATS:
        raise InvalidInput(
            f"--format is one of {', '.join(FORMATS)}, not {ascii(wanted.form[:40])}"
        )
    defaults = _defaults(run, wanted)
    told = _Told(run)
    with _export(wanted.file) as file, _store(run, wanted) as store:
        done = import_keys(
            store.api_keys if store else None,
            records(file, form=wanted.form),
            origin=origin,
            defaults=defaults,
            imported_before=_imported_before(store) if store else None,
            skip_bad=wanted.skip_bad,
            on_bad=told,
            dry_run=wanted.dry_run,
            at_ms=at_ms(run),
        )
    _emit(run, done, origin=origin, dry_run=wanted.dry_run)


def _defaults(run: Run, wanted: Wanted) -> Defaults:
    from authcli.apikeys.drafts import check_label
    from authcli.apikeys.importing import Defaults
    from authcli.apikeys.scopes import check_scopes
    from authcli.apikeys.text import check_prefix

    ends = wanted.expires
    never = ends is None or ends.lower() == "never"
    return Defaults(
        prefix=check_prefix(wanted.prefix),
        owner=None if wanted.owner is None else check_label(wanted.owner, what="owner"),
        scopes=check_scopes(word for text in wanted.scope for word in text.split()),
        expires_at_ms=None if never else instant_of("--expires", ends or "", at=run.at) * 1000,
        name_column=wanted.name_column,
    )


@contextmanager
def _store(run: Run, wanted: Wanted) -> Iterator[Store | None]:
    """Open the store; a dry run on a machine that has none does without."""
    if wanted.dry_run and not store_exists(run, wanted.store):
        yield None
        return
    with opened(run, wanted.store, write=not wanted.dry_run, actor=wanted.actor) as store:
        yield store


@contextmanager
def _export(path: str | None) -> Iterator[BinaryIO]:
    """Open the file that is read as it comes, and is of any size."""
    if path is None or path == "-":
        if path is None and (sys.stdin is None or sys.stdin.isatty()):
            raise InvalidInput("no export was given", hint="give a file, or pipe it in")
        descriptor, name = os.dup(take_stdin("export")), "stdin"
    else:
        name = ascii(path)[1:-1]
        try:
            descriptor = os.open(
                Path(path.removeprefix("@")).expanduser(),
                os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0),
            )
        except (OSError, ValueError, RuntimeError) as error:
            cannot_read("export", name, error)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidInput(f"{name} is a folder, not a file", code="source.unreadable")
    with os.fdopen(descriptor, "rb") as file:
        try:
            yield file
        except OSError as error:
            cannot_read("export", name, error)


def _imported_before(store: Store) -> Callable[[str], bool]:
    """Return what asks the audit whether a key was imported once, even if it is gone by now."""
    from authcli.apikeys.importing import EVENT

    ever: list[bool] = []

    def asked(lookup: str) -> bool:
        if not ever:
            ever.append(any(store.audit.find(event=EVENT, limit=1)))
        return ever[0] and any(store.audit.find(event=EVENT, secret=lookup, limit=1))

    return asked


class _Told:
    """Says what is wrong with records, of the first ones each."""

    def __init__(self, run: Run) -> None:
        self._run, self._count = run, 0

    def __call__(self, number: int, error: AuthError) -> None:
        self._count += 1
        if self._count <= _MAX_TOLD:
            write(error_line(self._run, error, line=number).removesuffix("\n"))
        elif self._count == _MAX_TOLD + 1:
            warn(self._run, "more records are bad than are told of here")


def _emit(run: Run, done: Imported, *, origin: str, dry_run: bool) -> None:
    for text, count in done.notes.items():
        warn(run, f"{text} ({count} of the keys)")
    facts = {
        "from": origin,
        "imported": done.imported,
        "skipped": done.skipped,
        "bad": done.bad,
        "dry_run": dry_run,
    }
    counted = [f"{done.imported} {'would be ' if dry_run else ''}imported"]
    if done.skipped:
        counted.append(f"{done.skipped} skipped: the store has or had them")
    if done.bad:
        counted.append(f"{done.bad} bad and left out")
    if dry_run:
        note(run, "nothing was imported (--dry-run)")
    emit(run, facts, plain="; ".join(counted))
