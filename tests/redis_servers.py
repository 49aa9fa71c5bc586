"""A real Redis for the tests: one of their own, on the loopback, gone with them."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

from tests import requirements

__all__ = ["RedisServer"]


class RedisServer:
    """A redis-server in a folder.

    Args:
        folder: for what it saves.
        options: its settings, as its configuration file has them.
    """

    def __init__(self, folder: Path, **options: str) -> None:
        self._program = requirements.require("redis-server")
        requirements.require_package("redis")
        self.folder = folder
        self._options = {"save": "", "appendonly": "no", **options}
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = int(listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Where it is, with its password."""
        password = self._options.get("requirepass")
        return f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}/0"

    def start(self) -> RedisServer:
        """Start it, and wait until it answers."""
        words = [word for name, value in self._options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [
                *(self._program, "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(self.folder), *words),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 20
        while True:
            try:
                self("PING")
            except Exception:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.01)
            else:
                return self

    def __call__(self, *command: object) -> object:
        """Ask it something, on a connection of its own."""
        import redis

        client = redis.Redis.from_url(self.url, socket_timeout=5)
        try:
            return client.execute_command(*command)  # type: ignore[no-untyped-call, unused-ignore]
        finally:
            client.close()

    def stop(self, *, by: signal.Signals = signal.SIGKILL) -> None:
        """End it; by SIGKILL it saves nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(by)
            self._process.wait(20)
            self._process = None

    def pause(self) -> None:
        """Have it stand still: it takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End the pause."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
