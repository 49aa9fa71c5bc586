"""What `authcli jws` reads: a payload, a JWS in whatever serialisation; and a payload in JSON.

A payload is data: it is signed byte for byte, and never taken for a source of secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.tokens.jws.serialisations import Message

__all__ = ["Jws", "named_kid", "payload_facts", "read_apart", "read_jws", "read_payload"]

Jws = Annotated[
    str | None,
    typer.Argument(
        metavar="[JWS]",
        help="The JWS, compact or JSON; -, @FILE, or piped in.",
        show_default=False,
    ),
]


def read_payload(run: Run, text: str | None) -> bytes:
    """Return the payload to sign: text as it is, `@FILE`, `-`, or what is piped in."""
    from authcli.cli._input import read_under_test
    from authcli.tokens.jws.serialisations import MAX_PAYLOAD_BYTES, check_size

    data = read_under_test(run, text, what="payload", limit=MAX_PAYLOAD_BYTES)
    check_size(data)
    return data


def read_apart(source: str) -> bytes:
    """Return the payload of a detached JWS: a file, or `-`."""
    from authcli.cli._reading import read_file, read_stdin
    from authcli.tokens.jws.serialisations import MAX_PAYLOAD_BYTES, check_size

    if source == "-":
        given = read_stdin("payload", limit=MAX_PAYLOAD_BYTES, cut=True)
    else:
        path = source.removeprefix("@")
        given = read_file(path, "payload", limit=MAX_PAYLOAD_BYTES, cut=True)
    check_size(given.data)
    return given.data


def read_jws(run: Run, text: str | None) -> str | bytes:
    """Return a JWS without quotes, labels and blanks around it; JSON without blanks."""
    from authcli.cli._input import bare_token, read_under_test
    from authcli.tokens.jws.serialisations import MAX_JWS_BYTES

    data = read_under_test(run, text, what="JWS", limit=MAX_JWS_BYTES)
    if data.lstrip()[:1] == b"{":
        return data.strip()
    jws = bare_token(data)
    if not jws:
        raise InvalidInput("the JWS is empty", hint="an unset variable?", code="source.empty")
    return jws


def named_kid(message: Message) -> str:
    """Return a token that names the key that a JWS names, for choosing keys to fetch.

    A cached set is fetched again where it lacks the kid of a token; of several signatures, the
    first kid counts.
    """
    from authcli.encoding import base64url_encode, compact_json

    kids = [signature.header.get("kid") for signature in message.signatures]
    kid = next((kid for kid in kids if isinstance(kid, str)), None)
    header = {"alg": "none"} if kid is None else {"alg": "none", "kid": kid}
    return f"{base64url_encode(compact_json(header))}.e30."


def payload_facts(payload: bytes | None) -> dict[str, Any]:
    """Return a payload ready for JSON: as text where it is UTF-8, else as base64url."""
    from authcli.encoding import base64url_encode
    from authcli.tokens.jws.payloads import payload_text

    text = None if payload is None else payload_text(payload)
    encoded = None if payload is None or text is not None else base64url_encode(payload)
    return {"payload": text, "payload_base64url": encoded}
