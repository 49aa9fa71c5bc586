"""The fixtures of the command line's tests, here too."""

from __future__ import annotations

from tests.cli.conftest import cli

__all__ = ["cli"]
