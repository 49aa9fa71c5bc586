"""What waits: many keys in one commit, eight writers at once, batches to a server (wall time)."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from authcli.apikeys.issuing import Draft, issue, issue_many
from authcli.apikeys.verifying import verify, verify_many
from authcli.store import open_store
from authcli.store.store import Store
from tests import servers
from tests.apikeys.processes import at_once
from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure
from tests.benchmarks.key_stores import fill

__all__ = ["figures"]

_WRITERS = 8


def figures(folder: Path, *, rounds: int, scale: float) -> tuple[list[Figure], tuple[str, ...]]:
    """Return the figures, and what was left out."""
    found = [_issuing(folder, rounds, scale), *_writers(folder, scale)]
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return found, ("PostgreSQL: psycopg is not installed",)
    if servers.programs() is None:
        return found, ("PostgreSQL: no server is installed",)
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # a socket has a short path
        return [*found, _batches(Path(short), rounds, scale)], ()


def _seconds(act: Callable[[], object]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


def _issuing(folder: Path, rounds: int, scale: float) -> Figure:
    many, single = max(50, int(20_000 * scale)), max(10, int(100 * scale))
    draft = Draft("many")
    each = {"many": float("inf"), "single": float("inf")}
    with open_store(f"sqlite:{folder}/issuing.db", create=True) as store:
        keys = store.api_keys
        for _ in range(min(rounds, 3)):
            took = _seconds(lambda: [issue(keys, draft) for _ in range(single)]) / single
            each["single"] = min(each["single"], took)
            took = _seconds(lambda: issue_many(keys, draft, count=many)) / many
            each["many"] = min(each["many"], took)
    remark = f"{each['single'] * 1e6:.0f} / {each['many'] * 1e6:.0f} us a key"
    ratio = each["single"] / each["many"]
    return Figure(f"issue --count {many:,}", ratio, "single commits", 8, remark=remark)


def _writers(folder: Path, scale: float) -> list[Figure]:
    url = f"sqlite:{folder}/writers.db"
    with open_store(url, create=True) as store:
        issue(store.api_keys, Draft("first"))
    seconds = max(0.3, 10 * scale)
    counts = at_once(
        _WRITERS, partial(open_store, url, wait_seconds=30), partial(_write, seconds=seconds)
    )
    if errors := [count for count in counts if not isinstance(count, int)]:
        raise Differs(f"a writer failed: {errors[0]}")
    remark = f"{min(counts)} to {max(counts)} keys in {seconds:.1f} s"
    return [
        Figure(
            "8 writers, slowest of fastest",
            min(counts) / max(counts),
            "as many",
            0.8,
            remark=remark,
        )
    ]


def _write(store: Store, *, seconds: float) -> int:
    """Issue keys and verify them, as fast as it goes; return how many."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        verify(store.api_keys, issue(store.api_keys, Draft("ci")).text)
        count += 1
    return count


def _batches(folder: Path, rounds: int, scale: float) -> Figure:
    import psycopg

    count = max(100, int(5_000 * scale))
    with servers.postgres(folder) as server:
        with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE benchmark")
        with open_store(f"{server}benchmark", create=True, side_folder=folder / "side") as store:
            keys = store.api_keys
            texts = fill(store, rows=max(count, int(100_000 * scale)), real=count)[:count]
            store.database.run("ANALYZE api_keys")
            one = many = float("inf")
            for _ in range(rounds):
                one = min(one, _seconds(lambda: [verify(keys, text) for text in texts]))
                many = min(many, _seconds(lambda: verify_many(keys, texts)))
    remark = f"{one / count * 1e6:.1f} / {many / count * 1e6:.1f} us a key"
    return Figure("PostgreSQL, batched", one / many, "one by one", 10, remark=remark)
