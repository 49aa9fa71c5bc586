"""Recognising what someone pasted: a token, a key, a hash, an API key, an otpauth URI."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from authcli.cli._input import bare_token, read_passphrase, read_under_test, warn_exposed
from authcli.errors import InvalidInput, Unavailable
from authcli.files import others_can_read

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["inspect_anything"]

#: A token without blanks and labels around it. Linear in its length, as all patterns here.
_COMPACT = r"[\w-]*={0,2}(?:\.[\w-]*={0,2}){2,4}"
#: What later versions explain: a name, and what it looks like.
_LATER = {
    "a password hash": r"(?i)\$[a-z0-9-]+\$|\{S?SHA\d*\}",
    "an otpauth URI": r"(?i)otpauth(-migration)?://",
    "an API key": r"[A-Za-z0-9_]{1,64}_[A-Za-z0-9]{60}$",
}


def inspect_anything(
    run: Run, text: str | None, *, key: str | None, passphrase: str | None
) -> None:
    """Recognise a text and explain it as the command for it would.

    Raises:
        InvalidInput: it is nothing that authcli knows.
        Unavailable: it is something that a later version explains.
    """
    data, path = _content(run, text)
    token = bare_token(data)
    if re.fullmatch(_COMPACT, token, re.ASCII):
        return _token(run, token, key)
    for name, shape in _LATER.items():
        if re.match(shape, token):
            raise Unavailable(f"this looks like {name}, which this version cannot explain")
    return _key(run, data, path, passphrase)


def _content(run: Run, text: str | None) -> tuple[bytes, str | None]:
    """Return the text, and the path of the file that held it; a bare word may name one."""
    if text and text != "-" and not text.startswith("@") and os.path.exists(text):  # noqa: PTH110
        text = f"@{text}"
    path = text[1:] if text and text.startswith("@") else None
    return read_under_test(run, text, what="text to inspect"), path


def _token(run: Run, token: str, key: str | None) -> None:
    from authcli.cli.jwt._anatomy import inspect_token
    from authcli.cli.jwt._verifying import KeyChoice

    inspect_token(
        run._replace(command="jwt.inspect"), token, KeyChoice(key), lenient=False, time=None
    )


def _key(run: Run, data: bytes, path: str | None, passphrase: str | None) -> None:
    from authcli import keys
    from authcli.cli.key.inspect import show_keys

    opener = read_passphrase(run, passphrase) if passphrase else None
    found = keys.read_set(data, passphrase=opener, what="text")
    if all(key.kty == "oct" and "raw" in key.found for key in found):
        raise InvalidInput(
            "this is neither a token nor a key, nor the name of a file that is here",
            hint="a raw HMAC secret is explained by: authcli key inspect",
            code="inspect.unknown",
        )
    if path and any(one.private for one in found) and others_can_read(Path(path).stat()):
        warn_exposed(run, path)
    show_keys(run._replace(command="key.inspect"), found)
