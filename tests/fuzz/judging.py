"""What counts as a finding: an exception that leaves a target, two seconds, 200 MB."""

from __future__ import annotations

import resource
import sys
import time
import traceback
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.model import Target

__all__ = ["Finding", "judged"]

_STATUS = Path("/proc/self/status")

#: Of the processor's time, so that a busy machine is no finding.
MAX_SECONDS = 2.0
MAX_GROWTH_MB = 200
#: What getrusage counts in: kilobytes, but on macOS bytes.
_RSS_PER_MB = 1 << 20 if sys.platform == "darwin" else 1 << 10


class Finding(NamedTuple):
    """An input that broke a promise."""

    kind: str
    """What and where, the same for all inputs that find it: "ValueError at keys/der.py:40"."""
    detail: str
    """The traceback, or the figure."""
    data: bytes


def judged(target: Target, data: bytes) -> Finding | None:
    """Run a target once; return what is wrong, or None."""
    before, began = _peak_mb(), time.process_time()
    try:
        target.run(data)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return Finding(_kind(error), traceback.format_exc(), data)
    seconds, growth = time.process_time() - began, _peak_mb() - before
    if seconds > MAX_SECONDS:
        return Finding("slow", f"{seconds:.1f} s of processor time", data)
    if growth > MAX_GROWTH_MB:
        return Finding("memory", f"{growth:.0f} MB more than before", data)
    return None


def _peak_mb() -> float:
    """Return the most memory that this program had; getrusage counts that of its parent, too."""
    try:
        status = _STATUS.read_bytes()
    except OSError:  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_PER_MB
    return int(status.partition(b"VmHWM:")[2].split(maxsplit=1)[0]) / 1024


def _kind(error: BaseException) -> str:
    """Return the exception's name and the innermost line of ours that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/authcli/" in f.filename or "/fuzz/targets/" in f.filename]
    place = (ours or frames)[-1]
    path = Path(place.filename)
    return f"{type(error).__name__} at {path.parent.name}/{path.name}:{place.lineno}"
