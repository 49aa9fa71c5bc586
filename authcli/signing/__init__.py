"""Managed signing keys: made, published, rotated; private halves sealed in the store.

    from pathlib import Path

    from authcli import signing, tokens
    from authcli.store import open_store

    with open_store("sqlite:auth.db", create=True) as store:
        signing.init(store.signing_keys, "ES256", issuer="https://login.example")
        signing.publish(store.signing_keys, Path("jwks.json"))
        signer = signing.signer(store.signing_keys)
        token = tokens.mint({"sub": "alice"}, key=signer.key)
        verified = tokens.verify(token, key=signing.verifying_keys(store.signing_keys))
        signing.rotate(store.signing_keys)

The first argument is where the keys are kept: a `SigningRepository`, of which a store has one. The
modules, each adding one idea:

    model       SigningKey, Ring, Times         repository   what is asked of a store
    halves      private halves, sealed          making       new keys
    timeline    what is due, what comes when    rings        keys from state to state
    rotation    what is due, done               compromise   a key that is known to others
    publication the JWKS, discovery             places       the files that they are in
    serving     the JWKS over HTTP              taking_in    keys from elsewhere
    choosing    which key signs, which verify   dues         what ends soon
    forgetting  what has been dead for long

The functions here import what they need when called. Times are Unix ms; `at_ms` None is now.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authcli.keys.model import Key, KeySet
    from authcli.signing.choosing import Signer
    from authcli.signing.model import Ring, SigningKey, Times
    from authcli.signing.publication import Published
    from authcli.signing.repository import SigningRepository
    from authcli.signing.rotation import Rotated

__all__ = [
    "activate",
    "begin_rotation",
    "drop",
    "import_key",
    "init",
    "jwks",
    "publish",
    "retire",
    "rotate",
    "signer",
    "update",
    "verifying_keys",
]


def init(
    keys: SigningRepository,
    alg: str,
    *,
    issuer: str | None = None,
    times: Times | None = None,
    at_ms: int | None = None,
) -> Ring:
    """Make keys for an algorithm: one that signs from now on, and one that stands by.

    Args:
        keys: where keys are kept.
        alg: of public-key signatures: "ES256".
        issuer: the iss of their tokens.
        times: what their dates follow from; `authcli.signing.model.DEFAULT_TIMES` when None.
        at_ms: when; the clock's when None.

    Raises:
        Conflict: there are such keys.
        InvalidInput: an algorithm that cannot be published.
        Unavailable: the store or its KEK cannot be used.
    """
    from authcli.signing import rotation
    from authcli.signing.model import DEFAULT_TIMES

    return rotation.init(keys, alg, issuer=issuer, times=times or DEFAULT_TIMES, at_ms=at_ms)


def update(keys: SigningRepository, alg: str, *, issuer: str | None, times: Times) -> Ring:
    """Give keys of an algorithm another issuer and other times; or `NotFound`."""
    from authcli.signing import rotation

    return rotation.update(keys, alg, issuer=issuer, times=times)


def rotate(
    keys: SigningRepository,
    *,
    alg: str | None = None,
    if_older_than_ms: int | None = None,
    start: bool = False,
    publish: Callable[[], Published] | None = None,
    dry_run: bool = False,
    at_ms: int | None = None,
) -> Rotated:
    """Do what is due now and nothing else; takes and raises what `rotation.rotate` does."""
    from authcli.signing import rotation

    return rotation.rotate(
        keys,
        alg=alg,
        if_older_than_ms=if_older_than_ms,
        start=start,
        publish=publish,
        dry_run=dry_run,
        at_ms=at_ms,
    )


def begin_rotation(
    keys: SigningRepository, *, alg: str | None = None, at_ms: int | None = None
) -> tuple[SigningKey, ...]:
    """Have `rotate` replace the keys that sign as soon as verifiers know those that stand by."""
    from authcli.signing import rotation

    return rotation.begin(keys, alg=alg, at_ms=at_ms)


def activate(
    keys: SigningRepository, kid: str, *, force: bool = False, at_ms: int | None = None
) -> SigningKey:
    """Let the next key sign now; `Conflict` where verifiers may not know it, but for `force`."""
    from authcli.signing import rotation

    return rotation.activate(keys, kid, force=force, at_ms=at_ms)


def retire(
    keys: SigningRepository, kid: str, *, force: bool = False, at_ms: int | None = None
) -> SigningKey:
    """Take a key out of the JWKS; `Conflict` where its tokens may live, but for `force`."""
    from authcli.signing import rotation

    return rotation.retire(keys, kid, force=force, at_ms=at_ms)


def drop(
    keys: SigningRepository,
    kid: str,
    *,
    deny: Callable[[SigningKey, int], object],
    reason: str | None = None,
    at_ms: int | None = None,
) -> SigningKey | None:
    """Drop a compromised key at once; the next one signs in its place, and is returned.

    Args:
        keys: where keys are kept.
        kid: the whole kid.
        deny: called inside the transaction with the key and when its last token is dead, to deny
            its tokens: `authcli.revocation.revoke` by `key.name`.
        reason: why, for people.
        at_ms: when; the clock's when None.

    Raises:
        NotFound: there is no such key.
        Conflict: it was dropped before.
    """
    from authcli.signing import compromise

    return compromise.compromise(keys, kid, reason=reason, deny=deny, at_ms=at_ms)


def import_key(
    keys: SigningRepository,
    key: Key,
    *,
    alg: str | None = None,
    verify_only: bool = False,
    at_ms: int | None = None,
) -> SigningKey:
    """Take in a key that was made elsewhere; takes and raises what `taking_in.take_in` does."""
    from authcli.signing import taking_in

    return taking_in.take_in(keys, key, alg=alg, verify_only=verify_only, at_ms=at_ms)


def publish(
    keys: SigningRepository,
    place: Path,
    *,
    issuer: str | None = None,
    jwks_uri: str | None = None,
    force: bool = False,
    at_ms: int | None = None,
) -> Published:
    """Write the JWKS into a file, or with a discovery document into a folder, and record it.

    No key signs before it was published; takes and raises what `publication.publish` does.
    """
    from authcli.signing import publication

    return publication.publish(
        keys, place, issuer=issuer, jwks_uri=jwks_uri, force=force, at_ms=at_ms
    )


def jwks(keys: SigningRepository) -> bytes:
    """Return the JWKS that verifiers are to see, as JSON; nothing is recorded."""
    from authcli.signing import publication

    return publication.jwks(keys)[0]


def signer(keys: SigningRepository, *, alg: str | None = None, kid: str | None = None) -> Signer:
    """Return the key that signs: the active one of an algorithm, or the one that is named.

    Raises:
        NotFound: there is none.
        Conflict: the one that is named does not sign.
        Unavailable: the KEK is not held, or the store was tampered with.
    """
    from authcli.signing import choosing

    return choosing.signer(keys, alg=alg, kid=kid)


def verifying_keys(keys: SigningRepository) -> KeySet:
    """Return the public halves of all keys whose tokens are taken."""
    from authcli.signing import choosing

    return choosing.verifying_keys(keys)
