"""A compromised key: gone from the JWKS, its tokens denied, and another signs in its place."""

from __future__ import annotations

import json

import pytest

from authcli import keys, tokens
from authcli.clock import now_ms
from authcli.errors import Conflict, NotFound
from authcli.revocation.deny_list import checker
from authcli.revocation.revoking import revoke
from authcli.roots import FileSource, new_root_key
from authcli.signing.choosing import signer, verifying_keys
from authcli.signing.compromise import compromise
from authcli.signing.model import SigningKey, State
from authcli.signing.publication import jwks
from authcli.signing.rotation import activate, init, rotate
from authcli.signing.taking_in import take_in, take_in_development_key
from authcli.store import Store
from tests.store.lives import DAY, HOUR, QUICK, denying, key_of
from tests.store.lives import publish as seen
from tests.store.upkeep import state_of

T = 1_800_000_000_000


@pytest.fixture
def store(store: Store) -> Store:
    """A ring with a key of each state that may be stolen."""
    init(store.signing_keys, "EdDSA", times=QUICK, at_ms=T)
    seen(store, at_ms=T)
    activate(store.signing_keys, key_of(store, "next").kid, at_ms=T + DAY)
    seen(store, at_ms=T + DAY)
    return store


def dropped(store: Store, kid: str, *, at_ms: int = T + 2 * DAY) -> SigningKey | None:
    return compromise(store.signing_keys, kid, reason="stolen", deny=denying(store), at_ms=at_ms)


def test_the_next_key_signs_at_once(store: Store) -> None:
    """It stands by for that, and every verifier has it."""
    bad, following = key_of(store, "active"), key_of(store, "next")
    now = dropped(store, bad.kid)
    assert now is not None
    assert (now.kid, now.state) == (following.kid, "active")
    assert signer(store.signing_keys).row.kid == following.kid
    gone = key_of(store, "compromised")
    assert (gone.kid, gone.compromised_at, gone.reason) == (bad.kid, T + 2 * DAY, "stolen")
    assert not gone.can_sign
    assert key_of(store, "next").kid not in (bad.kid, following.kid)
    [event] = store.audit.find(event="signing-key.compromised")
    assert event.target_id == bad.kid
    assert json.loads(event.detail) == {"state": "active", "reason": "stolen"}
    assert store.audit.verify().valid


@pytest.mark.parametrize("state", ["next", "active", "retiring"])
def test_it_is_gone_from_the_jwks_and_its_tokens_are_denied(store: Store, state: State) -> None:
    bad = key_of(store, state)
    dropped(store, bad.kid)
    text, kids = jwks(store.signing_keys)
    assert bad.kid not in kids
    assert bad.kid not in text.decode()
    assert bad.kid not in {key.kid for key in verifying_keys(store.signing_keys).keys}
    check = checker(store.tokens)
    denial = check({"sub": "alice"}, bad.kid)
    assert denial is not None
    assert "key that signed it" in denial.detail
    others = [key.kid for key in store.signing_keys.find() if key.kid != bad.kid]
    assert [check({"sub": "alice"}, kid) for kid in others] == [None] * len(others)


def test_a_token_of_it_is_denied_though_a_cache_still_holds_the_key(store: Store) -> None:
    cached = keys.read_set(jwks(store.signing_keys)[0])
    bad = signer(store.signing_keys)
    claims = {"sub": "alice", "exp": (T + 3 * DAY) // 1000}
    token = tokens.mint(claims, key=bad.key, at=T / 1000)
    dropped(store, bad.row.kid)
    verified = tokens.verify(token, key=cached, at=T / 1000)
    kid = json.loads(json.dumps(dict(verified.header)))["kid"]
    assert checker(store.tokens)(verified.payload, kid) is not None


def test_another_key_than_the_active_one_leaves_that_signing(store: Store) -> None:
    active = key_of(store, "active").kid
    assert dropped(store, key_of(store, "retiring").kid) is None
    following = key_of(store, "next").kid
    now = dropped(store, following)
    assert now is None or now.kid != following
    assert key_of(store, "active").kid == active
    assert key_of(store, "next").kid != following


def test_both_can_be_stolen_at_once(store: Store) -> None:
    """Whoever had the store had them all: a new one signs, which no cache holds yet."""
    old = {key.kid for key in store.signing_keys.find()}
    for kid in [key.kid for key in store.signing_keys.find()]:
        dropped(store, kid)
    states = {key.state for key in store.signing_keys.find() if key.kid not in old}
    assert states == {"active", "next"}
    assert signer(store.signing_keys).row.kid not in old
    assert len(list(store.tokens.marks(kind="kid", at_ms=now_ms()))) == len(old)


def test_without_a_next_key_a_new_one_signs(store: Store) -> None:
    store.database.run("DELETE FROM signing_keys WHERE state = 'next'")
    now = dropped(store, key_of(store, "active").kid)
    assert now is not None
    assert now.state == "active"
    assert key_of(store, "next").kid != now.kid


def test_it_is_compromised_once_and_stays_it(store: Store) -> None:
    bad = key_of(store, "active").kid
    dropped(store, bad)
    before = state_of(store)
    with pytest.raises(Conflict) as error:
        dropped(store, bad)
    assert error.value.code == "jwks.state"
    with pytest.raises(Conflict):
        activate(store.signing_keys, bad, force=True)
    with pytest.raises(NotFound):
        dropped(store, "nobody")
    assert state_of(store) == before
    rotate(store.signing_keys, at_ms=T + 400 * DAY)
    assert key_of(store, "compromised").kid == bad


def test_it_is_never_taken_in_again(store: Store) -> None:
    """Who stole it could have it signed with otherwise."""
    bad = signer(store.signing_keys)
    dropped(store, bad.row.kid)
    for key in (bad.key, bad.key.public()):
        with pytest.raises(Conflict) as error:
            take_in(store.signing_keys, key, at_ms=T + 3 * DAY)
        assert error.value.code == "jwks.exists"


def test_the_denial_and_the_drop_are_one(store: Store) -> None:
    """Where its tokens cannot be denied the key is not dropped half."""
    before = state_of(store)

    def fail(key: SigningKey, until_ms: int) -> None:
        assert until_ms == T + 2 * DAY + DAY + 60_000
        raise RuntimeError(key.kid)

    with pytest.raises(RuntimeError):
        compromise(store.signing_keys, key_of(store, "active").kid, deny=fail, at_ms=T + 2 * DAY)
    assert state_of(store) == before


def test_the_development_key_is_dropped_and_nothing_signs_in_its_place(store: Store) -> None:
    key = keys.generate("ES256")
    taken = take_in_development_key(store.signing_keys, key, at_ms=T)
    assert taken is not None
    assert taken.kid in {one.kid for one in verifying_keys(store.signing_keys).keys}
    assert dropped(store, taken.kid) is None
    assert taken.kid not in {one.kid for one in verifying_keys(store.signing_keys).keys}
    assert [one for one in store.signing_keys.find() if one.alg == "ES256"] == [
        store.signing_keys.key(taken.kid)
    ]


def test_the_mark_lasts_as_long_as_its_last_token(store: Store) -> None:
    at = now_ms()

    def deny(key: SigningKey, until_ms: int) -> None:
        revoke(store.tokens, "kid", key.kid, longest_ms=until_ms - at, at_ms=at)

    compromise(store.signing_keys, key_of(store, "active").kid, deny=deny, at_ms=at)
    [mark] = store.tokens.marks(kind="kid", at_ms=at)
    assert mark.expires_at >= at + DAY + 60_000 + HOUR  # and what verifiers forgive clocks


@pytest.mark.parametrize("held", ["none", "another"])
def test_without_the_kek_a_stolen_key_is_dropped_all_the_same(store: Store, held: str) -> None:
    """What stands by takes its place; a new one follows with the rotation that has the KEK."""
    source = store.roots["kek"]
    assert isinstance(source, FileSource)
    kept = source.path.read_bytes()
    source.path.unlink()
    if held == "another":
        source.add(new_root_key())
    store.root_keys("kek").refresh()
    bad, following = key_of(store, "active"), key_of(store, "next")
    now = dropped(store, bad.kid)
    assert now is not None
    assert (now.kid, now.state) == (following.kid, "active")
    assert [key.kid for key in store.signing_keys.find() if key.state == "next"] == []
    assert dropped(store, now.kid) is None  # and nothing stands by
    source.path.write_bytes(kept)
    store.root_keys("kek").refresh()
    done = rotate(store.signing_keys, at_ms=T + 3 * DAY).done
    assert "make" in [step.action for step in done]
    assert store.audit.verify().valid


def test_a_ring_of_which_no_key_signs_is_not_to_be_made_again(store: Store) -> None:
    """Where nothing stood by and the KEK was lost: what mends it is a rotation."""
    store.database.run("UPDATE signing_keys SET state = 'retired' WHERE state = 'active'")
    for alg in (None, "EdDSA"):
        with pytest.raises(NotFound, match="no managed key signs") as error:
            signer(store.signing_keys, alg=alg)
        assert "jwks rotate" in (error.value.hint or "")
    with pytest.raises(NotFound, match="no managed signing keys of ES256"):
        signer(store.signing_keys, alg="ES256")


def test_the_mark_of_a_key_from_elsewhere_lasts_as_long_as_it_was_to_be_known(store: Store) -> None:
    """Its tokens were made under other rules: nobody said that they live for a day at most."""
    until = T + 400 * DAY
    taken = take_in(store.signing_keys, keys.generate("EdDSA").public(), remove_at_ms=until)
    seen_until = []
    compromise(store.signing_keys, taken.kid, deny=lambda _, end: seen_until.append(end), at_ms=T)
    assert seen_until == [until]
