"""cron, as far as the recipes need it: the lines of a crontab, run as cron runs them.

No terminal, hardly any environment, `%` is a line break of stdin, and what is printed is mailed.

Source: crontab(5) of Debian's cron.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_SETTING = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*")
_LINE = re.compile(r"\s*(@[a-z]+|(?:[\d*/,-]+\s+){4}[\d*/,-]+)\s+(.*)")


class Line(NamedTuple):
    """A command of a crontab."""

    when: str
    command: str
    stdin: str
    settings: dict[str, str]
    """What the lines above it set."""


class Mail(NamedTuple):
    """What cron sends."""

    to: str
    text: str


def lines(crontab: str) -> list[Line]:
    """Return the commands of a crontab; a line that is nothing else fails the test."""
    settings: dict[str, str] = {}
    found = []
    for text in crontab.splitlines():
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        if entry := _LINE.fullmatch(text):
            command, *stdin = re.split(r"(?<!\\)%", entry[2])
            stdin = [part.replace("\\%", "%") for part in stdin]
            command = command.replace("\\%", "%")
            found.append(Line(entry[1], command, "\n".join(stdin), dict(settings)))
        else:
            setting = _SETTING.fullmatch(text)
            assert setting, text
            settings[setting[1]] = setting[2].strip("\"'")
    return found


def run(line: Line, *, home: Path, extra: Mapping[str, str] | None = None) -> Mail | None:
    """Run a line; return the mail that it causes, if any."""
    env = {"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "LOGNAME": "app", **line.settings}
    done = subprocess.run(
        [env["SHELL"], "-c", line.command],
        input=line.stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=home,
        env={**env, "HOME": str(home), **(extra or {})},
        start_new_session=True,
        timeout=60,
    )
    return Mail(line.settings.get("MAILTO", "app"), done.stdout) if done.stdout else None
