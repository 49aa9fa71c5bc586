"""A real PostgreSQL for the tests: one server a run, shared by its workers, gone with them.

Whoever uses the server holds a shared lock on a file. A process of its own waits for that lock
alone: it gets it when the last user has ended, however that ended, and stops the server.

    python -m tests.servers FOLDER      is that process
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

#: What makes it quick; a test server need not survive a power cut.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "80",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
}
#: "guarded" needs its password; everybody else is believed.
HBA = "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"


def programs() -> Path | None:
    """Return the folder of initdb and postgres: on PATH, else the newest of the system's."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres", path=str(Path(found).parent)):
        return Path(found).parent
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
    ]
    usable = [folder for folder in folders if (folder / "initdb").exists()]
    return max(usable, key=lambda folder: (len(str(folder)), str(folder)), default=None)


@contextlib.contextmanager
def postgres(shared: Path) -> Iterator[str]:
    """Give the URL of a server, without a database's name: "postgresql://tester@127.0.0.1:PORT/".

    Args:
        shared: a folder that all workers of this run know.
    """
    with contextlib.ExitStack() as users:
        with (shared / "postgres.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            folder = _joined(shared, users) or _started(shared, users)
        yield (folder / "ready").read_text()


def new_database(server: str) -> str:
    """Make a database on a server; return its URL."""
    import psycopg

    name = f"t{os.urandom(6).hex()}"
    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server + name


def empty_database(url: str) -> None:
    """Make a database as new: nobody is connected, and nothing is in it."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        schemas = connection.execute(
            "SELECT quote_ident(nspname) FROM pg_namespace"
            " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        ).fetchall()
        for (schema,) in schemas:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
        connection.execute("CREATE SCHEMA public")


def _joined(shared: Path, users: contextlib.ExitStack) -> Path | None:
    """Become a user of the server that another worker started, if it runs."""
    current = shared / "postgres.current"
    if not current.exists():
        return None
    folder = Path(current.read_text())
    try:
        file = users.enter_context((folder / "users").open("rb"))
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # it is being stopped, or is gone
        return None
    return folder if (folder / "ready").exists() else None


def _started(shared: Path, users: contextlib.ExitStack) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short
    (folder / "users").touch()
    file = users.enter_context((folder / "users").open("rb"))
    fcntl.flock(file, fcntl.LOCK_SH)
    with (folder / "log").open("wb") as log:
        subprocess.run(
            [sys.executable, "-m", "tests.servers", str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
        )
    end = time.monotonic() + 60
    while not (folder / "ready").exists():
        if (folder / "failed").exists() or time.monotonic() > end:
            raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()[-2000:]}")
        time.sleep(0.02)
    (shared / "postgres.current").write_text(str(folder))
    return folder


def keep(folder: Path) -> None:
    """Start a server in a folder, and stop it when nobody uses it any more."""
    if os.fork():
        return
    os.setsid()  # Ctrl-C is for the tests; this ends after them
    try:
        server = _server(folder)
    except BaseException:
        traceback.print_exc()
        (folder / "failed").touch()
        raise
    with (folder / "users").open("rb") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        (folder / "ready").unlink()
    server.send_signal(signal.SIGQUIT)
    server.wait(20)
    shutil.rmtree(folder, ignore_errors=True)


def _server(folder: Path) -> subprocess.Popen[bytes]:
    bin_folder = programs()
    assert bin_folder is not None
    owner = _unprivileged(folder)
    data = folder / "data"
    subprocess.run(
        [
            *(bin_folder / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8"),
            *("--no-locale", "-N", "--no-instructions"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        **owner,
    )
    (data / "pg_hba.conf").write_text(HBA)
    port = _free_port()
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    server = subprocess.Popen(
        [bin_folder / "postgres", "-D", data, "-k", folder, "-p", str(port), *settings], **owner
    )
    _wait_for(port, server)
    (folder / "ready.new").write_text(f"postgresql://tester@127.0.0.1:{port}/")
    (folder / "ready.new").rename(folder / "ready")
    return server


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Return as whom to run it: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {"cwd": folder}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"cwd": folder, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server lets somebody in: it listens before it has started up."""
    import psycopg

    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(f"postgresql://tester@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
