"""Tokens both ways: what is minted here each peer verifies, what it signs is verified here, and a
forgery is refused on both sides, so that nobody's yes is worth nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from authcli import tokens
from authcli.errors import TokenExpired, TokenRejected
from tests.interop.cases import (
    CLAIMS,
    KINDS,
    Material,
    algorithm_of,
    forgeries,
    key_of,
    material,
    same,
    set_of,
    verifying,
)
from tests.interop.peer import RFC_7518, Peer, Refused
from tests.interop.roster import PEERS

Meet = Callable[[str], Peer]
PLAIN = CLAIMS["plain"]

CASES = [
    pytest.param(name, kind, id=f"{name}-{kind}")
    for name, peer in PEERS.items()
    for kind in peer.kinds
]


def private_materials(peer: Peer, kind: str) -> list[Material]:
    """Return alice's key in each form that the peer signs with."""
    key = key_of(kind)
    if key.kty != "oct":
        return [material(key, form) for form in peer.private_forms]
    return [
        material(key, form) for form in peer.secret_forms if form in (*peer.private_forms, "raw")
    ]


def public_materials(peer: Peer, kind: str, *, owner: str = "alice") -> list[Material]:
    """Return somebody's key in each form that the peer verifies with; a set holds others' too."""
    key = key_of(kind, owner=owner)
    forms = peer.secret_forms if key.kty == "oct" else peer.public_forms
    whole = set_of(kind, owner=owner)
    return [material(whole if form == "jwks" else verifying(key), form) for form in forms]


def crossings(materials: list[Material]) -> list[tuple[dict[str, object], Material]]:
    """Return each kind of claims with the first form of the key, and some with each other form."""
    first, *others = materials
    firsts = [(claims, first) for claims in CLAIMS.values()]
    return firsts + [(CLAIMS["unicode"], other) for other in others]


def signed(peer: Peer, claims: dict[str, object], *, kind: str, key: Material | None = None) -> str:
    """Return what the peer signs with alice's key, in the first form that it reads."""
    return peer.sign(
        claims,
        key=key or private_materials(peer, kind)[0],
        kid=f"alice {kind}",
        algorithm=algorithm_of(kind),
    )


def minted(kind: str, claims: dict[str, object]) -> str:
    """No claim is added, so that what arrives can be compared."""
    return tokens.mint(claims, key=key_of(kind), lifetime_seconds=None, iat=False, jti=False)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_peer_verifies_what_is_minted(meet: Meet, name: str, kind: str) -> None:
    """Every kind of claims, and the key in every form that the peer reads."""
    peer = meet(name)
    for claims, key in crossings(public_materials(peer, kind)):
        token = minted(kind, claims)
        verified = peer.verify(token, key=key, algorithm=algorithm_of(kind))
        assert same(verified, claims), key.form


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_what_the_peer_signs_verifies(meet: Meet, name: str, kind: str) -> None:
    """The same, the other way; and with a set, of which the token's kid chooses one."""
    peer, algorithm = meet(name), algorithm_of(kind)
    for claims, key in crossings(private_materials(peer, kind)):
        token = signed(peer, claims, key=key, kind=kind)
        for trusted in (verifying(key_of(kind)), set_of(kind)):
            audience = "a" if "aud" in claims else None
            verified = tokens.verify(token, key=trusted, algorithms=algorithm, audience=audience)
            assert same(verified.payload, claims), key.form
            assert verified.algorithm == algorithm


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_both_sides_refuse_forgeries(meet: Meet, name: str, kind: str) -> None:
    """Of tokens that they have just taken, each of the other's."""
    peer, algorithm = meet(name), algorithm_of(kind)
    theirs, ours = public_materials(peer, kind)[0], verifying(key_of(kind))
    token = minted(kind, PLAIN)
    assert peer.verify(token, key=theirs, algorithm=algorithm)
    for deed, forged in forgeries(token).items():
        with pytest.raises(Refused):
            refused(deed, peer.verify(forged, key=theirs, algorithm=algorithm))
    token = signed(peer, PLAIN, kind=kind)
    assert tokens.verify(token, key=ours)
    for deed, forged in forgeries(token).items():
        with pytest.raises(TokenRejected):
            refused(deed, tokens.verify(forged, key=ours))


def refused(deed: str, taken: object) -> None:
    """Is not reached."""
    pytest.fail(f"{deed}: taken as {taken}")


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_both_sides_refuse_another_key(meet: Meet, name: str, kind: str) -> None:
    """Of the same kind, alone or in a set."""
    peer = meet(name)
    token = minted(kind, PLAIN)
    for key in public_materials(peer, kind, owner="mallory"):
        with pytest.raises(Refused):
            peer.verify(token, key=key, algorithm=algorithm_of(kind))
    for trusted in (verifying(key_of(kind, owner="mallory")), set_of(kind, owner="mallory")):
        with pytest.raises(TokenRejected):
            tokens.verify(signed(peer, PLAIN, kind=kind), key=trusted)


@pytest.mark.parametrize("name", [name for name, peer in PEERS.items() if peer.knows_time])
def test_both_sides_refuse_what_has_expired(meet: Meet, name: str) -> None:
    peer, kind = meet(name), "ES256"
    claims: dict[str, object] = {"sub": "alice", "exp": int(time.time()) - 3600}
    with pytest.raises(Refused):
        peer.verify(minted(kind, claims), key=public_materials(peer, kind)[0], algorithm=kind)
    with pytest.raises(TokenExpired):
        tokens.verify(signed(peer, claims, kind=kind), key=verifying(key_of(kind)))


def test_no_list_of_common_kinds_shrinks() -> None:
    """What is listed is tried above, and fails should the peer drop it."""
    common = {name: set(peer.kinds) - set(RFC_7518) for name, peer in PEERS.items()}
    assert all(set(peer.kinds) >= set(RFC_7518) for peer in PEERS.values())
    assert all(set(peer.kinds) <= set(KINDS) for peer in PEERS.values())
    assert common == {
        "jose": set(),
        "jwt": {"EdDSA"},
        "node-jose": {"EdDSA", "Ed25519"},
        "node-fast-jwt": {"EdDSA", "EdDSA/Ed448"},
        "node-jsonwebtoken": set(),
        "jwcrypto": set(KINDS) - set(RFC_7518),
        "authlib": {"ES256K", "EdDSA", "EdDSA/Ed448"},
    }


@pytest.mark.parametrize("name", PEERS)
def test_what_a_version_knows_beside_the_list_fits_too(meet: Meet, name: str) -> None:
    """An algorithm that only some versions know: there it must work both ways, and not halfway."""
    peer = meet(name)
    for kind in sorted(set(KINDS) - set(peer.kinds)):
        algorithm = algorithm_of(kind)
        try:
            theirs = signed(peer, PLAIN, kind=kind)
        except Refused:
            continue
        assert same(tokens.verify(theirs, key=verifying(key_of(kind))).payload, PLAIN)
        key = public_materials(peer, kind)[0]
        assert same(peer.verify(minted(kind, PLAIN), key=key, algorithm=algorithm), PLAIN)
        with pytest.raises(Refused):
            peer.verify(forgeries(theirs)["another payload"], key=key, algorithm=algorithm)
