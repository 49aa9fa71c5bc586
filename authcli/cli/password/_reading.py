"""What this group reads: passwords from sources, hashes under test, policies, limits."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from authcli.cli._input import read_under_test, warn_exposed
from authcli.cli._messages import warn
from authcli.cli._reading import read_file
from authcli.cli._sources import read_source
from authcli.errors import HashMalformed, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.passwords.hash_policy import HashPolicy
    from authcli.passwords.limits import Limits
    from authcli.passwords.passtext import Normalization
    from authcli.passwords.password_policy import PasswordPolicy
    from authcli.passwords.policy_files import Policies
    from authcli.secret import Secret

__all__ = [
    "explained",
    "limits_of",
    "normalization_named",
    "read_hash",
    "read_hash_policy",
    "read_password",
    "read_password_policy",
    "without_line_end",
]

#: More than any password and any hash has: the library says by how much it is too long.
_MAX_BYTES = 8192
_NORMALIZATIONS = ("nfc", "nfkc", "none")


def read_password(run: Run, source: str | None, *, setting: bool = False) -> Secret:
    """Return the password that a source holds, less one line break at the end of text.

    Args:
        run: the invocation.
        source: as for every secret; None is the terminal, or what is piped in.
        setting: it is a new one, so a prompt asks twice.

    Raises:
        InvalidInput: no source, an empty one, or nobody to ask.
    """
    from authcli.secret import Secret

    text = "-" if source is None else source
    if text == "-" and sys.stdin is not None and sys.stdin.isatty() and not run.may_prompt:
        raise InvalidInput(
            "nobody to ask for the password",
            hint="name its source, such as @FILE or env:NAME, or pipe it in",
            code="source.no-terminal",
        )
    given = read_source(run, text, what="password", setting=setting, limit=_MAX_BYTES)
    if given.exposed:
        warn_exposed(run, given.name)
    data = without_line_end(given.data)
    if b"\n" in data:
        warn(run, "the password has a line break in it; for many, one a line, there is --lines")
    return Secret(data)


def without_line_end(data: bytes) -> bytes:
    """Return text without the line break that ends it; bytes that are no text as they are."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data
    return data.removesuffix(b"\r\n") if data.endswith(b"\r\n") else data.removesuffix(b"\n")


def read_hash(run: Run, text: str | None, *, piped: bool = True) -> str:
    """Return the hash under test, given as text, `-`, `@FILE` or `env:NAME`.

    Args:
        run: the invocation.
        text: what was given; None where nothing was.
        piped: whether a pipe alone is the hash; it is the password where both are asked for.

    Raises:
        InvalidInput: there is none.
    """
    if text is None and not piped:
        raise InvalidInput("no hash was given", hint="give it in single quotes, or as @FILE")
    if text is not None and text.startswith("env:"):
        data = read_source(run, text, what="hash", limit=_MAX_BYTES).data
    else:
        data = read_under_test(run, text, what="hash", limit=_MAX_BYTES)
    return data.decode("ascii", "replace").strip()


@contextmanager
def explained(hash: str) -> Iterator[None]:
    """Let what is malformed say so where it is a line of a table of users, or the whole table."""
    try:
        yield
    except HashMalformed as error:
        after_name = hash.partition(":")[2]
        if "\n" in hash or after_name.startswith(("$", "{")):
            error.hint = "a table of users, one a line? give it as @FILE, and add --lines"
        raise


def read_hash_policy(path: str | None) -> HashPolicy:
    """Return the policy of a file for hashes, or the default one.

    Raises:
        InvalidInput: the file cannot be read, or says what no policy can.
    """
    from authcli.passwords.hash_policy import DEFAULT_HASH_POLICY

    return DEFAULT_HASH_POLICY if path is None else _policies_of(path).hash


def read_password_policy(text: str) -> PasswordPolicy:
    """Return the policy of a name, or that of a file.

    Raises:
        InvalidInput: neither a name nor a file that can be read.
    """
    from authcli.passwords.password_policy import POLICIES, policy_named

    is_path = os.sep in text or os.path.lexists(text)
    by_name = text in POLICIES or not is_path
    return policy_named(text) if by_name else _policies_of(text).password


def _policies_of(path: str) -> Policies:
    from authcli.passwords.policy_files import read_policies

    return read_policies(read_file(path, "policy").data)


def limits_of(max_memory: str | None, max_seconds: float | None) -> Limits:
    """Return what verifying may cost.

    Raises:
        InvalidInput: a size that is none, or seconds that are none.
    """
    from authcli.passwords.limits import DEFAULT_LIMITS

    limits = DEFAULT_LIMITS
    if max_memory is not None:
        from authcli.passwords.policy_files import parse_memory

        limits = limits._replace(max_memory_kib=parse_memory(max_memory))
    if max_seconds is not None:
        if not 0 < max_seconds <= 86_400:
            raise InvalidInput(f"--max-seconds is up to 86400, and not {max_seconds:g}")
        limits = limits._replace(max_seconds=max_seconds)
    return limits


def normalization_named(name: str) -> Normalization:
    """Return a normalization; raises `InvalidInput` where it is none."""
    if name not in _NORMALIZATIONS:
        raise InvalidInput(
            f"{ascii(name)[:40]} is no normalization", hint=f"one of {', '.join(_NORMALIZATIONS)}"
        )
    return cast("Normalization", name)
