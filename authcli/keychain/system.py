"""The operating system's keychain, by `keyring`: Secret Service, macOS, Windows, KWallet.

What `keyring` finds is not trusted. Its null backend drops what is written, those of keyrings.alt
keep plain text, a locked collection waits for a person, a wrong PYTHON_KEYRING_BACKEND is a bare
ModuleNotFoundError. So: a backend that keeps nothing or plain text is refused for writing, all
that is written is read back, no call may take longer than ten seconds, and whatever goes wrong is
one `Unavailable`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import InvalidEncoding, Unavailable
from authcli.keychain.model import Address, Entry
from authcli.secret import Secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["SystemKeyring"]

SERVICE = "authcli"
LIMIT_SECONDS = 10.0
#: Keyrings hold text; what is none, or might not come back as it was, is marked and encoded.
_MARK = "authcli-bytes:"
#: Modules whose keyrings drop what they are given, or keep it readable.
_REFUSED = ("keyring.backends.null", "keyring.backends.fail", "keyrings.alt")
_T = TypeVar("_T")


class SystemKeyring:
    """The keychain of this user's session: fills Backend.

    Once it did not answer in time it is not asked again: that would cost ten seconds more.
    """

    def __init__(self) -> None:
        self._keyrings: list[KeyringBackend] = []
        self._timeout: Unavailable | None = None

    def open(self, address: Address) -> None:
        """Make sure that a secret could be held: the keychain is there, unlocked, and keeps it.

        Raises:
            Unavailable: it cannot ("keychain.unavailable", "keychain.locked", "keychain.timeout"),
                or must not ("keychain.plaintext").
        """
        first = self._found()[0]
        if type(first).__module__ == "keyring.backends.fail":
            raise _none()
        if why := _refusal(first):
            raise Unavailable(
                f"the keyring {_shown(first)} {why}",
                hint="keyring --list-backends shows others; or AUTHCLI_KEYCHAIN=file",
                code="keychain.plaintext",
            )
        self.get(address)

    def get(self, address: Address) -> Secret | None:
        """Return a secret."""
        keyrings = self._found()
        text = self._asked(lambda: _read(keyrings, address))
        return None if text is None else _decoded(text)

    def set(self, address: Address, value: Secret, entry: Entry) -> None:  # noqa: ARG002
        """Hold a secret, and read it back."""
        keyrings, text = self._found(), _encoded(value)
        self._asked(lambda: _write(keyrings, address, text))
        if self.get(address) != value:
            with suppress(Unavailable):
                self.remove(address)  # whatever it made of the secret
            raise Unavailable(
                f"the keyring {_shown(keyrings[0])} does not keep what is written",
                hint="AUTHCLI_KEYCHAIN=file",
                code="keychain.unwritable",
            )

    def remove(self, address: Address) -> None:
        """Forget a secret."""
        keyrings = self._found()
        self._asked(lambda: _delete(keyrings, address))

    def _found(self) -> list[KeyringBackend]:
        if not self._keyrings:
            self._keyrings = self._asked(_loaded)
        return self._keyrings

    def _asked(self, call: Callable[[], _T]) -> _T:
        """Return what a call into `keyring` returns, within ten seconds.

        It runs on a thread of its own, which is left behind where it hangs.
        """
        if self._timeout is not None:
            raise self._timeout.with_traceback(None)
        results: list[_T] = []
        failures: list[Unavailable] = []

        def run() -> None:
            try:
                results.append(call())
            except BaseException as error:  # noqa: BLE001 - a plug-in may raise anything
                failures.append(_failure(error))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(LIMIT_SECONDS)
        if results:
            return results[0]
        if failures:
            raise failures[0]
        self._timeout = _too_late()
        raise self._timeout


def _loaded() -> list[KeyringBackend]:
    """Return the keyrings to ask, in this order: the members of a chain that keep secrets.

    Where none does, its members: the chain itself has a name that is not refused, and would write
    to whichever of them takes it.
    """
    import keyring

    found = keyring.get_keyring()
    chain: list[KeyringBackend] = list(getattr(found, "backends", ()))
    return [one for one in chain if not _refusal(one)] or chain or [found]


def _read(keyrings: list[KeyringBackend], address: Address) -> str | None:
    for keyring in keyrings:
        text = keyring.get_password(_service(address), address.name)
        if text is not None:
            if not isinstance(text, str):
                raise TypeError
            return text
    return None


def _write(keyrings: list[KeyringBackend], address: Address, text: str) -> None:
    """Write to the first that takes it: in a chain some only read, such as a registry's."""
    for keyring in keyrings:
        with suppress(NotImplementedError):
            return keyring.set_password(_service(address), address.name, text)
    raise _none()


def _delete(keyrings: list[KeyringBackend], address: Address) -> None:
    for keyring in keyrings:
        if keyring.get_password(_service(address), address.name) is not None:
            with suppress(NotImplementedError):
                keyring.delete_password(_service(address), address.name)


def _refusal(keyring: KeyringBackend) -> str | None:
    """Say why a keyring must not be written to; None where it may."""
    kind = type(keyring)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name.startswith(_REFUSED[:2]):
        return "keeps nothing"
    if name.startswith(_REFUSED[2]) or "plaintext" in name.lower():
        return "keeps plain text, or is not meant for use"
    return None


def _service(address: Address) -> str:
    return f"{SERVICE} {address.namespace}".rstrip()


def _encoded(value: Secret) -> str:
    try:
        text = value.reveal_text()
    except UnicodeDecodeError:
        text = ""
    # Control characters and the end of a C string do not survive everywhere.
    if text and not text.startswith(_MARK) and text.replace("\n", "").isprintable():
        return text
    return _MARK + base64url_encode(value.reveal())


def _decoded(text: str) -> Secret:
    if not text.startswith(_MARK):
        return Secret(text.encode("utf-8", "surrogatepass"))
    try:
        return Secret(base64url_decode(text.removeprefix(_MARK), what="secret"))
    except InvalidEncoding:
        raise Unavailable(
            "what the system's keychain holds was changed by another program",
            code="keychain.damaged",
        ) from None


def _none() -> Unavailable:
    return Unavailable(
        "there is no system's keychain here",
        hint="AUTHCLI_KEYCHAIN=file keeps secrets in an encrypted file",
        code="keychain.unavailable",
    )


def _too_late() -> Unavailable:
    return Unavailable(
        f"the system's keychain did not answer within {LIMIT_SECONDS:g} seconds",
        hint="is it locked, and waits for you to unlock it?",
        code="keychain.timeout",
    )


def _failure(error: BaseException) -> Unavailable:
    """Return what a failure of `keyring` means; never its text, which may quote a secret."""
    if isinstance(error, Unavailable):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    if "NoKeyringError" in names:
        return _none()
    if names & {"InitError", "KeyringLocked", "LockedException", "PromptDismissedException"}:
        return Unavailable(
            "the system's keychain is locked, or cannot be opened",
            hint="unlock it, or use the encrypted file: AUTHCLI_KEYCHAIN=file",
            code="keychain.locked",
        )
    if names & {"ImportError", "AttributeError"}:
        return Unavailable(
            "the keyring that PYTHON_KEYRING_BACKEND or keyringrc.cfg names is not installed",
            hint="keyring --list-backends shows those that are",
            code="keychain.unavailable",
        )
    return Unavailable(
        f"the system's keychain failed: {type(error).__name__[:60]}",
        hint="keyring diagnose; or use the encrypted file: AUTHCLI_KEYCHAIN=file",
        code="keychain.unavailable",
    )


def _shown(keyring: KeyringBackend) -> str:
    kind = type(keyring)
    return ascii(f"{kind.__module__}.{kind.__qualname__}"[:100])[1:-1]
