"""What `authcli jws` reads: a payload, a JWS in whatever serialisation; and a payload in JSON.

A payload is data: it is signed byte for byte, and never taken for a source of secrets.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.tokens.jws.serialisations import Message

__all__ = [
    "Jws",
    "file_hint",
    "named_kid",
    "payload_facts",
    "read_apart",
    "read_jws",
    "read_message",
    "read_payload",
]

Jws = Annotated[
    str | None,
    typer.Argument(
        metavar="[JWS]",
        help="The JWS, compact or JSON; -, @FILE, or piped in.",
        show_default=False,
    ),
]


def read_payload(run: Run, text: str | None) -> bytes:
    """Return the payload to sign: text as it is, `@FILE`, `-`, or what is piped in.

    Raises:
        InvalidInput: nothing, too much, or the bare name of a file: with its name signed in its
            place, and detached at that, nobody would see the mistake.
    """
    from authcli.cli._input import read_under_test
    from authcli.tokens.jws.serialisations import MAX_PAYLOAD_BYTES, check_size

    if text is not None and _names_file(text):
        raise InvalidInput(
            f"{text[:200]!a} would be signed as text, and that is a file",
            hint=f"write {_as_file(text)}, or pipe the text in",
        )
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


def file_hint(text: str | None) -> str | None:
    """Return the hint for a text that is no JWS but names a file, else None."""
    if text is None or not _names_file(text):
        return None
    return f"that is a file; write {_as_file(text)}"


def read_message(jws: str | bytes, apart: bytes | None) -> Message:
    """Return a JWS as it reads, its payload with it.

    To the library it is a verdict on a stranger's JWS that its payload is missing or there twice;
    here it is a flag that was forgotten, or one too many, and must not look like a forgery.

    Args:
        jws: the text.
        apart: the payload that was given apart.

    Raises:
        TokenRejected: malformed.
        InvalidInput: the payload is missing, or there twice.
    """
    from authcli.tokens.jws.serialisations import read

    message = read(jws)
    if message.detached and apart is None:
        raise InvalidInput(
            "the JWS is detached: its payload travels apart, and was not given",
            hint="give it with --payload FILE",
        )
    if apart is None:
        return message
    if not message.detached:
        raise InvalidInput(
            "the payload is there twice: the JWS carries one, and --payload gives one",
            hint="leave --payload out, and compare what is printed",
        )
    return read(jws, payload=apart)


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


def _names_file(text: str) -> bool:
    """Return whether a bare text is the name of a file, or of the pipe that <(…) makes."""
    bare = text != "-" and not text.startswith("@")
    return bare and os.path.exists(text) and not os.path.isdir(text)  # noqa: PTH110, PTH112


def _as_file(text: str) -> str:
    import shlex

    return shlex.quote(f"@{text}") if text.isprintable() and len(text) <= 200 else "@FILE"
