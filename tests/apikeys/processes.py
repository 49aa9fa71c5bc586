"""Several processes that do one thing at the same moment, each with a store of its own."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from typing import Any

from authcli.errors import AuthError
from authcli.store.store import Store

#: A fork takes milliseconds; what it inherits it must not use, so each opens the store itself.
_CONTEXT = multiprocessing.get_context("fork")


def at_once(count: int, opener: Callable[[], Store], act: Callable[[Store], Any]) -> list[Any]:
    """Return what `act` returned in each of so many processes; an error of ours as its code."""
    barrier = _CONTEXT.Barrier(count)
    results: Any = _CONTEXT.Queue()

    def run() -> None:
        try:
            with opener() as store:
                barrier.wait(30)
                results.put(act(store))
        except AuthError as error:
            results.put(error.code)
        except Exception:  # noqa: BLE001 (the test shows it, whatever it is)
            results.put(traceback.format_exc())

    processes = [_CONTEXT.Process(target=run) for _ in range(count)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(30)
    return found
