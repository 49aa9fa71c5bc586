"""Programs and packages that a test needs and a machine may lack.

Without one the test is skipped, saying so. Where AUTHCLI_TEST_REQUIRE names it (separated by
commas), its absence is a failure instead, so that a skipped test cannot pass for a green one.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from functools import cache
from types import ModuleType
from typing import NoReturn

import pytest


def require(tool: str) -> str:
    """Return the path of a program."""
    path = shutil.which(tool)
    return path if path is not None else missing(tool)


def require_node(package: str) -> str:
    """Return the path of node, when it can load an npm package; "node-PACKAGE" names it.

    Node looks in the folders that NODE_PATH names: `npm install --prefix DIR jose`, and then
    NODE_PATH=DIR/node_modules.
    """
    node = shutil.which("node")
    return node if node is not None and _node_finds(node, package) else missing(f"node-{package}")


def require_package(name: str) -> ModuleType:
    """Return a Python package that is no dependency of authcli."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return missing(name)


def missing(name: str) -> NoReturn:
    """Skip the test, or fail it where AUTHCLI_TEST_REQUIRE names what is missing."""
    if name in os.environ.get("AUTHCLI_TEST_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"{name} is not installed, and AUTHCLI_TEST_REQUIRE names it")
    pytest.skip(f"{name} is not installed")


@cache
def _node_finds(node: str, package: str) -> bool:
    command = [node, "-e", "require.resolve(process.argv[1])", package]
    return subprocess.run(command, capture_output=True).returncode == 0
