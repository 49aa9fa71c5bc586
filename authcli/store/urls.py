"""Where a store is: `sqlite:///path`, `sqlite:path`, a bare path, `postgresql://…`.

A password in a URL stays in it: messages show `masked(url)`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from authcli.errors import InvalidInput

__all__ = ["ESCAPES", "Location", "locate", "masked"]

_EXAMPLES = "examples: sqlite:///srv/auth.db, auth.db, postgresql://user@host/database"
_FILE_ENDINGS = (".db", ".sqlite", ".sqlite3")
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*:"
_DRIVE = r"/?[A-Za-z]:[\\/]"
#: The schemes that libpq, Heroku and SQLAlchemy's users write.
_POSTGRES = ("postgresql:", "postgres:", "postgresql+psycopg:", "postgresql+psycopg2:")
#: What to do where a URL can be read in two ways.
ESCAPES = "a / : @ ? # or % in the password is written as %2F %3A %40 %3F %23 %25"


class Location(NamedTuple):
    """A store's engine and place."""

    engine: str
    """"sqlite" or "postgresql"."""
    path: Path | None
    """The file of an SQLite store, as it was written."""
    url: str
    """What PostgreSQL's library takes; it may hold a password."""
    masked: str
    """The URL for people."""


def locate(url: str) -> Location:
    """Read a store's URL.

    Args:
        url: `sqlite:///abs/path`, `sqlite:relative/path`, a bare path that holds a separator or
            ends in .db, .sqlite or .sqlite3, or `postgresql://[user[:password]@]host/database`.

    Raises:
        InvalidInput: none of these (`code` "store.url").
    """
    scheme = re.match(_SCHEME, url)
    if not url.strip() or "\0" in url:
        raise _not_a_store("an empty URL" if not url.strip() else "a URL with a NUL character")
    if scheme is None or re.match(_DRIVE, url):
        if not url.endswith(_FILE_ENDINGS) and not re.search(r"[\\/]", url):
            raise _not_a_store(f"{_masked_authority(url)} is no URL of a store")
        return _file(url)
    name = scheme[0].lower()
    if name == "sqlite:":
        return _file(_sqlite_path(url[len(name) :], url))
    if name in _POSTGRES and url[len(name) :].startswith("//"):
        _require_one_reading(url[len(name) + 2 :], url)
        return Location(
            "postgresql", None, "postgresql:" + url[len(name) :], _masked_authority(url)
        )
    raise _not_a_store(f"{_masked_authority(url)} is not the URL of a store that authcli knows")


def masked(url: str) -> str:
    """Return a URL without its password, safe to show and bounded in length.

    What does not parse is masked generously: from the first colon of the authority to the last @.
    """
    try:
        return locate(url).masked
    except InvalidInput:
        return _masked_authority(url)


def _sqlite_path(rest: str, url: str) -> str:
    """Return the path of `sqlite:…`; three slashes are an absolute path, four are one too."""
    if rest.startswith("//"):
        if not rest.startswith("///"):
            raise _not_a_store(
                f"{_masked_authority(url)} has two slashes, which name a host",
                hint="sqlite:///abs/path or sqlite:relative/path",
            )
        rest = "/" + rest.lstrip("/")
    if "?" in rest:
        raise _not_a_store(f"{_masked_authority(url)} has parameters; SQLite's URL takes none here")
    return rest[1:] if re.match(_DRIVE, rest) and rest.startswith("/") else rest


def _require_one_reading(rest: str, url: str) -> None:
    """Refuse a password that was written as it is and holds an @ or a slash.

    PostgreSQL's library would take its second half for the server's name, and say it in messages.
    """
    place = rest.partition("?")[0]
    authority = place.partition("/")[0]
    if place.count("@") > 1 or ("@" in place and "@" not in authority):
        raise _not_a_store(f"{_masked_authority(url)} can be read in two ways", hint=ESCAPES)


def _file(text: str) -> Location:
    if not text.strip("/\\") or text.endswith(("/", "\\")):
        raise _not_a_store(f"{_shown(text)} names no file")
    if ":memory:" in text:
        raise _not_a_store("a store in memory would be gone at the end of the command")
    if text.startswith("~"):
        raise _not_a_store(f"{_shown(text)} begins with ~, which only a shell expands")
    return Location("sqlite", Path(text), "", f"sqlite:{_shown(text)}")


def _masked_authority(url: str) -> str:
    text = _masked_parameters(url)
    plain = re.sub(r"(//[^:/?#@]*):[^/?#@]*@", r"\1:***@", text, count=1)
    if plain.count("@") > 1 or (plain == text and "@" in text):
        # A password with characters that a URL forbids: all up to the last @ may be a part of it.
        plain = re.sub(r"(?s)(//[^:@]*|^[^:]*):(?!//).*@", r"\1:***@", text, count=1)
    return _shown(plain)


def _masked_parameters(url: str) -> str:
    """Mask all from the first parameter on that is a password, however its name is written.

    What follows an & may still be the password, if that was written as it is.
    """
    for begin in re.finditer("[?&]", url):
        before, after = url[: begin.end()], url[begin.end() :]
        name = _decoded(re.split("[&=]", after, maxsplit=1)[0]).lower()
        if "password" in name or "secret" in name:
            if "@" in after and "@" not in before:  # or all of it is a password before an @
                before = re.sub(r"(?s)(//[^:/]*):.*(?=[?&]\Z)", r"\1:***", before)
            return f"{before}password=***"
    return url


def _decoded(text: str) -> str:
    from urllib.parse import unquote  # only where a URL has parameters

    return unquote(text)


def _shown(text: str) -> str:
    return ascii(text[:200])[1:-1][:400]


def _not_a_store(message: str, *, hint: str = _EXAMPLES) -> InvalidInput:
    return InvalidInput(message, hint=hint, code="store.url")
