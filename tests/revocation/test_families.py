"""Families of refresh tokens, on both engines: each is used once, and a thief ends them all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authcli.errors import AuthError, Expired, InvalidInput, NotFound, Rejected, Revoked
from authcli.revocation.access_tokens import access_claims, access_header
from authcli.revocation.deny_list import checker
from authcli.revocation.families import MAX_GRACE_MS, Refreshed, begin, end, end_all, refresh
from authcli.store import Store
from authcli.store.upkeep.rekeying import rekey_pepper
from tests.apikeys.processes import at_once
from tests.conftest import Opener

NOW = 1_900_000_000_000
SECOND, HOUR, DAY = 1000, 3_600_000, 86_400_000
ISSUER = "https://login.example"
CLAIMS = {"iss": ISSUER, "sub": "alice", "aud": ["a", "b"], "scope": "r  w", "team": {"id": 7}}


def begun(store: Store, *, at_ms: int = NOW, **claims: object) -> Refreshed:
    return begin(store.tokens, {**CLAIMS, **claims}, access_ms=HOUR, at_ms=at_ms)


def refreshed(store: Store, before: Refreshed, *, at_ms: int, **options: int) -> Refreshed:
    return refresh(store.tokens, before.text.reveal_text(), at_ms=at_ms, **options)


def refusal(store: Store, before: Refreshed, *, at_ms: int) -> str:
    with pytest.raises(AuthError) as error:
        refreshed(store, before, at_ms=at_ms)
    return error.value.code


def test_an_access_token_says_the_same_from_the_first_to_the_last(store: Store) -> None:
    header = {"typ": "at+jwt", "x": 1}
    first = begin(store.tokens, CLAIMS, header=header, access_ms=HOUR, at_ms=NOW)
    after = refreshed(store, first, at_ms=NOW + HOUR)
    wanted = {**CLAIMS, "scope": "r w", "family": first.family.id}
    assert access_claims(first.family) == access_claims(after.family) == wanted
    assert access_header(first.family) == access_header(after.family) == header
    assert after.family.id == first.family.id
    assert after.family.access_ms == HOUR


def test_one_audience_stays_a_text(store: Store) -> None:
    assert access_claims(begun(store, aud="api").family)["aud"] == "api"
    least = begin(store.tokens, {}, access_ms=HOUR, at_ms=NOW).family
    assert access_claims(least) == {"family": least.id}


@pytest.mark.parametrize(
    "claims",
    [
        *({name: 1} for name in ("iat", "nbf", "jti", "family")),
        {"aud": "two words"},
        {"aud": ["a", ""]},
        {"scope": ["r"]},
    ],
)
def test_claims_that_would_be_lost_are_refused(store: Store, claims: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as error:
        begun(store, **claims)
    assert error.value.code == "refresh.claims"


@pytest.mark.parametrize(
    "lives",
    [
        {"access_ms": 0},
        {"access_ms": 2 * HOUR, "idle_ms": HOUR},
        {"access_ms": HOUR, "idle_ms": 2 * DAY, "absolute_ms": DAY},
    ],
)
def test_lives_that_cannot_be_are_refused(store: Store, lives: dict[str, int]) -> None:
    with pytest.raises(InvalidInput) as error:
        begin(store.tokens, CLAIMS, **lives)
    assert error.value.code == "refresh.life"


def test_a_refresh_token_is_used_once(store: Store) -> None:
    """Later than the grace somebody else holds it: the whole family ends, for both of them."""
    first = begun(store)
    second = refreshed(store, first, at_ms=NOW + SECOND)
    assert (second.repeated, second.text.reveal_text() != first.text.reveal_text()) == (False, True)
    assert refusal(store, first, at_ms=NOW + 40 * SECOND) == "refresh.reused"
    assert refusal(store, second, at_ms=NOW + 41 * SECOND) == "refresh.revoked"
    assert refusal(store, first, at_ms=NOW + 42 * SECOND) == "refresh.revoked"
    family = store.tokens.family(first.family.id)
    assert family is not None
    assert family.revoked_at == NOW + 40 * SECOND


def test_the_access_tokens_of_a_family_that_ended_are_denied(store: Store) -> None:
    first = begun(store)
    claims = access_claims(first.family)
    assert checker(store.tokens, at_ms=NOW)(claims, None) is None
    refreshed(store, first, at_ms=NOW)
    refusal(store, first, at_ms=NOW + DAY)
    denied = checker(store.tokens, at_ms=NOW + DAY)(claims, None)
    assert denied is not None
    assert "presented a second time" in denied.detail


def test_a_lost_answer_is_given_again_inside_the_grace(store: Store) -> None:
    first = begun(store)
    second = refreshed(store, first, at_ms=NOW)
    again = refreshed(store, first, at_ms=NOW + 30 * SECOND)
    assert again.repeated
    assert again.text.reveal_text() == second.text.reveal_text()
    assert again.expires_at == second.expires_at
    assert refusal(store, first, at_ms=NOW + 30 * SECOND + 1) == "refresh.reused"


def test_inside_the_grace_too_a_used_successor_means_two_holders(store: Store) -> None:
    first = begun(store)
    second = refreshed(store, first, at_ms=NOW)
    refreshed(store, second, at_ms=NOW + SECOND)
    assert refusal(store, first, at_ms=NOW + 2 * SECOND) == "refresh.reused"


@pytest.mark.parametrize("grace", [-1, MAX_GRACE_MS + 1])
def test_a_grace_without_bounds_is_refused_and_nothing_is_used(store: Store, grace: int) -> None:
    first = begun(store)
    with pytest.raises(InvalidInput):
        refreshed(store, first, at_ms=NOW, grace_ms=grace)
    assert not refreshed(store, first, at_ms=NOW).repeated


def test_a_token_that_is_not_used_dies_and_the_family_at_its_end(store: Store) -> None:
    lives = {"access_ms": HOUR, "idle_ms": DAY, "absolute_ms": 2 * DAY}
    first = begin(store.tokens, CLAIMS, **lives, at_ms=NOW)
    assert first.expires_at == NOW + DAY
    assert refusal(store, first, at_ms=NOW + DAY) == "refresh.idle"
    second = refreshed(store, first, at_ms=NOW + DAY - 1)
    third = refreshed(store, second, at_ms=NOW + 2 * DAY - 2)
    assert third.expires_at == NOW + 2 * DAY
    assert refusal(store, third, at_ms=NOW + 2 * DAY) == "refresh.expired"
    with pytest.raises(Expired):
        refreshed(store, third, at_ms=NOW + 3 * DAY)


def test_what_is_no_refresh_token_of_ours_is_rejected(store: Store, opener: Opener) -> None:
    text = begun(store).text.reveal_text()
    swapped = "rt_" + text[4:6] + text[3:4] + text[6:]
    for wrong, code in (
        ("", "refresh.malformed"),
        (text[:-1], "refresh.malformed"),
        (swapped, "refresh.malformed"),
        (f"{text}\n", "refresh.malformed"),
        (text.replace("rt_", "ak_"), "refresh.malformed"),
        ("rt_" + "é" * 60, "refresh.malformed"),
    ):
        with pytest.raises(Rejected) as error:
            refresh(store.tokens, wrong)
        assert error.value.code == code
        assert text[4:20] not in f"{error.value} {error.value.hint}"
    from authcli.revocation.refresh_text import new_text

    with pytest.raises(Rejected) as error:
        refresh(store.tokens, new_text())
    assert error.value.code == "refresh.unknown"


def test_a_family_ends_once_and_keeps_its_first_reason(store: Store) -> None:
    first = begun(store)
    assert end(store.tokens, first.family.id, reason="left", at_ms=NOW).revoked_reason == "left"
    again = end(store.tokens, first.family.id, reason="other", at_ms=NOW + 1)
    assert (again.revoked_at, again.revoked_reason) == (NOW, "left")
    assert refusal(store, first, at_ms=NOW) == "refresh.revoked"
    with pytest.raises(NotFound) as error:
        end(store.tokens, "tf_none", reason="x")
    assert error.value.code == "family.not-found"


def test_all_families_of_a_subject_end_and_no_others(store: Store) -> None:
    alice = [begun(store).family.id for _ in range(2)]
    bob, foreign = begun(store, sub="bob"), begun(store, iss="https://other.example")
    ended = end_all(store.tokens, "alice", issuer=ISSUER, reason="left", at_ms=NOW)
    assert sorted(family.id for family in ended) == sorted(alice)
    assert end_all(store.tokens, "alice", issuer=ISSUER, reason="left", at_ms=NOW) == ()
    assert not refreshed(store, bob, at_ms=NOW).repeated
    assert not refreshed(store, foreign, at_ms=NOW).repeated


def test_a_pepper_that_changes_between_ends_no_family(store: Store) -> None:
    first, waiting = begun(store), begun(store)
    second = refreshed(store, first, at_ms=NOW)
    rekey_pepper(store, at_ms=NOW)
    again = refreshed(store, first, at_ms=NOW + SECOND)
    assert again.text.reveal_text() == second.text.reveal_text()
    assert not refreshed(store, second, at_ms=NOW + SECOND).repeated
    assert not refreshed(store, waiting, at_ms=NOW + SECOND).repeated
    assert refusal(store, first, at_ms=NOW + HOUR) == "refresh.reused"


def test_neither_token_is_in_the_store_nor_in_the_audit(store: Store) -> None:
    first = begun(store)
    second = refreshed(store, first, at_ms=NOW)
    held = str([*store.database.rows("SELECT * FROM refresh_tokens")])
    held += str([*store.database.rows("SELECT * FROM token_families")]) + str(
        [*store.database.rows("SELECT * FROM audit_events")]
    )
    for text in (first.text.reveal_text(), second.text.reveal_text()):
        assert text[14:57] not in held
        assert text not in repr((first, second))


def test_a_leaked_refresh_token_is_found_in_the_audit(store: Store) -> None:
    """By its digest: `audit find --secret` says whose it was, first or last."""
    first = begun(store)
    second = refreshed(store, first, at_ms=NOW)
    for text, told in ((first.text, "family.begun"), (second.text, "family.refreshed")):
        found = list(store.audit.find(secret=text.reveal_text()))
        assert [event.event for event in found] == [told]


def test_of_forty_that_refresh_at_once_one_wins(store: Store, opener: Opener) -> None:
    """Inside the grace all the others are given what the winner got; nobody gets another."""
    text = begun(store).text.reveal_text()

    def race(own: Store) -> tuple[bool, str]:
        done = refresh(own.tokens, text, at_ms=NOW)
        return done.repeated, done.text.reveal_text()

    results = at_once(40, opener, race)
    assert [result for result in results if not isinstance(result, tuple)] == []
    assert [repeated for repeated, _ in results].count(False) == 1
    assert len({successor for _, successor in results}) == 1
    count = store.database.row("SELECT count(*) FROM refresh_tokens")
    assert count is not None
    assert count[0] == 2
    assert store.audit.verify().valid


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=12))
def test_at_any_time_one_token_at_most_can_be_exchanged(
    memory_store: Store, moves: list[tuple[int, int]]
) -> None:
    """Whoever presents which token when: a family never has two successors of one token."""
    first = begun(memory_store)
    held, at, alive = [first], NOW, True
    for index, pause in moves:
        at += pause * SECOND
        text = held[min(index, len(held) - 1)].text.reveal_text()
        try:
            done = refresh(memory_store.tokens, text, at_ms=at)
        except Revoked:
            alive = False
            continue
        assert alive, "a family that ended gave a token"
        known = [one.text.reveal_text() for one in held]
        if done.repeated:
            assert done.text.reveal_text() == known[-1]
        else:
            assert text == known[-1]
            held.append(done)


@pytest.fixture(scope="module")
def memory_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all the examples of a property."""
    from authcli.store import open_store

    path = tmp_path_factory.mktemp("families") / "auth.db"
    with open_store(f"sqlite:{path}", create=True) as found:
        yield found
