"""The command line of this checkout, run as a process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["AUTHCLI", "PYTHON", "environment"]

PYTHON = sys.executable
AUTHCLI = [PYTHON, "-P", "-c", "from authcli.__main__ import main; main()"]


def environment(home: Path) -> dict[str, str]:
    """Return the variables of a process that finds authcli and, in its home folder, nothing."""
    root = str(Path(__file__).parents[2])
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": root}
