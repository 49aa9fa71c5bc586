"""Keychain: names whose secrets are in the system's keychain or in the encrypted file.

A name lives where it was put, whatever the setting says today. A new one goes where the setting
says; with "auto" to the system's keychain and, where that cannot be used, to the encrypted file,
saying so. What changes names takes turns by a lock; people and keyrings are waited for outside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from authcli import clock
from authcli.errors import Conflict, InvalidInput, InvalidTime, NotFound, Unavailable
from authcli.keychain.locking import locked
from authcli.keychain.model import (
    BACKENDS,
    MAX_BYTES,
    Address,
    Backend,
    Entry,
    check_name,
    check_namespace,
)
from authcli.keychain.names import NAMES, being_changed, read_names
from authcli.keychain.sealed import SealedFile
from authcli.keychain.system import SystemKeyring
from authcli.secret import Secret

__all__ = ["Keychain", "open_keychain"]


def open_keychain(
    folder: Path,
    *,
    backend: str = "auto",
    namespace: str = "",
    passphrase: Callable[[bool], Secret] | None = None,
    note: Callable[[str], None] | None = None,
) -> Keychain:
    """Return the keychain of a folder; nothing is read, made or asked for yet.

    Args:
        folder: where the encrypted file and the list of names are, made when first needed.
        backend: where new names go: "system", "file", or "auto" for the first that can be had.
        namespace: keeps names of one use apart from those of others.
        passphrase: gives what opens the encrypted file, when that is needed; its argument says
            whether it is a new one.
        note: is told what the person should know: that the file was used, and why.

    Raises:
        InvalidInput: no such backend, or no namespace.
    """
    if backend not in ("auto", *BACKENDS):
        raise InvalidInput("the keychain's backend is auto, system or file", code="keychain.name")
    return Keychain(
        folder,
        backend=backend,
        namespace=check_namespace(namespace),
        passphrase=passphrase,
        note=note,
    )


class Keychain:
    """Secrets by name; made by `open_keychain`, which says what it holds."""

    def __init__(
        self,
        folder: Path,
        *,
        backend: str,
        namespace: str,
        passphrase: Callable[[bool], Secret] | None,
        note: Callable[[str], None] | None,
    ) -> None:
        self._folder = folder
        self._backend = backend
        self._namespace = namespace
        self._note = note
        self._file = SealedFile(folder, passphrase)
        self._system = SystemKeyring()

    def get(self, name: str) -> Secret:
        """Return the secret of a name.

        Raises:
            NotFound: there is no such name, or its secret is gone ("keychain.not-found").
            Unavailable: its backend cannot be used ("keychain.…").
            PassphraseNeeded: a wrong passphrase ("keychain.wrong-passphrase").
            InvalidInput: it is no name ("keychain.name").
        """
        address = self._address(name)
        entry = read_names(self._folder).get(address)
        found = self._holder(entry).get(address) if entry else self._unlisted(address)
        if found is None:
            raise _not_found(name, entry)
        return found

    def set(
        self,
        name: str,
        value: Secret,
        *,
        details: Mapping[str, str | int] | None = None,
        replace: bool = True,
        at: int | None = None,
    ) -> Entry:
        """Keep a secret under a name; it was read back when this returns.

        Args:
            name: 1 to 64 letters, digits and . _ @ -.
            value: 1 byte to 1 MiB.
            details: what lists are to show of it; nothing secret.
            replace: whether it may take the place of another.
            at: when it is set, in epoch seconds; None is now.

        Raises:
            Conflict: the name is taken and may not be ("keychain.exists").
            InvalidInput: no name, a value that is empty or too long, an instant without a date.
            Unavailable: no backend keeps it, or the disk refuses; the old value is whole.
            PassphraseNeeded: a wrong passphrase ("keychain.wrong-passphrase").
        """
        address = self._address(name)
        if not 0 < len(value) <= MAX_BYTES:
            raise InvalidInput(
                f"a secret in the keychain has 1 to {MAX_BYTES} bytes, not {len(value)}",
                code="keychain.size",
            )
        saved_at = clock.now() if at is None else at
        if not 0 <= saved_at <= clock.LATEST_INSTANT:
            raise InvalidTime("a secret is set within the years 1970 to 9999")
        before = read_names(self._folder).get(address)
        if before is not None and not replace:
            raise _taken(name)
        entry = Entry(name, "system", saved_at, dict(details or {}))
        if self._place(before) != "file":
            try:
                return self._put(address, value, entry, replace=replace)
            except Unavailable as error:
                if before is not None or self._backend == "system":
                    raise
                self._say(f"{error.message}: {name} goes into the encrypted file {self._file.path}")
        return self._put(address, value, entry._replace(backend="file"), replace=replace)

    def remove(self, name: str) -> None:
        """Forget a name and its secret.

        Raises:
            NotFound: there is no such name ("keychain.not-found").
            Unavailable: its backend cannot be used; nothing is forgotten.
        """
        address = self._address(name)
        entry = read_names(self._folder).get(address)
        if entry is None:
            raise _not_found(name, None)
        if entry.backend == "file" and self._file.path.exists():
            self._file.open()
        with locked(self._folder):
            names = read_names(self._folder)
            names.pop(address, None)
            with being_changed(self._folder, names):
                self._holder(entry).remove(address)

    def entries(self) -> list[Entry]:
        """Return the names in alphabetical order; nothing is opened, asked for or decrypted."""
        names = read_names(self._folder)
        mine = [entry for address, entry in names.items() if address.namespace == self._namespace]
        return sorted(mine, key=lambda entry: entry.name)

    def __repr__(self) -> str:
        return f"Keychain({str(self._folder)!r}, namespace={self._namespace!r})"

    def _place(self, before: Entry | None) -> str:
        """Return where a name goes: where the setting says, else where it is."""
        if self._backend != "auto":
            return self._backend
        return "system" if before is None else before.backend

    def _holder(self, entry: Entry) -> Backend:
        return self._file if entry.backend == "file" else self._system

    def _put(self, address: Address, value: Secret, entry: Entry, *, replace: bool) -> Entry:
        if entry.backend == "file":
            self._file.open()
        else:
            self._system.open(address)
        with locked(self._folder):
            names = read_names(self._folder)
            before = names.get(address)
            if before is not None and not replace:
                raise _taken(address.name)
            if entry.backend == "file":  # a process that was killed may have left one unlisted
                names = {**dict(self._file.entries()), **names}
            names[address] = entry
            with being_changed(self._folder, names):
                self._holder(entry).set(address, value, entry)
        if before is not None and before.backend != entry.backend:
            self._forget_old(address, before)
        return entry

    def _forget_old(self, address: Address, before: Entry) -> None:
        """Remove the value that a name had in the other backend, if that can be had."""
        try:
            if before.backend == "system":
                self._system.remove(address)
            elif self._file.path.exists():
                self._file.open()
                with locked(self._folder):
                    self._file.remove(address)
        except (Unavailable, InvalidInput) as error:
            where = "system's keychain" if before.backend == "system" else "encrypted file"
            self._say(f"the old value of {address.name} is still in the {where}: {error.message}")

    def _unlisted(self, address: Address) -> Secret | None:
        """Look for a name where the whole list was lost; else it would be asked for in vain.

        Asking may put a window before the person: a name that was mistyped is not worth it.
        """
        found = None
        if (self._folder / NAMES).exists():
            return None
        if self._backend != "file":
            try:
                self._system.open(address)
                found = self._system.get(address)
            except Unavailable:
                if self._backend == "system":
                    raise
        return self._file.get(address) if found is None else found

    def _address(self, name: str) -> Address:
        return Address(self._namespace, check_name(name))

    def _say(self, text: str) -> None:
        if self._note is not None:
            self._note(text)


def _not_found(name: str, entry: Entry | None) -> NotFound:
    if entry is None:
        return NotFound(
            f"the keychain has no {name}",
            hint="authcli keychain list",
            code="keychain.not-found",
        )
    where = "the system's keychain" if entry.backend == "system" else "the encrypted file"
    return NotFound(
        f"{where} no longer holds {name}, which is listed as being there",
        hint=f"set it again: authcli keychain set {name} --replace",
        code="keychain.not-found",
    )


def _taken(name: str) -> Conflict:
    return Conflict(
        f"the keychain has a {name} already", hint="--replace overwrites it", code="keychain.exists"
    )
