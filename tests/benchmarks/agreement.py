"""Whether all sides did the same work: who mints what others refuse wins no race."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from authcli.encoding import base64url_decode
from tests.benchmarks.sides.side import CLAIMS, LIFETIME_SECONDS, Refused, Side

__all__ = ["Differs", "check_claims", "check_refusal"]


class Differs(Exception):
    """Two sides disagree, or one did not do its work."""


def check_claims(side: Side, tokens: Sequence[str], *, judge: Side) -> None:
    """Have tokens of a side verified by another one, and compare the claims.

    Raises:
        Differs: refused; other claims than every side has to mint; or a jti twice.
    """
    if not tokens:
        raise Differs(f"{side.name} minted nothing")
    seen: set[object] = set()
    for token in tokens:
        claims = _accepted(judge, token)
        written = json.loads(base64url_decode(token.split(".")[1]))
        if claims != written:
            raise Differs(f"{judge.name} reads {claims} where {side.name} wrote {written}")
        if any(claims.get(name) != value for name, value in CLAIMS.items()):
            raise Differs(f"{side.name} wrote {claims} for {CLAIMS}")
        if claims["exp"] - claims["iat"] != LIFETIME_SECONDS:
            raise Differs(f"{side.name} wrote another lifetime: {claims}")
        seen.add(claims.get("jti", ""))
    if side.distinct and (len(seen) != len(tokens) or not all(seen)):
        raise Differs(f"tokens of {side.name} share a jti, or have none")


def _accepted(judge: Side, token: str) -> dict[str, Any]:
    try:
        return judge.verify([token]).output
    except Refused as why:
        raise Differs(f"{judge.name} refuses {token}: {why}") from why


def check_refusal(sides: Sequence[Side], token: str) -> None:
    """See that every side refuses a token whose signature was changed.

    Raises:
        Differs: one accepts it.
    """
    message, _, signature = token.rpartition(".")
    forged = f"{message}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    for side in sides:
        try:
            side.verify([forged])
        except Refused:
            continue
        raise Differs(f"{side.name} accepts a forged token")
