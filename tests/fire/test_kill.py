"""After exit 0, or a line that was printed, nothing is lost to `kill -9`.

Each round starts a process that issues, rotates and revokes, says what it did once each call has
returned, and is killed at a random moment. One store lives through all rounds; then everything
that was said must hold.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from authcli import apikeys
from authcli.errors import ApiKeyRevoked
from authcli.store import open_store
from tests.cli.harness import Cli

ROUNDS = 25

#: Says "key TEXT" or "revoked TEXT" after each call, as fast as it can.
WRITER = """
import sys
from pathlib import Path
from authcli import apikeys
from authcli.store import open_store

def say(*words):
    sys.stdout.write(" ".join(words) + "\\n")
    sys.stdout.flush()

with open_store(sys.argv[1], create=True, side_folder=Path(sys.argv[2])) as store:
    say("ready")
    keys = store.api_keys
    while True:
        one = apikeys.issue(keys, "one", scopes=["read:*"])
        say("key", one.text)
        say("key", apikeys.rotate(keys, one.key.id, grace_ms=3_600_000).text)
        apikeys.revoke(keys, [one.key.id])
        say("revoked", one.text)
"""


def test_what_was_said_holds_after_kill_9(store_url: str, tmp_path: Path) -> None:
    """The database is sound, and its audit whole, after every round together."""
    chance = random.Random(1)
    keys: set[str] = set()
    revoked: set[str] = set()
    for _ in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, store_url, str(tmp_path / "side")],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            said = [writer.stdout.readline() for _ in range(chance.randrange(5))]
            time.sleep(chance.uniform(0, 0.02))
            writer.kill()
            for line in [*said, *writer.stdout]:
                if line.endswith("\n"):  # what was cut was not said
                    word, text = line.split()
                    (keys if word == "key" else revoked).add(text)
    assert len(keys) > ROUNDS, "the writers were killed before they did anything"
    assert revoked
    check(store_url, tmp_path / "side", keys, revoked)


def test_what_a_command_printed_holds_after_kill_9(cli: Cli, seed: int) -> None:
    """The same through the real command, killed around the end of its work."""
    chance = random.Random(seed)
    path = cli.home / ".local/share/authcli/authcli.db"
    first = cli.ok("apikey", "issue", "first", "-q")
    began = time.monotonic()
    cli.ok("apikey", "verify", first)
    whole_seconds = time.monotonic() - began
    keys, revoked = {first}, set[str]()
    for number in range(ROUNDS):
        name = f"key-{number}"
        command = ["apikey", "issue", name, "-q"]
        done = killed(cli, command, chance.uniform(0.5, 1.3) * whole_seconds)
        if done.endswith("\n"):
            keys.add(done.strip())
            command = ["apikey", "revoke", name, "-q"]
            if killed(cli, command, chance.uniform(0.5, 1.3) * whole_seconds).endswith("\n"):
                revoked.add(done.strip())
    check(str(path), None, keys, revoked)


@pytest.fixture(params=[1, 2])
def seed(request: pytest.FixtureRequest) -> int:
    """Another run of the same dice."""
    return int(request.param)


def killed(cli: Cli, command: list[str], after_seconds: float) -> str:
    """Run a command, kill it after a while, and return what it had printed."""
    with subprocess.Popen(
        cli.command(*command),
        env=cli.environment(),
        cwd=cli.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        time.sleep(after_seconds)
        process.kill()
        return process.communicate()[0]


def check(url: str, side: Path | None, keys: set[str], revoked: set[str]) -> None:
    """Every key that was said verifies or is revoked, every revocation holds, all is whole."""
    with open_store(url, side_folder=side) as store:
        for text in keys - revoked:
            with suppress(ApiKeyRevoked):  # it was, and killed before it could be said
                assert apikeys.verify(store.api_keys, text).name
        for text in revoked:
            with pytest.raises(ApiKeyRevoked):
                apikeys.verify(store.api_keys, text)
        assert store.audit.verify().valid
        recorded = "SELECT count(*) FROM audit_events WHERE event = 'apikey.issued'"
        assert store.database.row(recorded) == store.database.row("SELECT count(*) FROM api_keys")
        if store.engine == "sqlite":
            assert store.database.rows("PRAGMA integrity_check") == [("ok",)]
            assert store.database.rows("PRAGMA foreign_key_check") == []
