"""Hashes are computed beside the main thread, so that Ctrl-C is heard while one is.

At high costs a hash takes minutes in C code, and Python hears no signal until that returns. The
thread is left behind then: it writes nothing that would have to be tidied up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["computed"]

T = TypeVar("T")
#: Windows hears Ctrl-C between two waits alone.
_WAIT_SECONDS = 0.1


def computed(work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises.

    Args:
        work: computes and reads; what it writes might stay half-written.
    """
    from threading import Thread

    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again below
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads may be had
        return work()
    while thread.is_alive():
        thread.join(_WAIT_SECONDS)
    if errors:
        raise errors[0]
    return results[0]
