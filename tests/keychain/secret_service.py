"""A real Secret Service for tests: gnome-keyring-daemon on a D-Bus and in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import requirements

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")

#: No service is started by name: a prompter would want a screen.
BUS = """\
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class SecretService:
    """One that runs."""

    environment: dict[str, str]
    """What a process needs to find it."""

    def lock(self) -> None:
        """Lock the collection, as a desktop does when nobody is there."""
        import secretstorage

        connection = secretstorage.dbus_init()
        collection = secretstorage.get_default_collection(connection)
        collection.lock()
        assert collection.is_locked()
        connection.close()


@contextmanager
def running() -> Iterator[SecretService]:
    """Start one; skip the test where it is not installed ("secret-service")."""
    programs = [shutil.which(name) for name in PROGRAMS]
    if not all(programs):
        requirements.missing("secret-service")
    bus, daemon = map(str, programs)
    # A socket's path is 107 bytes at most, and pytest's folders are long.
    with tempfile.TemporaryDirectory(prefix="bus") as name:
        folder = Path(name)
        (folder / "bus.conf").write_text(BUS.format(folder=folder))
        environment = {
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/bus",
            "XDG_RUNTIME_DIR": name,
        }
        seen = {**os.environ, **environment, "HOME": name, "XDG_DATA_HOME": f"{name}/share"}
        processes = [
            subprocess.Popen(
                [bus, f"--config-file={folder}/bus.conf", "--nofork", "--print-address"],
                env=seen, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )
        ]  # fmt: skip
        try:
            assert processes[0].stdout is not None
            assert processes[0].stdout.readline().startswith(b"unix:"), "dbus-daemon did not start"
            keyring = subprocess.Popen(
                [daemon, "--unlock", "--foreground", "--components=secrets"],
                env=seen, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            processes.append(keyring)
            assert keyring.stdin is not None
            assert keyring.stdout is not None
            keyring.stdin.write(b"login")
            keyring.stdin.close()
            keyring.stdout.readline()  # it says where it listens once it does
            yield SecretService(environment)
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(timeout=10)
                for pipe in (process.stdin, process.stdout):
                    if pipe is not None:
                        pipe.close()
