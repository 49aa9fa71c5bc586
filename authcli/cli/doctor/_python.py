"""Python and the libraries: versions that work, and nothing in another's place."""

from __future__ import annotations

import os
import sys
from importlib.util import cache_from_source
from typing import NamedTuple

from authcli.cli.doctor._model import Context, Result, passed
from authcli.errors import Unavailable
from authcli.findings import Finding, Severity

__all__ = ["NEEDED", "Needed", "libraries", "python"]


class Needed(NamedTuple):
    """A library, as `pyproject.toml` has it; a test compares them."""

    name: str
    least: str
    below: str | None = None
    extra: str | None = None
    """Which extra brings it; None where authcli cannot do without it."""
    why: str = ""
    """What a version that is too new does."""

    @property
    def requirement(self) -> str:
        """As pip takes it: "typer>=0.26,<0.29"."""
        return f"{self.name}>={self.least}" + (f",<{self.below}" if self.below else "")


NEEDED = (
    Needed("typer", "0.26", "0.29", why="each command takes twice as long, for it loads pydantic"),
    Needed("rich", "14"),
    Needed("pyjwt", "2.13"),
    Needed("cryptography", "50"),
    Needed("libpass", "1.9.4"),
    Needed("pyotp", "2.11"),
    Needed("qrcode", "8"),
    Needed("keyring", "25"),
    Needed("platformdirs", "4"),
    Needed("zxcvbn", "4.5", extra="strength"),
    Needed("pillow", "11", extra="qr-read"),
    Needed("zxing-cpp", "2.3", extra="qr-read"),
    Needed("psycopg", "3.2", extra="postgres"),
    Needed("redis", "5.3", extra="redis"),
)

#: The last month of security fixes: PEP 664, 693, 719, 745.
_LAST_MONTH = {(3, 11): "2027-10", (3, 12): "2028-10", (3, 13): "2029-10", (3, 14): "2030-10"}


def python(context: Context) -> Result:
    """Whether this Python still gets security fixes, and authcli is compiled for it."""
    from authcli import __file__, __version__
    from authcli.clock import format_instant, now

    found = []
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info.releaselevel != "final":
        text = f"Python {version} is a preview"
        found.append(Finding("doctor.python", "note", text))
    last = _LAST_MONTH.get(sys.version_info[:2])
    if last is not None and format_instant(now())[:7] > last:
        text = f"Python {version} has had no security fixes since {last}"
        found.append(Finding("doctor.python", "warning", text, "install authcli with a newer one"))
    if not os.path.exists(cache_from_source(__file__ or "")):  # noqa: PTH110  (start-up)
        text = "authcli is not compiled, and cannot be: each start takes half as long again"
        hint = "uv tool install --compile-bytecode authcli; or python -m compileall FOLDER"
        found.append(Finding("doctor.bytecode", "note", text, hint))
    return passed(f"authcli {__version__}, Python {version}, {sys.executable}", *found)


def libraries(context: Context) -> Result:
    """Whether each library is there, is of a version that was tried, and is what it says."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    found, versions = [], []
    for needed in NEEDED:
        try:
            version = version_of(needed.name)
        except PackageNotFoundError:
            if needed.extra is None:
                found.append(_finding(needed, "error", f"{needed.name} is not installed"))
            continue
        versions.append(f"{needed.name} {version}")
        if _numbers(version) < _numbers(needed.least):
            text = f"{needed.name} {version} is older than {needed.least}"
            found.append(_finding(needed, "error", text))
        elif needed.below is not None and _numbers(version) >= _numbers(needed.below):
            text = f"{needed.name} {version} is newer than what authcli was made for"
            text += f" (below {needed.below}): {needed.why}" if needed.why else ""
            found.append(_finding(needed, "warning", text))
    found += _overwritten()
    return passed(", ".join(versions), *found)


def _finding(needed: Needed, severity: Severity, text: str) -> Finding:
    hint = f"pip install '{needed.requirement}'"
    return Finding("doctor.library", severity, text, hint, needed.name)


def _overwritten() -> list[Finding]:
    """Say whether passlib, installed after libpass, overwrote its files."""
    from authcli.passwords.schemes.libpass import handler

    try:
        handler("sha256_crypt")
    except Unavailable as error:
        return [Finding(error.code, "error", error.message, error.hint, "libpass")]
    return []


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)
