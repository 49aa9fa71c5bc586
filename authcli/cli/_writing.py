"""Writing bytes to a descriptor, all of them: the mirror of `_reading`.

Python's own stream does not: with PYTHONUNBUFFERED a short write counts as done, and where the
descriptor does not block the rest is lost or an error.
"""

from __future__ import annotations

import os
import select

__all__ = ["write_all"]


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, waiting for a reader who is slow.

    Raises:
        OSError: the disk is full, or the reader is gone.
    """
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            poll.poll()
