"""`apikey verify --lines` against a script that a user would write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure, cost_of
from tests.benchmarks.running import AUTHCLI, PYTHON, Command, least

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
    ours = [*AUTHCLI, "apikey", "verify", "--lines", "--store", f"sqlite:{folder}/large.db"]
    naive = [PYTHON, "-c", _NAIVE, str(folder / "hex.db")]
    commands = {
        "naive": Command([*naive, "look"], lines),
        "naive that counts": Command([*naive, "count"], lines),
        "peek": Command([*ours, "--peek"], lines),
        "ours": Command(ours, lines),
    }
    outputs: set[bytes] = set()

    def check(_name: str, output: bytes) -> None:
        outputs.add(output)
        if len(outputs) > 1:
            raise Differs("the commands say different things about the same keys")

    ran = least(commands, folder, rounds=min(rounds, 3), check=check)

    def figure(ours: str, naive: str, what: str) -> Figure:
        mine, theirs = ran[ours], ran[naive]
        return cost_of(
            naive,
            f"{what}, {count:,} lines",
            ours=mine.cpu / count,
            theirs=theirs.cpu / count,
            target=0.45,
            remark=f"{mine.wall / theirs.wall:.2f} by wall time",
        )

    return [
        figure("peek", "naive", "apikey verify --lines --peek"),
        figure("ours", "naive that counts", "apikey verify --lines"),
    ]
