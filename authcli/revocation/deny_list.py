"""Deny marks: which of them could hit a token, and whether one does.

A token may be hit by its id, by its subject (of all that was issued up to an instant), by the key
that signed it, or by the family of refreshes it came from. Each mark is found by a number that is
computed from what it hits, so one look-up asks for all four.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from authcli.clock import format_instant, now_ms
from authcli.tokens.policy import Denial

if TYPE_CHECKING:
    from authcli.revocation.model import Kind, Mark, Target
    from authcli.revocation.repository import Denials

__all__ = ["FAMILY_CLAIM", "Checker", "checker", "mark_id", "targets"]

#: The claim that names the family an access token came from.
FAMILY_CLAIM = "family"
_CLAIMS: tuple[tuple[Kind, str], ...] = (("jti", "jti"), ("sub", "sub"), ("family", FAMILY_CLAIM))
#: Says of a genuine token's claims and its key's kid why it is refused; None where it is not.
Checker: TypeAlias = Callable[[Mapping[str, object], str | None], Denial | None]


def mark_id(kind: Kind, issuer: str, value: str) -> int:
    """Return the number that a mark is stored under: 63 bits of a SHA-256."""
    text = f"{kind}\0{issuer}\0{value}".encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(text).digest()[:8], "big") >> 1


def targets(payload: Mapping[str, object], kid: str | None) -> list[Target]:
    """Return what a mark could hit a token by.

    The kid is that of the key that signed it, whatever its header says. Marks of keys have no
    issuer: a thumbprint is one key's, whoever names itself issuer.
    """
    issuer = payload.get("iss")
    of = issuer if isinstance(issuer, str) else ""
    found: list[Target] = []
    for kind, claim in _CLAIMS:
        value = payload.get(claim)
        if isinstance(value, str):
            found.append((kind, of, value))
    if kid is not None:
        found.append(("kid", "", kid))
    return found


def checker(
    marks: Denials,
    *,
    registered: Checker | None = None,
    at_ms: int | None = None,
) -> Checker:
    """Return the function that a verifier's policy takes as `revocation`.

    Args:
        marks: where deny marks are; what it raises when it cannot be asked goes through.
        registered: asked of tokens that no mark hits: `registry.checker` where an allow list is
            kept.
        at_ms: now; the clock's when None.
    """

    def check(payload: Mapping[str, object], kid: str | None) -> Denial | None:
        for mark in marks.find(targets(payload, kid)):
            if _hits(mark, payload, now_ms() if at_ms is None else at_ms):
                return Denial(_words(mark))
        return registered(payload, kid) if registered is not None else None

    return check


def _hits(mark: Mark, payload: Mapping[str, object], at_ms: int) -> bool:
    if mark.expires_at <= at_ms:
        return False
    issued = payload.get("iat")
    if mark.issued_before is None or isinstance(issued, bool):
        return True
    if not isinstance(issued, int | float):  # nobody can say when: it may be one of them
        return True
    return issued * 1000 <= mark.issued_before


_WHAT = {
    "jti": "the token",
    "sub": "every token of its subject",
    "kid": "the key that signed it",
    "family": "its family of refreshes",
}


def _words(mark: Mark) -> str:
    why = f": {ascii(mark.reason)[1:-1][:200]}" if mark.reason else ""
    if mark.issued_before is not None:
        # A second mark moves this on, while the first one's instant stays.
        until = format_instant(mark.issued_before // 1000)
        return f"every token of its subject issued up to {until} was revoked{why}"
    return f"{_WHAT[mark.kind]} was revoked at {format_instant(mark.revoked_at // 1000)}{why}"
