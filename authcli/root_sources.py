"""Where root keys are held: a file of their own, or what somebody else wrote and we only read.

Attackers who can write in the folder must gain nothing by a link or a pipe in a file's place, and
a damaged file must not pass for another key.
"""

from __future__ import annotations

import errno
import hmac
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from authcli import files
from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import Conflict, InvalidEncoding, InvalidInput, Unavailable

__all__ = [
    "KEY_BYTES",
    "FileSource",
    "FixedSource",
    "RootSource",
    "first_key",
    "new_root_key",
    "read_root_text",
]

KEY_BYTES = 32
MAX_SOURCE_BYTES = 1 << 16
_READ = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not hang us
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class RootSource(Protocol):
    """Where the keys of one root are held."""

    name: str
    """What to call it in messages; never a value."""

    def read(self) -> list[bytes]:
        """Return all keys that it holds, the newest last; none where it does not exist yet."""

    def add(self, key: bytes) -> None:
        """Add a key after those that it holds, durably.

        Raises:
            Unavailable: it cannot be written (`code` "root.fixed").
            Conflict: another process made it meanwhile (`code` "root.exists").
        """


class FileSource:
    """A file of keys, one a line as base64url: owner-only, replaced atomically, no link followed.

    Attributes:
        path: where it is.
        others_can_read: whether, when it was last read, group or others were allowed to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = ascii(str(path))[1:-1]
        self.others_can_read = False

    def read(self) -> list[bytes]:
        """Return its keys; none where there is no file.

        Raises:
            Unavailable: it cannot be read ("root.unreadable"); or it is empty, too long, no regular
                file, or holds something else ("root.damaged").
        """
        try:
            descriptor = os.open(self.path, _READ)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unreadable(error) from None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _damaged(f"{self.name} is not a regular file")
            self.others_can_read = files.others_can_read(status)
            data = os.read(descriptor, MAX_SOURCE_BYTES + 1)  # of a regular file, all at once
        except OSError as error:
            raise self._unreadable(error) from None
        finally:
            os.close(descriptor)
        try:
            return read_root_text(data, self.name, raw=False)
        except InvalidInput as error:  # nobody gave it to us: it was a key when it was written
            raise _damaged(error.message) from None

    def add(self, key: bytes) -> None:
        """Add a line. Two that add at once must take turns; stores do so under their lock."""
        held = self.read()
        text = "".join(base64url_encode(one) + "\n" for one in [*held, key]).encode()
        try:
            if held:
                files.replace(self.path, text)
            else:
                files.create(self.path, text)
        except Conflict:
            raise Conflict(f"{self.name} was made meanwhile", code="root.exists") from None
        except OSError as error:
            reason = (error.strerror or "it failed").lower()
            raise Unavailable(
                f"cannot write {self.name}: {reason}", code="root.unwritable"
            ) from None

    def _unreadable(self, error: OSError) -> Unavailable:
        if error.errno == errno.ELOOP:
            return _damaged(
                f"{self.name} is a symbolic link, and root keys are read from no link",
                hint="put the file itself there, or name it as the setting's source: @FILE",
            )
        reason = (error.strerror or "it failed").lower()
        return Unavailable(f"cannot read {self.name}: {reason}", code="root.unreadable")


class FixedSource:
    """Keys that were read from elsewhere (a variable, a command): they can only be used.

    Args:
        name: what to call their source ("env:AUTHCLI_PEPPER").
        keys: the keys, the newest last.
    """

    def __init__(self, name: str, keys: Sequence[bytes]) -> None:
        self.name = name
        self._keys = tuple(keys)

    def read(self) -> list[bytes]:
        """Return the keys."""
        return list(self._keys)

    def add(self, key: bytes) -> None:  # noqa: ARG002  (the Protocol's name)
        """Refuse."""
        raise Unavailable(
            f"{self.name} cannot be written; a new key must be added there by hand",
            hint="make one with `authcli key secret`, add it after the old one, and try again",
            code="root.fixed",
        )


def read_root_text(data: bytes, name: str, *, raw: bool = True) -> list[bytes]:
    """Return the keys that a source's content holds.

    Args:
        data: keys of 32 bytes as base64url or hex, with blanks or line breaks between them; or
            one secret of at least 32 bytes of any kind, of which a key is derived.
        name: what to call the source.
        raw: whether such a secret is accepted. Where we write the file ourselves it is not: a
            damaged line would pass for one.

    Raises:
        InvalidInput: none of these (`code` "root.malformed").
    """
    if len(data) > MAX_SOURCE_BYTES:
        raise InvalidInput(
            f"{name} holds more than {MAX_SOURCE_BYTES} bytes", code="root.malformed"
        )
    keys = [_key(word) for word in data.split()]
    found = [key for key in keys if key is not None]
    if found and len(found) == len(keys):
        return found
    secret = data.removesuffix(b"\n").removesuffix(b"\r")
    if raw and len(secret.strip()) >= KEY_BYTES:
        return [hmac.digest(b"authcli-root-secret", secret, "sha256")]
    raise InvalidInput(
        f"{name} holds no key of {KEY_BYTES} bytes" if data.strip() else f"{name} is empty",
        hint="a key is 43 characters of base64url, as `authcli key secret` prints it",
        code="root.malformed",
    )


def _damaged(
    message: str, *, hint: str = "put it back from a backup; a new key cannot take its place"
) -> Unavailable:
    return Unavailable(message, hint=hint, code="root.damaged")


def _key(word: bytes) -> bytes | None:
    if len(word) == 2 * KEY_BYTES:
        with suppress(ValueError):
            return bytes.fromhex(word.decode("ascii"))
    if len(word) == 43:
        with suppress(InvalidEncoding):
            return base64url_decode(word)
    return None


def new_root_key() -> bytes:
    """Return a new key."""
    return os.urandom(KEY_BYTES)


def first_key(source: RootSource) -> bytes:
    """Return the key for a store that has none of this root: the one held, else a new one, kept.

    Two processes that come at once agree on one key.

    Raises:
        Unavailable: none is held, and none can be added there; or the file holds no key.
        InvalidInput: what a setting names holds no key.
    """
    held = source.read()
    if not held:
        with suppress(Conflict):
            source.add(new_root_key())
        held = source.read()
    return held[-1]
