"""Tables of users: what a line says of a user's name, hash and password.

    pairs     user:password; user:hash (htpasswd, /etc/shadow: what follows the hash is passed
              over); user:hash:password; without a user, hash:password or a bare hash
    csv       with a header; ",", ";" or a tab between the cells
    jsonl     a JSON object a line
    plain     a bare password a line, or a bare hash

The first line tells which it is; where it cannot (bare passwords that hold colons) the caller says
so. A line is read by itself, so that workers may share a table: a cell in quotes ends in the line
that it began in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from authcli.encoding import json_object
from authcli.errors import InvalidInput
from authcli.passwords.user_columns import ROLES, Role, are_known, resolve, wrong_columns
from authcli.secret import Secret

__all__ = ["FORMS", "Form", "Table", "UserLine", "recognise"]

Form: TypeAlias = Literal["pairs", "csv", "jsonl", "plain"]
FORMS: tuple[Form, ...] = get_args(Form)

MAX_LINE_BYTES = 64 * 1024
MAX_USER_CHARACTERS = 1024
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: werkzeug writes colons into its hashes.
_WERKZEUG = r"(?:pbkdf2:[a-z0-9]+(?::[0-9]+)?|scrypt:[0-9]+:[0-9]+:[0-9]+)\$[^$:]*\$[0-9a-f]+"
#: How a line begins that has a hash and no user before it.
_HASH_FIRST = re.compile(
    rf"\$[0-9A-Za-z]|\{{[A-Za-z0-9-]{{2,}}\}}|{_WERKZEUG}|[a-z0-9_]+\$[^:]*\$|\*[0-9A-Fa-f]{{40}}"
)
_HASH = re.compile(rf"({_WERKZEUG}|[^:]*)(?::(.*))?", re.DOTALL)
#: What follows the hash in /etc/shadow: days, and nothing else.
_SHADOW_REST = re.compile(r"(?:[0-9]*:){5,6}[0-9]*")


class UserLine(NamedTuple):
    """What a line says; None where it says nothing."""

    user: str | None = None
    hash: str | None = None
    password: Secret | None = None


class Table(NamedTuple):
    """How the lines of a table are read; made by `recognise`."""

    form: Form
    wants: tuple[Role, ...]
    """What every line must have."""
    columns: Mapping[str, str] = {}
    """Role -> name of its column; of JSON lines, where the caller said so."""
    header: tuple[str, ...] = ()
    """Of CSV: the names of its columns, in their order."""
    delimiter: str = ","

    @property
    def has_header(self) -> bool:
        """Whether the first line holds names of columns."""
        return self.form == "csv"

    def passes_over(self, line: bytes) -> bool:
        """Tell whether a line says nothing: a blank one, or a comment of htpasswd.

        A bare password may be blank, which is an error, and begin with "#"; so may a user who
        is to be hashed.
        """
        text = line.strip()
        if self.form == "pairs" and "hash" in self.wants:
            return not text or text.startswith(b"#")
        return not text and self.form != "plain"

    def read(self, line: bytes) -> UserLine:
        """Return what a line says.

        Args:
            line: without its line break.

        Raises:
            InvalidInput: it is none of this form, or lacks what is wanted
                ("password.table-line"); no message repeats a password.
        """
        if len(line) > MAX_LINE_BYTES:
            raise _bad(f"the line has {len(line)} bytes, and {MAX_LINE_BYTES} are the most")
        found = _READERS[self.form](self, line.removesuffix(b"\r"))
        for role in self.wants:
            if not getattr(found, role):
                raise _bad(_lack(role, found))
        if found.user is not None and len(found.user) > MAX_USER_CHARACTERS:
            raise _bad(f"the user's name has more than {MAX_USER_CHARACTERS} characters")
        return found


def recognise(
    first: bytes,
    *,
    wants: tuple[Role, ...],
    form: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Table:
    """Return how a table is read.

    Args:
        first: its first line, without its line break.
        wants: what every line must have: the password to hash it, the hash to look at it.
        form: of `FORMS`, where the caller knows it.
        columns: role -> name of its column or member, where it is none of `ROLES`.

    Raises:
        InvalidInput: no such form, or UTF-16 ("password.table-form"); no such column
            ("password.table-columns").
    """
    columns = columns or {}
    if unknown := columns.keys() - ROLES.keys():
        raise wrong_columns(f"no {ascii(min(unknown)[:40])} is looked for", "user, hash, password")
    if form is not None and form not in FORMS:
        raise InvalidInput(
            f"{ascii(form[:40])} is no form of a table",
            hint=f"one of {', '.join(FORMS)}",
            code="password.table-form",
        )
    if first.startswith(_UTF_16):
        raise InvalidInput(
            "the table is UTF-16", hint="iconv -f UTF-16 -t UTF-8", code="password.table-form"
        )
    first = first.removeprefix(_BOM).removesuffix(b"\r")
    chosen = next((f for f in FORMS if f == form), None) or _form(first, wants, columns)
    if columns and chosen in ("pairs", "plain"):
        raise wrong_columns("only CSV and JSON lines have columns with names", "add --from csv")
    if chosen != "csv":
        return Table(chosen, wants, columns)
    delimiter = _delimiter(first)
    header = tuple(cell.strip() for cell in _cells(first, delimiter))
    return Table("csv", wants, resolve(header, wants=wants, columns=columns), header, delimiter)


def _form(first: bytes, wants: tuple[Role, ...], columns: Mapping[str, str]) -> Form:
    """Return what the first line says of the form of all."""
    if first.lstrip().startswith(b"{") and _is_object(first):
        return "jsonl"
    if columns or _is_header(first):
        return "csv"
    if "hash" in wants:
        return "pairs"
    return "pairs" if b":" in first else "plain"


def _is_object(line: bytes) -> bool:
    try:
        json_object(line, what="line")
    except InvalidInput:
        return False
    return True


def _is_header(line: bytes) -> bool:
    """Say whether a line holds cells of which one is called as columns are."""
    try:
        cells = _cells(line, _delimiter(line))
    except InvalidInput:
        return False
    return len(cells) > 1 and are_known(cells)


def _delimiter(line: bytes) -> str:
    return max(",;\t", key=lambda mark: line.count(mark.encode()))


def _cells(line: bytes, delimiter: str) -> list[str]:
    import csv

    try:
        rows = [*csv.reader([_text(line)], delimiter=delimiter, strict=True)]
    except csv.Error:
        raise _bad("the line is not CSV; a cell in quotes has to end in its line") from None
    return rows[0] if rows else []


def _read_pairs(table: Table, line: bytes) -> UserLine:
    if "hash" not in table.wants:
        name, colon, given = line.partition(b":")
        if not colon:
            raise _bad("the line is not user:password, it has no colon")
        return UserLine(_user(name), None, Secret(given))
    # A password may be of any bytes.
    text = line.decode("utf-8", "surrogateescape")
    user, rest = "", text
    if ":" in text and not _HASH_FIRST.match(text):
        user, _, rest = text.partition(":")
    found = _HASH.fullmatch(rest)
    hash_text, after = (found[1], found[2]) if found else (rest, None)
    password = None
    if "password" in table.wants:
        if after is None or _SHADOW_REST.fullmatch(after):
            raise _bad("the line has a hash, and no password beside it")
        password = Secret(after.encode("utf-8", "surrogateescape"))
    name = user.encode("utf-8", "surrogateescape")
    return UserLine(_user(name) if rest is not text else None, hash_text, password)


def _read_csv(table: Table, line: bytes) -> UserLine:
    cells = _cells(line, table.delimiter)
    if len(cells) != len(table.header):
        raise _bad(f"the line has {len(cells)} cells, and the header {len(table.header)}")
    return _picked(dict(zip(table.header, cells, strict=True)), table.columns, table)


def _read_jsonl(table: Table, line: bytes) -> UserLine:
    row = json_object(line.removeprefix(_BOM), what="line")
    try:
        names = resolve([*row], wants=table.wants, columns=table.columns)
    except InvalidInput as error:
        raise _bad(error.message.replace("column", "member")) from None
    return _picked(row, names, table)


def _picked(row: Mapping[str, Any], names: Mapping[str, str], table: Table) -> UserLine:
    # What is there and not wanted (an old password beside its hash) stays unread.
    values = {
        role: _value(row[name], role)
        for role, name in names.items()
        if role == "user" or role in table.wants
    }
    password = values.get("password")
    secret = Secret(password) if password else None
    return UserLine(values.get("user"), values.get("hash"), secret)


def _read_plain(table: Table, line: bytes) -> UserLine:
    if "hash" in table.wants:
        return UserLine(None, _text(line), None)
    return UserLine(None, None, Secret(line))


def _value(value: object, role: str) -> str | None:
    """Return a cell's text; a user may be known by a number."""
    if role == "user" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _bad(f"the {role} is no text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _bad(f"the {role} has half a character (a lone surrogate)") from None
    return value or None


def _user(name: bytes) -> str:
    if not name:
        raise _bad("the line has no user before its colon")
    return _text(name)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _bad("the line is not UTF-8") from None


def _lack(role: Role, found: UserLine) -> str:
    if role == "hash" and found.user is not None:
        return "the user has no hash; where login(1) reads this, no password is asked for"
    return f"the line has no {role}"


def _bad(message: str) -> InvalidInput:
    return InvalidInput(message, code="password.table-line")


_READERS = {
    "pairs": _read_pairs,
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "plain": _read_plain,
}
