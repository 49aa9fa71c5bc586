"""Which managed key signs, and which verify."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from authcli.clock import format_instant
from authcli.errors import Conflict, InvalidInput, NotFound
from authcli.signing.halves import opened, public_key
from authcli.signing.model import TOKENS
from authcli.signing.rings import no_key, no_rings

if TYPE_CHECKING:
    from authcli.keys.model import Key, KeySet
    from authcli.signing.model import Ring, SigningKey
    from authcli.signing.repository import SigningRepository

__all__ = ["Signer", "beginning", "compromised_keys", "named", "signer", "verifying_keys"]


class Signer(NamedTuple):
    """A managed key that signs."""

    key: Key
    """With its private half."""
    row: SigningKey
    ring: Ring


def named(keys: Sequence[SigningKey], text: str) -> SigningKey:
    """Return the key that a kid, a unique beginning of one, or its name from elsewhere, names.

    Raises:
        NotFound: none begins so ("jwks.not-found").
        InvalidInput: several do ("jwks.ambiguous").
    """
    whole = [key for key in keys if key.kid == text] or [key for key in keys if key.name == text]
    found = whole or [key for key in keys if text and key.kid.startswith(text)]
    if len(found) == 1:
        return found[0]
    raise _not_one(text, [key.kid for key in found])


def compromised_keys(repository: SigningRepository) -> dict[str, tuple[Key, str]]:
    """Return its tokens' kid -> a dropped key's public half, and a sentence that says so."""
    found = {}
    for row in repository.find():
        if row.state == "compromised":
            since = format_instant((row.compromised_at or 0) // 1000)
            why = f": {ascii(row.reason)[1:-1][:200]}" if row.reason else ""
            words = f"the key that signed it is compromised since {since}{why}"
            found[row.name] = (public_key(row), words)
    return found


def beginning(keys: Sequence[Key], text: str) -> Key:
    """Return the key of those that a kid, or a unique beginning of one, names; as `named`."""
    whole = [key for key in keys if key.kid == text]
    found = whole or [key for key in keys if (key.kid or "").startswith(text)]
    if len(found) == 1:
        return found[0]
    raise _not_one(text, [key.kid or "" for key in found])


def signer(
    repository: SigningRepository, *, alg: str | None = None, kid: str | None = None
) -> Signer:
    """Return the key that signs: the active one of an algorithm, or the one that is named.

    Args:
        repository: the store's keys.
        alg: the algorithm; where None and there are several rings, that of the oldest one.
        kid: a kid, or a unique beginning of one, of an active key.

    Raises:
        NotFound: there is no managed key, or none of that name or algorithm.
        Conflict: the key that is named does not sign ("jwks.state").
        Unavailable: the KEK is not held, or the store was tampered with.
    """
    row, ring = _chosen(repository, alg=alg, kid=kid)
    try:
        return Signer(opened(repository, row), row, ring)
    except Conflict:  # rotated away or dropped since we asked: another one signs now
        row, ring = _chosen(repository, alg=alg, kid=kid)
        return Signer(opened(repository, row), row, ring)


def verifying_keys(repository: SigningRepository) -> KeySet:
    """Return the public halves of all keys whose tokens are taken, the development key's too."""
    from authcli.keys.model import KeySet

    return KeySet(tuple(public_key(row) for row in repository.find() if row.verifies))


def _chosen(
    repository: SigningRepository, *, alg: str | None, kid: str | None
) -> tuple[SigningKey, Ring]:
    """Return the row and the ring of what `signer` returns; it raises as that does."""
    rings = sorted(
        (ring for ring in repository.rings() if ring.purpose == TOKENS),
        key=lambda ring: ring.created_at,
    )
    if kid is not None:
        row = named(repository.find(), kid)
        if row.state != "active" or row.purpose != TOKENS:
            raise Conflict(
                f"the key {row.kid} is {row.state}: it does not sign",
                hint="sign with the active one: --key store:",
                code="jwks.state",
            )
    else:
        active = {row.alg: row for row in repository.active(purpose=TOKENS, alg=alg)}
        chosen = next((active[ring.alg] for ring in rings if ring.alg in active), None)
        if chosen is None and any(alg in (None, ring.alg) for ring in rings):
            raise NotFound(
                "no managed key signs" + (f" {ascii(alg[:20])}" if alg else ""),
                hint="authcli jwks rotate --publish DIR; authcli jwks status says when one will",
                code="jwks.none",
            )
        if chosen is None:
            raise no_rings(alg)
        row = chosen
    return row, next(ring for ring in rings if ring.alg == row.alg)


def _not_one(text: str, kids: Sequence[str]) -> NotFound | InvalidInput:
    if not kids:
        return no_key(text)
    names = ", ".join(kid[:12] for kid in kids[:5])
    return InvalidInput(
        f"{len(kids)} managed keys begin with {ascii(text[:40])}",
        hint=f"one of: {names}{', …' if len(kids) > 5 else ''}",
        code="jwks.ambiguous",
    )
