"""JSON Web Signatures over any payload: webhooks, files (RFC 7515, RFC 7797).

    from authcli import keys
    from authcli.tokens import jws

    key = keys.generate("Ed25519")
    signed = jws.sign(b"any bytes", key=key)
    jws.verify(signed, key=key.public()).payload

    apart = jws.sign(b"a large file", key=key, detached=True)
    jws.verify(apart, key=key.public(), payload=b"a large file")

A payload that is a JWT's claims set has times and an audience, which nothing here looks at:
`authcli.tokens.verify` does. The modules, each adding one idea:

    serialisations  compact, flattened and general JSON, read into one shape
    payloads        what kind of thing a payload is
    signing         a payload and a key in, a compact JWS out
    verifying       each signature judged by itself, then the whole
    anatomy         what a JWS says, and what is unwise about it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authcli.keys.model import Key, KeySet
    from authcli.tokens.jws.anatomy import Anatomy
    from authcli.tokens.jws.verifying import Verified

__all__ = ["inspect", "sign", "verify"]


def sign(
    payload: bytes,
    *,
    key: Key,
    algorithm: str | None = None,
    header: Mapping[str, object] | None = None,
    kid: str | bool = True,
    typ: str | None = None,
    detached: bool = False,
    unencoded: bool = False,
) -> str:
    """Return a payload signed, as a compact JWS.

    Args:
        payload: any bytes, up to 64 MiB.
        key: a private key, or a shared secret.
        algorithm: the one to sign with; None takes what the key declares, else its type's default.
        header: additional header members; alg, crit and b64 are refused.
        kid: True is the key's own, where it has one; False none.
        typ: the media type of the whole; None says none.
        detached: leave the payload out: "header..signature" (RFC 7515, appendix F).
        unencoded: sign the payload as it is, and not its base64url (RFC 7797).

    Raises:
        InvalidInput: a payload, a header or an algorithm that cannot be used.
        KeyWrong: a key that must not sign, or not with this algorithm.
        KeyWeak: a key too short for the algorithm, or known to be weak.

    Source: RFC 7515, sections 5.1 and 7.1; RFC 7797, sections 3 and 5.
    """
    from authcli.tokens.jws.signing import Signer

    signer = Signer(
        key=key, algorithm=algorithm, header=header, kid=kid, typ=typ, unencoded=unencoded
    )
    return signer.sign(payload, detached=detached)


def verify(
    jws: str | bytes,
    *,
    key: Key | KeySet,
    payload: bytes | None = None,
    algorithms: str | Sequence[str] | None = None,
    require_all: bool = False,
    allow_weak: bool = False,
) -> Verified:
    """Return the payload of a JWS once its signature holds; raise otherwise.

    Args:
        jws: compact, flattened or general, without blanks around it.
        key: the key that is trusted, whatever kid the JWS names; or a set, of which each
            signature's kid chooses one.
        payload: what was signed, where the JWS is detached; refused where it is not.
        algorithms: narrows what the keys allow; never widens it.
        require_all: demand that every signature verifies, and not only one of them.
        allow_weak: accept keys that are too short or known to be weak, with a warning.

    Raises:
        TokenRejected: malformed, forged, or signed by a key that is not known.
        InvalidInput: a parameter that cannot be used.
        KeyWrong: no key that may verify signatures with these algorithms.

    Source: RFC 7515, sections 5.2, 7.2 and appendix F; RFC 7797; RFC 8725, section 3.
    """
    from authcli.tokens.jws.serialisations import read
    from authcli.tokens.jws.verifying import examine, judge
    from authcli.tokens.policy import Policy

    policy = Policy(algorithms=algorithms, allow_weak=allow_weak)
    message = read(jws, payload=payload)
    return judge(examine(message, key=key, policy=policy), require_all=require_all)


def inspect(jws: str | bytes) -> Anatomy:
    """Take a JWS apart and explain it; no signature is verified.

    Args:
        jws: compact, flattened or general, without blanks around it.

    Raises:
        TokenRejected: the text is no JWS that every reader understands alike.
    """
    from authcli.tokens.jws.anatomy import dissect

    return dissect(jws)
