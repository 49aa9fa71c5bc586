"""What became of tokens, in a store: the contract, on both engines, and what damage looks like."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from authcli.clock import now_ms
from authcli.errors import Conflict, Revoked, Unavailable
from authcli.revocation import families
from authcli.revocation.deny_list import checker
from authcli.revocation.model import Family, Kind, Mark, RefreshToken, Target
from authcli.revocation.repository import DenyList, TokenRepository
from authcli.store import Store
from authcli.store.tokens import Tokens
from tests.store.lives import DAY, HOUR, family, issued
from tests.store.stores import opened as opened_by_url
from tests.store.stores import together
from tests.store.upkeep import opened, state_of

ISSUER = "https://login.example"


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


@pytest.fixture
def tokens(store: Store) -> Tokens:
    return store.tokens


def mark(value: str, kind: Kind = "jti", *, until: int = 100, **options: object) -> Mark:
    values: dict[str, object] = {"issuer": ISSUER, "revoked_at": 1, "expires_at": until, **options}
    return Mark(kind=kind, value=value, **values)  # type: ignore[arg-type]


def ids(*marks: Mark) -> list[Target]:
    return [each[:3] for each in marks]


def test_a_store_fills_the_repository(store: Store) -> None:
    filled: TokenRepository = store.tokens
    marks: DenyList = store.tokens
    assert filled is marks is store.tokens
    assert filled.actor == "tester"


# Deny marks.


def test_a_mark_is_found_by_its_number(tokens: Tokens) -> None:
    one = mark("1", reason="stolen \u202e", actor="alice")
    other = mark("1", "sub", issued_before=50)
    tokens.add([one, other])
    assert tokens.find(ids(one)) == [one]
    assert sorted(tokens.find(ids(one, other))) == sorted([one, other])
    assert tokens.find([]) == []
    assert tokens.find(ids(mark("2"))) == []
    assert tokens.find(ids(mark("1", issuer="https://other.example"))) == []


def test_more_are_found_than_a_token_has(tokens: Tokens) -> None:
    """A batch may ask for many."""
    marks = [mark(str(number)) for number in range(11)]
    tokens.add(marks)
    assert sorted(tokens.find(ids(*marks))) == sorted(marks)


def test_a_mark_again_keeps_the_later_end_and_the_first_reason(tokens: Tokens) -> None:
    """Who revokes once more must not bring anything back."""
    tokens.add([mark("1", until=100, reason="first", actor="alice")])
    tokens.add([mark("1", until=50, reason="second", actor="bob", revoked_at=9)])
    [kept] = tokens.find(ids(mark("1")))
    assert kept == mark("1", until=100, reason="first", actor="alice")
    tokens.add([mark("1", until=200)])
    [kept] = tokens.find(ids(mark("1")))
    assert (kept.expires_at, kept.reason) == (200, "first")


def test_a_subject_that_is_denied_again_is_denied_for_longer(tokens: Tokens) -> None:
    for before, expected in ((50, 50), (80, 80), (60, 80)):
        tokens.add([mark("alice", "sub", issued_before=before)])
        assert tokens.find(ids(mark("alice", "sub")))[0].issued_before == expected


def test_marks_that_can_hit_are_listed_the_newest_first(tokens: Tokens) -> None:
    early, late = mark("1", revoked_at=1), mark("2", revoked_at=2)
    over = mark("3", until=10, revoked_at=3)
    subject = mark("4", "sub", revoked_at=4)
    tokens.add([early, over, late, subject])
    assert list(tokens.marks(at_ms=10)) == [subject, late, early]
    assert list(tokens.marks(at_ms=9))[1] == over
    assert list(tokens.marks(kind="jti", at_ms=10)) == [late, early]


def test_a_mark_under_the_number_of_another_is_damage(store: Store, tokens: Tokens) -> None:
    """It must not pass for a mark that was added."""
    tokens.add([mark("1")])
    store.database.run("UPDATE revocations SET value = 'other'")
    before = state_of(store)
    with pytest.raises(Unavailable) as error:
        tokens.add([mark("2"), mark("1")])
    assert error.value.code == "store.corrupt"
    with pytest.raises(Unavailable), store.change():
        tokens.add([mark("2"), mark("1")])
    assert [m.value for m in tokens.marks(at_ms=1)][:1] != ["1"]
    assert state_of(store)["meta"] == before["meta"]


def test_a_mark_that_cannot_be_read_lets_nothing_pass(tmp_path: Path) -> None:
    """It says that something was denied, and not what."""
    with opened(str(tmp_path / "a.db"), tmp_path) as store:
        at = now_ms()
        store.tokens.add([mark("1", until=at + HOUR)])
        store.database.run("UPDATE revocations SET expires_at = 'never'")
        with pytest.raises(Unavailable) as error:
            checker(store.tokens)({"jti": "1", "iss": ISSUER}, None)
        assert error.value.code == "store.corrupt"
        assert checker(store.tokens)({"jti": "2", "iss": ISSUER}, None) is None


# Issued tokens.


def test_an_issued_token_is_known_by_issuer_and_id(tokens: Tokens) -> None:
    one = issued("1", ends_at=100)
    tokens.register([one, issued("2", ends_at=200, sub=None)])
    assert tokens.registered(ISSUER, "1") == one
    assert tokens.registered("", "1") is tokens.registered(ISSUER, "3") is None


def test_an_id_is_taken_once_and_then_none_of_them_is(tokens: Tokens) -> None:
    tokens.register([issued("1", ends_at=100)])
    with pytest.raises(Conflict) as error:
        tokens.register([issued("2", ends_at=100), issued("1", ends_at=300)])
    assert error.value.code == "token.registered"
    assert tokens.registered(ISSUER, "2") is None
    tokens.register([issued("1", ends_at=1)._replace(issuer="https://other.example")])


def test_issued_tokens_are_listed_the_newest_first(tokens: Tokens) -> None:
    old, new = issued("1", ends_at=100), issued("2", ends_at=200)
    bob = issued("3", ends_at=150, sub="bob")._replace(aud=("c",), kid=None, scopes=())
    tokens.register([old, new, bob])
    assert list(tokens.issued()) == [new, bob, old]
    assert list(tokens.issued(sub="alice")) == [new, old]
    assert list(tokens.issued(aud="c")) == [bob]
    assert list(tokens.issued(aud="b", live_at_ms=100)) == [new]
    assert list(tokens.issued(live_at_ms=200)) == []


# Families and refresh tokens.


def rows_of(store: Store) -> tuple[Family, RefreshToken]:
    """Begin a family; return what is stored of it."""
    begun = family(store)
    row = store.database.row(
        "SELECT digest FROM refresh_tokens WHERE family_id = :id", id=begun.family.id
    )
    found = store.tokens.refresh_token(["unknown", str(row[0] if row else "")])
    assert found is not None
    return begun.family, found


def test_a_family_is_found_as_it_was_begun(store: Store, tokens: Tokens) -> None:
    begun, first = rows_of(store)
    assert tokens.family(begun.id) == begun
    assert (begun.aud, begun.scopes, begun.claims) == (("a", "b"), ("r", "w"), '{"team":"ops"}')
    assert (first.family_id, first.seq, first.used_at, first.pepper_id) == (begun.id, 0, None, 1)
    assert first.expires_at == begun.created_at + 14 * DAY
    assert tokens.family("tf_unknown") is tokens.refresh_token(["x"]) is None
    assert tokens.refresh_token([]) is None


def test_no_refresh_token_is_in_the_database(store: Store) -> None:
    begun = family(store)
    after = families.refresh(store.tokens, begun.text.reveal_text())
    everything = repr(
        [
            store.database.rows(f"SELECT * FROM {table}")
            for table in ("refresh_tokens", "audit_events")
        ]
    )
    for text in (begun.text, after.text):
        assert text.reveal_text() not in everything
        assert text.reveal_text()[14:-6] not in everything


def test_a_refresh_token_is_used_once(store: Store, tokens: Tokens) -> None:
    begun, first = rows_of(store)
    following = first._replace(digest="d1", seq=1)
    values = {"successor_sealed": "s", "grace_until": 9, "at_ms": 5}
    assert tokens.use_refresh_token(first.digest, successor=following, **values)  # type: ignore[arg-type]
    again = first._replace(digest="d2", seq=2)
    assert not tokens.use_refresh_token(first.digest, successor=again, **values)  # type: ignore[arg-type]
    assert not tokens.use_refresh_token("unknown", successor=again, **values)  # type: ignore[arg-type]
    assert tokens.refresh_token(["d2"]) is None
    used = first._replace(used_at=5, grace_until=9, successor_sealed="s")
    assert tokens.refresh_token([first.digest]) == used
    assert tokens.refresh_token(["d1"]) == following
    kept = tokens.family(begun.id)
    assert kept is not None
    assert kept.last_refreshed_at == 5


def test_a_family_is_revoked_once(store: Store, tokens: Tokens) -> None:
    begun, _ = rows_of(store)
    assert tokens.revoke_family(begun.id, reason="first", at_ms=5)
    assert not tokens.revoke_family(begun.id, reason="second", at_ms=6)
    assert not tokens.revoke_family("tf_unknown", reason="x", at_ms=6)
    kept = tokens.family(begun.id)
    assert kept is not None
    assert (kept.revoked_at, kept.revoked_reason) == (5, "first")


def test_families_that_live_are_listed_the_first_to_end_in_front(
    store: Store, tokens: Tokens
) -> None:
    long, short = family(store).family, family(store, absolute_ms=20 * DAY).family
    bob, gone = family(store, "bob", absolute_ms=30 * DAY).family, family(store).family
    tokens.revoke_family(gone.id, reason="x", at_ms=1)
    at = now_ms()
    assert list(tokens.families(at_ms=at)) == [short, bob, long]
    assert list(tokens.families(sub="alice", at_ms=at)) == [short, long]
    assert list(tokens.families(at_ms=at + 25 * DAY)) == [bob, long]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("token_families", "claims = x'00'"),
        ("token_families", "idle_ms = 'x'"),
        ("refresh_tokens", "expires_at = 'x'"),
        ("refresh_tokens", "pepper_id = 'x'"),
    ],
)
def test_a_damaged_row_is_damage(tmp_path: Path, table: str, change: str) -> None:
    with opened(str(tmp_path / "a.db"), tmp_path) as store:
        text = family(store).text.reveal_text()
        store.database.run(f"UPDATE {table} SET {change}")
        before = state_of(store)
        with pytest.raises(Unavailable) as error:
            families.refresh(store.tokens, text)
        assert error.value.code == "store.corrupt"
        assert state_of(store) == before


def test_a_damaged_record_of_a_token_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with opened(str(path), tmp_path) as store:
        store.tokens.register([issued("1", ends_at=100)])
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE issued_tokens SET aud = x'00'")
    with opened(str(path), tmp_path) as store, pytest.raises(Unavailable) as error:
        store.tokens.registered(ISSUER, "1")
    assert error.value.code == "store.corrupt"


# Several at once.


def _refresh(url: str, text: str, at_ms: int) -> str:
    with opened_by_url(url, wait_seconds=60) as store:
        try:
            done = families.refresh(store.tokens, text, grace_ms=0, at_ms=at_ms)
        except Revoked as error:
            return error.code
    return f"won {done.repeated}"


def test_of_eight_that_refresh_without_a_grace_one_wins(store_url: str) -> None:
    """The next one to come is a second holder, and ends the family for all."""
    with opened_by_url(store_url) as store:
        begun = family(store)
    # Later than the grace of a refresh at the same instant, which is over after it.
    asked = [
        (store_url, begun.text.reveal_text(), begun.family.created_at + number)
        for number in range(8)
    ]
    found = sorted(together(_refresh, asked))
    assert found.count("won False") == 1
    assert set(found) - {"won True"} == {"won False", "refresh.reused", "refresh.revoked"}
    with opened_by_url(store_url) as store:
        kept = store.tokens.family(begun.family.id)
        assert kept is not None
        assert kept.revoked_at is not None
        assert store.audit.verify().valid


def _add(url: str, number: int) -> None:
    with opened_by_url(url, wait_seconds=60) as store:
        for again in range(5):
            store.tokens.add([mark("same", until=100 + number * 10 + again)])


def test_of_several_that_deny_the_same_the_latest_end_counts(store_url: str) -> None:
    with opened_by_url(store_url):
        pass
    together(_add, [(store_url, number) for number in range(6)])
    with opened_by_url(store_url) as store:
        [kept] = store.tokens.find(ids(mark("same")))
        assert kept.expires_at == 154
