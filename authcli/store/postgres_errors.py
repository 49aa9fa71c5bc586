"""What PostgreSQL's errors mean to people; the one place that reads them."""

from __future__ import annotations

import re

from authcli.errors import AuthError, Conflict, InvalidInput, Unavailable
from authcli.store.database import TableMissing
from authcli.store.urls import ESCAPES, Location

__all__ = ["damaged", "lost_commit", "meaning", "no_connection", "read_only", "unreadable_url"]

_REACHABLE = "check host, port and that the server runs: pg_isready -h HOST -p PORT"


def meaning(error: Exception, *, location: Location, lost: bool, seconds: float) -> Exception:
    """Return the error to raise for one of psycopg's; a bug of ours remains what it is.

    Args:
        error: of psycopg.
        location: whose it is.
        lost: whether the connection is gone.
        seconds: how long locks were waited for.

    Source: PostgreSQL, appendix A (error codes).
    """
    state = getattr(error, "sqlstate", None) or ""
    name = location.masked
    found = _BY_STATE.get(state)
    if found is not None:
        text, hint, code = found
        return Unavailable(text.format(name, seconds), hint=hint, code=code)
    if state == "23505":
        return Conflict("exists already", code="store.conflict")
    if state == "23503":
        return Conflict("what it refers to is not there any more", code="store.conflict")
    if state in ("42P01", "42703", "42P07"):  # no such table or column; a table of that name
        kind = TableMissing if state == "42P01" else Unavailable
        return kind(
            f"{name} is a database, but its tables are not those of a store of authcli",
            hint="name another database, or another schema: ?options=-csearch_path%3DNAME",
            code="store.foreign",
        )
    if isinstance(error, UnicodeDecodeError):  # a database without an encoding takes any bytes
        return damaged(location, "a text is not UTF-8")
    # psycopg itself refuses a text with a NUL, Python half of a surrogate pair.
    if state.startswith("22") or type(error).__name__ in ("DataError", "UnicodeEncodeError"):
        return InvalidInput("a value is too large, or no text that can be kept", code="store.value")
    if lost or state.startswith(("08", "57P", "53")):
        return Unavailable(
            f"the connection to {name} was lost: {_cleaned(error)}",
            hint="nothing was changed; try again",
            code="store.unreachable",
        )
    return error


def no_connection(error: Exception, *, location: Location, password: str) -> AuthError:
    """Return what is wrong when there is no connection; a password is in no message."""
    reason = _cleaned(error)
    if len(password) > 2:
        reason = reason.replace(password, "***")
    hint = _REACHABLE
    if re.search("password|authentication|pg_hba|role", reason):
        hint = "check the user and the password; PGPASSWORD or ~/.pgpass keep it out of the URL"
    elif "does not exist" in reason:
        hint = "make the database first: createdb NAME"
    return Unavailable(
        f"cannot connect to {location.masked}: {reason}", hint=hint, code="store.unreachable"
    )


def unreadable_url(location: Location) -> AuthError:
    """Return what is wrong with a URL that PostgreSQL's library cannot read."""
    return InvalidInput(
        f"{location.masked} is not a URL that PostgreSQL's library can read",
        hint=ESCAPES,
        code="store.url",
    )


def lost_commit(location: Location) -> AuthError:
    """Return what is wrong when the connection went while the server was committing."""
    return Unavailable(
        f"the connection to {location.masked} was lost during the commit",
        hint="whether the change was made is not known: look before trying again",
        code="store.unreachable",
    )


def damaged(location: Location, what: str) -> Unavailable:
    """Return what is wrong when a store lost something, or was changed by others."""
    return Unavailable(
        f"the store {location.masked} is damaged: {ascii(what)[1:-1]}",
        hint="put back the server's backup, or one of authcli's in a new database: authcli store"
        " restore FILE --store URL",
        code="store.corrupt",
    )


def read_only(location: Location) -> AuthError:
    """Return what is wrong when the database cannot be written."""
    return Unavailable(
        f"{location.masked} cannot be written: a standby, or a user who may only read",
        hint="name the primary server, or a user who may write",
        code="store.read-only",
    )


def _cleaned(error: Exception) -> str:
    """Return psycopg's message as one short line: the server's words, or the last reason."""
    text = " ".join(str(error).split())
    found = re.findall(r"FATAL: +(.*?)(?= - host: |$)", text) or re.findall(
        r"failed: (?!connection to)(.*?)(?: Is the server running| - host: |$)", text
    )
    reason = (found or [text])[-1].strip().rstrip(".")
    return ascii(reason[:200])[1:-1].replace("\\'", "'") or "no reason was given"


_BY_STATE = {
    "55P03": (
        "another process kept {0} from being written for {1:g} seconds",
        "try again; if it lasts, look for a stopped process: SELECT * FROM pg_stat_activity",
        "store.locked",
    ),
    "40P01": ("{0} was being changed by others in the same place", "try again", "store.locked"),
    "40001": ("{0} was being changed by others in the same place", "try again", "store.locked"),
    "57014": (
        "the server's limit of time for a statement was reached: {0}",
        "raise statement_timeout for this user",
        "store.locked",
    ),
    "53100": (
        "no room for {0}: the server's disk is used up",
        "nothing was changed; make room, then try again",
        "store.full",
    ),
    "25006": (
        "{0} cannot be written: it is a standby, or set to be read only",
        "name the primary server",
        "store.read-only",
    ),
    "42501": (
        "this user may not do that in {0}",
        "grant it SELECT, INSERT, UPDATE, DELETE on the store's tables; a migration needs CREATE",
        "store.read-only",
    ),
    "3F000": (
        "{0} names no schema that exists",
        "make it first: CREATE SCHEMA NAME",
        "store.unreachable",
    ),
    "XX001": ("{0} is damaged, says the server", "see the server's log", "store.corrupt"),
    "XX002": ("{0} is damaged, says the server", "see the server's log", "store.corrupt"),
}
