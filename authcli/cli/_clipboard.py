"""The clipboard, through the platform's own tool, which reads the value from stdin."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import NamedTuple

from authcli.errors import Unavailable

__all__ = ["CLEARED_AFTER_SECONDS", "copy", "require_tool"]

CLEARED_AFTER_SECONDS = 45

#: Waits, then clears the clipboard if it still holds the value, whose SHA-256 it is given on stdin.
_CLEANER = """
import hashlib, json, subprocess, sys, time
digest, seconds, paste, clear = json.loads(sys.stdin.read())
time.sleep(seconds)
held = subprocess.run(paste, capture_output=True).stdout
if hashlib.sha256(held.rstrip(b"\\r\\n")).hexdigest() == digest:
    subprocess.run(clear, input=b"")
"""


class Tool(NamedTuple):
    """A program that copies its stdin, and one that prints the clipboard, where there is one."""

    copy: tuple[str, ...]
    paste: tuple[str, ...] | None
    needs: str | None = None
    """The variable without which the tool reaches no display."""


TOOLS = (
    Tool(("pbcopy",), ("pbpaste",)),
    Tool(("wl-copy",), ("wl-paste", "--no-newline"), "WAYLAND_DISPLAY"),
    Tool(
        ("xclip", "-selection", "clipboard"), ("xclip", "-o", "-selection", "clipboard"), "DISPLAY"
    ),
    Tool(("xsel", "-bi"), ("xsel", "-bo"), "DISPLAY"),
    Tool(("clip.exe",), None),
)


def copy(value: str, *, clear_after_seconds: float = CLEARED_AFTER_SECONDS) -> bool:
    """Put the value on the clipboard; say whether it will be cleared.

    A process of its own clears it, if the tool can tell that it is unchanged by then.

    Raises:
        Unavailable: no tool, or one that fails.
    """
    tool = require_tool()
    quiet = subprocess.DEVNULL
    try:
        subprocess.run(
            tool.copy, input=value.encode(), stdout=quiet, stderr=quiet, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        raise Unavailable(
            f"{tool.copy[0]} failed; nothing was copied", code="clipboard.failed"
        ) from None
    if tool.paste is not None:
        _clear_later(value, tool, tool.paste, seconds=clear_after_seconds)
    return tool.paste is not None


def require_tool() -> Tool:
    """Return the program that copies; asked for before what is copied is made.

    Raises:
        Unavailable: there is none.
    """
    tool = next((t for t in TOOLS if _usable(t)), None)
    if tool is None:
        raise Unavailable(
            "there is no clipboard tool here",
            hint="install wl-clipboard, xclip or xsel; or leave --copy out",
            code="clipboard.none",
        )
    return tool


def _usable(tool: Tool) -> bool:
    return bool(shutil.which(tool.copy[0])) and (not tool.needs or bool(os.environ.get(tool.needs)))


def _clear_later(value: str, tool: Tool, paste: tuple[str, ...], *, seconds: float) -> None:
    import hashlib
    import json

    task = [hashlib.sha256(value.encode()).hexdigest(), seconds, paste, tool.copy]
    quiet = subprocess.DEVNULL
    cleaner = subprocess.Popen(
        [sys.executable, "-I", "-c", _CLEANER],
        stdin=subprocess.PIPE,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,
    )
    if cleaner.stdin is not None:
        cleaner.stdin.write(json.dumps(task).encode())
        cleaner.stdin.close()
