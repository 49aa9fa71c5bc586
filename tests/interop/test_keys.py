"""Keys that peers make, read here in every form that they write; and thumbprints, which must be
everybody's. That peers read the keys written here, in every form, test_tokens.py shows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from authcli import keys, tokens
from authcli.keys import Key
from tests.interop.cases import CLAIMS, Material, algorithm_of, key_of, same, verifying
from tests.interop.peer import KeyMaker
from tests.interop.roster import KEY_MAKERS, NAMERS, PEERS

LABELS = ("kid", "use", "alg", "key_ops", "ext")

MADE = [
    pytest.param(name, kind, id=f"{name}-{kind}")
    for name, peer in KEY_MAKERS.items()
    for kind in peer.makes
]
#: Node makes kinds of keys that jsonwebtoken does not use.
SERVING = [case for case in MADE if case.values[1] in PEERS[str(case.values[0])].kinds]
NAMED = [
    pytest.param(name, kind, hash, id=f"{name}-{kind}-{hash}")
    for name, peer in NAMERS.items()
    for kind in peer.names
    for hash in peer.hashes
]


@cache
def made_by(peer: KeyMaker, kind: str) -> dict[str, bytes]:
    return peer.make(kind)


def numbers(members: dict[str, object]) -> dict[str, object]:
    """Return what the key is, without what it is called and what it is for."""
    return {name: value for name, value in members.items() if name not in LABELS}


def read(form: str, data: bytes) -> Key:
    if form.endswith("jwks"):
        (key,) = keys.read_set(data)
        return key
    return keys.read(data)


@pytest.mark.parametrize(("name", "kind"), MADE)
def test_a_key_that_the_peer_makes_is_read_in_every_form(
    meet: Callable[[str], Any], name: str, kind: str
) -> None:
    made = made_by(meet(name), kind)
    theirs = json.loads(made["private jwk"])
    for form, data in made.items():
        key = read(form, data)
        private = form.startswith("private")
        members = numbers(keys.to_jwk(key, private=private))
        assert members == {member: theirs[member] for member in members}, form
        assert key.private == private, form
        assert len(members) == len(numbers(theirs)) or not private, form


@pytest.mark.parametrize(("name", "kind"), SERVING)
def test_a_key_that_the_peer_makes_serves_both(
    meet: Callable[[str], Any], name: str, kind: str
) -> None:
    """What one side signs with it the other verifies."""
    peer, algorithm, claims = meet(name), algorithm_of(kind), CLAIMS["unicode"]
    made = made_by(peer, kind)
    private = Material("jwk", made["private jwk"])
    public = Material("jwk", made.get("public jwk", private.data))
    token = peer.sign(claims, key=private, kid="one", algorithm=algorithm)
    verified = tokens.verify(token, key=keys.read(public.data), algorithms=algorithm)
    assert same(verified.payload, claims)
    token = tokens.mint(claims, key=keys.read(private.data), algorithm=algorithm)
    assert peer.verify(token, key=public, algorithm=algorithm).items() >= claims.items()


@pytest.mark.parametrize(("name", "kind", "hash"), NAMED)
def test_thumbprints_are_the_same(
    meet: Callable[[str], Any], name: str, kind: str, hash: str
) -> None:
    """RFC 7638: of the public key, and of an HMAC secret."""
    key = verifying(key_of(kind))
    theirs = meet(name).thumbprint(keys.write(key, format="jwk"), hash=hash)
    assert theirs == keys.thumbprint(key, hash=hash)


def test_no_list_of_keys_shrinks() -> None:
    """Each peer makes every type of keys that its tokens use, and names it."""
    for name, maker in KEY_MAKERS.items():
        assert families(maker.makes) >= families(PEERS[name].kinds), name
    for name, namer in NAMERS.items():
        assert families(namer.names) >= families(PEERS[name].kinds), name
    assert set(PEERS) - set(KEY_MAKERS) == {"jwt", "node-fast-jwt"}
    assert set(PEERS) - set(NAMERS) == {"jwt", "node-fast-jwt", "node-jsonwebtoken"}


def families(kinds: tuple[str, ...]) -> set[str]:
    return {kind[:2] for kind in kinds}
