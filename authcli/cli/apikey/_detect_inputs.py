"""What `authcli apikey detect` was told to read: files and folders, or a stream."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import NamedTuple, TypeAlias

from authcli.apikeys.scan import Reader
from authcli.apikeys.text import looks_like_a_key
from authcli.cli._feed import readable
from authcli.cli._reading import PIPE_PATIENCE, cannot_read, take_stdin
from authcli.errors import InvalidInput

__all__ = ["Input", "Stream", "inputs", "reader_of"]

WHAT = "text to search"


class Stream(NamedTuple):
    """A pipe, read once from its beginning to its end."""

    name: str
    descriptor: int
    patience: float = 0.0
    """How long to wait for the first who writes to it, in seconds."""


#: A stream; or files and folders, which are read by several processes.
Input: TypeAlias = Stream | list[bytes]


def inputs(paths: Sequence[str]) -> list[Input]:
    """Return what to read, in the order given.

    Raises:
        InvalidInput: nothing was given, stdin twice, or a key's text in the place of a path.
    """
    if not paths:
        if sys.stdin is None or sys.stdin.isatty():
            raise InvalidInput(
                "no path was given", hint="authcli apikey detect . searches this folder"
            )
        return [Stream("-", take_stdin(WHAT))]
    found: list[Input] = []
    for path in paths:
        if looks_like_a_key(path):
            raise InvalidInput(
                "key text on the command line is visible to every process; pipe it in",
                hint="authcli apikey verify - says what a key is",
            )
        if path == "-":
            found.append(Stream("-", take_stdin(WHAT)))
        elif _is_pipe(path):
            found.append(_opened(path))
        elif found and isinstance(found[-1], list):
            found[-1].append(os.fsencode(path))
        else:
            found.append([os.fsencode(path)])
    return found


def reader_of(stream: Stream) -> Reader:
    """Return what reads a stream as it comes, whether its descriptor blocks or not.

    The reader raises InvalidInput where it cannot be read.
    """
    file = FileIO(stream.descriptor, closefd=False)
    until = time.monotonic() + stream.patience

    def read(view: memoryview) -> int:
        nonlocal until
        while True:
            try:
                size = file.readinto(view)
            except OSError as error:
                cannot_read(WHAT, stream.name, error)
            if size is None:
                readable(stream.descriptor, wait=True)
            elif size or time.monotonic() >= until:
                until = 0.0
                return size
            else:  # a named pipe reads as empty until someone opens it for writing
                time.sleep(0.005)

    return read


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(Path(path).stat().st_mode)
    except (OSError, ValueError):  # reading it as a file says what is wrong
        return False


def _opened(path: str) -> Stream:
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        return Stream(path, os.open(path, flags), PIPE_PATIENCE)
    except OSError as error:
        cannot_read(WHAT, ascii(path)[1:-1], error)
