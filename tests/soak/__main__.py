"""A soak of one store: mixed commands by many processes, random kills, then every invariant.

    python -m tests.soak --minutes 10 --processes 8 [--store URL] [--seed N]
        [--checkpoints N]

Without a URL the store is an SQLite file; "postgresql" starts a server of its own. The exit code
is 1 where something did not hold; the folder with the store and the diaries then stays.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.soak.battle import fight, report
from tests.soak.scene import prepared


def main(arguments: Sequence[str] | None = None) -> int:
    """Fight, print the report, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--store", help="an empty database, or: postgresql")
    parser.add_argument("--seed", type=int, help="of the dice; without one it is chosen, and said")
    parser.add_argument("--checkpoints", type=int, help="by default one each two minutes")
    options = parser.parse_args(arguments)
    seed = random.randrange(2**32) if options.seed is None else options.seed
    checkpoints = options.checkpoints
    if checkpoints is None:
        checkpoints = max(0, round(options.minutes / 2) - 1)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    print(f"seed {seed}, folder {folder}", flush=True)
    with ExitStack() as servers:
        store = options.store
        if store == "postgresql":
            store = _postgres(folder, servers)
        battle = fight(
            prepared(folder, store=store),
            processes=options.processes,
            seconds=options.minutes * 60,
            seed=seed,
            checkpoints=checkpoints,
        )
    print(report(battle))
    if battle.findings:
        return 1
    shutil.rmtree(folder)
    return 0


def _postgres(folder: Path, stack: ExitStack) -> str:
    from tests import servers

    return servers.new_database(stack.enter_context(servers.postgres(folder)))


if __name__ == "__main__":
    sys.exit(main())
