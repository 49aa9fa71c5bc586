"""Keys from elsewhere: one that signs next, or one whose tokens are still out there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.clock import now_ms
from authcli.errors import Conflict, InvalidInput, KeyWeak
from authcli.signing.making import put_in, require_signing_algorithm
from authcli.signing.model import DEVELOPMENT, Ring
from authcli.signing.rings import change_key, keys_of, rings_of
from authcli.signing.timeline import removal_of

if TYPE_CHECKING:
    from authcli.keys.model import Key
    from authcli.signing.model import SigningKey
    from authcli.signing.repository import SigningRepository

__all__ = ["algorithm_of", "take_in", "take_in_development_key"]

MAX_NAME_CHARACTERS = 256


def algorithm_of(key: Key) -> str:
    """Return the algorithm that a key declares, or else its type's.

    Raises:
        InvalidInput: a shared secret, or a key that signs nothing ("jwks.algorithm").
    """
    from authcli.keys.algorithms import signing_algorithm

    if key.kty == "oct":
        raise InvalidInput(
            f"a key of the type {key.kty} does not sign what others could verify with a JWKS",
            hint="take in RSA, EC, OKP or ML-DSA keys",
            code="jwks.algorithm",
        )
    return require_signing_algorithm(signing_algorithm(key))


def take_in(
    repository: SigningRepository,
    key: Key,
    *,
    alg: str | None = None,
    verify_only: bool = False,
    remove_at_ms: int | None = None,
    at_ms: int | None = None,
) -> SigningKey:
    """Take in a key that was made elsewhere.

    A private key stands by in the place of the ring's next one, which never signed. A public one,
    or one that is only to be verified with, stays in the JWKS until its last token is dead. A key
    that has a name keeps it in the JWKS and in its tokens, since tokens are out that bear it.

    Args:
        repository: the store's keys.
        key: the key.
        alg: its algorithm; what it declares, or its type's, when None.
        verify_only: it shall not sign, although it could.
        remove_at_ms: when its last token is dead; the ring's longest life from now when None.
        at_ms: now; the clock's when None.

    Raises:
        NotFound: there are no managed keys of its algorithm ("jwks.none").
        Conflict: it, or another key of its name, is there already ("jwks.exists").
        InvalidInput: it is no key for a JWKS ("jwks.algorithm", "jwks.kid"), is declared for
            something else, or is weak.
    """
    at = now_ms() if at_ms is None else at_ms
    name = require_signing_algorithm(alg) if alg is not None else algorithm_of(key)
    _require_sound(key, signs=key.private and not verify_only)
    with repository.change() as journal:
        [ring] = rings_of(repository, name)
        _require_free_name(repository, key)
        if verify_only or not key.private:
            taken = put_in(repository, journal, key.public(), ring=ring, state="retiring", at_ms=at)
            until = removal_of(taken, at_ms=at) if remove_at_ms is None else remove_at_ms
            change_key(repository, taken, {"remove_at": until})
            return taken._replace(remove_at=until)
        for old in keys_of(repository, ring):
            if old.state == "next":
                change_key(repository, old, {"state": "retired", "retired_at": at})
                repository.forget_private(old.kid)
                journal.record("signing-key.retired", target=("signing-key", old.kid))
        return put_in(repository, journal, key, ring=ring, state="next", at_ms=at)


def take_in_development_key(
    repository: SigningRepository, key: Key, *, at_ms: int | None = None
) -> SigningKey | None:
    """Take in the development key: it is verified with, never published, and never signs.

    Returns:
        The key; None where it is there already.
    """
    from authcli.keys.thumbprints import thumbprint

    at = now_ms() if at_ms is None else at_ms
    with repository.change() as journal:
        if repository.key(thumbprint(key)) is not None:
            return None
        ring = Ring(DEVELOPMENT, algorithm_of(key), created_at=at)
        if not any((r.purpose, r.alg) == (DEVELOPMENT, ring.alg) for r in repository.rings()):
            repository.add_ring(ring)
        return put_in(repository, journal, key.public(), ring=ring, state="retiring", at_ms=at)


def _require_sound(key: Key, *, signs: bool) -> None:
    """Refuse what may not sign or verify, is weak, or has a name that no header should bear."""
    from authcli.keys.algorithms import require_operation

    require_operation(key, operation="sign" if signs else "verify")
    if (weakness := key.weak) is not None:
        raise KeyWeak(weakness.message, hint=weakness.hint)
    if key.kid is not None and not (
        0 < len(key.kid) <= MAX_NAME_CHARACTERS and key.kid.isprintable() and key.kid.isascii()
    ):
        raise InvalidInput(
            f"the kid of the key is empty, not plain or longer than {MAX_NAME_CHARACTERS} letters",
            hint="give it another name, which its tokens bear too",
            code="jwks.kid",
        )


def _require_free_name(repository: SigningRepository, key: Key) -> None:
    """Refuse a second key of one name: verifiers would try the wrong one."""
    from authcli.keys.thumbprints import thumbprint

    kid = thumbprint(key)
    taken = [
        other
        for other in repository.find()
        if other.kid != kid and other.state != "retired" and key.kid in (other.kid, other.name)
    ]
    if key.kid is not None and taken:
        raise Conflict(
            f"another managed key is called {ascii(key.kid)[:80]}: {taken[0].kid}",
            hint="authcli jwks list",
            code="jwks.exists",
        )
