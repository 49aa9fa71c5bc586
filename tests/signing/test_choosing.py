"""Which managed key signs, which verify, and which one a text names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from authcli import keys
from authcli.errors import Conflict, InvalidInput, NotFound
from authcli.signing.choosing import (
    beginning,
    compromised_keys,
    named,
    signer,
    verifying_keys,
)
from authcli.signing.compromise import compromise
from authcli.signing.model import SigningKey
from authcli.signing.rotation import init
from authcli.signing.taking_in import take_in, take_in_development_key
from authcli.store import Store
from tests.store.lives import key_of, ring_of_every_state
from tests.store.stores import opened

T = 1_800_000_000_000


@pytest.fixture
def store(memory: Path) -> Iterator[Store]:
    """Keys of every state, in a store on SQLite: nothing here is an engine's affair."""
    with opened(f"{memory}/auth.db") as found:
        ring_of_every_state(found, at_ms=T)
        yield found


def row(kid: str, *, name: str | None = None) -> SigningKey:
    jwk = "{}" if name is None else f'{{"kid":"{name}"}}'
    return SigningKey(kid, "tokens", "EdDSA", "active", jwk, 1, 1, 1, 1, "tester")


def test_a_kid_a_name_or_a_unique_beginning_names_a_key() -> None:
    """A whole name before a beginning, and a kid before a name."""
    rows = [row("abcd"), row("abxy", name="login"), row("wxyz", name="ab"), row("q", name="abcd")]
    for text, kid in {"abcd": "abcd", "login": "abxy", "ab": "wxyz", "abx": "abxy"}.items():
        assert named(rows, text).kid == kid
    with pytest.raises(InvalidInput) as several:
        named(rows, "a")
    assert (several.value.code, several.value.hint) == ("jwks.ambiguous", "one of: abcd, abxy")
    for text in ("log", "abcde", "z"):
        with pytest.raises(NotFound) as none:
            named(rows, text)
        assert none.value.code == "jwks.not-found"


def test_an_empty_text_names_no_key() -> None:
    """Though every kid begins with it: not even the only one is meant."""
    with pytest.raises(NotFound):
        named([row("abcd")], "")


def test_keys_of_a_file_are_named_alike() -> None:
    one = keys.generate("EdDSA", kid="abcd")
    two, bare = replace(one, kid="abxy"), replace(one, kid=None)
    assert beginning([one, two, bare], "abc") == one
    assert beginning([one, replace(two, kid="abcde"), bare], "abcd") == one
    with pytest.raises(InvalidInput):
        beginning([one, two], "ab")
    with pytest.raises(NotFound):
        beginning([one, bare], "x")


def test_only_the_active_key_signs_whoever_is_named(store: Store) -> None:
    """Not one that stands by, is on the way out, was dropped, nor the development key."""
    active = key_of(store, "active").kid
    assert signer(store.signing_keys).row.kid == active
    for text in (active, active[:8]):
        found = signer(store.signing_keys, kid=text)
        assert (found.row.kid, found.key.private, found.ring.alg) == (active, True, "EdDSA")
    states = {key.state: key.kid for key in store.signing_keys.find()}
    assert len(states) == 5
    del states["active"]
    for kid in states.values():
        with pytest.raises(Conflict) as refused:
            signer(store.signing_keys, kid=kid)
        assert refused.value.code == "jwks.state"
    development = take_in_development_key(store.signing_keys, keys.generate("EdDSA"), at_ms=T)
    assert development is not None
    sql = "UPDATE signing_keys SET state = 'active' WHERE kid = :kid"
    store.database.run(sql, kid=development.kid)  # as somebody might who writes the database
    with pytest.raises(Conflict) as refused:
        signer(store.signing_keys, kid=development.kid)
    assert refused.value.code == "jwks.state"
    assert signer(store.signing_keys).row.kid == active


def test_of_several_rings_the_oldest_signs_and_one_that_cannot_says_so(store: Store) -> None:
    init(store.signing_keys, "ES256", at_ms=T - 1)
    assert signer(store.signing_keys).row.alg == "ES256"
    assert signer(store.signing_keys, alg="EdDSA").row.alg == "EdDSA"
    sql = "UPDATE signing_keys SET state = 'retired' WHERE state = 'active' AND alg = :alg"
    store.database.run(sql, alg="EdDSA")
    with pytest.raises(NotFound, match="no managed key signs 'EdDSA'"):
        signer(store.signing_keys, alg="EdDSA")
    assert signer(store.signing_keys).row.alg == "ES256"
    with pytest.raises(NotFound) as none:
        signer(store.signing_keys, alg="ES384")
    assert "no managed signing keys" in none.value.message


def test_a_dropped_key_is_known_by_the_name_that_its_tokens_bear(store: Store) -> None:
    """With its public half, so that a token of it is told from a forged one; no other key is."""
    first = key_of(store, "compromised")
    key = keys.generate("EdDSA", kid="old-name")
    taken = take_in(store.signing_keys, key.public(), at_ms=T)
    compromise(
        store.signing_keys, taken.kid, reason="leaked\x1b", deny=lambda *_: None, at_ms=T + 1000
    )
    found = compromised_keys(store.signing_keys)
    assert set(found) == {first.kid, "old-name"}
    half, words = found["old-name"]
    assert keys.thumbprint(half) == taken.kid
    assert not half.private
    assert words.endswith("is compromised since 2027-01-15T08:00:01Z: leaked\\x1b")
    assert found[first.kid][1].endswith("is compromised since 2027-01-15T08:00:00Z")
    assert {"old-name", first.kid}.isdisjoint(
        str(one.kid) for one in verifying_keys(store.signing_keys).keys
    )
