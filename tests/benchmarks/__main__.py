"""Speed against what else there is, in interleaved runs: see the modules of each table.

    python -m tests.benchmarks [startup] [bulk] [commands] [apikeys] [passwords] [revocation]
        [--rounds N] [--rows N] [--million] [--json]

Without a table's name all are measured. Machines are noisy, so what is compared takes turns, the
least time of each counts, and the figures are ratios.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial

from tests.benchmarks import apikeys, bulk, commands, passwords, revocation, startup
from tests.benchmarks.figures import Table, text_of

#: Table -> what measures it, and the rounds that settle its figures.
TABLES = {
    "startup": (startup.measure, 30),
    "bulk": (bulk.measure, 5),
    "commands": (commands.measure, 4),
    "apikeys": (apikeys.measure, 5),
    "passwords": (passwords.measure, 6),
    "revocation": (revocation.measure, 40),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(TABLES)}")
    parser.add_argument("--rounds", type=int, help="turns that each side gets")
    parser.add_argument("--scale", type=float, default=1, help="0.1: a tenth of each turn's work")
    parser.add_argument("--rows", type=int, help="API keys in the large store; 1,000,000")
    parser.add_argument("--million", action="store_true", help="and the memory of 10^6 tokens")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if unknown := set(options.tables) - TABLES.keys():
        parser.error(f"no table is called {', '.join(sorted(unknown))}")
    found: dict[str, Table] = {}
    for name in options.tables or TABLES:
        measure, usual_rounds = TABLES[name]
        if name == "apikeys" and options.rows:
            measure = partial(apikeys.measure, rows=options.rows)
        found[name] = measure(rounds=options.rounds or usual_rounds, scale=options.scale)
        if not options.json:
            print(text_of(found[name]), flush=True)
    if options.million:
        found["memory"] = commands.measure_memory(tokens=int(10**6 * options.scale))
        if not options.json:
            print(text_of(found["memory"]))
    if options.json:
        print(json.dumps({name: table.as_json() for name, table in found.items()}, indent=2))


if __name__ == "__main__":
    main()
