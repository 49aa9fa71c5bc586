"""Which column of a table of users holds what, by the names that people give columns.

They are compared in any case of letters, with or without "_", "-", "." and blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from authcli.errors import InvalidInput

__all__ = ["ROLES", "Role", "are_known", "resolve", "wrong_columns"]

Role: TypeAlias = Literal["user", "hash", "password"]

#: What columns are called, the surest name first.
ROLES: Mapping[Role, tuple[str, ...]] = {
    "user": (
        *("user", "username", "userlogin", "login", "loginname", "account", "name", "email"),
        *("emailaddress", "mail", "uid", "userid", "id"),
    ),
    "hash": (
        *("hash", "passwordhash", "passwordhashed", "hashedpassword", "passwordencrypted"),
        *("encryptedpassword", "cryptedpassword", "passworddigest", "pwhash", "pwdhash"),
        *("passhash", "userpassword", "userpass", "digest", "crypt"),
    ),
    "password": (
        *("password", "passwd", "passphrase", "pass", "pwd", "pw", "plaintext", "plain"),
        *("cleartext", "secret"),
    ),
}
# They are not listed: of a table without a header they are the first user's name and password.
_HINT = "the first line names the columns; say which it is, such as --column hash=COLUMN"


def are_known(names: Iterable[str]) -> bool:
    """Tell whether one of the names is of `ROLES`."""
    plain = {_plain(name) for name in names}
    return any(plain & {*known} for known in ROLES.values())


def resolve(
    names: Sequence[str], *, wants: Sequence[Role], columns: Mapping[str, str]
) -> dict[str, str]:
    """Return role -> the column that holds it, of those that there are.

    Args:
        names: of the columns.
        wants: the roles that there must be.
        columns: role -> its column, where the caller knows better.

    Raises:
        InvalidInput: what is wanted has no column, or two ("password.table-columns").
    """
    found: dict[str, str] = {role: columns[role] for role in ROLES if role in columns}
    for name in found.values():
        if names.count(name) != 1:
            count = "two columns are" if name in names else "no column is"
            raise wrong_columns(f"{count} called {ascii(name[:60])}", _HINT)
    left = {name: _plain(name) for name in names if name not in found.values()}
    for role, known in ROLES.items():
        if role in found:
            continue
        # A table that is looked at for its hashes often calls them "password", as Django does.
        also = ROLES["password"] if role == "hash" and "password" not in wants else ()
        called = next((n for n in (*known, *also) if n in left.values()), None)
        fitting = [name for name in names if left.get(name) == called]
        if called is not None and len(fitting) > 1:
            raise wrong_columns(f"two columns are called {ascii(fitting[0][:60])}", _HINT)
        if called is not None:
            found[role] = fitting[0]
            del left[fitting[0]]
        elif role in wants:
            raise wrong_columns(f"no column for the {role}", _HINT)
    return found


def wrong_columns(message: str, hint: str) -> InvalidInput:
    """Return the error of columns that cannot be found."""
    return InvalidInput(message, hint=hint, code="password.table-columns")


def _plain(name: str) -> str:
    return re.sub(r"[ _.-]", "", name.strip()).lower()
