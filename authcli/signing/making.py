"""New managed keys: drawn, or taken in from elsewhere, and put beside the others of their ring."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from authcli.encoding import compact_json
from authcli.errors import Conflict, InvalidInput, KeyWrong
from authcli.signing.halves import close
from authcli.signing.model import SigningKey

if TYPE_CHECKING:
    from authcli.audit.journal import Journal
    from authcli.keys.model import Key
    from authcli.signing.model import Ring, State
    from authcli.signing.repository import SigningRepository

__all__ = ["draw", "put_in", "require_issuer", "require_signing_algorithm"]

MAX_ISSUER_CHARACTERS = 1000


def require_signing_algorithm(alg: str) -> str:
    """Return the algorithm's name as the standards spell it.

    Raises:
        InvalidInput: not one of public-key signatures: a shared secret cannot be published.
    """
    from authcli.keys.algorithms import ALGORITHMS

    name = next((known for known in ALGORITHMS if known.lower() == alg.lower()), None)
    if name is None or ALGORITHMS[name].kty == "oct":
        fitting = [known for known, row in ALGORITHMS.items() if row.kty != "oct"]
        raise InvalidInput(
            f"{ascii(alg[:40])} cannot be used for keys that are published",
            hint=f"one of: {', '.join(fitting)}",
            code="jwks.algorithm",
        )
    return name


def require_issuer(issuer: str | None) -> str | None:
    """Return an issuer that tokens can name; None is none.

    Raises:
        InvalidInput: it is empty, too long, or holds what is not printable ("jwks.issuer").
    """
    if issuer is None or (issuer.isprintable() and 0 < len(issuer) <= MAX_ISSUER_CHARACTERS):
        return issuer
    raise InvalidInput(
        "the issuer is empty, holds what is not printable, or is longer than"
        f" {MAX_ISSUER_CHARACTERS} characters",
        hint="example: --iss https://login.example",
        code="jwks.issuer",
    )


def draw(alg: str) -> Key:
    """Return a new key that declares the algorithm, its thumbprint as kid.

    A thumbprint that begins with "-" is drawn again: a command would take it for an option.
    """
    from authcli.keys.generator import generate

    while (key := generate(alg)).kid is None or str(key.kid).startswith("-"):
        pass
    return key


def put_in(
    repository: SigningRepository,
    journal: Journal,
    key: Key,
    *,
    ring: Ring,
    state: State,
    at_ms: int,
) -> SigningKey:
    """Add a key to its ring, its private half sealed where it has one that is to sign.

    Args:
        repository: the store's keys, inside `change`.
        journal: where it is recorded.
        key: of the ring's algorithm; one that has a name from elsewhere keeps it, since its tokens
            bear it, and is known by its thumbprint here all the same.
        ring: the ring.
        state: "next", "active", or "retiring" for a key that is only verified with.
        at_ms: when.

    Raises:
        Conflict: it is there already, or its place is taken ("jwks.exists").
        KeyWrong: another key than the ring takes.
    """
    from authcli.keys.algorithms import verifying_algorithms
    from authcli.keys.thumbprints import thumbprint
    from authcli.keys.writer import to_jwk

    if ring.alg not in verifying_algorithms(key):
        raise KeyWrong(f"this key does not sign {ring.alg}")
    signs = state in ("next", "active")
    if signs and not key.private:
        raise KeyWrong("this is a public key; signing needs the private half")
    kid = thumbprint(key)
    named = replace(key, kid=key.kid or kid, alg=ring.alg, use="sig", key_ops=None)
    if repository.key(kid) is not None:
        raise Conflict(f"the key {kid} is there already", code="jwks.exists")
    times = ring.times
    row = SigningKey(
        kid=kid,
        purpose=ring.purpose,
        alg=ring.alg,
        state=state,
        public_jwk=compact_json(to_jwk(named, private=False)).decode(),
        cache_ms=times.cache_ms,
        max_token_ms=times.max_token_ms,
        skew_ms=times.skew_ms,
        created_at=at_ms,
        created_by=repository.actor,
        activated_at=at_ms if state == "active" else None,
        retiring_at=at_ms if state == "retiring" else None,
        can_sign=signs,
    )
    repository.add(row, sealed=close(repository, named, kid=kid) if signs else None)
    journal.record(
        "signing-key.added",
        target=("signing-key", row.kid),
        detail={"purpose": ring.purpose, "alg": ring.alg, "state": state},
    )
    return row
