"""What API keys cost: against a bare loop, a hex-text index, a naive script, and themselves.

    python -m tests.benchmarks apikeys [--rows 10000000]

Verifying is compared by processor time, sides taking turns, the least time of each; what waits for
a disk or a server by wall time. The store is the real one, and every side's verdicts are compared.

- bare: the id out of the text, one look-up of the digest by it, an HMAC, a comparison: less than
  any verdict needs, with a connection tuned as ours is.
- hex text: SHA-256, and an index over hex digests, the connection tuned as ours is.
- naive: the same with sqlite3's own settings. As a script of its own it reads keys from stdin;
  "that counts" also notes the last use of each, and commits every 512.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from authcli.apikeys.text import build, id_of
from authcli.apikeys.uses import Uses
from authcli.apikeys.verifying import verify, verify_many
from authcli.errors import ApiKeyRefused
from authcli.store import open_store
from authcli.store.store import Store
from tests.benchmarks import key_commands, key_servers
from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure, Table, cost_of, faster_than
from tests.benchmarks.key_stores import hex_index, make_store
from tests.benchmarks.turns import least

__all__ = ["measure"]

_SAMPLE = 20_000
_FEW = 1_000
_VERY_MANY = 10_000_000


def measure(*, rounds: int, scale: float = 1, rows: int = 1_000_000) -> Table:
    """Return what verifying, issuing and their commands cost.

    Args:
        rounds: how many turns each side gets.
        scale: the share of the rows and of the work.
        rows: how many keys the large store has.

    Raises:
        Differs: the sides disagree about a key.
    """
    rows, sample = max(_FEW, int(rows * scale)), max(100, int(_SAMPLE * scale))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = make_store(folder / "large.db", rows=rows, real=5 * sample)
        few = make_store(folder / "small.db", rows=_FEW, real=_FEW)
        hex_index(folder / "hex.db", rows=rows, texts=texts)
        shuffled = random.Random(1).sample(texts, len(texts))
        figures = [
            *_library(folder, shuffled[:sample], few, rounds=rounds, rows=rows),
            *_telling_apart(folder, shuffled, count=max(100, sample // 2)),
            *key_commands.figures(folder, shuffled, rounds=rounds, scale=scale),
        ]
        served, notes = key_servers.figures(folder, rounds=rounds, scale=scale)
    if rows < _VERY_MANY:
        notes = (*notes, f"{_VERY_MANY:,} keys: --rows {_VERY_MANY} takes minutes and gigabytes")
    title = f"API keys, a store of {rows:,}: {rounds} rounds"
    return Table(title, (*figures, *served), notes)


def _library(
    folder: Path, texts: Sequence[str], few: Sequence[str], *, rounds: int, rows: int
) -> list[Figure]:
    with (
        open_store(f"sqlite:{folder}/large.db") as large,
        open_store(f"sqlite:{folder}/small.db") as small,
        closing(_tuned(folder / "large.db")) as bare,
        closing(_tuned(folder / "hex.db")) as hex_text,
        closing(sqlite3.connect(folder / "hex.db")) as naive,
    ):
        small_texts = [few[number % len(few)] for number in range(len(texts))]
        pepper = large.peppers.key(large.peppers.active_id)
        sides: dict[str, Callable[[], list[int]]] = {
            "ours": partial(_ours, large, texts, counting=False),
            "counting": partial(_ours, large, texts, counting=True),
            "many": partial(_many, large, texts),
            "few": partial(_ours, small, small_texts, counting=False),
            "bare": partial(_bare, bare, texts, pepper),
            "hex text": partial(_hex, hex_text, texts),
            "naive": partial(_hex, naive, texts),
        }
        costs = least(sides, rounds=rounds, check=partial(_check_known, len(texts)))
    each = {name: cost / len(texts) for name, cost in costs.items()}
    ours = each["ours"]
    verify_one = partial(faster_than, what="verify one", ours=ours)
    return [
        verify_one("bare", theirs=each["bare"], target=0.6),
        verify_one("hex text", theirs=each["hex text"]),
        verify_one("naive", theirs=each["naive"]),
        faster_than(
            "bare", "verify one, counted in memory", ours=each["counting"], theirs=each["bare"]
        ),
        faster_than("bare", "verify many", ours=each["many"], theirs=each["bare"]),
        cost_of(
            f"{_FEW:,} keys", f"verify one of {rows:,}", ours=ours, theirs=each["few"], target=2
        ),
    ]


def _check_known(expected: int, name: str, found: Sequence[int]) -> None:
    """See that no side let a key out."""
    if len(found) != expected:
        raise Differs(f"{name} knows {len(found)} of {expected} keys")


def _ours(store: Store, texts: Sequence[str], *, counting: bool) -> list[int]:
    keys, uses = store.api_keys, Uses() if counting else None
    return [verify(keys, text, uses=uses).id for text in texts]


def _many(store: Store, texts: Sequence[str]) -> list[int]:
    found = verify_many(store.api_keys, texts)
    return [one.id for one in found if not isinstance(one, Exception)]


def _tuned(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA mmap_size=1073741824")
    return connection


_DIGITS = {
    character: value
    for value, character in enumerate(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )
}


def _bare(connection: sqlite3.Connection, texts: Sequence[str], pepper: bytes) -> list[int]:
    found = []
    for text in texts:
        key_id = 0
        for character in text[-60:-49]:
            key_id = key_id * 62 + _DIGITS[character]
        row = connection.execute(
            "SELECT secret_hash FROM api_keys WHERE id = ?", (key_id,)
        ).fetchone()
        stored = hmac.digest(pepper, text.encode(), "sha256").hex()
        if row is not None and hmac.compare_digest(stored, row[0]):
            found.append(key_id)
    return found


def _hex(connection: sqlite3.Connection, texts: Sequence[str]) -> list[int]:
    found, now = [], time.time() * 1000
    for text in texts:
        row = connection.execute(
            "SELECT id, name, owner, scopes, expires_at, revoked_at FROM api_keys WHERE digest = ?",
            (hashlib.sha256(text.encode()).hexdigest(),),
        ).fetchone()
        if row is not None and row[4] > now and row[5] is None:
            found.append(row[0])
    return found


def _telling_apart(folder: Path, texts: Sequence[str], *, count: int) -> list[Figure]:
    """Return how well whoever measures refusals can tell ids that exist from those that do not.

    Known and unknown ids, all with a wrong secret, are tried in a random order. The figure is the
    chance that of one each the slower is guessed rightly (the area under the ROC curve).
    """
    draw = random.Random(2)
    known = [id_of(text) or 0 for text in draw.sample(list(texts), min(count, len(texts)))]
    unknown = [key_id ^ draw.randrange(1, 1 << 10) for key_id in known]
    trials = [(True, key_id) for key_id in known] + [(False, key_id) for key_id in unknown]
    shown = [
        (real, build(prefix="ak_live", key_id=key_id, secret=draw.randbytes(32)))
        for real, key_id in draw.sample(trials, len(trials))
    ]
    times: dict[bool, list[int]] = {True: [], False: []}
    with open_store(f"sqlite:{folder}/large.db") as store:
        keys, uses = store.api_keys, Uses()
        for real, text in shown * 2:  # the first time around warms up
            before = time.perf_counter_ns()
            try:
                verify(keys, text, uses=uses)
            except ApiKeyRefused:
                times[real].append(time.perf_counter_ns() - before)
            else:
                raise Differs("a wrong secret was let pass")
    ran = {real: found[len(found) // 2 :] for real, found in times.items()}
    chance = _area(ran[True], ran[False])
    medians = [statistics.median(ran[real]) / 1000 for real in (True, False)]
    remark = f"medians {medians[0]:.2f} / {medians[1]:.2f} us"
    return [
        Figure(
            "known and unknown ids told apart",
            max(chance, 1 - chance),
            "chance",
            0.52,
            at_most=True,
            remark=remark,
        )
    ]


def _area(some: Sequence[int], others: Sequence[int]) -> float:
    """Return how often one of `some` is greater than one of `others`, equals counting half."""
    ranked = sorted([(value, True) for value in some] + [(value, False) for value in others])
    total, start = 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        middle = (start + 1 + end) / 2
        total += middle * sum(of_some for _, of_some in ranked[start:end])
        start = end
    return (total - len(some) * (len(some) + 1) / 2) / (len(some) * len(others))
