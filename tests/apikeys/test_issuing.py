"""New keys: whole, recorded, never twice the same; their text is only in what is returned."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle

import pytest

from authcli import apikeys
from authcli.apikeys import issuing, text
from authcli.apikeys.drafts import Draft, check_draft, check_label, check_metadata, check_name
from authcli.apikeys.model import Filters, Rate
from authcli.apikeys.text import ID_EPOCH_MS, RANDOM_BITS, build, display_id, new_id, new_secret
from authcli.clock import now_ms
from authcli.errors import AuthError, InvalidInput, InvalidTime, Unavailable
from authcli.store.store import Store
from tests.apikeys.processes import at_once

DAY_MS = 86_400_000


def test_an_issued_key_verifies_and_says_what_it_was_issued_for(store: Store) -> None:
    issued = apikeys.issue(
        store.api_keys,
        "billing",
        scopes=["read:*", "write:invoices"],
        owner="Zoë & 株式会社",
        prefix="acme_test",
        metadata={"team": ["a", 1, None]},
        cidrs=["10.0.0.0/8", "2001:DB8::/32"],
        rate=Rate(100, 60_000),
        quota=7,
    )
    verdict = apikeys.verify(
        store.api_keys, issued.text, scopes=["read:invoices"], address="10.1.2.3"
    )
    assert verdict.name == "billing"
    key = store.api_keys.get(issued.key.id)
    assert key == issued.key._replace(quota_remaining=6)
    assert (key.owner, key.environment, key.cidrs, key.metadata, key.created_by) == (
        "Zoë & 株式会社",
        "test",
        ("10.0.0.0/8", "2001:db8::/32"),
        {"team": ["a", 1, None]},
        "tester",
    )
    assert key.hint == issued.text[-4:]
    assert key.expires_at == key.created_at + 90 * DAY_MS


def test_a_life_without_end_is_asked_for(store: Store) -> None:
    assert apikeys.issue(store.api_keys, "ci", life_ms=None).key.expires_at is None
    assert issuing.issue(store.api_keys, Draft("ci", expires_at_ms=None)).key.expires_at is None


def test_a_key_without_scopes_grants_none(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "nothing")
    apikeys.verify(store.api_keys, issued.text)
    with pytest.raises(AuthError, match="scope"):
        apikeys.verify(store.api_keys, issued.text, scopes=["read"])


def test_the_date_may_be_pretended_and_the_id_keeps_the_real_time(store: Store) -> None:
    before = now_ms()
    key = apikeys.issue(store.api_keys, "past", at_ms=1_000_000_000_000).key
    assert key.created_at == 1_000_000_000_000
    assert before <= (key.id >> RANDOM_BITS) + ID_EPOCH_MS <= now_ms()


def test_many_are_one_transaction_with_an_event_each(store: Store) -> None:
    issued = issuing.issue_many(store.api_keys, Draft("load", quota=3), count=1200)
    assert len({one.key.id for one in issued}) == len({one.text for one in issued}) == 1200
    events = list(store.audit.find(event="apikey.issued"))
    assert {event.target_id for event in events} == {display_id(one.key.id) for one in issued}
    assert len(events) == 1200
    assert store.api_keys.count(Filters(name="load"), at_ms=now_ms()) == 1200
    assert store.api_keys.remaining([issued[0].key.id, issued[-1].key.id]) == {
        issued[0].key.id: 3,
        issued[-1].key.id: 3,
    }


def test_a_failure_in_the_midst_issues_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(10))

    def failing(*_: object, **__: object) -> str:
        if next(calls) == 5:
            raise Unavailable("the disk is full")
        return build(prefix="ak_live", key_id=new_id(now_ms=now_ms()), secret=new_secret())

    monkeypatch.setattr(issuing, "build", failing)
    with pytest.raises(Unavailable):
        issuing.issue_many(store.api_keys, Draft("half"), count=10)
    assert store.api_keys.count(Filters(), at_ms=now_ms()) == 0
    assert list(store.audit.find(event="apikey.issued")) == []


def test_ids_that_meet_are_drawn_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all random bits one is left, and the clock stands still: still each id is its own."""
    bits = cycle([bytes(4), b"\xff" * 4])
    monkeypatch.setattr(text.os, "urandom", lambda _: next(bits))
    monkeypatch.setattr(issuing, "new_secret", lambda: bytes(32))
    monkeypatch.setattr(issuing, "now_ms", lambda: 1_900_000_000_000)
    first = issuing.issue_many(store.api_keys, Draft("same"), count=5)
    second = issuing.issue_many(store.api_keys, Draft("same"), count=5)
    assert len({one.key.id for one in first + second}) == 10


def test_eight_processes_issue_at_once_and_every_key_is_its_own(
    opener: Callable[[], Store], store: Store
) -> None:
    def act(mine: Store) -> list[str]:
        return [str(apikeys.issue(mine.api_keys, "race").text) for _ in range(50)]

    texts = [text for some in at_once(8, opener, act) for text in some]
    assert len(set(texts)) == 400
    verdicts = apikeys.verify_many(store.api_keys, texts)
    assert {getattr(verdict, "name", verdict) for verdict in verdicts} == {"race"}
    assert store.audit.verify().events >= 400


def test_the_text_of_a_key_is_in_no_repr_and_in_no_file(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "quiet", metadata={"a": "b"})
    secret = issued.text[-49:-6]
    assert secret not in repr(issued) + repr([issued.text]) + f"{issued!r}"
    assert secret in f"{issued.text}"
    events = list(store.audit.find())
    assert secret not in repr(events)
    if store.path is not None:
        files = [path for path in store.path.parent.rglob("*") if path.is_file()]
        assert files
        assert [path for path in files if secret.encode() in path.read_bytes()] == []


def test_the_audit_knows_a_key_by_its_text(store: Store) -> None:
    issued = apikeys.issue(store.api_keys, "found")
    apikeys.issue(store.api_keys, "other")
    [event] = store.audit.find(secret=issued.text)
    assert (event.event, event.target_id) == ("apikey.issued", display_id(issued.key.id))


def test_a_thousand_keys_cost_little(store: Store) -> None:
    """60 ms on a quiet machine; the bound allows for a busy one, and not for a commit a key."""
    issuing.issue_many(store.api_keys, Draft("warm"), count=1)
    started = time.process_time()
    issuing.issue_many(store.api_keys, Draft("fast"), count=1000)
    assert time.process_time() - started < 0.6


@pytest.mark.parametrize("count", [0, -1, 10_000_000])
def test_a_count_has_bounds(store: Store, count: int) -> None:
    with pytest.raises(InvalidInput):
        issuing.issue_many(store.api_keys, Draft("x"), count=count)


KEY = build(prefix="ak_live", key_id=12345, secret=bytes(range(32)))
SHORT_KEY = build(prefix="ak", key_id=12345, secret=bytes(range(32)))


@pytest.mark.parametrize(
    "name",
    [
        *("", "  ", " x", "x ", "a\nb", "a\x00b", "\x1b[31m", "a\u2028b", "a\ud800b", "n" * 201),
        *("ak_0Bq3v9XkT1a", KEY, f"my {KEY}!", f"'{KEY}'", f"KEY_{KEY}", f"{KEY}_old", f"x{KEY}"),
    ],
)
def test_names_that_cannot_be_kept_are_refused_without_repeating_keys(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_name(name)
    assert KEY not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize("name", ["ci", "n" * 200, "ak_service", "株式会社", "a b", "👩‍💻", "-x"])
def test_names_may_be_any_printable_text(name: str) -> None:
    assert check_name(name) == name


def test_what_a_message_says_of_a_label_is_what_it_is() -> None:
    with pytest.raises(InvalidInput, match="the owner is empty"):
        check_label("", what="owner")


LOOP: list[object] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": float("nan")},
        {"a": object()},
        {"a": b"x"},
        {"a": "x" * 5000},
        {"a\n": 1},
        {"": 1},
        {"a": [[[[[[[[[1]]]]]]]]]},
        {"a": LOOP},
        {"leak": KEY},
        {"deep": {"er": [f"Bearer {KEY}", f"API_KEY_{KEY}"]}},
        {"line": f"export_KEY_{KEY}"},
        {KEY: 1},
    ],
)
def test_metadata_is_bounded_json_without_keys(metadata: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_metadata(metadata)
    assert KEY not in caught.value.message


def test_metadata_is_kept_as_json_reads_it() -> None:
    assert check_metadata({"a": (1, 2), "ü": {"b": None}}) == {"a": [1, 2], "ü": {"b": None}}


@pytest.mark.parametrize(
    "draft",
    [
        Draft("x", prefix="AK"),
        Draft("x", scopes=("a b",)),
        Draft("x", cidrs=("10.0.0.1/8",)),
        Draft("x", owner="\x07"),
        Draft("x", environment="a b"),
        Draft("x", environment=""),
        Draft("x", rate=Rate(0, 1000)),
        Draft("x", quota=0),
        Draft("x", quota=1 << 63),
        Draft("x", expires_at_ms=999),
        Draft("x", expires_at_ms=1000),
        Draft("x", expires_at_ms=5000, not_before_ms=5000),
        Draft("x", expires_at_ms=10**18),
        Draft("x", not_before_ms=10**18),
    ],
)
def test_a_draft_that_no_key_can_be_is_refused(draft: Draft) -> None:
    with pytest.raises(InvalidInput):
        check_draft(draft, at_ms=1000)


@pytest.mark.parametrize("environment", [SHORT_KEY, KEY, f"KEY_{KEY}"])
def test_an_environment_that_is_a_key_is_refused_and_not_repeated(environment: str) -> None:
    """A key with a short prefix is no longer than an environment may be."""
    with pytest.raises(InvalidInput) as caught:
        check_draft(Draft("x", environment=environment), at_ms=1000)
    assert environment[:40] not in f"{caught.value.message}{caught.value.hint}"


def test_a_life_that_is_over_says_how_to_end_one() -> None:
    with pytest.raises(InvalidTime) as caught:
        check_draft(Draft("x", expires_at_ms=1), at_ms=1000)
    assert "revoke" in str(caught.value.hint)


def test_one_text_is_one_scope_and_not_its_letters(store: Store) -> None:
    key = apikeys.issue(store.api_keys, "x", scopes="read", cidrs="10.0.0.0/8").key
    assert (key.scopes, key.cidrs) == (("read",), ("10.0.0.0/8",))
