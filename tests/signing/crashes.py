"""Rotations that are killed, for tests: at any step that is seen from outside the process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from authcli import files
from authcli.signing.publication import publish
from authcli.signing.rotation import rotate
from authcli.store.database import Database
from tests.store.stores import PROCESSES
from tests.store.upkeep import opened

#: What a rotation does to the database and to files, a call each.
_STEPS = ("rows", "row", "_run", "_run_many", "_begin_writing", "_commit")


def killed(url: str, folder: Path, jwks: Path, *, at_ms: int, step: int) -> int | None:
    """Rotate in a process that kills itself before a step; None where it did, else the steps."""
    reader, writer = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_rotate, args=(writer, url, folder, jwks, at_ms, step))
    process.start()
    writer.close()
    try:
        steps: int | None = reader.recv()
    except EOFError:
        steps = None
    reader.close()
    process.join()
    assert process.exitcode == (-signal.SIGKILL if steps is None else 0)
    process.close()
    return steps


def _rotate(writer: Any, url: str, folder: Path, jwks: Path, at_ms: int, step: int) -> None:
    with opened(url, folder) as store:
        taken = _count(type(store.database), step)
        signing = store.signing_keys
        rotate(signing, publish=lambda: publish(signing, jwks, at_ms=at_ms), at_ms=at_ms)
    writer.send(taken())


def _count(engine: type[Database], step: int) -> Callable[[], int]:
    """Let the process die before that step; return what says how many there were."""
    number = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **values: Any) -> Any:
            nonlocal number
            number += 1
            if number == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **values)

        return call

    for name in _STEPS:
        setattr(engine, name, counted(getattr(engine, name)))
    for module, name in ((files, "replace"), (os, "replace"), (os, "fsync"), (os, "rename")):
        setattr(module, name, counted(getattr(module, name)))
    return lambda: number
