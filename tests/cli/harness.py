"""The command as its users have it: a process, with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli import schemas


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        """The whole transcript as one literal: exit code, stdout, stderr."""
        return f"exit: {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


@dataclass
class Cli:
    """Runs `authcli` in an empty home, without a terminal."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what the process sees: nothing of the developer's own set-up."""
        kept = ("PATH", "SYSTEMROOT", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
        inherited = {name: os.environ[name] for name in kept if name in os.environ}
        return {
            **inherited,
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            **self.env,
            **(extra or {}),
        }

    def command(self, *arguments: str) -> list[str]:
        """Return the words that start the command."""
        return [sys.executable, "-P", "-m", "authcli", *arguments]

    def raw(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the command and return the finished process, with bytes.

        JSON that it prints is what its schema says, whatever the test is about.
        """
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env=self.environment(env),
            cwd=cwd or self.home,
            timeout=timeout,
        )
        schemas.check(arguments, done.stdout, done.stderr)
        return done

    def __call__(
        self,
        *arguments: str,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result:
        """Run the command and return its transcript; no run may show a traceback."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = self.raw(*arguments, stdin=data, env=env, cwd=cwd)
        result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in result.err, result.err
        assert "bug in authcli" not in result.err, result.err
        return result

    def ok(self, *arguments: str, stdin: str | bytes | None = None) -> str:
        """Run a command that must succeed; return its stdout without the last line break."""
        result = self(*arguments, stdin=stdin)
        assert result.code == 0, str(result)
        return result.out.removesuffix("\n")
