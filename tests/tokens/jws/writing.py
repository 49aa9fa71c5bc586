"""JSON serialisations as anybody can write them: any members, any signatures."""

from __future__ import annotations

import json

from authcli.encoding import base64url_encode
from authcli.keys import Key
from authcli.tokens import engine
from tests.tokens.forging import key_for, secret_key

PAYLOAD = b"any bytes: \x00\xff\r\n"
SECRET = secret_key(alg="HS256", kid="mac")
PAIR = key_for("ES256")


def entry(
    protected: dict[str, object] | None,
    *,
    key: Key = SECRET,
    algorithm: str = "HS256",
    signed: bytes | None = None,
    header: dict[str, object] | None = None,
) -> dict[str, object]:
    """Return the members of one signature, which is right whatever they say.

    Args:
        protected: the signed header; None for none.
        key, algorithm: what signs.
        signed: the payload as it is signed; by default the base64url of `PAYLOAD`.
        header: the unsigned header.
    """
    text = "" if protected is None else base64url_encode(json.dumps(protected).encode())
    written = base64url_encode(PAYLOAD).encode() if signed is None else signed
    value = engine.signer(algorithm, key)(text.encode() + b"." + written)
    members: dict[str, object] = {"signature": base64url_encode(value)}
    return (
        ({"protected": text} if text else {})
        | members
        | ({} if header is None else {"header": header})
    )


def flattened(**members: object) -> str:
    """Return one signature over `PAYLOAD`, with members added, changed or (None) left out."""
    whole = {"payload": base64url_encode(PAYLOAD), **entry({"alg": "HS256"}), **members}
    return json.dumps({name: value for name, value in whole.items() if value is not None})


def general(*entries: object, **members: object) -> str:
    """Return signatures over `PAYLOAD`, with members added, changed or (None) left out."""
    whole = {"payload": base64url_encode(PAYLOAD), "signatures": entries, **members}
    return json.dumps({name: value for name, value in whole.items() if value is not None})
