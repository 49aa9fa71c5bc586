"""No secret is anywhere but where it belongs: not in a file, a message, the audit or `ps`.

A life of a store through the real command: keys are issued, used, refused, rotated, leaked,
revoked, taken over and backed up, through the paths where things go wrong too. Then every byte
that is left is searched for the keys, the root keys and a database's password: whole, in pieces,
in hex and in base64.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from authcli.roots import FileSource
from tests.cli.harness import Cli
from tests.cli.test_secrecy import forms

STORE = ".local/share/authcli/authcli.db"
PASSWORD = "pg-W4hTzQ9sLxB7nKcVdY2"
PASSPHRASE = "closing-m3XvRq8tPzL5wJ"
OLD = "sk_oldsystem_Zx81bQmLw04TnUvKe7Rd"


class Life:
    """Runs commands, and keeps what they said."""

    def __init__(self, home: Path) -> None:
        self.cli = Cli(home)
        self.home = home
        self.said: list[tuple[str, bytes]] = []

    def __call__(self, *words: str, code: int = 0, stdin: str | None = None) -> str:
        """Run a command whose stdout may hold no secret; return it."""
        out = self.shown_once(*words, code=code, stdin=stdin)
        self.said.append((f"stdout of {words}", out.encode()))
        return out

    def shown_once(self, *words: str, code: int = 0, stdin: str | None = None) -> str:
        """Run a command that prints a new key, to stdout alone."""
        done = self.cli.raw(*words, stdin=None if stdin is None else stdin.encode())
        self.said.append((f"stderr of {words}", done.stderr))
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout.decode()

    def seed(self, name: str, text: str) -> str:
        """Write a file that holds a secret on purpose, outside of the home; return its path."""
        path = self.home.parent / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Life, dict[str, bytes]]]:
    """Everything that is done to a store, and the secrets of it."""
    home = tmp_path_factory.mktemp("life") / "home"
    home.mkdir()
    life = Life(home)
    life.cli.env |= {"PG": f"postgresql://auth:{PASSWORD}@127.0.0.1:1/auth", "PW": PASSPHRASE}
    first = life.shown_once("apikey", "issue", "ci", "--scope", "read", "--debug").strip()
    with closing(sqlite3.connect(home / STORE)) as watching:  # its -wal and -shm stay
        watching.execute("SELECT count(*) FROM api_keys").fetchone()
        keys = [first, *used(life, first)]
        fetched = watching.execute("SELECT count(*) FROM api_keys").fetchone()
        assert fetched == (len(keys),)
        assert (home / f"{STORE}-wal").stat().st_size > 0
        yield life, secrets_of(life, keys)


def used(life: Life, first: str) -> list[str]:
    """Do what is done to keys; return the other ones."""
    life.cli.env |= {"KEY": first}
    leaked = json.loads(life.shown_once("apikey", "issue", "leaked", "--json", "--rate", "9/1h"))
    second = leaked["key"]
    at_second = life.seed("second", f"X-API-Key: {second}\n")
    life("apikey", "verify", "-", "--scope", "read", "--json", stdin=first)
    life("apikey", "verify", f"@{at_second}", "--debug")
    life("apikey", "verify", "-", "--scope", "write", "--debug", code=6, stdin=first)
    life("apikey", "verify", "-", "--json", "--debug", code=3, stdin=f"{first[:-1]}!")
    life("apikey", "verify", "--lines", "--jsonl", code=3, stdin=f"{first}\n{second}x\n{second}\n")
    third = life.shown_once("apikey", "rotate", "ci", "--grace", "1h", "--debug").strip()
    digest = hashlib.sha256(OLD.encode()).hexdigest()
    life("apikey", "import", "--from", "sha256", stdin=f"name,sha256\nold,{digest}\n")
    life("apikey", "verify", "-", "--json", stdin=OLD)
    life("apikey", "detect", str(life.home.parent / "second"), "--json", "--debug", code=3)
    life("apikey", "revoke", "--key", f"@{at_second}", "--reason", "leaked", "--json")
    life("apikey", "verify", "-", "--json", code=5, stdin=second)
    for option in ("--owner", "--reason", "--actor", "--scope", "--meta"):
        verb = "revoke" if option == "--reason" else "issue"
        text = f"{'x=' if option == '--meta' else ''}NAME_{second}"
        life("apikey", verb, "ci", option, text, "--debug", code=2)
    life("store", "rekey", "--pepper", "--debug")
    life("apikey", "verify", "-", stdin=third)
    kept_elsewhere(life)
    gone_wrong(life)
    return [second, third, OLD]


def kept_elsewhere(life: Life) -> None:
    """Record, list, export, back up and copy."""
    life("audit", "find", "--secret", "env:KEY", "--json")
    life("audit", "export", "-o", "audit.jsonl")
    life("audit", "verify", "--json")
    backup = ("-o", "auth.backup", "--roots", "auth.roots", "--passphrase", "env:PW")
    life("store", "backup", *backup, "--debug")
    life("store", "copy", "--to", "sqlite:copy.db", "--debug")
    life("store", "copy", "--to", "env:PG", "--json", "--debug", code=9)
    life("apikey", "list", "--store", life.cli.env["PG"], "--debug", code=9)


def gone_wrong(life: Life) -> None:
    """The pepper is not there, or damaged; the database is."""
    pepper = life.home / f"{STORE}.pepper"
    held = pepper.read_text()
    for text in (None, held[:30], f"{held.strip()}!\n"):
        pepper.unlink()
        if text is not None:
            pepper.write_text(text)
            pepper.chmod(0o600)
        done = life.cli.raw("apikey", "verify", "-", "--json", "--debug", stdin=OLD.encode())
        assert done.returncode in (2, 9), done.stderr
        life.said.append((f"verify with the pepper {text!r}", done.stdout + done.stderr))
        pepper.write_text(held)
        pepper.chmod(0o600)
    damaged = life.seed("damaged.db", "")
    Path(damaged).write_bytes((life.home / "copy.db").read_bytes()[:20_000])
    life("apikey", "list", "--store", f"sqlite:{damaged}", "--debug", code=9)


def secrets_of(life: Life, keys: list[str]) -> dict[str, bytes]:
    """Return what must be nowhere: of keys only what is secret in them, and no id."""
    found = {f"key {number}": key[-49:-6].encode() for number, key in enumerate(keys)}
    found |= {"the imported key": OLD.encode(), "the passphrase": PASSPHRASE.encode()}
    found["the database's password"] = PASSWORD.encode()
    for root in ("pepper", "audit-key"):
        for number, key in enumerate(FileSource(life.home / f"{STORE}.{root}").read()):
            found[f"{root} {number}"] = key
    assert len(found) == 4 + 2 + 1 + 2 + 1
    return found


def in_clear(secrets: dict[str, bytes], data: bytes) -> list[str]:
    """Return the secrets of which twelve bytes stand in what was left, in any form."""
    return [name for name, secret in secrets.items() if any(form in data for form in forms(secret))]


def test_no_file_holds_a_secret_in_clear(lived: tuple[Life, dict[str, bytes]]) -> None:
    """The database, its log, its copies and backups; root keys are in their own files alone."""
    life, secrets = lived
    files = [path for path in life.home.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    wanted = {"authcli.db", "authcli.db-wal", "authcli.db-shm", "auth.backup", "auth.roots"}
    assert wanted | {"copy.db", "audit.jsonl", "authcli.db.audit-head"} <= names
    leaks = {}
    for path in files:
        root = path.name.removeprefix("authcli.db.").removeprefix("copy.db.")
        own = root if root in ("pepper", "audit-key") else "no root"
        found = [name for name in in_clear(secrets, path.read_bytes()) if not name.startswith(own)]
        leaks |= {path.name: found} if found else {}
    assert leaks == {}
    for path in files:
        assert path.stat().st_mode & 0o77 == 0, path


def test_no_message_and_no_verdict_holds_a_secret(lived: tuple[Life, dict[str, bytes]]) -> None:
    """With `--debug` and `--json` too, and whatever went wrong."""
    life, secrets = lived
    assert len(life.said) > 50
    leaks = {name: found for name, data in life.said if (found := in_clear(secrets, data))}
    assert leaks == {}


def test_the_search_would_find_each_secret(lived: tuple[Life, dict[str, bytes]]) -> None:
    life, secrets = lived
    pepper = (life.home / f"{STORE}.pepper").read_bytes()
    assert in_clear(secrets, pepper) == ["pepper 0", "pepper 1"]
    assert in_clear(secrets, (life.home.parent / "second").read_bytes()) == ["key 1"]
    for name, secret in secrets.items():
        for text in (secret, secret.hex().encode(), b"..." + secret[5:30] + b"..."):
            assert name in in_clear(secrets, text)


@pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(),
    reason="this system does not show the processes that one started",
)
def test_ps_shows_no_secret_that_came_by_a_source(lived: tuple[Life, dict[str, bytes]]) -> None:
    """By stdin, @FILE and env:NAME; of the command, of its workers and of what it starts."""
    life, secrets = lived
    at_second = str(life.home.parent / "second")
    for words, stdin in (
        (("apikey", "verify", "-", "--lines", "--jobs", "2"), f"{life.cli.env['KEY']}\n" * 2000),
        (("apikey", "verify", f"@{at_second}", "--peek"), ""),
        (("audit", "find", "--secret", "env:KEY"), ""),
        (("audit", "find", "--secret", f"cmd:tail -f {at_second}"), ""),
        (("apikey", "list", "--store", "env:PG"), ""),
    ):
        with subprocess.Popen(
            life.cli.command(*words),
            env=life.cli.environment(),
            cwd=life.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdin is not None
            seen = arguments_below(process.pid)
            process.stdin.write(stdin.encode())
            process.stdin.flush()
            until = time.monotonic() + 0.4
            while process.poll() is None and time.monotonic() < until:
                seen |= arguments_below(process.pid)
                time.sleep(0.005)
            for child in children_of(process.pid):
                if b"tail" in arguments_of(child):
                    os.kill(child, 15)
            process.stdin.close()
            process.wait(timeout=30)
        shown = b"\n".join(seen)
        assert words[-1].encode() in shown
        if "cmd:" in words[-1]:
            assert b"tail\0-f" in shown
        assert in_clear(secrets, shown) == [], words


def arguments_below(number: int) -> set[bytes]:
    """Return the arguments of a process and of all that it started."""
    found = {arguments_of(number)}
    for child in children_of(number):
        found |= arguments_below(child)
    return found


def arguments_of(number: int) -> bytes:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""


def children_of(number: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:  # it has just ended
            continue
    return found
