"""Opening stores in tests, in other processes too, and writing in them as people do."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from authcli.errors import AuthError
from authcli.store import Store, open_store

#: "forkserver" inherits nothing that a test has open, and starts in a few milliseconds.
PROCESSES = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
PROCESSES.set_forkserver_preload(
    ["authcli.store.audit", "authcli.store.sqlite", "authcli.store.postgres", "tests.store.stores"]
)

ADD = "INSERT INTO rate_buckets (bucket, tat, expires_at) VALUES (:name, :n, 0)"
COUNT = "SELECT tat FROM rate_buckets WHERE bucket = :name"
SET = "UPDATE rate_buckets SET tat = :n WHERE bucket = :name"


def opened(url: str, **options: Any) -> Store:
    """Open a store, made where it is missing; PostgreSQL's files are in a folder of its own."""
    options.setdefault("create", True)
    options.setdefault("side_folder", side_folder_of(url))
    return open_store(url, **options)


def side_folder_of(url: str) -> Path | None:
    """Return where the root keys of a test's PostgreSQL store are."""
    if url.startswith("sqlite"):
        return None
    return Path(os.environ["AUTHCLI_TEST_SIDE_FOLDER"]) / url.rpartition("/")[2].partition("?")[0]


def together(function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Run a function in a process for each tuple of arguments, all at once; return the results."""
    arguments = list(arguments)
    with PROCESSES.Pool(len(arguments)) as pool:
        return pool.starmap(function, arguments, chunksize=1)


def as_somebody(function: Callable[[], Any]) -> Any:
    """Call a function in a child that is not root; an error of ours is its code.

    What it imports must have been imported before: root's folders are closed to it.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            try:
                result = function()
            except AuthError as error:
                result = error.code
            os.write(writer, json.dumps(result).encode())
        except BaseException:  # noqa: BLE001  (a child has nobody to tell but stderr)
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        return json.loads(answer.read())
