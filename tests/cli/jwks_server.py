"""A running `authcli jwks serve`, for tests."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.cli.harness import Cli


@dataclass
class Serving:
    """The process, and where it listens."""

    process: subprocess.Popen[str]
    jwks_uri: str
    log: Path
    code: int | None = None

    @property
    def url(self) -> str:
        """The server, without a slash at the end."""
        return self.jwks_uri.removesuffix("/jwks.json")

    def fetch(self) -> bytes:
        """Return the JWKS."""
        with urlopen(self.jwks_uri, timeout=10) as answer:
            body: bytes = answer.read()
            return body

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        self.code = self.process.wait(20)
        return self.code


@contextmanager
def serving(cli: Cli, *arguments: str) -> Iterator[Serving]:
    """Start the command on a free port, and end it."""
    log = cli.home / "serve.log"
    words = cli.command("jwks", "serve", "--port", "0", *arguments)
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=cli.environment(),
            cwd=cli.home,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield Serving(process, process.stdout.readline().strip(), log)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(20)
    assert "Traceback" not in log.read_text()
