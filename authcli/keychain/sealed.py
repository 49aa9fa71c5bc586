"""The encrypted file, for where the system has no keychain: `keychain.sealed`, two lines.

    authcli-keychain-1 <SHA-256 of the second line, hex>
    authcli-seal-a1.<KiB>.<passes>.<lanes>.<salt>.<nonce>.<ciphertext and tag>

All names and all secrets are in the ciphertext: AES-256-GCM under a key that Argon2id makes of the
passphrase, with the cost and the salt authenticated. The first line's hash guards nothing; by it a
damaged file is told from a wrong passphrase. The file is replaced whole, so that a full disk or a
kill leaves the old one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from authcli import files
from authcli.errors import InvalidInput, PassphraseNeeded, Unavailable
from authcli.keychain.locking import read_bounded, unwritable
from authcli.keychain.model import Address, Entry, lost
from authcli.keychain.names import entry_from, entry_members
from authcli.sealing import PassphraseKey, new_passphrase_key, passphrase_key_of
from authcli.secret import Secret

__all__ = ["FILE", "SealedFile"]

FILE = "keychain.sealed"
MAX_FILE_BYTES = 1 << 26
_MAGIC = "authcli-keychain-1"
#: Namespace -> name -> the entry's members and, in base64, its value.
_Contents = dict[str, dict[str, dict[str, object]]]


class SealedFile:
    """The encrypted file of one folder: fills Backend.

    The passphrase is asked for when the file is first opened, and the key derived once.

    Args:
        folder: where the file is.
        ask: gives the passphrase; its argument says whether it is a new one.
    """

    def __init__(self, folder: Path, ask: Callable[[bool], Secret] | None) -> None:
        self.path = folder / FILE
        self._ask = ask
        self._passphrase: Secret | None = None
        self._key: PassphraseKey | None = None

    def open(self) -> None:
        """Ask for the passphrase and try it, before the lock is taken: people are slow.

        Raises:
            Unavailable: nobody gives a passphrase ("keychain.passphrase"), or the file is damaged
                ("keychain.damaged") or cannot be read.
            PassphraseNeeded: a wrong one ("keychain.wrong-passphrase").
        """
        self._contents()

    def get(self, address: Address) -> Secret | None:
        """Return a secret; where there is no file, nothing is asked."""
        if self._read() is None:
            return None
        row = self._contents().get(address.namespace, {}).get(address.name)
        return None if row is None else Secret(_value(row))

    def set(self, address: Address, value: Secret, entry: Entry) -> None:
        """Hold a secret; the caller has the lock."""
        contents = self._contents()
        encoded = base64.b64encode(value.reveal()).decode()
        row = {**entry_members(entry), "value": encoded}
        contents.setdefault(address.namespace, {})[address.name] = row
        self._write(contents)
        held = self.get(address)
        if held != value:  # a disk that lies
            raise Unavailable(
                f"{self._name} does not hold what was just written", code="keychain.unwritable"
            )

    def remove(self, address: Address) -> None:
        """Forget a secret; the caller has the lock."""
        if self._read() is None:
            return
        contents = self._contents()
        if contents.get(address.namespace, {}).pop(address.name, None) is not None:
            self._write(contents)

    def entries(self) -> Iterator[tuple[Address, Entry]]:
        """Yield what the file itself says that it holds; of no file, nothing."""
        contents = self._contents() if self._read() is not None else {}
        for namespace, rows in contents.items():
            for name, row in rows.items():
                yield Address(namespace, name), entry_from(name, row)

    def _contents(self) -> _Contents:
        text = self._read()
        key = self._key_of(text)
        if text is None:
            return {}
        try:
            data = key.unseal(text, context=_MAGIC)
        except PassphraseNeeded:
            self._passphrase = self._key = None
            raise PassphraseNeeded(
                f"the passphrase does not open {self._name}", code="keychain.wrong-passphrase"
            ) from None
        except InvalidInput:
            raise self._unsealable() from None
        try:
            contents: _Contents = json.loads(data)
            for rows in contents.values():
                for name, row in rows.items():
                    entry_from(name, row)
                    _value(row)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise lost(f"{self._name} was written by another program, or a later version") from None
        return contents

    def _key_of(self, text: str | None) -> PassphraseKey:
        """Return the key that opens a text, or a new one; derived once for a salt."""
        if self._key is not None and (text is None or self._key.fits(text)):
            return self._key
        if self._passphrase is None:
            if self._ask is None:
                raise Unavailable(
                    f"{self._name} needs a passphrase, and none was given",
                    code="keychain.passphrase",
                )
            self._passphrase = self._ask(text is None)
        passphrase = self._passphrase.reveal()
        try:
            if text is None:
                self._key = new_passphrase_key(passphrase, kdf="argon2id")
            else:
                self._key = passphrase_key_of(text, passphrase)
        except InvalidInput as error:
            if error.code == "seal.malformed":
                raise self._unsealable() from None
            raise
        return self._key

    def _unsealable(self) -> Unavailable:
        return lost(f"{self._name} is damaged: its second line is not sealed data")

    def _read(self) -> str | None:
        """Return the sealed text, undamaged; None where there is no file."""
        data = read_bounded(self.path, limit=MAX_FILE_BYTES)
        if data is None:
            return None
        first, _, second = data.partition(b"\n")
        second = second.removesuffix(b"\n")
        if first != _first_line(second):
            raise lost(f"{self._name} is damaged, or of a later version")
        return second.decode("ascii", "replace")

    def _write(self, contents: _Contents) -> None:
        text = self._key_of(None).seal(json.dumps(contents).encode(), context=_MAGIC).encode()
        try:
            files.replace(self.path, _first_line(text) + b"\n" + text + b"\n")
        except OSError as error:
            raise unwritable(self.path, error) from None

    @property
    def _name(self) -> str:
        return ascii(str(self.path))[1:-1]


def _first_line(text: bytes) -> bytes:
    return f"{_MAGIC} {hashlib.sha256(text).hexdigest()}".encode()


def _value(row: dict[str, object]) -> bytes:
    return base64.b64decode(str(row["value"]), validate=True)
