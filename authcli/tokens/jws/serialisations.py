"""The serialisations of a JWS, read strictly into one shape (RFC 7515, section 7; RFC 7797).

    compact      header.payload.signature
    flattened    {"payload": …, "protected": …, "header": …, "signature": …}
    general      {"payload": …, "signatures": [{"protected": …, "header": …, "signature": …}, …]}

Detached, each lacks its payload, which the caller has from elsewhere. What is malformed in one of
several signatures makes the whole malformed: readers that differ on it are an attack. Nothing here
looks at what a header means, except for `b64`, which says what the payload is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from authcli.encoding import base64url_decode, base64url_encode, json_object
from authcli.errors import InvalidEncoding, InvalidInput
from authcli.tokens.compact import (
    MAX_TOKEN_BYTES,
    Compact,
    Json,
    checked_header,
    token_text,
    wrong_shape,
)
from authcli.tokens.report import malformed

__all__ = [
    "MAX_JSON_JWS_BYTES",
    "MAX_JWS_BYTES",
    "MAX_PAYLOAD_BYTES",
    "MAX_SIGNATURES",
    "UNENCODED_COMPACT",
    "Form",
    "Message",
    "Signature",
    "check_size",
    "read",
]

Form: TypeAlias = Literal["compact", "flattened", "general"]

#: Everything is held in memory, several times over.
MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
#: A compact JWS of the largest payload.
MAX_JWS_BYTES = MAX_PAYLOAD_BYTES * 4 // 3 + MAX_TOKEN_BYTES
#: JSON can become twenty times larger in memory than it is in writing.
MAX_JSON_JWS_BYTES = 8 * 1024 * 1024
#: Of arrays and objects in a JSON serialisation, which needs three and one for each signature:
#: millions of them take seconds to read.
_MAX_BRACKETS = 10_000
#: Each costs the verifier a digest of the payload for every key that fits.
MAX_SIGNATURES = 16

#: The unencoded payloads that may stand in a compact JWS: printable ASCII without the period
#: (RFC 7797, section 5.2).
UNENCODED_COMPACT = rb"[\x20-\x2d\x2f-\x7e]*"


class Signature(NamedTuple):
    """One signature, with the header that goes with it."""

    text: bytes
    """The protected header as it was written: base64url, or nothing."""
    protected: Mapping[str, Json]
    """The members that are signed."""
    unprotected: Mapping[str, Json]
    """The members that anybody can change; none has a name of `protected`."""
    value: bytes

    @property
    def header(self) -> dict[str, Json]:
        """The JOSE header: all members."""
        return {**self.protected, **self.unprotected}


class Message(NamedTuple):
    """A JWS as it reads. No signature was verified."""

    form: Form
    signatures: tuple[Signature, ...]
    """At least one."""
    detached: bool
    """Whether the payload travels apart."""
    encoded: bool
    """Whether its base64url is what was signed; else the payload as it is (RFC 7797)."""
    payload: bytes | None
    """None where it travels apart and was not given."""
    signed_payload: bytes | None
    """The payload in the form in which it was signed."""
    size_bytes: int
    """Of the JWS as it was written."""

    def parts(self, signature: Signature) -> Compact:
        """Return a signature's parts as those of a compact token, to check it as one.

        Raises:
            TokenRejected: the payload is not there.
        """
        if self.payload is None or self.signed_payload is None:
            raise malformed(
                "the JWS is detached: its payload travels apart, and was not given",
                hint="give it with --payload FILE",
            )
        texts = (signature.text, self.signed_payload, b"")
        return Compact(texts, b"", self.payload, signature.value)


def read(jws: str | bytes, *, payload: bytes | None = None) -> Message:
    """Read a JWS in whatever serialisation.

    Args:
        jws: the text, without blanks around it.
        payload: what travelled apart; None where nothing did, or where it is not known.

    Raises:
        TokenRejected: no JWS that every reader understands alike, an encrypted token (JWE), or a
            payload that is given twice.
        InvalidInput: a `payload` that is too large.

    Source: RFC 7515, sections 5.2, 7.1, 7.2 and appendix F.
    """
    if payload is not None:
        check_size(payload)
    try:
        return _read(jws, payload)
    except InvalidEncoding as error:
        raise malformed(error.message, hint=error.hint) from None


def _read(jws: str | bytes, payload: bytes | None) -> Message:
    if jws.lstrip()[:1] in ("{", b"{"):
        form, signatures, written = _read_json(jws)
    else:
        form, signatures, written = _read_compact(jws)
    encoded = _is_encoded(signatures)
    if not written and payload is not None:
        written = None  # joserfc empties the member where appendix F deletes it
    message = Message(form, signatures, written is None, encoded, None, None, len(jws))
    if written is None:
        if payload is None:
            return message
        signed = base64url_encode(payload).encode() if encoded else payload
        return message._replace(payload=payload, signed_payload=signed)
    if payload is not None:
        raise InvalidEncoding(
            "the payload is there twice: the JWS carries one, and one was given apart",
            hint="a detached JWS carries none (RFC 7515, appendix F)",
        )
    own = base64url_decode(written, what="payload") if encoded else written
    if not encoded and form == "compact" and not re.fullmatch(UNENCODED_COMPACT, own):
        raise InvalidEncoding(
            "the unencoded payload holds what a compact JWS cannot (RFC 7797, section 5.2)"
        )
    return message._replace(payload=own, signed_payload=written)


def check_size(payload: bytes) -> None:
    """Refuse a payload over `MAX_PAYLOAD_BYTES`; raises `InvalidInput`."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise InvalidInput(
            f"the payload is larger than {MAX_PAYLOAD_BYTES >> 20} MiB",
            hint="sign its digest: sha256sum FILE | authcli jws sign",
        )


def _read_compact(jws: str | bytes) -> tuple[Form, tuple[Signature, ...], bytes | None]:
    raw = token_text(jws, limit_bytes=MAX_JWS_BYTES, what="JWS")
    if raw.count(b".") != 2:
        raise wrong_shape(raw, what="JWS")
    header, payload, value = raw.split(b".")
    if not header:
        raise InvalidEncoding("the JWS's header is empty")
    _check_overhead(len(header) + len(value))
    return "compact", (_signature(header, {}, value),), payload or None


def _read_json(jws: str | bytes) -> tuple[Form, tuple[Signature, ...], bytes | None]:
    raw = jws if isinstance(jws, bytes) else jws.encode("utf-8", "surrogatepass")
    if raw.count(b"[") + raw.count(b"{") > _MAX_BRACKETS:
        raise InvalidEncoding(f"the JWS holds more than {_MAX_BRACKETS} arrays and objects")
    members = json_object(raw, what="JWS", max_bytes=MAX_JSON_JWS_BYTES)
    if "ciphertext" in members:
        raise InvalidEncoding(
            "this is encrypted (JWE, in its JSON serialisation); only signatures are read",
            hint="its recipient must decrypt it first",
        )
    payload = members.get("payload")
    if "payload" in members and not isinstance(payload, str):
        raise InvalidEncoding("the payload is not a string (RFC 7515, section 7.2.1)")
    written = None if payload is None else _utf8(payload, "payload")
    if "signatures" in members:
        return "general", _several(members), written
    if "signature" not in members:
        raise InvalidEncoding(
            "this is JSON, but no JWS: it has neither a signature nor signatures",
            hint='{"payload": …, "protected": …, "signature": …} (RFC 7515, section 7.2)',
        )
    return "flattened", (_entry(members),), written


def _several(members: Mapping[str, Json]) -> tuple[Signature, ...]:
    mixed = [name for name in ("signature", "protected", "header") if name in members]
    if mixed:
        raise InvalidEncoding(
            f"the JWS has both signatures and {mixed[0]}: two forms at once",
            hint="RFC 7515, section 7.2.2, forbids it, because readers would differ",
        )
    entries = members["signatures"]
    if not isinstance(entries, list) or not entries:
        raise InvalidEncoding("the JWS's signatures are not a list of at least one")
    if len(entries) > MAX_SIGNATURES:
        raise InvalidEncoding(
            f"the JWS has {len(entries)} signatures, over the limit of {MAX_SIGNATURES}"
        )
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(_entry(entry))
        except InvalidEncoding as error:
            raise InvalidEncoding(f"signature {number}: {error.message}", hint=error.hint) from None
    return tuple(found)


def _entry(entry: Json) -> Signature:
    """Read what stands around one signature in JSON (RFC 7515, section 7.2.1)."""
    if not isinstance(entry, dict):
        raise InvalidEncoding("not a JSON object")
    protected, value = entry.get("protected", ""), entry.get("signature")
    unprotected = entry.get("header", {})
    if not isinstance(value, str):
        raise InvalidEncoding("the signature is missing, or is not a string")
    if not isinstance(protected, str) or ("protected" in entry and not protected):
        raise InvalidEncoding("protected is not a header in base64url; without one, leave it out")
    if not isinstance(unprotected, dict) or ("header" in entry and not unprotected):
        raise InvalidEncoding("header is not an object with members; without any, leave it out")
    _check_overhead(len(protected) + len(value))
    return _signature(_utf8(protected, "header"), unprotected, value)


def _signature(text: bytes, unprotected: Mapping[str, Json], value: str | bytes) -> Signature:
    protected: dict[str, Json] = {}
    if text:
        protected = json_object(base64url_decode(text, what="header"), what="header")
    twice = sorted(protected.keys() & unprotected.keys())
    if twice:
        raise InvalidEncoding(
            f"the header has {ascii(twice[0])[:80]} twice, protected and unprotected",
            hint="RFC 7515, section 7.2.1, forbids it, because readers would differ",
        )
    found = Signature(text, protected, unprotected, base64url_decode(value, what="signature"))
    checked_header(found.header, what="header")
    return found


def _is_encoded(signatures: tuple[Signature, ...]) -> bool:
    """Return what the protected headers say of the payload; they must agree (RFC 7797, 3)."""
    values = [signature.protected.get("b64", True) for signature in signatures]
    first = values[0]
    if not all(isinstance(value, bool) for value in values):
        raise InvalidEncoding("the header's b64 is not true or false")
    if any(value is not first for value in values):
        raise InvalidEncoding("the signatures differ in b64 (RFC 7797, section 3)")
    return first is True


def _check_overhead(size: int) -> None:
    if size > MAX_TOKEN_BYTES:
        raise InvalidEncoding(
            f"header and signature are {size} bytes long, over the limit of {MAX_TOKEN_BYTES}"
        )


def _utf8(text: str, what: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidEncoding(f"the {what} holds half a surrogate pair, which is no text") from None
