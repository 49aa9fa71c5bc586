"""Saved accounts of one-time codes, in a keychain's encrypted file; and a terminal to see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pexpect

from authcli import otp, passphrase_kdf
from authcli.cli._accounts import details_of
from authcli.keychain import open_keychain
from authcli.secret import Secret
from tests.cli.harness import Cli

#: RFC 4226, appendix D, and RFC 6238, appendix B: "12345678901234567890".
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_ACCOUNT = otp.Account(Secret("12345678901234567890"), issuer="Example", name="alice")
PASSPHRASE = "correct horse"


def with_accounts(cli: Cli, accounts: Mapping[str, otp.Account] | None = None) -> Cli:
    """Give the command a keychain without a Secret Service, with these accounts in it."""
    cli.env |= {
        "AUTHCLI_KEYCHAIN": "file",
        "AUTHCLI_KEYCHAIN_PASSPHRASE": "env:KEYCHAIN_OPENER",
        "KEYCHAIN_OPENER": PASSPHRASE,
        "SECRET": RFC_SECRET,
    }
    folder = cli.home / ".local/share/authcli"
    folder.mkdir(mode=0o700, parents=True)
    uris = {name: otp.build_uri(account) for name, account in (accounts or {}).items()}
    for name, content in _keychain_files(tuple(uris.items())).items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    return cli


@cache
def _keychain_files(uris: tuple[tuple[str, str], ...]) -> dict[str, bytes]:
    """Return the files of a keychain; made once, and cheap to open: its cost stays what it was."""
    cheap = {"MEMORY_KIB": passphrase_kdf.MIN_MEMORY_KIB, "PASSES": 1}
    with TemporaryDirectory() as folder, patch.multiple(passphrase_kdf, **cheap):
        keychain = open_keychain(
            Path(folder),
            backend="file",
            namespace="otp",
            passphrase=lambda new: Secret(PASSPHRASE),
        )
        for name, uri in uris:
            account = otp.parse_uri(uri).account
            keychain.set(name, Secret(uri), details=details_of(account))
        if not uris:
            keychain.set("x", Secret("x"))
            keychain.remove("x")
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


@contextmanager
def terminal(cli: Cli, *arguments: str, columns: int = 100) -> Iterator[pexpect.spawn]:
    """Run a command in a terminal without colour."""
    command, *words = cli.command(*arguments)
    child = pexpect.spawn(
        command,
        words,
        env=cli.environment({"TERM": "xterm", "NO_COLOR": "1"}),
        cwd=str(cli.home),
        encoding="utf-8",
        timeout=30,
        dimensions=(60, columns),
    )
    try:
        yield child
    finally:
        child.close(force=True)


def ended(child: pexpect.spawn) -> int:
    """Return the exit code, once the command has ended."""
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus) if child.exitstatus is not None else -1


def wrong_code(*right: str) -> str:
    """Return a code that is none of these."""
    return next(code for code in map("{:06d}".format, count()) if code not in right)
