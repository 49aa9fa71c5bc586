"""JSON Web Tokens: mint, decode, verify, inspect (RFC 7515, RFC 7519, RFC 8725).

    from authcli import keys, tokens

    key = keys.generate("ES256")
    token = tokens.mint({"sub": "alice", "aud": "https://api.example"}, key=key)
    tokens.verify(token, key=key.public(), audience="https://api.example").payload["sub"]

For many tokens, `authcli.tokens.minter.Minter` and `authcli.tokens.verifier.Verifier` validate
their parameters and prepare their keys once. The modules, each adding one idea:

    compact       three parts of base64url       claims        registered claims, their types
    report        checks, and the refusal        decoding      reading without verifying
    policy        what is asked of a token       candidates    which keys may have signed it
    rules         the shape of a check           doubts        what stops nothing, but matters
    signature_checks, claim_checks, time_checks, revocation_checks
    verifier      the verdict
    profiles, drafting, uuids, minter            new tokens
    meanings, lint, common_secrets, anatomy      what a token says, and what is unwise about it
    differences                                  in what two tokens differ
    changes, rewriting, editing                  claims changed, the rest as it was, signed again
    fixtures/     a token for each way to be wrong
    jws/          signatures over any payload
    engine/       signatures

The functions here import what they need when they are called: reading a token needs the standard
library alone. The types of their results live in the modules named above.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

from authcli.tokens.decoding import decode

if TYPE_CHECKING:
    from authcli.keys.model import Key, KeySet
    from authcli.tokens.anatomy import Anatomy
    from authcli.tokens.changes import Change
    from authcli.tokens.compact import Json
    from authcli.tokens.differences import Comparison
    from authcli.tokens.editing import EditOptions
    from authcli.tokens.minter import Draft, MintOptions
    from authcli.tokens.policy import Denial
    from authcli.tokens.verifier import Verified

__all__ = ["decode", "diff", "edit", "inspect", "mint", "prepare", "sign", "verify"]


def mint(
    claims: Mapping[str, object] | None = None,
    *,
    key: Key,
    at: float | None = None,
    **options: Unpack[MintOptions],
) -> str:
    """Return a signed token.

    Args:
        claims: the claims; they win over the defaults for exp (15 minutes), iat and jti.
        key: a private key, or a shared secret.
        at: the time of minting in epoch seconds; the clock's when None.
        options: algorithm, header, kid, typ, as_, lifetime_seconds, iat and jti, as the fields
            of `authcli.tokens.minter.Minter`.

    Raises:
        InvalidClaim: a claim that no strict reader would accept, or that the profile lacks.
        InvalidInput: a header, an algorithm or a profile that cannot be used.
        KeyWrong: a key that must not sign, or not with this algorithm.
        KeyWeak: a key too short for the algorithm, or known to be weak.

    Source: RFC 7515, section 5.1; RFC 7519, section 7.1.
    """
    return prepare(claims, key=key, at=at, **options).sign()


def prepare(
    claims: Mapping[str, object] | None = None,
    *,
    key: Key,
    at: float | None = None,
    **options: Unpack[MintOptions],
) -> Draft:
    """Return the token that `mint` would sign; takes and raises the same."""
    from authcli.tokens.minter import Minter

    return Minter(key=key, **options).draft(claims, at=at)


def sign(draft: Draft) -> str:
    """Return what `prepare` made as a signed token."""
    return draft.sign()


def verify(
    token: str | bytes,
    *,
    key: Key | KeySet,
    algorithms: str | Sequence[str] | None = None,
    issuer: str | None = None,
    audience: str | Sequence[str] | None = None,
    subject: str | None = None,
    typ: str | None = None,
    scopes: str | Sequence[str] = (),
    require: Mapping[str, object] | Sequence[str] = (),
    leeway_seconds: float = 0,
    allow_weak: bool = False,
    lenient: bool = False,
    revocation: Callable[[Mapping[str, Json], str | None], Denial | None] | None = None,
    at: float | None = None,
) -> Verified:
    """Return a token's claims once everything asked of it holds; raise otherwise.

    Args:
        token: the compact token, without blanks around it.
        key: the key that is trusted, whatever kid the token names; or a set, of which the
            token's kid chooses one.
        algorithms, issuer, audience, subject, typ, scopes, require, leeway_seconds,
            allow_weak, lenient: what is asked, as the fields of `authcli.tokens.policy.Policy`.
        revocation: says of a genuine token whether it was revoked: `authcli.revocation.checker`.
        at: now, in epoch seconds; the clock's when None.

    Raises:
        TokenRejected: not genuine: malformed, forged, or signed by a key that is not known.
        TokenRevoked: genuine, but revoked.
        TokenExpired: genuine, but expired or not valid yet.
        TokenDenied: genuine, but not for this issuer, audience, subject, type or scope.
        InvalidInput: a parameter that cannot be used.
        KeyWrong: no key that may verify signatures with these algorithms.

    Source: RFC 7515, section 5.2; RFC 7519, section 7.2; RFC 8725, section 3.
    """
    from authcli.tokens.policy import Policy
    from authcli.tokens.verifier import Verifier

    policy = Policy(
        algorithms=algorithms,
        issuer=issuer,
        audience=audience,
        subject=subject,
        typ=typ,
        scopes=scopes,
        require=require,
        leeway_seconds=leeway_seconds,
        allow_weak=allow_weak,
        lenient=lenient,
        revocation=revocation,
    )
    return Verifier(key, policy=policy).verify(token, at=at)


def inspect(token: str | bytes, *, at: float | None = None, lenient: bool = False) -> Anatomy:
    """Take a token apart and explain it; the signature is NOT verified.

    Args:
        token: the compact token, without blanks around it.
        at: now, in epoch seconds; the clock's when None.
        lenient: forgive '=' padding, and list it in `forgiven`.

    Raises:
        TokenRejected: the text is no compact JWS. A payload that is no claims set is a finding.
    """
    from authcli.tokens.anatomy import dissect

    return dissect(token, at=time.time() if at is None else at, lenient=lenient)


def edit(
    token: str | bytes,
    changes: Mapping[str, object] | Sequence[Change] = (),
    *,
    key: Key,
    at: float | None = None,
    **options: Unpack[EditOptions],
) -> str:
    """Change claims of a token and sign it again; the old signature is not asked for.

    Names keep their order, new ones go to the end; what is not named stays, times included.

    Args:
        token: the compact token, without blanks around it.
        changes: claims by name; or changes, which reach into objects and lists.
        key: a private key, or a shared secret.
        at: now, in epoch seconds, for warnings alone; the clock's when None.
        options: remove, header, remove_header, kid, algorithm and lenient, as
            `authcli.tokens.editing.prepare_edit` takes them.

    Raises:
        TokenRejected: the text is not a JWT that every reader understands alike.
        InvalidInput: a token that cannot be signed again faithfully, or a header member or an
            algorithm that cannot be used.
        InvalidClaim: a claim that no strict reader would accept, or none to remove.
        KeyUnusable: a key that must not sign.

    Source: RFC 7515, section 5.1; RFC 7519, section 7.1.
    """
    from authcli.tokens.editing import prepare_edit

    return prepare_edit(token, changes, key=key, at=at, **options).sign()


def diff(first: str | bytes, second: str | bytes, *, lenient: bool = False) -> Comparison:
    """Return in what two tokens differ; no signature is verified.

    Args:
        first, second: compact tokens, without blanks around them.
        lenient: forgive '=' padding.

    Raises:
        TokenRejected: one is not a JWT that every reader understands alike; the message says
            which: token A or token B.
    """
    from authcli.tokens.differences import compare

    return compare(first, second, lenient=lenient)
