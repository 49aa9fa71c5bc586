"""The anatomy of a JWS: its form, what each header member means, what is unwise about it.

Nothing is verified, and nothing but the standard library is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from authcli.findings import Finding
from authcli.tokens.anatomy import Member
from authcli.tokens.compact import Compact, Json
from authcli.tokens.jws.payloads import Kind, payload_kind
from authcli.tokens.jws.serialisations import Form, Message, Signature, read
from authcli.tokens.lint import lint
from authcli.tokens.meanings import header_meaning

__all__ = ["Anatomy", "Payload", "SignatureAnatomy", "dissect"]

#: What is unwise about a token and about any JWS alike; times, cookies and typ are a token's.
_SHARED_CODES = frozenset(
    {
        "token.lint.unsigned",
        "token.lint.no-signature",
        "token.lint.common-secret",
        "token.lint.old-algorithm",
        "token.lint.carries-key",
        "token.lint.critical",
    }
)
#: Three hundred secrets are tried on so much that was signed, over all signatures of a message;
#: beyond, it would take seconds.
_GUESSING_LIMIT_BYTES = 1 << 20


class SignatureAnatomy(NamedTuple):
    """One signature, taken apart. It was NOT verified."""

    protected: tuple[Member, ...]
    """The header members that are signed."""
    unprotected: tuple[Member, ...]
    """Those that anybody can change."""
    algorithm: str
    kid: str | None
    size_bytes: int
    """Of the signature itself."""


class Payload(NamedTuple):
    """What was signed."""

    kind: Kind
    data: bytes


class Anatomy(NamedTuple):
    """A JWS taken apart. Nothing of it was verified."""

    form: Form
    detached: bool
    encoded: bool
    """Whether the payload's base64url is what was signed; else the payload as it is."""
    signatures: tuple[SignatureAnatomy, ...]
    payload: Payload | None
    """None where it travels apart."""
    findings: tuple[Finding, ...]
    """What is unwise about it; of several signatures, each finding names its one."""
    size_bytes: int
    """Of the JWS as written."""


def dissect(jws: str | bytes) -> Anatomy:
    """Take a JWS apart; `authcli.tokens.jws.inspect` says how."""
    message = read(jws)
    payload = message.payload
    findings: list[Finding] = []
    for number, signature in enumerate(message.signatures, 1):
        subject = f"signature {number}" if len(message.signatures) > 1 else None
        findings += [one._replace(subject=subject) for one in _findings(message, signature)]
    return Anatomy(
        form=message.form,
        detached=message.detached,
        encoded=message.encoded,
        signatures=tuple(_anatomy(signature) for signature in message.signatures),
        payload=None if payload is None else Payload(payload_kind(payload), payload),
        findings=tuple(findings),
        size_bytes=message.size_bytes,
    )


def _anatomy(signature: Signature) -> SignatureAnatomy:
    header = signature.header
    kid = header.get("kid")
    return SignatureAnatomy(
        protected=_members(signature.protected),
        unprotected=_members(signature.unprotected),
        algorithm=str(header["alg"]),
        kid=kid if isinstance(kid, str) else None,
        size_bytes=len(signature.value),
    )


def _members(header: Mapping[str, Json]) -> tuple[Member, ...]:
    meanings = {name: header_meaning(name) for name in header}
    return tuple(
        Member(name, header[name], meaning.text, meaning.kind, meaning.source)
        for name, meaning in meanings.items()
    )


def _findings(message: Message, signature: Signature) -> list[Finding]:
    signed = message.signed_payload or b""
    guessed = len(signature.text) + len(signed) <= _GUESSING_LIMIT_BYTES // _hmac_count(message)
    texts = (signature.text, signed, b"") if guessed else (b"", b"", b"")
    shared = lint(Compact(texts, b"", b"", signature.value), signature.header, {}, at=0)
    found = [finding for finding in shared if finding.code in _SHARED_CODES]
    if "alg" in signature.unprotected:
        found.append(
            Finding(
                "token.lint.unprotected-alg",
                "warning",
                "alg is not signed: anyone can change it (RFC 7515, section 10.7)",
                "verify with --alg, or with a key that declares its alg",
            )
        )
    return found


def _hmac_count(message: Message) -> int:
    """Return how many signatures there are whose secret can be guessed; at least 1."""
    return max(1, sum(str(one.header["alg"]).startswith("HS") for one in message.signatures))
