"""Keys from elsewhere: with the names that their tokens bear."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from authcli import keys, tokens
from authcli.errors import Conflict, InvalidInput, KeyUnusable, KeyWeak, NotFound
from authcli.keys.model import Key
from authcli.signing.choosing import named, signer, verifying_keys
from authcli.signing.model import DEVELOPMENT, TOKENS, Times
from authcli.signing.publication import jwks
from authcli.signing.rotation import activate, init, rotate
from authcli.signing.taking_in import take_in, take_in_development_key
from authcli.store import Store

AT = 1_790_000_000_000
HOUR = 3_600_000
TIMES = Times(cache_ms=HOUR, max_token_ms=2 * HOUR, skew_ms=0)


@pytest.fixture
def ring(store: Store) -> Store:
    init(store.signing_keys, "ES256", times=TIMES, at_ms=AT)
    return store


def called(name: str | None, kind: str = "ES256") -> Key:
    return keys.generate(kind, kid=name)


def states(store: Store) -> dict[str, str]:
    return {key.name: key.state for key in store.signing_keys.find()}


def test_a_private_key_stands_by_in_the_place_of_the_next(ring: Store) -> None:
    """The one before it is retired, which never signed; rotation lets the new one sign."""
    before = next(key for key in ring.signing_keys.find() if key.state == "next")
    taken = take_in(ring.signing_keys, called("old"), at_ms=AT)
    assert (taken.state, taken.can_sign, taken.name) == ("next", True, "old")
    assert taken.kid == keys.thumbprint(signed_with(ring, taken.kid))
    found = named(ring.signing_keys.find(), before.kid)
    assert (found.state, found.can_sign) == ("retired", False)


def signed_with(store: Store, kid: str) -> Key:
    activate(store.signing_keys, kid, force=True, at_ms=AT)
    return signer(store.signing_keys).key


def test_what_it_signs_and_what_it_signed_is_verified_under_its_own_name(ring: Store) -> None:
    """Verifiers find keys by the kid of the token (RFC 7515, section 4.1.4)."""
    key = called("2025-key")
    old = tokens.mint({"sub": "a"}, key=key)
    taken = take_in(ring.signing_keys, key, at_ms=AT)
    new = tokens.mint({"sub": "b"}, key=signed_with(ring, taken.kid))
    published = keys.read_set(jwks(ring.signing_keys)[0])
    for token in (old, new):
        assert tokens.decode(token).header["kid"] == "2025-key"
        for trusted in (published, verifying_keys(ring.signing_keys)):
            assert tokens.verify(token, key=trusted).payload["sub"] in "ab"
    assert named(ring.signing_keys.find(), "2025-key").kid == taken.kid


def test_a_public_key_is_verified_with_until_its_last_token_is_dead(ring: Store) -> None:
    """The longest life of a token from now, or when the caller says; it never signs."""
    one, two = called("one").public(), called("two")
    taken = take_in(ring.signing_keys, one, at_ms=AT)
    assert (taken.state, taken.remove_at, taken.can_sign) == ("retiring", AT + 2 * HOUR, False)
    later = take_in(ring.signing_keys, two, verify_only=True, remove_at_ms=AT + 5 * HOUR, at_ms=AT)
    assert (later.remove_at, later.can_sign) == (AT + 5 * HOUR, False)
    assert {"one", "two"} < {key["kid"] for key in json.loads(jwks(ring.signing_keys)[0])["keys"]}
    rotate(ring.signing_keys, at_ms=AT + 3 * HOUR)
    assert (states(ring)["one"], states(ring)["two"]) == ("retired", "retiring")


def test_a_key_without_a_name_is_called_by_its_thumbprint(ring: Store) -> None:
    taken = take_in(ring.signing_keys, called(None), at_ms=AT)
    assert taken.kid == taken.name


def test_the_same_key_and_another_of_its_name_are_refused(ring: Store) -> None:
    """Two keys of one kid would have verifiers try the wrong one."""
    key = called("old")
    take_in(ring.signing_keys, key.public(), at_ms=AT)
    for other in (key, replace(key, kid="new"), called("old")):
        with pytest.raises(Conflict) as refused:
            take_in(ring.signing_keys, other, at_ms=AT)
        assert refused.value.code == "jwks.exists"
    signs = next(key for key in ring.signing_keys.find() if key.state == "active")
    with pytest.raises(Conflict):
        take_in(ring.signing_keys, called(signs.kid), at_ms=AT)
    assert states(ring)["old"] == "retiring"


def test_a_name_that_only_a_retired_key_bears_is_free(ring: Store) -> None:
    """No verifier is given that key any more; 256 letters are enough for a name."""
    name = "x" * 256
    for at in (AT, AT + 3 * HOUR):
        take_in(ring.signing_keys, called(name).public(), at_ms=at)
        rotate(ring.signing_keys, at_ms=at + 2 * HOUR)
        assert states(ring)[name] == "retired"


def test_a_key_that_may_only_verify_is_taken_in_for_that_alone(ring: Store) -> None:
    """What a private key declares is kept to (RFC 7517, section 4.3)."""
    key = replace(called("a"), key_ops=("verify",))
    with pytest.raises(KeyUnusable):
        take_in(ring.signing_keys, key, at_ms=AT)
    assert take_in(ring.signing_keys, key, verify_only=True, at_ms=AT).state == "retiring"


def test_the_algorithm_is_what_a_key_declares_or_else_its_types(ring: Store) -> None:
    init(ring.signing_keys, "Ed25519", at_ms=AT)
    init(ring.signing_keys, "EdDSA", at_ms=AT)
    for declared, taken in (("Ed25519", "Ed25519"), ("EdDSA", "EdDSA"), (None, "EdDSA")):
        key = replace(keys.generate("EdDSA", kid=f"of {declared}").public(), alg=declared)
        assert take_in(ring.signing_keys, key, at_ms=AT).alg == taken


def test_what_is_taken_in_and_what_makes_room_for_it_is_in_the_audit(ring: Store) -> None:
    before = next(key for key in ring.signing_keys.find() if key.state == "next")
    taken = take_in(ring.signing_keys, called("a"), at_ms=AT)
    told = [(event.event, event.target_id) for event in ring.audit.find()][-2:]
    assert told == [("signing-key.retired", before.kid), ("signing-key.added", taken.kid)]


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 257, "\u202ea", "\u00e9"])
def test_a_name_that_no_header_should_bear_is_refused(ring: Store, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        take_in(ring.signing_keys, replace(called("a"), kid=name), at_ms=AT)
    assert refused.value.code == "jwks.kid"


def test_what_cannot_be_published_is_refused(ring: Store) -> None:
    """A shared secret, a key for agreement or encryption, a weak one, an algorithm of no ring."""
    repository = ring.signing_keys
    for kind in ("HS256", "X25519"):
        with pytest.raises(InvalidInput):
            take_in(repository, keys.generate(kind), at_ms=AT)
    with pytest.raises(KeyUnusable):
        take_in(repository, replace(called("a"), use="enc"), at_ms=AT)
    with pytest.raises(KeyUnusable):
        take_in(repository, replace(called("a"), key_ops=("deriveBits",)), at_ms=AT)
    with pytest.raises(NotFound) as missing:
        take_in(repository, called("a", "ES384"), at_ms=AT)
    assert missing.value.code == "jwks.none"
    init(repository, "RS256", at_ms=AT)
    with pytest.raises(KeyWeak):
        take_in(repository, keys.read(WEAK), verify_only=True, at_ms=AT)
    assert [key for key in repository.find() if key.state not in ("active", "next")] == []


def test_a_key_that_declares_another_algorithm_is_refused(ring: Store) -> None:
    init(ring.signing_keys, "ES384", at_ms=AT)
    with pytest.raises(KeyUnusable):
        take_in(ring.signing_keys, called("a"), alg="ES384", at_ms=AT)


def test_the_development_key_keeps_its_name_and_is_never_published(ring: Store) -> None:
    key = called("dev")
    taken = take_in_development_key(ring.signing_keys, key, at_ms=AT)
    assert taken is not None
    assert (taken.purpose, taken.name, taken.published) == (DEVELOPMENT, "dev", False)
    assert (
        tokens.verify(tokens.mint({}, key=key), key=verifying_keys(ring.signing_keys)).header["kid"]
        == "dev"
    )
    assert b'"dev"' not in jwks(ring.signing_keys)[0]
    assert take_in_development_key(ring.signing_keys, key, at_ms=AT) is None
    assert take_in_development_key(ring.signing_keys, called("dev2"), at_ms=AT) is not None
    assert [(one.purpose, one.alg) for one in ring.signing_keys.rings()] == [
        (DEVELOPMENT, "ES256"),
        (TOKENS, "ES256"),
    ]


#: RSA of 1024 bits, made for this test.
WEAK = b"""-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDJCyLpFQUXRheJf6QTfOLe1xdM
MUFgbc/Iq+33k1kph7PoZqvz+g4hvFwHVKWIdlvZ+BhQUtu8HXmJ1+ROXYWAEUvO
6J9MGOdV15+YQa+i6xCoIQpEp+UPPo4+nJ4/mXfqTvXA5r1o/DRt8CR8OcMsHgWh
Rii08GY59Z+qF3W9IQIDAQAB
-----END PUBLIC KEY-----
"""
