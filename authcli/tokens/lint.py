"""What is unwise about a token, seen without its key (RFC 8725; OWASP on JSON Web Tokens).

Nothing here says whether the token is genuine. An error makes it dangerous to anyone who
accepts it, a warning is worth mending, a note is worth knowing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from authcli.clock import format_duration, format_instant
from authcli.findings import Finding, Severity
from authcli.tokens.claims import MILLISECONDS_FROM, as_time, faults_of_types
from authcli.tokens.compact import Compact

__all__ = ["COOKIE_LIMIT_BYTES", "HEADER_LIMIT_BYTES", "LONG_LIFE_SECONDS", "lint"]

LONG_LIFE_SECONDS = 86_400
#: RFC 6265, section 6.1: a browser keeps cookies of at least 4096 bytes, and few keep more.
COOKIE_LIMIT_BYTES = 4096
#: nginx, Apache and Node refuse request headers beyond some 8 KiB unless told otherwise.
HEADER_LIMIT_BYTES = 8192

_PERSONAL: Final = frozenset(
    {
        *("name", "given_name", "family_name", "middle_name", "nickname", "birthdate", "gender"),
        *("email", "phone_number", "phone", "address", "picture", "zoneinfo", "ssn", "tax_id"),
        *("passport", "national_id", "iban", "credit_card", "date_of_birth", "dob", "religion"),
        *("ethnicity", "health", "upn", "preferred_username", "ip", "ipaddr"),
    }
)
_SECRETS: Final = frozenset(
    {
        *(
            "password",
            "passwd",
            "pwd",
            "passphrase",
            "secret",
            "client_secret",
            "api_key",
            "apikey",
        ),
        *("private_key", "access_token", "refresh_token", "password_hash", "pin", "otp_secret"),
    }
)
_KEY_CARRIERS: Final = ("jwk", "jku", "x5c", "x5u")


def lint(
    compact: Compact, header: Mapping[str, object], claims: Mapping[str, object], *, at: float
) -> tuple[Finding, ...]:
    """Return what is unwise about a token, the worst first.

    Args:
        compact: the token's parts.
        header: its header.
        claims: its claims; empty where the payload is none.
        at: now, in epoch seconds.
    """
    found = [
        *_signature_findings(compact, header),
        *_header_findings(header),
        *_type_findings(claims),
        *_time_findings(claims, at),
        *_content_findings(claims),
        *_size_findings(compact),
    ]
    rank = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda finding: rank[finding.severity]))


def _signature_findings(compact: Compact, header: Mapping[str, object]) -> Iterator[Finding]:
    algorithm = str(header.get("alg"))
    if algorithm.strip().lower() == "none":
        yield Finding(
            "token.lint.unsigned",
            "error",
            "the token is unsigned (alg none): anyone can have written it",
            "sign it: authcli jwt mint",
        )
    elif not compact.signature:
        yield Finding("token.lint.no-signature", "error", "the signature is empty")
    elif _guessable(algorithm, compact):
        # The secret itself stays unsaid: whoever reads this may not be who must change it.
        yield Finding(
            "token.lint.common-secret",
            "error",
            "the HMAC secret is one of the commonest known ones: anyone can forge this token",
            "change it now: authcli key secret",
        )
    if algorithm in ("RS256", "RS384", "RS512"):
        yield Finding(
            "token.lint.old-algorithm",
            "note",
            f"{algorithm} is RSA with PKCS#1 v1.5 padding: sound, but superseded",
            "for new systems: ES256 or EdDSA",
        )


def _guessable(algorithm: str, compact: Compact) -> bool:
    if not algorithm.startswith("HS"):
        return False
    from authcli.tokens.common_secrets import signed_with_common_secret

    return signed_with_common_secret(algorithm, compact.signing_input, compact.signature)


def _header_findings(header: Mapping[str, object]) -> Iterator[Finding]:
    carried = [name for name in _KEY_CARRIERS if name in header]
    if carried:
        yield Finding(
            "token.lint.carries-key",
            "warning",
            f"the header's {', '.join(carried)} tells a careless verifier which key to trust",
            "verify with a key that you already have; this one is the token's own word",
        )
    if "crit" in header:
        yield Finding(
            "token.lint.critical", "warning", "the header has crit: few readers accept it"
        )
    if "typ" not in header:
        yield Finding(
            "token.lint.no-typ",
            "note",
            "no typ: one kind of token can pass for another (RFC 8725, section 3.11)",
        )


def _type_findings(claims: Mapping[str, object]) -> Iterator[Finding]:
    for fault in faults_of_types(claims):
        yield Finding("token.lint.type", "error", f"{fault}: strict readers refuse the token")


def _time_findings(claims: Mapping[str, object], at: float) -> Iterator[Finding]:
    exp, iat, nbf = (as_time(claims.get(name)) for name in ("exp", "iat", "nbf"))
    if claims and "exp" not in claims:
        yield Finding(
            "token.lint.no-exp",
            "warning",
            "no exp: the token never expires, and whoever steals it keeps it",
            "mint with --exp 15m",
        )
    for name, value in (("exp", exp), ("iat", iat), ("nbf", nbf)):
        if value is not None and value >= MILLISECONDS_FROM:
            yield Finding(
                "token.lint.milliseconds",
                "error",
                f"{name} is {value}: milliseconds? its standard counts seconds",
                f"write {int(value) // 1000}",
            )
    if exp is not None and exp < MILLISECONDS_FROM:
        yield from _life_findings(exp, iat if iat is not None else nbf, at)
    if exp is not None and nbf is not None and exp <= nbf:
        yield Finding(
            "token.lint.never-valid", "error", "exp is not after nbf: the token is never valid"
        )
    if iat is not None and at < iat < MILLISECONDS_FROM:
        yield Finding(
            "token.lint.future",
            "warning",
            f"iat lies in the future ({format_instant(iat)}): is a clock wrong?",
        )


def _life_findings(exp: float, start: float | None, at: float) -> Iterator[Finding]:
    life = exp - (at if start is None else start)
    if life > LONG_LIFE_SECONDS:
        yield Finding(
            "token.lint.long-life",
            "warning",
            f"the token lives for {format_duration(life)}, longer than a day",
            "mint short-lived tokens, and renew them",
        )


def _content_findings(claims: Mapping[str, object]) -> Iterator[Finding]:
    if claims and "aud" not in claims:
        yield Finding(
            "token.lint.no-aud",
            "warning",
            "no aud: every service that trusts the issuer accepts the token",
            "mint with --aud https://api.example",
        )
    names = set(claims)
    if secret := sorted(names & _SECRETS):
        yield Finding(
            "token.lint.secret",
            "error",
            f"{', '.join(secret)} looks secret, and everybody can read a token",
            "a signature hides nothing: keep secrets on the server",
        )
    if personal := sorted(names & _PERSONAL):
        yield Finding(
            "token.lint.personal-data",
            "note",
            f"personal data that everybody who sees the token can read: {', '.join(personal)}",
            "keep what the receiver does not need out of it",
        )


def _size_findings(compact: Compact) -> Iterator[Finding]:
    size = sum(map(len, compact.texts)) + 2
    limits: tuple[tuple[int, str, Severity], ...] = (
        (HEADER_LIMIT_BYTES, "many servers' limit for request headers", "warning"),
        (COOKIE_LIMIT_BYTES, "browsers' limit for a cookie", "note"),
    )
    for limit, what, severity in limits:
        if size > limit:
            yield Finding(
                "token.lint.size",
                severity,
                f"the token is {size} bytes long, over {what} ({limit} bytes)",
                "carry a reference, and look the rest up",
            )
            return
