"""Recognising what someone pasted: a token, a key, a hash, an API key, an otpauth URI."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli.cli._input import bare_token, read_passphrase, read_under_test, warn_exposed
from authcli.cli._messages import note, warn
from authcli.cli._reading import MAX_BYTES, Given
from authcli.errors import InvalidEncoding, InvalidInput
from authcli.files import others_can_read

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["inspect_anything"]

#: Refresh tokens have the shape of API keys (`authcli.revocation.refresh_text`).
REFRESH_PREFIX = "rt"
#: Pictures are larger than all other things here: a photograph of a phone.
MAX_PICTURE_BYTES = 32 << 20
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
#: A token without blanks and labels around it. Linear in its length, as all patterns here.
_COMPACT = r"[\w-]*={0,2}(?:\.[\w-]*={0,2}){2,4}"
_OTPAUTH = r"(?i)(?:otpauth(?:-migration)?|steam)://"
#: How hashes begin: crypt(3)'s and all that took their form from it, LDAP's, Django's,
#: Werkzeug's, GRUB's, MySQL's, PostgreSQL's.
_HASH = (
    r"(?i)\$[a-z0-9-]+\$|\{[a-z0-9-]+\}|(?:argon2|bcrypt|md5|pbkdf2|scrypt|sha1)\w*\$"
    r"|(?:pbkdf2|scrypt):|grub\.pbkdf2\.|\*[0-9a-f]{40}$|SCRAM-SHA-"
)
#: What stands before the hash in a line of a table of users.
_USER = r"[^\s:${]{1,64}:(?=[$*{])"


def inspect_anything(
    run: Run, text: str | None, *, key: str | None, passphrase: str | None
) -> None:
    """Recognise a text and explain it as the command for it would.

    Raises:
        InvalidInput: it is nothing that authcli knows.
        Rejected: a token or an API key that is malformed or was mistyped.
        Unavailable: a picture, where none can be read.
    """
    data, path = _content(run, text)
    if data.startswith(_PICTURES):
        return _accounts(run, data, passphrase)
    data = data[: MAX_BYTES + 1]
    token = bare_token(data)
    if re.fullmatch(_COMPACT, token, re.ASCII):
        return _token(run, token, key)
    if re.match(_OTPAUTH, token):
        if text and re.match(_OTPAUTH, text):
            warn(run, "the URI's secret is visible to every process; pipe it in, or use @FILE")
        return _accounts(run, data, passphrase)
    line = re.sub(_USER, "", token, count=1)
    if re.match(_HASH, line):
        return _hash(run, line if line == token else line.partition(":")[0])
    if _is_api_key(data):
        return _api_key(run, data)
    if _is_export(data):
        return _accounts(run, data, passphrase)
    return _key(run, data, path, passphrase)


def _content(run: Run, text: str | None) -> tuple[bytes, str | None]:
    """Return the text, and the path of the file that held it; a bare word may name one."""
    if text and text != "-" and not text.startswith("@") and os.path.exists(text):  # noqa: PTH110
        text = f"@{text}"
    path = text[1:] if text and text.startswith("@") else None
    return read_under_test(run, text, what="text to inspect", limit=MAX_PICTURE_BYTES), path


def _token(run: Run, token: str, key: str | None) -> None:
    from authcli.cli.jwt._anatomy import inspect_token
    from authcli.cli.jwt._verifying import KeyChoice

    inspect_token(
        run._replace(command="jwt.inspect"), token, KeyChoice(key), lenient=False, time=None
    )


def _hash(run: Run, text: str) -> None:
    from authcli.cli.password._anatomy import inspect_hash

    inspect_hash(run._replace(command="password.inspect"), text)


def _accounts(run: Run, data: bytes, passphrase: str | None) -> None:
    """Show what `totp read` shows, without its secrets, whoever reads it."""
    from authcli.cli.totp._import_contents import opener_of, read_contents
    from authcli.cli.totp._read_facts import show_accounts

    run = run._replace(command="totp.read")
    given = [Given(data, "the text")]
    show_accounts(run, read_contents(run, given, passphrase=opener_of(run, passphrase)).accounts)


def _is_export(data: bytes) -> bool:
    """Say whether it is what an app of one-time codes exported, and no key in JSON."""
    if data.lstrip()[:1] not in (b"{", b"["):
        return False
    from authcli.otp.formats import recognise

    try:
        return recognise(data) is not None
    except InvalidEncoding:  # as a key it is refused with its reason
        return False


def _is_api_key(data: bytes) -> bool:
    from authcli.apikeys.text import looks_like_a_key
    from authcli.cli.apikey._verdict import bare_key

    return len(data) < MAX_BYTES and looks_like_a_key(bare_key(data))


def _api_key(run: Run, data: bytes) -> None:
    """Show what an API key says by itself; no store is opened, and it is not written whole."""
    from authcli.apikeys.text import ID_EPOCH_MS, RANDOM_BITS, display_id, parse
    from authcli.cli._moments import instant
    from authcli.cli._output import emit, json_text
    from authcli.cli.apikey._verdict import bare_key

    read = parse(bare_key(data))
    if read.prefix == REFRESH_PREFIX:
        _refresh_token(run)
        return
    facts = {
        "id": display_id(read.id),
        "prefix": read.prefix,
        "checksum": "valid",
        "made_at": instant((read.id >> RANDOM_BITS) + ID_EPOCH_MS),
    }
    run = run._replace(command="apikey.inspect")
    emit(run, facts, plain=json_text(run, facts), human=lambda on: _page(facts, colored=on))
    note(run, f"no store was asked whether it is known: authcli apikey show {facts['id']}")


def _refresh_token(run: Run) -> None:
    """Say that it is a refresh token, and whole: it is opaque, and no store is asked."""
    from authcli.cli._output import emit, json_text

    facts = {"kind": "refresh token", "checksum": "valid"}
    run = run._replace(command="jwt.refresh-token")
    emit(run, facts, plain=json_text(run, facts), human=lambda on: _page(facts, colored=on))
    note(run, "it says nothing by itself; what it is exchanged for: authcli jwt refresh")


def _page(facts: dict[str, Any], *, colored: bool) -> str:
    from authcli.cli._text import columns, paint

    rows = [
        (paint(name.replace("_", " "), "cyan", on=colored), str(value))
        for name, value in facts.items()
    ]
    return columns(rows, indent="")


def _key(run: Run, data: bytes, path: str | None, passphrase: str | None) -> None:
    from authcli import keys
    from authcli.cli.key.inspect import show_keys

    opener = read_passphrase(run, passphrase) if passphrase else None
    found = keys.read_set(data, passphrase=opener, what="text")
    if all(key.kty == "oct" and "raw" in key.found for key in found):
        raise InvalidInput(
            "this is no token, key, hash, API key or otpauth URI, nor the name of a file that is"
            " here",
            hint="a raw HMAC secret is explained by: authcli key inspect",
            code="inspect.unknown",
        )
    if path and any(one.private for one in found) and others_can_read(Path(path).stat()):
        warn_exposed(run, path)
    show_keys(run._replace(command="key.inspect"), found)
