"""The store that a command works on: which one it is, who opens it, and where its root keys are.

--store > AUTHCLI_STORE > the setting `store` > authcli.db in the user's data folder, which the
first command that writes makes without being asked. A store that was named is never made so: a
slip of the pen would be a new store, and every key in the old one unknown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._deny_list import copy_marks
from authcli.cli._folders import data_folder
from authcli.cli._input import warn_exposed
from authcli.cli._messages import warn
from authcli.cli._sources import read_source
from authcli.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.roots import RootSource
    from authcli.store import Store

__all__ = [
    "Place",
    "at_ms",
    "default_path",
    "open_place",
    "opened",
    "process_name",
    "refuse_where_none",
    "root_sources",
    "side_folder",
    "store_at",
    "store_exists",
    "store_place",
    "store_url",
    "who",
]

#: Root -> the setting that holds its source.
SETTINGS_OF_ROOTS = {"pepper": "pepper", "audit": "audit_key", "kek": "kek"}
MAX_ACTOR = 200


class Place(NamedTuple):
    """Which store, and how to open it: what a process that was forked needs to open its own."""

    url: str
    """With its password, so never for a message."""
    is_default: bool
    """Whether nobody named it."""
    roots: Mapping[str, RootSource]
    actor: str
    process: str
    request_id: str
    """The same for all events of this command, whichever process records them."""

    def __repr__(self) -> str:
        return "Place(…)"


@contextmanager
def opened(
    run: Run,
    store: str | None,
    *,
    write: bool,
    actor: str | None = None,
    create: bool | None = None,
) -> Iterator[Store]:
    """Open the store of one command.

    Args:
        run: the invocation.
        store: what `--store` says.
        write: whether the command is there to change it; if not, nothing in it can.
        actor: what `--actor` says.
        create: make it where it is missing; by default the default store, where `write`.

    Raises:
        InvalidInput: an empty or unknown URL, a setting that cannot be used.
        Unavailable: it is not there, or cannot be used.
    """
    with open_place(run, store_place(run, store, actor=actor), write=write, create=create) as found:
        if not write:
            # It is not opened so: SQLite would leave its -wal and -shm files behind.
            found.database.read_only = True
        yield found


def store_place(run: Run, store: str | None, *, actor: str | None = None) -> Place:
    """Return which store a command works on, without opening it; the arguments are `opened`'s."""
    name = who(actor)
    return Place(
        store_url(run, store),
        run.config.text("store", store) is None,
        root_sources(run),
        name,
        process_name(run),
        os.urandom(16).hex(),
    )


@contextmanager
def open_place(
    run: Run, place: Place, *, write: bool, create: bool | None = None
) -> Iterator[Store]:
    """Open a store whose place is known; what is wrong beside it is said last. See `opened`."""
    making = write and place.is_default if create is None else create
    with store_at(place, create=making) as found:
        if write:
            copy_marks(run, found)
        try:
            yield found
        finally:
            for source in found.roots.values():
                if getattr(source, "others_can_read", False):
                    warn_exposed(run, str(getattr(source, "path", "")))
            for text in found.warnings:
                warn(run, text)


def store_at(place: Place, *, create: bool = False) -> Store:
    """Open a store whose place is known; worker processes do, each its own."""
    from authcli.store import open_store

    return open_store(
        place.url,
        create=create,
        roots=place.roots,
        side_folder=side_folder(),
        actor=place.actor,
        process=place.process,
        request_id=place.request_id,
    )


def store_url(run: Run, store: str | None, *, flag: str = "--store") -> str:
    """Return the URL of the store: flag, environment, configuration, or the user's own.

    Args:
        run: the invocation.
        store: what the flag says.
        flag: what it is called.

    Raises:
        InvalidInput: it is empty, or a variable that is not set.
    """
    from authcli.store.urls import masked

    chosen = run.config.text("store", store)
    if chosen is None:
        return str(default_path())
    if not chosen.strip():
        raise InvalidInput(f"{flag} is empty: an unset variable?", code="source.empty")
    if chosen.startswith("env:"):
        data = read_source(run, chosen, what="store's URL").data
        return data.decode("utf-8", "surrogateescape").strip()
    if store is not None and masked(chosen).count("***") > chosen.count("***"):
        warn(
            run,
            f"the password in {flag} is visible to every process; use env:NAME or a password file",
        )
    return chosen


def default_path() -> Path:
    """Return where the user's own store is."""
    return data_folder() / "authcli.db"


def side_folder() -> Path:
    """Return where the root keys of stores are that are no files themselves."""
    return data_folder() / "stores"


def store_exists(run: Run, store: str | None) -> bool:
    """Say whether there is a store to open: a fresh machine has none, and that is no error.

    A store that was named is said to be there, and one whose database alone is gone: opening it
    tells what is wrong with it.
    """
    if run.config.text("store", store) is not None or os.path.lexists(default_path()):
        return True
    from authcli.store.leftovers import lost

    return bool(lost(default_path()))


def refuse_where_none(run: Run, store: str | None, names: Sequence[str]) -> None:
    """Refuse names of keys where nobody ever made a store: no key bears them.

    Raises:
        NotFound: there is none, and none was named.
    """
    if names and not store_exists(run, store):
        shown = ascii(names[0][:80])
        plain = names[0].isalnum() and not names[0].startswith("ak_")
        raise NotFound(
            f"there is no API key {shown}: nobody has issued one here",
            hint=f"authcli apikey issue {names[0] if plain else 'NAME'}",
            code="apikey.not-found",
        )


def at_ms(run: Run) -> int:
    """Return the instant of a store's dates, in Unix milliseconds."""
    from authcli import clock

    return clock.now_ms() if run.now is None else run.now * 1000


def process_name(run: Run) -> str:
    """Return what the audit calls this process."""
    return f"authcli {run.command.replace('.', ' ')} [{os.getpid()}]"


def who(actor: str | None) -> str:
    """Return who does this: what `--actor` says, else the user and the host, which are the OS's.

    Raises:
        InvalidInput: a name that could not be shown, or one that holds an API key.
    """
    if actor is None:
        from authcli.cli._text import visible

        return visible(f"{_user()}@{_host()}")[:MAX_ACTOR]
    if actor != actor.strip() or not actor.isprintable() or not 0 < len(actor) <= MAX_ACTOR:
        raise InvalidInput(
            f"--actor is a printable name of at most {MAX_ACTOR} characters", code="actor.invalid"
        )
    if len(actor) > 60:
        from authcli.store.audit_journal import refuse_keys

        refuse_keys(actor=actor)
    return actor


def _user() -> str:
    """Return the user's name; never from the environment, where anyone can write another's."""
    try:
        import pwd
    except ImportError:  # pragma: no cover - Windows
        return os.environ.get("USERNAME") or "unknown"
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's number without a name
        return f"uid{os.getuid()}"


def _host() -> str:
    if hasattr(os, "uname"):  # what socket.gethostname says, without loading socket
        return os.uname().nodename or "localhost"
    return os.environ.get("COMPUTERNAME") or "localhost"  # pragma: no cover - Windows


def root_sources(run: Run) -> dict[str, RootSource]:
    """Return the sources of those root keys that settings name; the rest are files of the store."""
    return {
        root: SettingSource(run, text, setting)
        for root, setting in SETTINGS_OF_ROOTS.items()
        if (text := run.config.text(setting, None)) is not None
    }


class SettingSource:
    """Root keys from a setting's source, read when they are first needed: fills RootSource.

    Args:
        run: the invocation.
        text: the source: env:NAME, @FILE, cmd:COMMAND.
        setting: its setting's name.
    """

    def __init__(self, run: Run, text: str, setting: str) -> None:
        self._run, self._text, self._setting = run, text, setting
        self._keys: list[bytes] | None = None
        self.name = f"the setting {setting}"

    def read(self) -> list[bytes]:
        """Return the keys; the source is asked once."""
        if self._keys is None:
            from authcli.roots import read_root_text

            given = read_source(self._run, self._text, what=self._setting)
            if given.exposed:
                warn_exposed(self._run, given.name)
            self._keys = read_root_text(given.data, self.name)
        return self._keys

    def add(self, key: bytes) -> None:
        """Refuse: what a setting names is its owner's to write."""
        from authcli.roots import FixedSource

        FixedSource(self.name, self.read()).add(key)
