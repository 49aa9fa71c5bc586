"""Which key a text means: an id, a unique beginning, or a name; never two, and never a guess."""

from __future__ import annotations

import pytest

from authcli import apikeys
from authcli.apikeys import issuing
from authcli.apikeys.model import ApiKey
from authcli.apikeys.names import named
from authcli.apikeys.text import build, display_id, new_secret
from authcli.errors import InvalidInput, NotFound
from authcli.store.store import Store

NOW = 1_900_000_000_000
DAY_MS = 86_400_000


def _issue(store: Store, name: str = "billing", **parts: object) -> ApiKey:
    return apikeys.issue(store.api_keys, name, at_ms=NOW, **parts).key  # type: ignore[arg-type]


def _resolve(store: Store, text: str, *, at_ms: int = NOW) -> ApiKey:
    return apikeys.resolve(store.api_keys, text, at_ms=at_ms)


def test_an_id_and_a_beginning_of_it_and_a_name_mean_the_key(store: Store) -> None:
    key = _issue(store)
    shown = display_id(key.id)
    for text in (shown, shown[:-1], shown[:6], shown[:4], "billing"):
        assert _resolve(store, text) == key


def test_a_beginning_that_two_ids_have_names_both(store: Store) -> None:
    first, second = _issue(store, "a"), _issue(store, "b")
    with pytest.raises(InvalidInput) as caught:
        _resolve(store, display_id(first.id)[:4])
    assert caught.value.code == "apikey.ambiguous"
    assert display_id(first.id) in str(caught.value.hint)
    assert display_id(second.id) in str(caught.value.hint)


def test_many_candidates_are_not_all_shown(store: Store) -> None:
    for _ in range(8):
        _issue(store)
    for text in ("billing", "ak_0"):
        with pytest.raises(InvalidInput) as caught:
            _resolve(store, text)
        assert str(caught.value.hint).count("ak_") == 5
        assert str(caught.value.hint).endswith(", and more")


NOBODY = (
    *("", " ", "nobody", "ak_", "ak_zzz", "ak_zzzzzzzzzzz", "ak_0Bq3v9XkT1a", "Billing"),
    *("a*", "[a]", "billin?", "%", "bil ling", "a\x00b", "\ud800", "x" * 5000),
)


def test_what_is_not_there_is_not_found(store: Store) -> None:
    """A name is no pattern."""
    _issue(store)
    for text in NOBODY:
        with pytest.raises(NotFound) as caught:
            _resolve(store, text)
        assert caught.value.code == "apikey.not-found"
        assert len(caught.value.message) < 200


def test_blanks_around_an_id_or_a_name_came_with_pasting_it(store: Store) -> None:
    key = _issue(store)
    for text in (f" {display_id(key.id)}", f"{display_id(key.id)}\r\n", "\tbilling "):
        assert _resolve(store, text) == key


def test_what_is_nearly_an_id_is_told_how_ids_are_written(store: Store) -> None:
    shown = display_id(_issue(store).id)
    for text, says in ((f"{shown}0", "12"), (shown.upper(), "small letters")):
        with pytest.raises(NotFound) as caught:
            _resolve(store, text)
        assert says in str(caught.value.hint)


@pytest.mark.parametrize("name", ["a", "ak", "ak_", "billing"])
def test_whether_a_text_is_a_name_or_an_id_is_not_guessed(store: Store, name: str) -> None:
    """Every displayed id begins with "a"; a name of that is a name all the same."""
    key = _issue(store, name)
    assert named(store.api_keys, name, at_ms=NOW) == (key, True)
    assert named(store.api_keys, display_id(key.id), at_ms=NOW) == (key, False)
    assert named(store.api_keys, display_id(key.id)[:-1], at_ms=NOW) == (key, False)


def test_a_name_that_begins_as_its_own_id_does_means_the_name(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who revokes it means its lineage too: to leave a key alive would be the worse mistake."""
    monkeypatch.setattr(issuing, "new_id", lambda *, now_ms: 62**8)
    key = _issue(store, "ak_001")
    assert display_id(key.id) == "ak_00100000000"
    assert named(store.api_keys, "ak_001", at_ms=NOW) == (key, True)


def test_a_name_is_taken_as_it_is(store: Store) -> None:
    names = ["a*b", "[x]", "what?", "100%", "it's", 'say "x"', "ак", "a_b", "axb", "x"]
    keys = {name: _issue(store, name) for name in names}
    assert {name: _resolve(store, name) for name in names} == keys


def test_a_name_that_begins_like_an_id_is_found_unless_it_is_one(store: Store) -> None:
    named = _issue(store, "ak_service")
    assert _resolve(store, "ak_service") == named
    other = _issue(store, display_id(named.id)[:8])
    with pytest.raises(InvalidInput) as caught:
        _resolve(store, other.name)
    assert caught.value.code == "apikey.ambiguous"
    assert _resolve(store, display_id(other.id)) == other


def test_a_name_goes_on_meaning_the_newest_through_rotations(store: Store) -> None:
    old = _issue(store)
    new = apikeys.rotate(store.api_keys, old.id, at_ms=NOW).new
    assert new is not None
    assert _resolve(store, "billing") == new
    apikeys.revoke(store.api_keys, [new.id], at_ms=NOW)
    assert _resolve(store, "billing").id == old.id


def test_two_living_lineages_of_a_name_are_not_guessed_between(store: Store) -> None:
    first, second = _issue(store), _issue(store)
    with pytest.raises(InvalidInput) as caught:
        _resolve(store, "billing")
    assert "(live)" in str(caught.value.hint)
    apikeys.disable(store.api_keys, [first.id], at_ms=NOW)
    with pytest.raises(InvalidInput):
        _resolve(store, "billing")  # what is disabled can be enabled, by name
    apikeys.revoke(store.api_keys, [first.id], at_ms=NOW)
    assert _resolve(store, "billing") == second


def test_a_dead_key_is_found_by_name_where_nothing_living_has_it(store: Store) -> None:
    key = _issue(store)
    apikeys.revoke(store.api_keys, [key.id], at_ms=NOW)
    assert _resolve(store, "billing").id == key.id
    other = _issue(store, life_ms=DAY_MS)
    assert _resolve(store, "billing").id == other.id
    with pytest.raises(InvalidInput) as caught:
        _resolve(store, "billing", at_ms=NOW + DAY_MS)
    assert "(revoked)" in str(caught.value.hint)
    assert "(expired)" in str(caught.value.hint)


def test_a_key_itself_is_refused_and_not_repeated(store: Store) -> None:
    key = _issue(store)
    text = build(prefix="ak_live", key_id=key.id, secret=new_secret())
    with pytest.raises(InvalidInput) as caught:
        _resolve(store, text)
    assert text[-49:] not in f"{caught.value.message} {caught.value.hint}"
