"""`apikey verify --lines` against a script that a user would write."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure
from tests.benchmarks.running import AUTHCLI, PYTHON, environment

__all__ = ["figures"]

_LINES = 100_000

#: Prints the id of each key that is valid; with "count" notes its last use too.
_NAIVE = """\
import hashlib, sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
counting = sys.argv[2] == "count"
for number, line in enumerate(sys.stdin):
    digest = hashlib.sha256(line.strip().encode()).hexdigest()
    row = connection.execute(
        "SELECT id, shown, name, owner, scopes, expires_at, revoked_at FROM api_keys"
        " WHERE digest = ?", (digest,)).fetchone()
    if row is None or row[5] < time.time() * 1000 or row[6] is not None:
        print("invalid")
        continue
    print(row[1])
    if counting:
        connection.execute(
            "UPDATE api_keys SET last_used_at = ? WHERE id = ?", (time.time() * 1000, row[0]))
        if number % 512 == 511:
            connection.commit()
connection.commit()
"""


def figures(folder: Path, texts: Sequence[str], *, rounds: int, scale: float) -> list[Figure]:
    """Return what the command costs of what the naive script does."""
    count = max(100, int(_LINES * scale))
    lines = folder / "lines"
    lines.write_text("".join(f"{texts[number % len(texts)]}\n" for number in range(count)))
    store = f"sqlite:{folder}/large.db"
    ours = [*AUTHCLI, "apikey", "verify", "--lines", "--store", store]
    commands = {
        "naive": [PYTHON, "-c", _NAIVE, str(folder / "hex.db"), "look"],
        "naive that counts": [PYTHON, "-c", _NAIVE, str(folder / "hex.db"), "count"],
        "peek": [*ours, "--peek"],
        "ours": ours,
    }
    costs = dict.fromkeys(commands, float("inf"))
    walls = costs.copy()
    for _ in range(min(rounds, 3)):
        outputs = set()
        for name, command in commands.items():
            cpu, wall, output = _run(command, lines, home=folder)
            costs[name], walls[name] = min(costs[name], cpu), min(walls[name], wall)
            outputs.add(output)
        if len(outputs) > 1:
            raise Differs("the commands say different things about the same keys")

    def figure(ours: str, naive: str, what: str) -> Figure:
        remark = f"{costs[ours] / count * 1e6:.2f} / {costs[naive] / count * 1e6:.2f} us a line"
        remark += f"; {walls[ours] / walls[naive]:.2f} by wall time"
        value = costs[ours] / costs[naive]
        return Figure(what, value, f"of {naive}", 0.45, at_most=True, remark=remark)

    return [
        figure("peek", "naive", f"verify --lines --peek, {count:,}"),
        figure("ours", "naive that counts", f"verify --lines, {count:,}"),
    ]


def _run(command: Sequence[str], lines: Path, *, home: Path) -> tuple[float, float, bytes]:
    """Return the seconds of a command with these lines, of processor and in all; its output."""
    before = os.times()
    with lines.open("rb") as feed:
        done = subprocess.run(
            command, stdin=feed, capture_output=True, env=environment(home), check=False
        )
    after = os.times()
    if done.returncode:
        raise Differs(f"{command[-1]} exits {done.returncode}: {done.stderr[-300:]!r}")
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    return spent, after.elapsed - before.elapsed, done.stdout
