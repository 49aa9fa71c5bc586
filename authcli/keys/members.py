"""The members that keys are made of: base64url text of the right length (RFC 7518, section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from authcli.encoding import base64url_decode
from authcli.errors import InvalidEncoding, KeyMalformed

if TYPE_CHECKING:
    from authcli.findings import Finding
    from authcli.keys.engine import NativeKey

__all__ = ["Checked", "decode_member", "require_members"]


class Checked(NamedTuple):
    """A key whose parts have been found to agree."""

    members: Mapping[str, str]
    """Public and private members, each in its one spelling."""
    size_bits: int
    weaknesses: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    native: NativeKey | None = None
    """The private key as an object, where the check had to build it."""


def require_members(members: Mapping[str, str], names: Iterable[str]) -> None:
    """Refuse a key that lacks one of the members."""
    for name in names:
        if name not in members:
            raise KeyMalformed(f"the {members['kty']} key has no member '{name}'")


def decode_member(
    members: Mapping[str, str],
    name: str,
    *,
    size_bytes: int | None = None,
    max_bytes: int | None = None,
) -> bytes:
    """Return a member's bytes.

    Args:
        members: the members of one key.
        name: which.
        size_bytes: the exact length; leading zero bytes count (RFC 7518, section 6.2.1.2).
        max_bytes: the longest that is worth decoding.

    Raises:
        KeyMalformed: not canonical base64url, empty, or of another length.
    """
    text = members[name]
    if max_bytes is not None and len(text) > max_bytes * 4 // 3 + 2:
        raise KeyMalformed(
            f"the member '{name}' is {len(text) * 3 // 4} bytes long, over the limit of {max_bytes}"
        )
    try:
        raw = base64url_decode(text, what=f"member '{name}'")
    except InvalidEncoding as error:
        fault = error.message
    else:
        if raw and size_bytes in (None, len(raw)):
            return raw
        wanted = f"{size_bytes} bytes" if size_bytes else "at least one"
        fault = f"the member '{name}' is {len(raw)} bytes long, not {wanted}"
    raise KeyMalformed(fault)
