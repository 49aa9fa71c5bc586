"""Programs that a test needs and a machine may lack."""

import os
import shutil

import pytest


def require(tool: str) -> str:
    """Return the path of a program; without it skip the test, saying so.

    Where AUTHCLI_TEST_REQUIRE names the tool (separated by commas), its absence is a failure
    instead, so that a skipped test cannot pass for a green one.
    """
    path = shutil.which(tool)
    if path is None:
        if tool in os.environ.get("AUTHCLI_TEST_REQUIRE", "").replace(",", " ").split():
            pytest.fail(f"{tool} is not installed, and AUTHCLI_TEST_REQUIRE names it")
        pytest.skip(f"{tool} is not installed")
    return path
