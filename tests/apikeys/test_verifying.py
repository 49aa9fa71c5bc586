"""Verdicts: in which order a key is checked, what a refusal tells whom, and what it costs."""

from __future__ import annotations

import hashlib
from binascii import crc32
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from authcli import apikeys
from authcli.apikeys.digests import import_lookup_drf, import_lookup_sha256
from authcli.apikeys.issuing import Draft, Issued, issue
from authcli.apikeys.model import Rate
from authcli.apikeys.ownership import known
from authcli.apikeys.text import MAX_ID, build, new_id, parse
from authcli.apikeys.upgrades import Upgrade, upgrade
from authcli.apikeys.uses import Uses
from authcli.apikeys.verifying import verify, verify_many
from authcli.clock import now_ms
from authcli.encoding import base62_encode
from authcli.errors import ApiKeyRefused, ApiKeyRejected, AuthError, InvalidInput, Unavailable
from authcli.roots import FileSource
from authcli.store import open_store
from authcli.store.store import Store
from authcli.store.upkeep.rekeying import finish_pepper, rekey_pepper
from tests.conftest import Opener

DAY_MS = 86_400_000
Verifier = Callable[..., Any]


def verify_of_many(keys: Any, text: str, **asked: Any) -> Any:
    """Verify one key among others, and raise what `verify` would."""
    others = ["no key", build(prefix="ak", key_id=5, secret=bytes(32))]
    found = verify_many(keys, [others[0], text, others[1]], **asked)
    assert [getattr(one, "code", None) for one in found[::2]] == [
        "apikey.malformed",
        "apikey.unknown",
    ]
    if isinstance(found[1], AuthError):
        raise found[1]
    return found[1]


@pytest.fixture(params=[verify, verify_of_many], ids=["one", "many"])
def verified(request: pytest.FixtureRequest) -> Verifier:
    """Verifies a key, alone or among many: the verdict is the same."""
    found: Verifier = request.param
    return found


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for what no engine has a part in."""
    with open_store(f"sqlite:{tmp_path}/auth.db", create=True) as opened:
        yield opened


def code_of(verified: Verifier, keys: Any, text: str, **asked: Any) -> str:
    with pytest.raises(ApiKeyRefused) as refused:
        verified(keys, text, **asked)
    return refused.value.code


def new(store: Store, **parts: Any) -> Issued:
    return issue(store.api_keys, Draft("ci", **parts))


def test_a_verdict_says_whose_key_it_is(store: Store, verified: Verifier) -> None:
    end = now_ms() + DAY_MS
    key = new(store, scopes=("a:*", "b"), owner="alice", prefix="ak_test", expires_at_ms=end)
    verdict = verified(store.api_keys, key.text, scopes=["a:b", "b"], address="10.0.0.1")
    assert verdict == (key.key.id, "ci", "alice", "test", ("a:*", "b"), end, None)


def test_an_unknown_id_and_a_wrong_secret_are_told_alike(store: Store, verified: Verifier) -> None:
    """Whether an id exists is not said, neither by code, message, hint nor whose key it is."""
    key = new(store)
    said = set()
    for key_id in (key.key.id, key.key.id - 1, key.key.id + 1, 0, MAX_ID):
        text = build(prefix="ak_live", key_id=key_id, secret=bytes(32))
        with pytest.raises(ApiKeyRefused) as refused:
            verified(store.api_keys, text)
        error = refused.value
        said.add((error.code, error.message, error.hint, error.key))
    assert said == {
        (
            "apikey.unknown",
            "the API key is not known",
            "it was deleted, belongs to another store, or never was one",
            None,
        )
    }


def test_a_store_without_keys_knows_none(store: Store, verified: Verifier) -> None:
    text = build(prefix="ak_live", key_id=new_id(now_ms=now_ms()), secret=bytes(32))
    assert code_of(verified, store.api_keys, text) == "apikey.unknown"


def test_another_prefix_around_the_same_secret_is_another_key(
    local: Store, verified: Verifier
) -> None:
    key = new(local)
    body = f"ak_test_{key.text[-60:-6]}"
    other = body + base62_encode(crc32(body.encode()), width=6)
    assert parse(other).id == key.key.id
    assert code_of(verified, local.api_keys, other) == "apikey.unknown"


def put(store: Store, key: Issued, **columns: object) -> None:
    with store.change():
        assert store.api_keys.put(key.key.id, columns, where_null=())


def test_of_several_reasons_the_first_in_order_is_told(store: Store, verified: Verifier) -> None:
    """Everything is wrong with this key; each thing that is mended brings out the next."""
    now = now_ms()
    key = new(store, cidrs=("10.0.0.0/8",), scopes=("read",), rate=Rate(1, DAY_MS), quota=1)
    put(
        store,
        key,
        revoked_at=now,
        disabled_at=now,
        not_before=now + DAY_MS,
        expires_at=now - 1,
        grace_until=now - 1,
    )
    asked: dict[str, Any] = {"address": "192.0.2.1", "scopes": ["write"]}

    def code() -> str:
        return code_of(verified, store.api_keys, key.text, **asked)

    assert code() == "apikey.revoked"
    for column, then in (
        ("revoked_at", "apikey.disabled"),
        ("disabled_at", "apikey.not-yet"),
        ("not_before", "apikey.expired"),
        ("expires_at", "apikey.superseded"),
        ("grace_until", "apikey.address"),
    ):
        put(store, key, **{column: None})
        assert code() == then
    asked["address"] = "::ffff:10.1.2.3"
    assert code() == "apikey.scope"
    asked["scopes"] = ["read"]
    assert verified(store.api_keys, key.text, **asked).remaining == 0
    assert code() == "apikey.rate"
    put(store, key, rate_limit=None)
    assert code() == "apikey.quota"


@pytest.mark.parametrize(
    ("columns", "offset_ms", "code"),
    [
        ({"expires_at": 1000}, 999, None),
        ({"expires_at": 1000}, 1000, "apikey.expired"),
        ({"not_before": 1000}, 999, "apikey.not-yet"),
        ({"not_before": 1000}, 1000, None),
        ({"grace_until": 1000}, 999, None),
        ({"grace_until": 1000}, 1000, "apikey.superseded"),
    ],
)
def test_a_life_ends_at_its_very_end(
    local: Store, columns: dict[str, int], offset_ms: int, code: str | None
) -> None:
    key, at = new(local), now_ms()
    put(local, key, **{name: at + value for name, value in columns.items()})
    if code is None:
        verify(local.api_keys, key.text, at_ms=at + offset_ms)
    else:
        assert code_of(verify, local.api_keys, key.text, at_ms=at + offset_ms) == code


def test_the_end_that_a_verdict_names_is_that_of_the_grace(
    local: Store, verified: Verifier
) -> None:
    at = now_ms()
    key = new(local, expires_at_ms=at + 9 * DAY_MS)
    put(local, key, quota=9)
    local.api_keys.set_quota(key.key.id, 9)
    assert verified(local.api_keys, key.text).expires_at_ms == at + 9 * DAY_MS
    put(local, key, grace_until=at + DAY_MS)
    assert verified(local.api_keys, key.text).expires_at_ms == at + DAY_MS
    put(local, key, expires_at=None)
    assert verified(local.api_keys, key.text).expires_at_ms == at + DAY_MS


def test_a_store_whose_pepper_is_gone_refuses_all_and_judges_none(local: Store) -> None:
    """What concerns every key is raised, by `verify_many` too: it is no verdict on one of them."""
    texts = [new(local).text for _ in range(3)]
    source = local.roots["pepper"]
    assert isinstance(source, FileSource)
    source.path.unlink()
    local.peppers.refresh()
    for ask in (
        lambda: verify(local.api_keys, texts[0]),
        lambda: verify_many(local.api_keys, texts),
        lambda: verify_many(local.api_keys, texts[:1]),
    ):
        with pytest.raises(Unavailable) as problem:
            ask()
        assert problem.value.code == "root.missing"


def test_a_bound_key_needs_an_address(local: Store, verified: Verifier) -> None:
    key = new(local, cidrs=("2001:db8::/32",))
    assert code_of(verified, local.api_keys, key.text) == "apikey.address"
    verified(local.api_keys, key.text, address="2001:db8::1")
    with pytest.raises(InvalidInput):
        verified(local.api_keys, key.text, address="nowhere")


def test_a_refusal_of_a_genuine_key_says_whose_it_is(local: Store, verified: Verifier) -> None:
    key = new(local, owner="alice")
    with pytest.raises(ApiKeyRefused) as refused:
        verified(local.api_keys, key.text, scopes=["write"])
    assert refused.value.key is not None
    assert (refused.value.key.id, refused.value.key.owner) == (key.key.id, "alice")


def test_a_rate_that_refuses_spends_no_quota(store: Store, verified: Verifier) -> None:
    key = new(store, rate=Rate(2, DAY_MS), quota=5)
    assert verified(store.api_keys, key.text).remaining == 4
    assert verified(store.api_keys, key.text).remaining == 3
    for _ in range(3):
        assert code_of(verified, store.api_keys, key.text) == "apikey.rate"
    assert store.api_keys.remaining([key.key.id]) == {key.key.id: 3}


def test_a_look_ahead_spends_nothing_and_says_what_would_happen(
    store: Store, verified: Verifier
) -> None:
    key = new(store, rate=Rate(2, DAY_MS), quota=2)
    uses = Uses()
    for _ in range(3):
        verdict = verified(store.api_keys, key.text, peek=True, uses=uses)
        assert verdict.remaining == 2
    assert len(uses) == 0
    verified(store.api_keys, key.text)
    verified(store.api_keys, key.text)
    assert code_of(verified, store.api_keys, key.text, peek=True) == "apikey.rate"
    put(store, key, rate_limit=None)
    assert code_of(verified, store.api_keys, key.text, peek=True) == "apikey.quota"


def test_a_store_that_cannot_be_written_verifies_what_spends_nothing(
    local: Store, verified: Verifier
) -> None:
    free, limited, counted = new(local), new(local, rate=Rate(9, DAY_MS)), new(local, quota=9)
    local.database.read_only = True
    uses = Uses()
    assert verified(local.api_keys, free.text, uses=uses).id == free.key.id
    for key in (limited, counted):
        with pytest.raises(Unavailable) as problem:
            verified(local.api_keys, key.text, uses=uses)
        assert problem.value.code == "store.read-only"
        assert verified(local.api_keys, key.text, peek=True).id == key.key.id
    assert not uses.flush(local.api_keys)
    local.database.read_only = False


def test_refusals_of_known_ids_are_counted_and_lock_nobody_out(
    store: Store, verified: Verifier
) -> None:
    key = new(store)
    wrong = build(prefix="ak_live", key_id=key.key.id, secret=bytes(32))
    uses = Uses()
    for _ in range(50):
        assert code_of(verified, store.api_keys, wrong, uses=uses) == "apikey.unknown"
    verified(store.api_keys, key.text, uses=uses)
    code_of(verified, store.api_keys, key.text, uses=uses, scopes=["write"])
    assert uses.flush(store.api_keys)
    found = store.api_keys.usage([key.key.id], since_ms=0)
    assert sorted((use.outcome, use.n) for _, use in found) == [
        ("apikey.scope", 1),
        ("apikey.unknown", 50),
        ("ok", 1),
    ]


def test_what_another_process_revoked_is_refused_at_once(opener: Opener, store: Store) -> None:
    key = new(store)
    verify(store.api_keys, key.text)
    with opener() as other, other.change():
        other.api_keys.put(key.key.id, {"revoked_at": now_ms()}, where_null=("revoked_at",))
    assert code_of(verify, store.api_keys, key.text) == "apikey.revoked"


def test_many_come_back_in_order_and_none_is_raised(store: Store) -> None:
    issued = [new(store, quota=600 if n % 3 else None) for n in range(6)]
    texts = [issued[n % 6].text if n % 7 else f"bad {n}" for n in range(1100)]
    found = verify_many(store.api_keys, texts)
    assert [getattr(one, "id", None) for one in found] == [
        issued[n % 6].key.id if n % 7 else None for n in range(1100)
    ]
    assert verify_many(store.api_keys, []) == []


def import_key(store: Store, text: str, *, lookup: str, hash_alg: str) -> int:
    key_id = new_id(now_ms=now_ms())
    row = {
        "id": key_id,
        "prefix": "imported",
        "secret_hash": hashlib.new(hash_alg, text.encode()).hexdigest(),
        "hash_alg": hash_alg,
        "lookup": lookup,
        "hint": text[-4:],
        "name": "imported",
        "environment": "live",
        "lineage_id": key_id,
        "created_at": now_ms(),
    }
    with store.change():
        store.api_keys.add([row])
    return key_id


@pytest.mark.parametrize("form", ["sha256", "drf"])
def test_an_imported_key_is_upgraded_at_its_first_use(
    store: Store, verified: Verifier, form: str
) -> None:
    text = "AbCdEfGh.0123456789abcdef0123456789abcdef"
    if form == "drf":
        key_id = import_key(store, text, lookup=import_lookup_drf(text[:8]), hash_alg="sha512")
    else:
        lookup = import_lookup_sha256(hashlib.sha256(text.encode()).hexdigest())
        key_id = import_key(store, text, lookup=lookup, hash_alg="sha256")
    assert code_of(verified, store.api_keys, f"{text}x") == "apikey.malformed"
    verified(store.api_keys, text, peek=True)
    assert store.api_keys.get(key_id).hash_alg != "hmac-sha256"
    for _ in range(2):
        assert verified(store.api_keys, text).id == key_id
    key = store.api_keys.get(key_id)
    assert (key.hash_alg, key.pepper_id, key.imported) == ("hmac-sha256", 1, True)
    events = [event.target_id for event in store.audit.find(event="apikey.upgraded")]
    assert len(events) == 1
    assert code_of(verified, store.api_keys, f"{text}x") == "apikey.malformed"
    store.database.read_only = True
    assert verified(store.api_keys, text).id == key_id
    store.database.read_only = False


@pytest.mark.parametrize("length", [1, 15, 512, 513])
def test_what_is_verified_of_imported_keys_is_what_is_owned(store: Store, length: int) -> None:
    """One rule for both: any word of ASCII, of 512 characters at most."""
    text = "k" * length
    lookup = import_lookup_sha256(hashlib.sha256(text.encode()).hexdigest())
    key_id = import_key(store, text, lookup=lookup, hash_alg="sha256")
    for act in (verify, known):
        if length <= 512:
            assert act(store.api_keys, text).id == key_id
        else:
            with pytest.raises(ApiKeyRejected):
                act(store.api_keys, text)


def test_a_store_that_cannot_be_written_verifies_an_imported_key(
    local: Store, verified: Verifier
) -> None:
    text = "unkey_3ZyXwVuTsRqPoNmLkJiHgF"
    lookup = import_lookup_sha256(hashlib.sha256(text.encode()).hexdigest())
    key_id = import_key(local, text, lookup=lookup, hash_alg="sha256")
    local.database.read_only = True
    assert verified(local.api_keys, text).id == key_id
    local.database.read_only = False
    assert local.api_keys.get(key_id).hash_alg == "sha256"


def test_keys_of_an_older_pepper_get_the_new_one_as_they_are_used(
    store: Store, verified: Verifier
) -> None:
    used, unused = new(store), new(store)
    rekey_pepper(store, at_ms=now_ms())
    for _ in range(2):
        assert verified(store.api_keys, used.text).id == used.key.id
    assert [store.api_keys.get(key.key.id).pepper_id for key in (used, unused)] == [2, 1]
    assert len([*store.audit.find(event="apikey.upgraded")]) == 1
    put(store, unused, revoked_at=now_ms())
    finish_pepper(store, at_ms=now_ms())
    assert verified(store.api_keys, used.text).id == used.key.id


def test_an_upgrade_leaves_what_changed_since_and_what_is_up_to_date(store: Store) -> None:
    issued = issue(store.api_keys, Draft("ci"))
    row = store.api_keys.brief_many([issued.key.id])[issued.key.id]
    stale = Upgrade(row._replace(secret_hash="0" * 64, pepper_id=None), issued.text, imported=False)
    with store.database.writing():
        store.database.run("UPDATE api_keys SET pepper_id = NULL")
    assert upgrade(store.api_keys, [stale])
    assert store.database.row("SELECT pepper_id FROM api_keys") == (None,)
    with store.database.writing():
        store.database.run("UPDATE api_keys SET pepper_id = :id", id=store.peppers.active_id)
    assert upgrade(store.api_keys, [Upgrade(row, issued.text, imported=False)])
    assert [*store.audit.find(event="apikey.upgraded")] == []


def test_an_upgrade_that_fails_changes_no_verdict(
    local: Store, verified: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new(local)
    rekey_pepper(local, at_ms=now_ms())

    def locked(*_: object, **__: object) -> Any:
        raise Unavailable("somebody else writes", code="store.locked")

    monkeypatch.setattr(type(local.api_keys), "change", locked)
    assert verified(local.api_keys, key.text).id == key.key.id
    assert local.api_keys.get(key.key.id).pepper_id == 1


@pytest.mark.parametrize("text", ["", "x", "x" * 10**6, "\x00" * 40, "\udc80" * 40, "a b" * 9])
def test_any_text_is_refused_as_malformed(local: Store, verified: Verifier, text: str) -> None:
    new(local)
    assert code_of(verified, local.api_keys, text) == "apikey.malformed"


def test_the_package_offers_it(local: Store) -> None:
    key = new(local)
    assert apikeys.verify(local.api_keys, key.text).id == key.key.id
