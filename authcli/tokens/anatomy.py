"""The anatomy of a token: its parts, what each member means, and what is unwise about it.

Nothing is verified, and nothing but the standard library is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from authcli.errors import InvalidEncoding
from authcli.findings import Finding
from authcli.tokens.claims import TIME_CLAIMS, as_time, read_claims
from authcli.tokens.compact import Json, read_header, split
from authcli.tokens.lint import lint
from authcli.tokens.meanings import Kind, Meaning, claim_meaning, header_meaning

__all__ = ["Anatomy", "Member", "Part", "dissect"]


class Part(NamedTuple):
    """One of the three parts of a token."""

    name: str
    """header, payload or signature."""
    text: str
    """As written: base64url."""
    size_bytes: int
    """Of the decoded part."""


class Member(NamedTuple):
    """A header member or a claim, and what it stands for."""

    name: str
    value: Json
    meaning: str
    """In a few words; empty where it is not known."""
    kind: Kind
    source: str
    """The standard or the vendor that defines it; empty where it is not known."""
    instant: int | float | None = None
    """The value as epoch seconds, where the member is a time and well-typed."""


class Anatomy(NamedTuple):
    """A token taken apart. Its signature was NOT verified."""

    parts: tuple[Part, Part, Part]
    header: tuple[Member, ...]
    claims: tuple[Member, ...]
    """Empty where the payload is no claims set."""
    findings: tuple[Finding, ...]
    """What is unwise about it, the worst first."""
    size_bytes: int
    """Of the whole token as written."""
    forgiven: tuple[str, ...] = ()
    """What `lenient` forgave, in words."""


def dissect(token: str | bytes, *, at: float, lenient: bool = False) -> Anatomy:
    """Take a token apart; `authcli.tokens.inspect` says how."""
    try:
        compact = split(token, lenient=lenient)
        header = read_header(compact.header)
    except InvalidEncoding as error:
        from authcli.tokens.report import malformed

        raise malformed(error.message, hint=error.hint) from None
    claims, findings = _claims(compact.payload)
    findings += lint(compact, header, claims, at=at)
    decoded = (compact.header, compact.payload, compact.signature)
    first, second, third = (
        Part(name, text.decode("ascii"), len(data))
        for name, text, data in zip(
            ("header", "payload", "signature"), compact.texts, decoded, strict=True
        )
    )
    return Anatomy(
        parts=(first, second, third),
        header=tuple(_member(name, header[name], header_meaning(name)) for name in header),
        claims=tuple(_member(name, claims[name], claim_meaning(name)) for name in claims),
        findings=findings,
        size_bytes=len(token),
        forgiven=compact.forgiven,
    )


def _claims(payload: bytes) -> tuple[Mapping[str, Json], tuple[Finding, ...]]:
    try:
        return read_claims(payload), ()
    except InvalidEncoding as error:
        finding = Finding("token.lint.no-claims", "error", error.message, "a JWS, but no JWT")
        return {}, (finding,)


def _member(name: str, value: Json, meaning: Meaning) -> Member:
    instant = as_time(value) if name in TIME_CLAIMS else None
    return Member(name, value, meaning.text, meaning.kind, meaning.source, instant)
