"""Rotation: what is due is done, and nothing else; by hand, too, a key takes only allowed steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from authcli.errors import AuthError, Conflict, InvalidInput, NotFound
from authcli.signing.choosing import signer
from authcli.signing.making import draw
from authcli.signing.model import Times
from authcli.signing.publication import publish
from authcli.signing.rotation import activate, begin, init, retire, rotate, update
from authcli.store import Store
from tests.store.lives import DAY, HOUR, QUICK, key_of
from tests.store.lives import publish as seen
from tests.store.upkeep import state_of

T = 1_800_000_000_000
READY = HOUR + 60_000


@pytest.fixture
def store(store: Store) -> Store:
    init(store.signing_keys, "EdDSA", issuer="https://login.example", times=QUICK, at_ms=T)
    return store


def states(store: Store) -> list[str]:
    return sorted(key.state for key in store.signing_keys.find())


# init and update.


def test_init_makes_one_that_signs_and_one_that_stands_by(store: Store) -> None:
    assert states(store) == ["active", "next"]
    [ring] = store.signing_keys.rings()
    assert (ring.issuer, ring.times, ring.created_at) == ("https://login.example", QUICK, T)
    assert signer(store.signing_keys).row == key_of(store, "active")
    events = [event.event for event in store.audit.find(event="signing-key.added")]
    assert len(events) == 2


@pytest.mark.parametrize("alg", ["HS256", "none", "", "ES256 ", "x" * 500])
def test_what_cannot_be_published_is_refused(store: Store, alg: str) -> None:
    before = state_of(store)
    with pytest.raises(InvalidInput) as error:
        init(store.signing_keys, alg)
    assert error.value.code == "jwks.algorithm"
    assert len(error.value.message) < 200
    assert state_of(store) == before


def test_a_second_init_changes_nothing(store: Store) -> None:
    before = state_of(store)
    with pytest.raises(Conflict) as error:
        init(store.signing_keys, "eddsa", times=Times(1, 2, 3, 4))
    assert error.value.code == "jwks.exists"
    assert state_of(store) == before


def test_the_ring_that_was_made_first_signs_where_none_is_named(store: Store) -> None:
    init(store.signing_keys, "ES256", at_ms=T + 1)
    assert signer(store.signing_keys).row.alg == "EdDSA"
    assert signer(store.signing_keys, alg="ES256").row.alg == "ES256"


def test_longer_times_reach_the_keys_that_sign_and_shorter_ones_do_not(store: Store) -> None:
    """Tokens and caches of the longer times may be out there."""
    update(store.signing_keys, "EdDSA", issuer=None, times=Times(DAY, 2 * HOUR, 2 * DAY, 120_000))
    for state in ("next", "active"):
        key = key_of(store, state)
        assert (key.cache_ms, key.max_token_ms, key.skew_ms) == (2 * HOUR, 2 * DAY, 120_000)
    update(store.signing_keys, "EdDSA", issuer=None, times=Times(DAY, 1, 1, 1))
    for state in ("next", "active"):
        key = key_of(store, state)
        assert (key.cache_ms, key.max_token_ms, key.skew_ms) == (2 * HOUR, 2 * DAY, 120_000)
    [ring] = store.signing_keys.rings()
    assert (ring.issuer, ring.times) == (None, Times(DAY, 1, 1, 1))
    with pytest.raises(NotFound):
        update(store.signing_keys, "ES256", issuer=None, times=QUICK)


# rotate.


def test_nothing_due_changes_nothing(store: Store) -> None:
    """Cron may call it every hour: no row and no event, for a month."""
    seen(store, at_ms=T)
    before = state_of(store)
    for at in (T, T + READY, T + 30 * DAY - 1):
        done = rotate(store.signing_keys, at_ms=at)
        assert (done.changed, done.done, done.published) == (False, (), None)
        assert [step.action for step in done.ahead] == ["retire", "activate", "remove"]
    assert state_of(store) == before


def test_a_rotation_takes_every_step_in_its_time(store: Store) -> None:
    seen(store, at_ms=T)
    old, following = key_of(store, "active").kid, key_of(store, "next").kid
    at = T + 30 * DAY + 5
    done = rotate(store.signing_keys, at_ms=at)
    assert [(step.action, step.key and step.key.kid) for step in done.done] == [
        ("retire", old),
        ("activate", following),
        ("make", None),
    ]
    assert key_of(store, "active").kid == following
    retiring = key_of(store, "retiring")
    assert (retiring.kid, retiring.retiring_at, retiring.can_sign) == (old, at, False)
    assert retiring.remove_at == at + DAY + 60_000
    assert key_of(store, "next").kid not in (old, following)
    assert not rotate(store.signing_keys, at_ms=at).changed
    gone = at + DAY + 60_000
    assert not rotate(store.signing_keys, at_ms=gone - 1).changed
    assert [step.action for step in rotate(store.signing_keys, at_ms=gone).done] == ["remove"]
    assert key_of(store, "retired").retired_at == gone
    assert store.audit.verify().valid


def test_a_dry_run_says_the_same_and_changes_nothing(store: Store) -> None:
    seen(store, at_ms=T)
    before = state_of(store)
    plan = rotate(store.signing_keys, dry_run=True, at_ms=T + 31 * DAY)
    assert [step.action for step in plan.done] == ["retire", "activate", "make"]
    assert state_of(store) == before


@pytest.mark.parametrize("start", [False, True])
@pytest.mark.parametrize("days", [0, 1, 31])
def test_a_plan_is_what_the_rotation_then_does(store: Store, days: int, start: bool) -> None:
    """Step by step, now and ahead; but for the kid of a key that is yet to be made."""
    init(store.signing_keys, "ES256", times=QUICK, at_ms=T + DAY)
    seen(store, at_ms=T)
    at = T + READY + days * DAY

    def told(dry_run: bool) -> object:
        found = rotate(store.signing_keys, start=start, dry_run=dry_run, at_ms=at)
        done, ahead = ([(s.at, s.action, s.ring.alg) for s in part] for part in found[:2])
        return done, ahead

    assert told(dry_run=True) == told(dry_run=False)


@pytest.mark.parametrize("issuer", ["", "https://a\x1b[31m", "a\nb", "x" * 1001, "\ud800"])
def test_an_issuer_that_no_token_should_name_is_refused(store: Store, issuer: str) -> None:
    before = state_of(store)
    with pytest.raises(InvalidInput, match="the issuer"):
        init(store.signing_keys, "ES256", issuer=issuer)
    with pytest.raises(InvalidInput, match="the issuer"):
        update(store.signing_keys, "EdDSA", issuer=issuer, times=QUICK)
    assert state_of(store) == before


def test_an_unpublished_ring_is_never_rotated(store: Store) -> None:
    for days in (31, 310):
        done = rotate(store.signing_keys, at_ms=T + days * DAY)
        assert not done.changed
        assert done.ahead[0].action == "publish"


def test_one_that_publishes_rotates_two_calls_later(store: Store, tmp_path: Path) -> None:
    """The call that publishes the next key cannot activate it: no cache holds it yet."""
    place, at = tmp_path / "jwks.json", T + 31 * DAY

    def call(at_ms: int) -> list[str]:
        done = rotate(
            store.signing_keys,
            publish=lambda: publish(store.signing_keys, place, at_ms=at_ms),
            at_ms=at_ms,
        )
        assert done.published is not None
        return [step.action for step in done.done]

    assert call(at) == []
    assert call(at + READY - 1) == []
    assert call(at + READY) == ["retire", "activate", "make"]


def test_a_publication_that_fails_undoes_the_rotation(store: Store, tmp_path: Path) -> None:
    """Or a key would sign whose successor nobody can see, and cron would say it went well."""
    seen(store, at_ms=T)
    before = state_of(store)
    missing = tmp_path / "file"
    missing.write_text("")
    with pytest.raises((OSError, AuthError)):
        rotate(
            store.signing_keys,
            publish=lambda: publish(store.signing_keys, missing / "jwks.json", at_ms=T),
            at_ms=T + 31 * DAY,
        )
    assert state_of(store) == before


def test_an_age_of_its_own_rotates_sooner_or_later(store: Store) -> None:
    seen(store, at_ms=T)
    signing = store.signing_keys
    assert not rotate(signing, if_older_than_ms=60 * DAY, at_ms=T + 40 * DAY).changed
    assert not rotate(signing, if_older_than_ms=2 * DAY, at_ms=T + DAY).changed
    assert rotate(signing, if_older_than_ms=DAY, at_ms=T + DAY).changed


def test_a_rotation_that_is_asked_for_comes_when_it_may(store: Store) -> None:
    signing = store.signing_keys
    seen(store, at_ms=T + DAY)
    [asked] = begin(signing, at_ms=T + DAY)
    assert asked.kid == key_of(store, "active").kid
    assert begin(signing, at_ms=T + DAY) == ()  # once is enough
    assert not rotate(signing, at_ms=T + DAY + READY - 1).changed
    assert rotate(signing, at_ms=T + DAY + READY).changed
    assert not rotate(signing, at_ms=T + DAY + 2 * READY).changed  # it asked of the one before


def test_one_ring_may_be_rotated_by_itself(store: Store) -> None:
    init(store.signing_keys, "ES256", times=QUICK, at_ms=T)
    seen(store, at_ms=T)
    at = T + 31 * DAY
    assert {step.ring.alg for step in rotate(store.signing_keys, alg="es256", at_ms=at).done} == {
        "ES256"
    }
    assert {step.ring.alg for step in rotate(store.signing_keys, at_ms=at).done} == {"EdDSA"}


@pytest.mark.parametrize("call", [rotate, begin])
def test_without_keys_there_is_nothing_to_rotate(store: Store, call: object) -> None:
    before = state_of(store)
    with pytest.raises(NotFound) as error:
        call(store.signing_keys, alg="RS256")  # type: ignore[operator]
    assert (error.value.code, error.value.hint) == ("jwks.none", "authcli jwks init RS256")
    assert state_of(store) == before


# By hand.


def test_an_activation_waits_for_verifiers_unless_it_is_forced(store: Store) -> None:
    signing, kid = store.signing_keys, key_of(store, "next").kid
    for at, words in ((T, "was not published yet"), (T + HOUR, "may not know the key")):
        before = state_of(store)
        with pytest.raises(Conflict) as error:
            activate(signing, kid, at_ms=at)
        assert error.value.code == "jwks.unpublished"
        assert words in error.value.message
        assert state_of(store) == before
        if at == T:
            seen(store, at_ms=T)
    assert activate(signing, kid, at_ms=T + READY).state == "active"
    new = key_of(store, "next").kid
    assert activate(signing, new, force=True, at_ms=T + READY).kid == new
    assert states(store) == ["active", "next", "retiring", "retiring"]


@pytest.mark.parametrize("state", ["active", "retiring"])
def test_only_a_next_key_can_be_activated(store: Store, state: str) -> None:
    activate(store.signing_keys, key_of(store, "next").kid, force=True, at_ms=T)
    before = state_of(store)
    with pytest.raises(Conflict) as error:
        activate(store.signing_keys, key_of(store, state).kid, force=True, at_ms=T)  # type: ignore[arg-type]
    assert error.value.code == "jwks.state"
    assert state_of(store) == before


def test_a_key_leaves_early_only_by_force(store: Store) -> None:
    signing = store.signing_keys
    activate(signing, key_of(store, "next").kid, force=True, at_ms=T)
    old = key_of(store, "retiring")
    with pytest.raises(Conflict) as error:
        retire(signing, old.kid, at_ms=T + 1)
    assert error.value.code == "jwks.live"
    assert retire(signing, old.kid, force=True, at_ms=T + 1).state == "retired"
    with pytest.raises(Conflict):
        retire(signing, old.kid, force=True, at_ms=T + 1)
    with pytest.raises(Conflict) as error:
        retire(signing, key_of(store, "active").kid, force=True, at_ms=T + 1)
    assert error.value.code == "jwks.state"


def test_a_next_key_that_is_retired_is_replaced(store: Store) -> None:
    """One always stands by."""
    unwanted = key_of(store, "next")
    gone = retire(store.signing_keys, unwanted.kid, at_ms=T)
    assert (gone.state, gone.can_sign) == ("retired", False)
    assert key_of(store, "next").kid != unwanted.kid
    assert states(store) == ["active", "next", "retired"]


@pytest.mark.parametrize("call", [activate, retire])
def test_a_kid_that_nobody_has_is_not_found(store: Store, call: object) -> None:
    with pytest.raises(NotFound) as error:
        call(store.signing_keys, "no\x1b[31mbody" * 50)  # type: ignore[operator]
    assert error.value.code == "jwks.not-found"
    assert "\x1b" not in error.value.message
    assert len(error.value.message) < 200


def test_no_kid_begins_with_a_dash() -> None:
    """A command would take it for an option; 63 of 64 thumbprints do not."""
    assert not [key.kid for _ in range(300) if str((key := draw("EdDSA")).kid).startswith("-")]
