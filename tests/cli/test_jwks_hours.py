"""Two hundred hours of cron through the command itself: the promise that a simulated year shows."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from authcli.__main__ import main
from authcli.cli.jwks import rotate
from authcli.signing.model import Times
from authcli.signing.rotation import init
from tests.cli.harness import Cli
from tests.cli.jwks import opened
from tests.signing.simulation import BEGIN, DAY, HOUR, World

HOURS = 200
TIMES = Times(rotate_ms=DAY, cache_ms=2 * HOUR, max_token_ms=12 * HOUR, skew_ms=60_000)
#: Loaded here, so that the children of this process need not.
LOADED = (rotate,)


@pytest.mark.skipif(os.name != "posix", reason="a process is not forked there")
def test_two_hundred_hours_of_the_command(cli: Cli) -> None:
    """Every twentieth starts as cron starts it; the others skip the imports, and nothing else."""
    with opened(cli) as store:
        init(store.signing_keys, "EdDSA", times=TIMES, at_ms=BEGIN)
        world = World(store, cli.home, TIMES)
        world.publish()
        rotated = []

        def cron() -> None:
            words = ("jwks", "rotate", "--publish", str(world.file), "--now", str(world.at // 1000))
            if len(rotated) % 20:
                rotated.append(forked(cli, *words, "--field", "changed"))
            else:
                rotated.append(cli.ok(*words, "--field", "changed"))

        for _ in range(HOURS):
            world.hour(cron)
        assert len(rotated) == HOURS
        assert len(world.signers) == rotated.count("true") - rotated_keys_that_left(world) + 1
        assert len(world.signers) == 9
        assert store.audit.verify().valid


def rotated_keys_that_left(world: World) -> int:
    """Return how often a key left the JWKS, which is a change too."""
    return [key.state for key in world.store.signing_keys.find()].count("retired")


def forked(cli: Cli, *arguments: str) -> str:
    """Run the command in a child of this process, which has its modules; return its stdout."""
    out, err = cli.home / "out", cli.home / "err"
    child = os.fork()
    if child == 0:
        try:
            _become(cli, out, err)
            sys.argv = ["authcli", *arguments]
            main()
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, err.read_text()
    assert "Traceback" not in err.read_text()
    return out.read_text().removesuffix("\n")


def _become(cli: Cli, out: Path, err: Path) -> None:
    """Take over what a process of its own would have: environment, folder, streams."""
    flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    os.environ.clear()
    os.environ.update(cli.environment())
    os.chdir(cli.home)
