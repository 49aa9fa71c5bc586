"""Where a secret or a key comes from: one grammar, wherever one is asked for.

    -               stdin; on a terminal a hidden prompt
    @PATH           a file (a bare PATH too, where a key file is asked for)
    env:NAME        an environment variable
    fd:N            an open file descriptor
    cmd:COMMAND     what a command prints; split as a shell splits words, but no shell
    keychain:NAME   the keychain: the system's, or the encrypted file
    store:KID       a managed signing key
    literal:TEXT    the value itself, visible to every process

Every reader is bounded in size and refuses an empty value: an unset variable must not switch a
check off. No message repeats a value. What is under test (a token, a code) is not read here but
by `_input`: it takes text, `-` or `@FILE` and never another prefix, so that nobody's token runs
a command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from authcli.cli._key_text import refuse_key_text
from authcli.cli._messages import warn
from authcli.cli._reading import (
    MAX_BYTES,
    Given,
    bounded,
    cannot_read,
    drain,
    read_file,
    read_stdin,
)
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["SOURCES", "read_source"]


def read_source(
    run: Run,
    text: str,
    *,
    what: str,
    bare_path: bool = False,
    setting: bool = False,
    limit: int = MAX_BYTES,
) -> Given:
    """Return what the source holds, unstripped.

    Args:
        run: the invocation.
        text: the source, as the table above has it.
        what: what is read, for messages: "key", "passphrase".
        bare_path: take a text without a prefix for a path.
        setting: the value is a new one, so a prompt asks for it twice.
        limit: the most bytes accepted.

    Raises:
        InvalidInput: no source, an empty value, or one that cannot be read.
        Unavailable: a keychain that cannot be asked.
    """
    if text == "-":
        if sys.stdin is not None and sys.stdin.isatty():
            from authcli.cli._prompt import prompt

            return Given(prompt(run, f"{what}: ", twice=setting).encode(), "the terminal")
        return read_stdin(what, limit=limit)
    if text.startswith("@"):
        return read_file(text[1:], what, limit=limit)
    prefix, colon, rest = text.partition(":")
    if colon and prefix in SOURCES:
        if not rest and prefix != "store":
            raise InvalidInput(f"the {what} source {prefix}: names nothing", code="source.empty")
        return SOURCES[prefix](run, rest, what, limit)
    refuse_key_text(text)
    if bare_path:
        if not os.path.lexists(os.path.expanduser(text)):  # noqa: PTH111
            # It may be a secret that was meant for env: or literal:, so it is not repeated.
            raise InvalidInput(
                f"cannot read the {what}: no such file",
                hint="a bare text is a file's path; a secret comes from env:NAME, @FILE or -",
                code="source.unreadable",
            )
        return read_file(text, what, limit=limit)
    raise InvalidInput(
        f"the {what} needs a source, and this is none",
        hint="use - for stdin, @FILE, env:NAME, fd:N, cmd:COMMAND or keychain:NAME",
        code="source.unknown",
    )


def _environment(run: Run, name: str, what: str, limit: int) -> Given:
    value = os.environb.get(os.fsencode(name)) if os.supports_bytes_environ else None
    if not os.supports_bytes_environ and name in os.environ:  # pragma: no cover
        value = os.environ[name].encode()
    shown = ascii(name[:60])[1:-1]
    if value is None:
        raise InvalidInput(
            f"the environment has no variable {shown}",
            hint=f"export {shown}=…",
            code="source.empty",
        )
    return Given(bounded(value, what, f"env:{shown}", limit), f"env:{shown}")


def _descriptor(run: Run, number: str, what: str, limit: int) -> Given:
    name = f"fd:{ascii(number[:12])[1:-1]}"
    if not (number.isascii() and number.isdigit() and len(number) < 6) or number in ("1", "2"):
        raise InvalidInput(f"{name} is no descriptor to read from", hint="example: fd:3 3<key.pem")
    if number == "0":
        return read_stdin(what, limit=limit)
    try:
        data = drain(int(number), limit)
    except OSError as error:
        cannot_read(what, name, error)
    return Given(bounded(data, what, name, limit), name)


def _command(run: Run, line: str, what: str, limit: int) -> Given:
    import shlex
    import subprocess

    try:
        words = shlex.split(line)
    except ValueError:
        words = []
    if not words:
        raise InvalidInput("cmd: holds no command that a shell could split", code="source.command")
    name = f"cmd:{ascii(words[0][:60])[1:-1]}"
    keyboard = None if run.may_prompt else subprocess.DEVNULL
    try:
        process = subprocess.Popen(words, stdin=keyboard, stdout=subprocess.PIPE)
    except (OSError, ValueError) as error:
        cannot_read(what, name, error)
    with process:
        assert process.stdout is not None  # noqa: S101  (PIPE was asked for)
        data = process.stdout.read(limit + 1)
        if len(data) > limit:
            process.kill()
    if process.returncode and len(data) <= limit:
        raise InvalidInput(
            f"{name} ended with exit code {process.returncode}; the {what} was to come from it",
            code="source.command",
        )
    return Given(bounded(data, what, name, limit), name)


def _literal(run: Run, text: str, what: str, limit: int) -> Given:
    warn(run, f"the {what} on the command line is visible to every process; use env:NAME")
    return Given(os.fsencode(text), "literal:****")


def _keychain(run: Run, name: str, what: str, limit: int) -> Given:
    from authcli.cli._keychain import read_keychain

    return read_keychain(run, name, what, limit)


def _managed(run: Run, name: str, what: str, limit: int) -> Given:
    raise InvalidInput(
        f"store: gives managed signing keys, never a {what}",
        hint="a secret comes from env:NAME, @FILE, keychain:NAME or -",
        code="source.store",
    )


def _url(run: Run, rest: str, what: str, limit: int) -> Given:
    raise InvalidInput(
        f"a URL gives public keys to verify with, never a {what}",
        hint="verify with --jwks URL",
        code="source.url",
    )


#: Prefix -> its reader: (run, what follows the colon, what is read, most bytes).
SOURCES: dict[str, Callable[[Run, str, str, int], Given]] = {
    "env": _environment,
    "fd": _descriptor,
    "cmd": _command,
    "keychain": _keychain,
    "keyring": _keychain,
    "store": _managed,
    "literal": _literal,
    "https": _url,
    "http": _url,
}
