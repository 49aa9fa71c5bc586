"""The development key: what signs where no key was named, so that the first minute needs no set-up.

An ES256 key in the user's data folder, mode 0600, made when it is first needed. Of two commands
that make it at once one wins and the other reads the winner's.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from authcli.cli._folders import data_folder
from authcli.cli._reading import read_file
from authcli.errors import AuthError, Conflict, InvalidInput

if TYPE_CHECKING:
    from authcli.keys import Key

__all__ = ["development_key", "development_key_path"]


def development_key_path() -> Path:
    """Return where the development key lives, or would."""
    return data_folder() / "dev-key.jwk"


def development_key(*, make: bool, dry_run: bool = False) -> Key:
    """Return the development key, private half included.

    Args:
        make: make one where there is none (signing); else that is an error (verifying).
        dry_run: what is made is not kept.

    Raises:
        InvalidInput: there is none, or its file is broken.
        AuthError: it cannot be written.
    """
    from authcli import files, keys

    path = development_key_path()
    if make and not os.path.lexists(path):
        key = keys.generate("ES256")
        if dry_run:
            return key
        try:
            files.private_folder(path.parent)
            with suppress(Conflict):  # another command was faster: its key is read below
                files.create(path, keys.write(key, format="jwk"))
        except OSError as error:
            raise AuthError(
                f"cannot make the development key {path}: {(error.strerror or '').lower()}",
                hint="name a key with --key, or set XDG_DATA_HOME to a folder that can be written",
                code="output.failed",
            ) from None
    if not os.path.lexists(path):
        raise InvalidInput(
            "no key was named, and there is no development key",
            hint="name one: --key FILE, --jwks FILE|URL or --issuer URL",
            code="key.none",
        )
    return keys.read(read_file(str(path), "development key").data, what="development key")
