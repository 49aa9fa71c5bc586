"""What `authcli expiring` does: choose kinds, read the files, open the store if one is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._expiring import pages
from authcli.cli._expiring.kinds import FILES, MEMBERS, STORED, chosen_kinds
from authcli.cli._expiring.telling import Page, look, tell
from authcli.cli._messages import note
from authcli.cli._store import opened, store_exists

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.errors import AuthError

__all__ = ["Asked", "tell_all"]


class Asked(NamedTuple):
    """What the command line asks for, as it was typed."""

    files: tuple[str, ...]
    kinds: tuple[str, ...]
    within: str
    format: str
    time: str | None


def tell_all(run: Run, asked: Asked, *, store: str | None) -> None:
    """Write what ends soon, in the store and in files.

    Raises:
        Due: something does.
        InvalidInput: a flag that cannot be, or a file.
        Unavailable: the store cannot be used.
    """
    kinds = chosen_kinds(asked.kinds, files=bool(asked.files))
    seen = look(run, within=asked.within, format=asked.format, time=asked.time)
    grounds, page = seen.grounds, Page(MEMBERS, pages.line, pages.table)
    errors: tuple[AuthError, ...] = ()
    if set(kinds) & set(FILES):
        from authcli.cli._expiring.named_files import found_in

        found = found_in(asked.files)
        grounds, errors = grounds._replace(files=found.endings), found.errors
        for name in found.endless:
            note(run, f"{ascii(name)[1:-1]}: nothing in it has an end")
    if not set(kinds) & set(STORED) or not store_exists(run, store):
        return tell(run, seen, kinds, grounds=grounds, page=page, errors=errors)
    with opened(run, store, write=False) as open_store:
        grounds = grounds._replace(store=open_store)
        return tell(run, seen, kinds, grounds=grounds, page=page, errors=errors)
