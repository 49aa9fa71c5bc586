"""The keychain: secrets by name, in the operating system's keyring or in an encrypted file.

    from authcli.keychain import open_keychain

    keychain = open_keychain(folder)
    keychain.set("deploy", Secret("…"))
    keychain.get("deploy").reveal()

    model     Entry, and what a backend does       names     which names there are, without values
    system    the operating system's, by keyring   sealed    an encrypted file, where there is none
    keychain  Keychain, over the two               locking   taking turns, and reading with care

Nothing is ever kept in plain text: where neither can be had, setting fails.
"""

from __future__ import annotations

from authcli.keychain.keychain import Keychain, open_keychain
from authcli.keychain.model import Entry, check_name

__all__ = ["Entry", "Keychain", "check_name", "open_keychain"]
