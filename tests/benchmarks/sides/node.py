"""The npm packages fast-jwt, jsonwebtoken and jose, each in a process of Node that times itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.sides.side import CLAIMS, LIFETIME_SECONDS, Absent, Keys, Lap, Refused, Side
from tests.requirements import require_node

__all__ = ["PACKAGES", "side"]

#: Package -> the algorithms that it lacks.
PACKAGES = {"fast-jwt": (), "jsonwebtoken": ("EdDSA",), "jose": ()}
SCRIPT = Path(__file__).with_name("node.cjs")


def side(package: str, keys: Keys, stack: ExitStack) -> Side:
    """Return the loops for one algorithm; the stack ends the process.

    Raises:
        Absent: Node, the package, or the algorithm in it.
    """
    if keys.algorithm in PACKAGES[package]:
        raise Absent(f"{package} does not know {keys.algorithm}")
    try:
        node = require_node(package)
    except pytest.skip.Exception as why:
        raise Absent(str(why)) from None
    process = stack.enter_context(
        subprocess.Popen([node, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    )
    stack.callback(process.kill)

    def ask(do: str, **request: object) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"do": do, **request}).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {package} ended over {do!r}")
        reply = json.loads(line)
        if "refused" in reply:
            raise Refused(reply["refused"])
        return reply

    def mint(count: int) -> Lap[list[str]]:
        return Lap(**ask("mint", count=count))

    def verify(tokens: Sequence[str]) -> Lap[dict[str, Any]]:
        return Lap(**ask("verify", tokens=tokens))

    ask(
        "prepare",
        package=package,
        algorithm=keys.algorithm,
        private=keys.private.hex(),
        public=keys.public.hex(),
        claims=CLAIMS,
        lifetime=LIFETIME_SECONDS,
    )
    return Side(package, mint, verify)
