"""The keys that tokens of the seeds are signed with: those of the standards, and a curve's own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from authcli import keys
from authcli.keys import Key, KeySet

__all__ = ["private_keys", "public_set"]

_VECTORS = Path(__file__).parents[2] / "vectors" / "rfc_keys.jsonl"
#: The lines of the file that are private or secret, and the names that they have here.
_KIDS = {
    "RFC 7515, appendix A.1.1": "hs",
    "RFC 7515, appendix A.2.1": "rs",
    "RFC 7515, appendix A.3.1": "es",
    "RFC 8037, appendix A.1": "ed",
}


@cache
def private_keys() -> dict[str, Key]:
    """Return HS256, RS256, ES256 and Ed25519 keys, by their kid."""
    rows = [json.loads(line) for line in _VECTORS.read_text("utf-8").splitlines()]
    jwks = {_KIDS[row["source"]]: row["jwk"] for row in rows if row["source"] in _KIDS}
    return {kid: keys.read(json.dumps(jwk | {"kid": kid}).encode()) for kid, jwk in jwks.items()}


@cache
def public_set() -> KeySet:
    """Return what verifies the signatures of all four."""
    return KeySet(
        tuple(key if key.kty == "oct" else key.public() for key in private_keys().values())
    )
