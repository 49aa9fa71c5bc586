"""The user's keychain, as settings have it: where it is, and who gives its passphrase."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from authcli.cli._folders import data_folder
from authcli.cli._messages import note
from authcli.errors import InvalidConfig, InvalidInput, Unavailable

if TYPE_CHECKING:
    from authcli.cli._reading import Given
    from authcli.cli._run import Run
    from authcli.keychain import Keychain
    from authcli.secret import Secret

__all__ = ["keychain_of", "read_keychain", "remove_all"]

#: Set while the passphrase's own source runs, so that a command in it cannot ask for it again.
_OPENING = "_AUTHCLI_KEYCHAIN_OPENING"


def keychain_of(run: Run, *, namespace: str = "") -> Keychain:
    """Return the keychain of this user; nothing is opened or asked for yet.

    Args:
        run: the invocation; its settings `keychain` and `keychain_passphrase` hold.
        namespace: "otp" for saved accounts; none for names that people give.
    """
    from authcli.keychain import open_keychain

    return open_keychain(
        data_folder(),
        backend=run.config.text("keychain", None) or "auto",
        namespace=namespace,
        passphrase=lambda new: _passphrase(run, new=new),
        note=lambda text: note(run, text),
    )


def remove_all(run: Run, keychain: Keychain, names: Sequence[str]) -> None:
    """Remove names one after another; where one fails, say which are gone.

    Raises:
        NotFound, Unavailable, PassphraseNeeded: as of `Keychain.remove`.
    """
    for done, name in enumerate(names):
        try:
            keychain.remove(name)
        except BaseException:  # after Ctrl-C too
            if done:
                note(run, f"{done} of {len(names)} were removed: {', '.join(names[:done])}")
            raise


def read_keychain(run: Run, name: str, what: str, limit: int) -> Given:
    """Return the secret that `keychain:NAME` names: a source, see `_sources`."""
    from authcli.cli._reading import Given, bounded

    data = keychain_of(run).get(name).reveal()
    return Given(bounded(data, what, f"keychain:{name}", limit), f"keychain:{name}")


def _passphrase(run: Run, *, new: bool) -> Secret:
    """Return what opens the encrypted file: of its source, else of the person at the terminal."""
    source = run.config.text("keychain_passphrase", None)
    if source is not None:
        from authcli.cli._input import read_passphrase

        with _guarded(source):
            return read_passphrase(run, source, setting=new)
    if not run.may_prompt:
        raise Unavailable(
            "the keychain's encrypted file needs a passphrase, and nobody can be asked",
            hint="name its source: AUTHCLI_KEYCHAIN_PASSPHRASE=env:NAME or @FILE",
            code="keychain.passphrase",
        )
    from authcli.cli._prompt import prompt
    from authcli.secret import Secret

    label = "new passphrase of the keychain" if new else "passphrase of the keychain"
    return Secret(prompt(run, f"{label}: ", twice=new))


@contextmanager
def _guarded(source: str) -> Iterator[None]:
    """Refuse a passphrase that is itself in the keychain, be it by way of a command."""
    if source.startswith(("keychain:", "keyring:")):
        raise InvalidConfig(
            "keychain_passphrase names the keychain that it is to open",
            hint="name another source: env:NAME, @FILE, cmd:COMMAND",
        )
    if _OPENING in os.environ:
        raise InvalidInput(
            "the command of keychain_passphrase asks for the keychain that it is to open",
            hint="name another source: env:NAME, @FILE",
            code="keychain.loop",
        )
    os.environ[_OPENING] = "1"
    try:
        yield
    finally:
        del os.environ[_OPENING]
