"""Reading bytes from outside, within bounds: files, devices, pipes, descriptors, stdin.

A folder, an endless device, a named pipe that nobody writes to and a file of a gigabyte are each
one clear error, soon. No message repeats what was read.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from pathlib import Path
from typing import NamedTuple, NoReturn

from authcli.cli._key_text import refuse_key_text
from authcli.errors import InvalidInput
from authcli.files import others_can_read

__all__ = [
    "MAX_BYTES",
    "Given",
    "bounded",
    "cannot_read",
    "drain",
    "read_file",
    "read_stdin",
    "take_stdin",
]

MAX_BYTES = 1 << 20
#: How long a named pipe that nobody writes to may keep us, in seconds.
PIPE_PATIENCE = 2.0

#: What has read stdin, and whether it could come as text: a process has but one stdin.
_READS_STDIN: list[tuple[str, bool]] = []


class Given(NamedTuple):
    """What a source gave."""

    data: bytes
    name: str
    """What to call it in messages: "env:KEY", "stdin", "key.pem"; never the value."""
    exposed: bool = False
    """Whether it is a file that others on this machine can read."""

    def __repr__(self) -> str:
        return f"Given({self.name!r}, {len(self.data)} bytes)"


def read_file(path: str, what: str, *, limit: int = MAX_BYTES, cut: bool = False) -> Given:
    """Read a file, device or pipe.

    Args:
        path: its path; a leading `~` is the home folder. Key text is none, be there such a file.
        what: what is read, for messages.
        limit: the most bytes accepted.
        cut: take `limit` + 1 bytes of what is larger instead of refusing it.
    """
    refuse_key_text(path)
    name = ascii(path[:200])[1:-1]
    try:
        descriptor = os.open(
            Path(path).expanduser() if path.startswith("~") else path,
            os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0),
        )
    except (OSError, ValueError, RuntimeError) as error:
        cannot_read(what, name, error)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise InvalidInput(f"{name} is a folder, not a file", code="source.unreadable")
        data = drain(descriptor, limit, by_name=True)
    except OSError as error:
        cannot_read(what, name, error)
    finally:
        os.close(descriptor)
    data = bounded(data, what, name, limit, cut=cut)
    return Given(data, name, exposed=others_can_read(status))


def read_stdin(
    what: str, *, limit: int = MAX_BYTES, cut: bool = False, as_text: bool = False
) -> Given:
    """Read stdin, which only one input may; see `read_file` and `take_stdin`."""
    descriptor = take_stdin(what, as_text=as_text)
    try:
        data = drain(descriptor, limit)
    except OSError as error:
        cannot_read(what, "stdin", error)
    return Given(bounded(data, what, "stdin", limit, cut=cut), "stdin")


def take_stdin(what: str, *, as_text: bool = False) -> int:
    """Return stdin's descriptor to the one input that may read it.

    Args:
        what: what is read, for messages.
        as_text: it is given as text, @FILE or -, and by no source such as env:NAME.

    Raises:
        InvalidInput: another one has it, or it is closed.
    """
    if _READS_STDIN:
        raise InvalidInput(
            f"stdin already gives the {_READS_STDIN[0][0]}; it cannot give the {what} too",
            hint=_way_out(_READS_STDIN[0], (what, as_text)),
            code="source.stdin",
        )
    if sys.stdin is None:
        raise InvalidInput(f"stdin is closed; the {what} cannot come from it", code="source.stdin")
    _READS_STDIN.append((what, as_text))
    return sys.stdin.fileno()


def _way_out(*readers: tuple[str, bool]) -> str:
    texts = [what for what, as_text in readers if as_text]
    if not texts:
        return "use @FILE, env:NAME or fd:N for one of them"
    return f"give {'one of them' if len(texts) > 1 else f'the {texts[0]}'} as text or @FILE"


def drain(descriptor: int, limit: int, *, by_name: bool = False) -> bytes:
    """Read to the end, or to one byte over the limit.

    Args:
        descriptor: blocking or not.
        limit: the most bytes wanted.
        by_name: it was opened by its path. A named pipe reads "" while it has had no writer, and a
            device may never be ready: neither is waited for longer than `PIPE_PATIENCE`.
    """
    is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    patience = time.monotonic() + PIPE_PATIENCE if by_name else 0.0
    parts: list[bytes] = []
    size = 0
    while size <= limit:
        try:
            part = os.read(descriptor, min(65536, limit + 1 - size))
        except BlockingIOError:
            if not _wait(descriptor, None if is_pipe or not by_name else patience):
                break
            patience = 0.0 if is_pipe else patience  # it has a writer
            continue
        if part:
            parts.append(part)
            size += len(part)
        elif is_pipe and not parts and time.monotonic() < patience:
            time.sleep(0.005)
        else:
            break
    return b"".join(parts)


def _wait(descriptor: int, until: float | None) -> bool:
    """Wait for something to read, for ever or until an instant of the monotonic clock."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if until is None:
        return bool(poll.poll())
    return bool(poll.poll(max(0.0, until - time.monotonic()) * 1000))


def bounded(data: bytes, what: str, name: str, limit: int, *, cut: bool = False) -> bytes:
    """Return what was read, unless it is empty or, where it is not cut, over the limit."""
    if not data.strip(b"\r\n"):
        raise InvalidInput(f"{name} is empty; the {what} was to come from it", code="source.empty")
    if len(data) > limit and not cut:
        raise InvalidInput(
            f"{name} is larger than {limit} bytes; that is no {what}", code="source.too-large"
        )
    return data


def cannot_read(what: str, name: str, error: Exception) -> NoReturn:
    """Raise the usage error that a failed open or read amounts to."""
    reason = (getattr(error, "strerror", None) or "not a usable name").lower()
    raise InvalidInput(
        f"cannot read the {what} from {name}: {reason}", code="source.unreadable"
    ) from None
