"""What waits: many keys in one commit, eight writers at once, batches to a server (wall time)."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from authcli.apikeys.issuing import Draft, issue
from authcli.apikeys.text import display_id, id_of
from authcli.apikeys.verifying import verify, verify_many
from authcli.store import open_store
from authcli.store.store import Store
from tests import servers
from tests.apikeys.processes import at_once
from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure, faster_than
from tests.benchmarks.key_stores import fill
from tests.benchmarks.running import AUTHCLI, Command, run

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
        return [*found, *_batches(Path(short), rounds, scale)], ()


def _seconds(act: Callable[[], object]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


def _issuing(folder: Path, rounds: int, scale: float) -> Figure:
    """Return what `--count` brings, start-up and printing included, against commits of one key."""
    many, single = max(50, int(100_000 * scale)), max(10, int(100 * scale))
    url = f"sqlite:{folder}/issuing.db"
    words = ["apikey", "issue", "many", "--count", str(many), "--store", url, "-q"]
    command = Command([*AUTHCLI, *words])
    each = {"many": float("inf"), "single": float("inf")}
    with open_store(url, create=True) as store:
        keys, draft = store.api_keys, Draft("many")
        for _ in range(min(rounds, 3)):
            took = _seconds(lambda: [issue(keys, draft) for _ in range(single)]) / single
            each["single"] = min(each["single"], took)
            ran = run(command, folder)
            each["many"] = min(each["many"], ran.wall / many)
            issued = ran.stdout.decode().split()
            if len(set(issued)) != many:
                raise Differs(f"apikey issue --count printed {len(set(issued))} keys of {many}")
            for text in issued[:: max(1, many // 10)]:
                verify(keys, text)
    what = f"apikey issue --count {many:,}"
    return faster_than(
        "single commits", what, ours=each["many"], theirs=each["single"], target=8, remark="a key"
    )


def _writers(folder: Path, scale: float) -> list[Figure]:
    url = f"sqlite:{folder}/writers.db"
    with open_store(url, create=True) as store:
        issue(store.api_keys, Draft("first"))
    seconds = max(0.2, 10 * scale)
    counts = at_once(
        _WRITERS, partial(open_store, url, wait_seconds=30), partial(_write, seconds=seconds)
    )
    if errors := [count for count in counts if not isinstance(count, int)]:
        raise Differs(f"a writer failed: {errors[0]}")
    remark = f"{min(counts)} to {max(counts)} keys in {seconds:.1f} s"
    return [
        Figure(
            "8 processes issuing and verifying: slowest of fastest",
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


def _batches(folder: Path, rounds: int, scale: float) -> Iterator[Figure]:
    """Yield what batches bring: in the library, and to the command with its start-up."""
    import psycopg

    count, single = max(100, int(20_000 * scale)), max(50, int(2_000 * scale))
    with servers.postgres(folder) as server:
        with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE benchmark")
        url, side = f"{server}benchmark", folder / ".local/share/authcli/stores"
        with open_store(url, create=True, side_folder=side) as store:
            keys = store.api_keys
            texts = fill(store, rows=max(count, int(100_000 * scale)), real=count)[:count]
            store.database.run("ANALYZE api_keys")
            (folder / "lines").write_text("".join(f"{text}\n" for text in texts))
            words = ["apikey", "verify", "--lines", "--peek", "--store", url]
            command = Command([*AUTHCLI, *words], folder / "lines")
            expected = [display_id(id_of(text) or 0) for text in texts]
            one = many = whole = float("inf")
            some = texts[:single]
            for _ in range(min(rounds, 3)):
                one = min(one, _seconds(lambda: [verify(keys, text) for text in some]) / single)
                many = min(many, _seconds(lambda: verify_many(keys, texts)) / count)
                ran = run(command, folder)
                if ran.stdout.decode().split() != expected:
                    raise Differs(f"apikey verify --lines ended with {ran.code}: {ran.stderr!r}")
                whole = min(whole, ran.wall / count)
    for what, ours in (("verify many", many), (f"apikey verify --lines, {count:,} lines", whole)):
        yield faster_than("one by one", f"PostgreSQL: {what}", ours=ours, theirs=one, target=10)
