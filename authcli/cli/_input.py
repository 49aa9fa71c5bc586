"""Keys, passphrases and tokens, read as every command reads them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._messages import note, warn
from authcli.cli._reading import MAX_BYTES, Given, read_file, read_stdin
from authcli.cli._sources import read_source
from authcli.errors import InvalidInput, KeyMalformed, NotFound, PassphraseNeeded

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keys import Key, KeySet
    from authcli.secret import Secret

__all__ = [
    "Opened",
    "bare_token",
    "chosen_key",
    "key_source",
    "read_keys",
    "read_passphrase",
    "read_token",
    "read_under_test",
    "warn_exposed",
]

_QUOTES = "\"'`"
_BLANKS = " \t\r\n\v\f"


def key_source(text: str | None) -> str:
    """Return the source of a positional key: what was given, or stdin where it is piped in."""
    if text is not None:
        return text
    if sys.stdin is None or sys.stdin.isatty():
        raise InvalidInput("no key was given", hint="give a file, env:NAME, or pipe it in")
    return "-"


class Opened(NamedTuple):
    """The keys that a source held."""

    keys: KeySet
    """A set, or a set of one."""
    name: str
    """What to call the source; never its value."""
    passphrase: Secret | None = None
    """What opened them."""


def read_keys(
    run: Run,
    source: str,
    *,
    passphrase: str | None = None,
    secret_encoding: str | None = None,
    what: str = "key",
    partly: bool = False,
) -> Opened:
    """Return the keys that a source holds.

    An encrypted key is opened with the passphrase source, or with what the person at the terminal
    types. What the person should know of the key is said: that others can read its file, that
    line breaks were mended, that entries of a set were passed over.

    Args:
        run: the invocation.
        source: where the keys are.
        passphrase: the source of what opens them.
        secret_encoding: raw, base64, base64url or hex, of an HMAC secret.
        what: what they are, for messages.
        partly: say nothing of entries passed over, and take a set without a usable key.

    Raises:
        KeyUnusable: no key, or one that must not be used.
        InvalidInput: the source cannot be read.
    """
    if source.startswith("store:"):
        return _managed(run, source)
    given = read_source(run, source, what=what, bare_path=True)
    opener = read_passphrase(run, passphrase) if passphrase else None
    try:
        found = _read(given, opener, secret_encoding)
    except PassphraseNeeded:
        if opener is not None or not run.may_prompt:
            raise
        from authcli.cli._prompt import prompt
        from authcli.secret import Secret

        opener = Secret(prompt(run, f"passphrase of {given.name}: "))
        found = _read(given, opener, secret_encoding)
    if given.exposed and any(key.private for key in found):
        warn_exposed(run, given.name)
    for text in (*(() if partly else found.ignored), *(n for key in found for n in key.notes)):
        note(run, f"{given.name}: {text}")
    if not (found.keys or partly):
        raise KeyMalformed(f"{given.name} holds no key that can be used")
    return Opened(found, given.name, opener)


def chosen_key(opened: Opened, kid: str | None) -> Key:
    """Return the one key that was read, or the one of a set that `kid` names.

    Raises:
        InvalidInput: several keys, and no kid.
        NotFound: the set has no key of that name.
    """
    if len(opened.keys) == 1:
        return opened.keys.keys[0]
    names = ", ".join(ascii(key.kid) for key in opened.keys if key.kid)
    if kid is None:
        raise InvalidInput(
            f"this set holds {len(opened.keys)} keys",
            hint=f"choose one with --kid: {names}",
            code="key.many",
        )
    if (key := opened.keys.find(kid)) is None:
        raise NotFound(
            f"the set has no key {kid[:60]!a}", hint=f"it has: {names}", code="key.kid-not-found"
        )
    return key


def read_passphrase(run: Run, source: str, *, setting: bool = False) -> Secret:
    """Return the passphrase that a source holds, less one line break at its end.

    Args:
        run: the invocation.
        source: as for every secret.
        setting: it is to close a key, so a prompt asks twice.
    """
    from authcli.secret import Secret

    given = read_source(run, source, what="passphrase", setting=setting)
    if given.exposed:
        warn_exposed(run, given.name)
    data = given.data
    return Secret(data.removesuffix(b"\r\n") if data[-2:] == b"\r\n" else data.removesuffix(b"\n"))


def warn_exposed(run: Run, name: str) -> None:
    """Say that others on this machine can read a secret file."""
    import shlex

    warn(run, f"{name} holds a secret and others can read it; chmod 600 {shlex.quote(name)}")


def read_under_test(run: Run, text: str | None, *, what: str, limit: int = MAX_BYTES) -> bytes:
    """Return untrusted text that was given positionally, as `-`, `@FILE` or by a pipe.

    More than `limit` is cut to one byte over it: the text's own reader then says that it is too
    long, and gives its verdict.
    """
    if text is None and (sys.stdin is None or sys.stdin.isatty()):
        raise InvalidInput(
            f"no {what} was given", hint="give it as an argument, @FILE, or pipe it in"
        )
    if text is None or text == "-":
        return read_stdin(what, limit=limit, cut=True, as_text=True).data
    if text.startswith("@"):
        return read_file(text[1:], what, limit=limit, cut=True).data
    return text.encode("utf-8", "surrogateescape")


def read_token(run: Run, text: str | None) -> str:
    """Return the token, without "Authorization: Bearer", quotes and blanks around it."""
    token = bare_token(read_under_test(run, text, what="token"))
    if not token:
        raise InvalidInput("the token is empty", hint="an unset variable?", code="source.empty")
    return token


def bare_token(data: bytes) -> str:
    """Return a token without "Authorization: Bearer", quotes and blanks around it."""
    token = data.decode("ascii", "replace").strip(_BLANKS).strip(_QUOTES)
    for label in ("authorization:", "bearer "):
        if token[: len(label)].lower() == label:
            token = token[len(label) :].strip(_BLANKS)
    return token.strip(_QUOTES).strip(_BLANKS)


def _managed(run: Run, source: str) -> Opened:
    from authcli.cli._managed import managed_public_keys

    return Opened(managed_public_keys(run, source.partition(":")[2]), source)


def _read(given: Given, opener: Secret | None, secret_encoding: str | None) -> KeySet:
    from authcli import keys

    return keys.read_set(
        given.data, passphrase=opener, secret_encoding=secret_encoding, what=given.name
    )
