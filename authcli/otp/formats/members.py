"""JSON that other apps wrote, member by member: of the type it should be, or a reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authcli.errors import InvalidInput
from authcli.otp.hotp import HASHES, MAX_COUNTER
from authcli.otp.model import Algorithm, Kind

__all__ = ["MAX_BYTES", "algorithm", "kind", "members", "number", "objects", "text"]

#: Exports hold icons, so that some are of several MiB.
MAX_BYTES = 16 << 20
_KINDS: dict[str, Kind] = {"totp": "totp", "hotp": "hotp", "steam": "steam"}


def members(value: object, what: str) -> dict[str, Any]:
    """Return an object's members."""
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} is no object", code="otp.import")
    return value


def objects(value: object, what: str) -> list[dict[str, Any]]:
    """Return the objects of an array."""
    if not isinstance(value, list):
        raise InvalidInput(f"{what} is no array", code="otp.import")
    return [members(one, f"entry {number} of {what}") for number, one in enumerate(value, 1)]


def text(entry: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Return a member that is text; the default where it is absent or null."""
    value = entry.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise InvalidInput(f"its {name} is {'missing' if value is None else 'no text'}")
    return value


def number(
    entry: Mapping[str, Any], name: str, default: int | None = None, *, most: int = MAX_COUNTER
) -> int:
    """Return a member that is a whole number, not negative; the default where absent or null."""
    value = entry.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        why = "missing" if value is None else f"no number from 0 to {most}"
        raise InvalidInput(f"its {name} is {why}")
    return value


def kind(written: str) -> Kind:
    """Return what sort of codes an app's word stands for."""
    found = _KINDS.get(written.lower())
    if found is None:
        raise InvalidInput(f"its type {ascii(written)[:40]} is not TOTP, HOTP or Steam")
    return found


def algorithm(written: str) -> Algorithm:
    """Return the hash that an app's word stands for."""
    found = written.upper()
    if found not in HASHES:
        raise InvalidInput(f"its algorithm {ascii(written)[:40]} is not SHA1, SHA256 or SHA512")
    return found
