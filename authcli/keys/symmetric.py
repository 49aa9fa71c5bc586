"""Shared secrets: the key type "oct" (RFC 7518, sections 3.2 and 6.4)."""

from __future__ import annotations

from collections.abc import Mapping

from authcli.encoding import base64url_encode
from authcli.errors import KeyMalformed
from authcli.findings import Finding
from authcli.keys.algorithms import ALGORITHMS, ENCRYPTION_ALGORITHMS
from authcli.keys.members import Checked, decode_member, require_members
from authcli.keys.recognition import recognise

__all__ = ["check"]


def check(members: Mapping[str, str]) -> Checked:
    """Return a secret, with what is weak about it for the algorithm that it declares.

    Raises:
        KeyMalformed: an empty secret, or one that is the text of another kind of key: whoever
            reads that public text could sign with it (CVE-2016-10555, CVE-2022-29217).
    """
    require_members(members, ("k",))
    secret = decode_member(members, "k")
    if recognised := recognise(secret):
        raise KeyMalformed(
            f"this secret is key material ({recognised.name}), which is never an HMAC secret",
            hint="pass the key itself, not wrapped as a secret",
        )
    return Checked(
        {"k": base64url_encode(secret)}, 8 * len(secret), _weaknesses(secret, members.get("alg"))
    )


def _weaknesses(secret: bytes, alg: str | None) -> tuple[Finding, ...]:
    if alg in ENCRYPTION_ALGORITHMS:
        return ()
    row = ALGORITHMS.get(alg or "HS256", ALGORITHMS["HS256"])
    hint = "make one: authcli key secret"
    found: list[Finding] = []
    if 8 * len(secret) < row.minimum_bits:
        message = f"the secret has {8 * len(secret)} bits; {row.name} needs {row.minimum_bits}"
        found.append(Finding("key.weak.hmac-size", "error", message, hint))
    if len(set(secret)) == 1:
        message = "the secret is one byte repeated"
        found.append(Finding("key.weak.hmac-constant", "error", message, hint))
    return tuple(found)
