"""Files of users and hashes as Apache, nginx and others read them: a user:hash a line.

    add     changes or appends one line; every other one, comments too, stays as it is
    verify  as the server does: the first line of that user counts
    remove  drops every line of a user

New hashes are bcrypt's, marked `$2y$` as `htpasswd -B` marks them, at cost 12 and not its 5; a
password that bcrypt would cut is refused. A file is replaced whole, with the old one's owner,
permissions and attributes, and writers take turns: of eight at once none is lost. A new one is
for its owner alone (0600), so the web server has to be let in.

Source: Apache HTTP Server 2.4, htpasswd and mod_authn_file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, Unpack

from authcli.errors import HashUnusable, InvalidInput, NotFound, PasswordMismatch
from authcli.passwords import turns

if TYPE_CHECKING:
    from authcli.passwords import CostOptions
    from authcli.passwords.hash_policy import HashPolicy
    from authcli.passwords.limits import Limits
    from authcli.passwords.model import Hash, Password, Verified
    from authcli.passwords.passtext import Normalization

__all__ = [
    "APACHE_SCHEMES",
    "SCHEME",
    "Added",
    "User",
    "add",
    "check_user",
    "remove",
    "users",
    "verify",
]

SCHEME = "bcrypt"
#: What Apache verifies; SHA-2-crypt where the system's crypt(3) does, as on Linux.
APACHE_SCHEMES = ("bcrypt", "apr1", "ldap-sha", "sha512-crypt", "sha256-crypt", "des-crypt")
_MAX_USER_BYTES = 255
_MAX_FILE_BYTES = 256 << 20
#: So many users tell what most of them have.
_SAMPLE = 64

Added: TypeAlias = Literal["created", "added", "changed"]


class User(NamedTuple):
    """A line that has a user."""

    name: str
    hash: str
    line: int
    """Its number, from one."""


def users(path: Path) -> list[User]:
    """Return the users of a file in their order; of one that is there twice, the first line.

    Raises:
        InvalidInput: it cannot be read, or is no such file ("htpasswd.file").
    """
    found: dict[bytes, User] = {}
    lines = _users_lines(path, turns.content(path, limit=_MAX_FILE_BYTES))
    for number, line in enumerate(lines, 1):
        name, hash_text = _split(line)
        if name is not None and name not in found:
            shown = name.decode("utf-8", "backslashreplace")
            found[name] = User(shown, hash_text.decode("utf-8", "backslashreplace"), number)
    return [*found.values()]


def add(
    path: Path,
    user: str,
    password: Password,
    *,
    scheme: str = SCHEME,
    normalization: Normalization = "nfc",
    **cost: Unpack[CostOptions],
) -> Added:
    """Give a user a password, in a file that is made where there is none.

    Args:
        path: of the file; a symbolic link is followed.
        user: 1 to 255 bytes of UTF-8, without ":" and control characters.
        password: text, bytes or a `Secret`.
        scheme: one that is made; `APACHE_SCHEMES` are those that Apache verifies.
        normalization, cost: as of `authcli.passwords.hash`.

    Returns:
        "created" a file with this user, "added" the user, or "changed" the password.

    Raises:
        InvalidInput: no name for a user ("htpasswd.user"), no such file ("htpasswd.file",
            "htpasswd.owner"), or no password that the scheme takes.
        Unavailable: another writer does not end ("htpasswd.locked").
    """
    from authcli import passwords

    name = check_user(user)
    hash_text = passwords.hash(password, scheme=scheme, normalization=normalization, **cost)
    if hash_text.startswith("$2b$"):
        # The same algorithm; where crypt(3) has no bcrypt, Apache knows it by this mark.
        hash_text = f"$2y${hash_text[4:]}"
    added: Added = "added"

    def changed(data: bytes | None) -> bytes:
        nonlocal added
        kept = _users_lines(path, data or b"")
        end = b"\r\n" if kept and kept[0].endswith(b"\r\n") else b"\n"
        new = name + b":" + hash_text.encode() + end
        places = [place for place, line in enumerate(kept) if _split(line)[0] == name]
        added = "changed" if places else "added" if data is not None else "created"
        if kept and not kept[-1].endswith(b"\n"):
            kept[-1] += end
        if not places:
            return b"".join([*kept, new])
        # A server sees the first line alone: what comes after it would be an old password.
        kept[places[0]] = new
        return b"".join(line for n, line in enumerate(kept) if n not in places[1:])

    turns.change(path, changed, limit=_MAX_FILE_BYTES)
    return added


def verify(
    path: Path,
    user: str,
    password: Password,
    *,
    policy: HashPolicy | None = None,
    limits: Limits | None = None,
    normalization: Normalization = "nfc",
) -> Verified:
    """Return the scheme of a user's hash; raise where the password is not the user's.

    A user that there is not takes as long, and ends in the same error: the password is tried on
    the hash of another one, of the scheme and cost that most of the file's users have.

    Args:
        path: of the file.
        user: the name.
        password: text, bytes or a `Secret`.
        policy, limits, normalization: as of `authcli.passwords.verify`.

    Raises:
        PasswordMismatch: it is not, or there is no such user.
        HashUnusable: the user's hash cannot be used.
        InvalidInput: it cannot be read, or is no such file ("htpasswd.file").
    """
    from authcli import passwords
    from authcli.passwords.hash_policy import HashPolicy

    everyone = users(path)
    # Looked for in any case, so that it takes no time of its own.
    stand_in = _usual_hash(everyone[:_SAMPLE])
    own = next((row.hash for row in everyone if row.name == user), None)
    if own is None and stand_in is None:
        usual = HashPolicy(scheme=SCHEME)
        return passwords.verify(password, None, policy=usual, normalization=normalization)
    found = passwords.verify(
        password,
        stand_in if own is None else own,
        policy=policy,
        limits=limits,
        normalization=normalization,
    )
    if own is None:  # it is somebody else's password
        raise PasswordMismatch("the password does not match the hash")
    return found


def remove(path: Path, user: str, *, dry_run: bool = False) -> None:
    """Drop every line of a user.

    Args:
        path: of the file; a symbolic link is followed.
        user: the name.
        dry_run: only see that the user is there.

    Raises:
        NotFound: there is no such user ("htpasswd.user-not-found").
        InvalidInput, Unavailable: as of `add`.
    """
    name = user.encode("utf-8", "surrogateescape")

    def changed(data: bytes | None) -> bytes:
        lines = _lines(data or b"")
        kept = [line for line in lines if _split(line)[0] != name]
        if len(kept) == len(lines):
            raise NotFound(
                f"there is no user {ascii(user[:60])} in {turns.shown(path)}",
                hint="authcli password htpasswd list FILE shows who there is",
                code="htpasswd.user-not-found",
            )
        return b"".join(kept)

    if dry_run:
        changed(turns.content(path, limit=_MAX_FILE_BYTES))
    else:
        turns.change(path, changed, limit=_MAX_FILE_BYTES, create=False)


def check_user(name: str) -> bytes:
    """Return a user's name as it is written.

    Raises:
        InvalidInput: one that would be read as something else ("htpasswd.user").
    """
    try:
        data = name.encode()
    except UnicodeEncodeError:
        raise _no_user("it is no text that UTF-8 can hold") from None
    if not 1 <= len(data) <= _MAX_USER_BYTES:
        raise _no_user(f"it has {len(data)} bytes, and may have 1 to {_MAX_USER_BYTES}")
    if ":" in name:
        raise _no_user("it holds a colon, where the hash would begin")
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in name):
        raise _no_user("it holds control characters")
    if name.strip() != name or name.startswith("#"):
        raise _no_user("it begins with # or a blank, or ends with a blank, which servers skip")
    return data


def _lines(data: bytes) -> list[bytes]:
    """Return the lines with their ends; LF alone ends one."""
    found = data.split(b"\n")
    return [line + b"\n" for line in found[:-1]] + ([found[-1]] if found[-1] else [])


def _users_lines(path: Path, data: bytes) -> list[bytes]:
    """Return the lines of a file of users; another text file, a key say, is not taken for one."""
    lines = _lines(data)
    said = [line for line in lines if line.strip() and not line.strip().startswith(b"#")]
    if said and all(_split(line)[0] is None for line in said):
        raise InvalidInput(
            f"cannot use {turns.shown(path)}: none of its lines is user:hash", code="htpasswd.file"
        )
    return lines


def _split(line: bytes) -> tuple[bytes | None, bytes]:
    """Return user and hash; no user where the line is a comment, blank, or something else."""
    text = line.strip()
    name, colon, rest = text.partition(b":")
    if not colon or not name or text.startswith(b"#"):
        return None, b""
    return name, rest.partition(b":")[0]


def _usual_hash(everyone: list[User]) -> str | None:
    """Return a hash of the scheme and cost that most users have; None where none is computed."""
    kinds = [(str(sorted(hash.cost.items())), hash.scheme, text) for hash, text in _read(everyone)]
    if not kinds:
        return None
    most = Counter(kind[:2] for kind in kinds).most_common(1)[0][0]
    return next(kind[2] for kind in kinds if kind[:2] == most)


def _read(everyone: list[User]) -> Iterator[tuple[Hash, str]]:
    from authcli.passwords.recognition import read

    for row in everyone:
        with suppress(HashUnusable, PasswordMismatch):
            yield read(row.hash), row.hash


def _no_user(why: str) -> InvalidInput:
    return InvalidInput(f"this is no name for a user: {why}", code="htpasswd.user")
