"""Speed against what else there is, in interleaved runs: see the modules of each table.

    python -m tests.benchmarks [TABLE…] [--rounds N] [--rows N] [--million] [--json | --markdown]

Tables: startup, bulk, commands, apikeys, passwords, peers, revocation. Without a name all are
measured; with --markdown, those that README's short table is made of. Machines are noisy, so what
is compared takes turns, the least time of each counts, and the figures are ratios. Times are shown
as ours / theirs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial

from tests.benchmarks import (
    apikeys,
    bulk,
    commands,
    passwords,
    peers,
    revocation,
    startup,
    summary,
)
from tests.benchmarks.figures import Table, text_of

#: Table -> what measures it, and the rounds that settle its figures.
TABLES = {
    "startup": (startup.measure, 30),
    "bulk": (bulk.measure, 5),
    "commands": (commands.measure, 4),
    "apikeys": (apikeys.measure, 5),
    "passwords": (passwords.measure, 6),
    "peers": (peers.measure, 10),
    "revocation": (revocation.measure, 40),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := set(options.tables) - TABLES.keys():
        parser.error(f"no table is called {', '.join(sorted(unknown))}")
    if options.markdown and (missing := set(summary.TABLES) - {*(options.tables or TABLES)}):
        parser.error(f"README's table also needs {', '.join(sorted(missing))}")
    plain = not (options.json or options.markdown)
    found: dict[str, Table] = {}
    for name in options.tables or (summary.TABLES if options.markdown else TABLES):
        measure, usual_rounds = TABLES[name]
        if name == "apikeys" and options.rows:
            measure = partial(apikeys.measure, rows=options.rows)
        found[name] = measure(rounds=options.rounds or usual_rounds, scale=options.scale)
        if plain:
            print(text_of(found[name]), flush=True)
    if options.million:
        found["memory"] = commands.measure_memory(tokens=int(10**6 * options.scale))
        if plain:
            print(text_of(found["memory"]))
    if options.json:
        print(json.dumps({name: table.as_json() for name, table in found.items()}, indent=2))
    if options.markdown:
        command = "python -m tests.benchmarks --markdown"
        print(summary.markdown_of(found, command=command), end="")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(TABLES)}")
    parser.add_argument("--rounds", type=int, help="turns that each side gets")
    parser.add_argument("--scale", type=float, default=1, help="0.1: a tenth of each turn's work")
    parser.add_argument("--rows", type=int, help="API keys in the large store; 1,000,000")
    parser.add_argument("--million", action="store_true", help="and the memory of 10^6 tokens")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--markdown", action="store_true", help="the short table of ratios of README")
    return parser


if __name__ == "__main__":
    main()
