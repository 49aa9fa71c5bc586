"""Managed signing keys in a store: the contract, on both engines, and what damage looks like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli import keys
from authcli.errors import AuthError, Conflict, Unavailable
from authcli.roots import FileSource, FixedSource, new_root_key
from authcli.signing.choosing import signer
from authcli.signing.halves import opened as opened_half
from authcli.signing.making import draw, put_in
from authcli.signing.model import DEVELOPMENT, Ring, SigningKey, State, Times
from authcli.signing.repository import Publication, Sealed, SigningRepository
from authcli.signing.rotation import init
from authcli.store import Store
from authcli.store.signing_keys import SigningKeys
from authcli.store.upkeep.rewrapping import rekey_kek
from tests.store.lives import HOUR, QUICK, key_of
from tests.store.upkeep import opened, state_of

RING = Ring("jwt", "EdDSA", "https://login.example", QUICK, 1)


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


@pytest.fixture
def signing(store: Store) -> SigningKeys:
    return store.signing_keys


def added(signing: SigningKeys, state: State = "next", *, at: int = 1, ring: Ring = RING) -> str:
    """Add a key of a state; return its kid."""
    with signing.change() as journal:
        if ring not in signing.rings():
            signing.add_ring(ring)
        return put_in(signing, journal, draw(ring.alg), ring=ring, state=state, at_ms=at).kid


def test_a_store_fills_the_repository(store: Store) -> None:
    filled: SigningRepository = store.signing_keys
    assert filled is store.signing_keys
    assert (filled.actor, filled.read_only) == ("tester", False)


def test_there_is_nothing_in_a_new_store(signing: SigningKeys) -> None:
    assert signing.rings() == signing.find() == signing.publications() == []
    assert signing.active(purpose="jwt", alg=None) == []
    assert signing.key("K") is signing.sealed("K") is None


def test_a_ring_keeps_its_place_and_takes_other_times(signing: SigningKeys) -> None:
    """`created_at` decides which ring signs where none is named, so it stays."""
    signing.add_ring(RING)
    signing.add_ring(Ring("dev", "ES256", None, Times(), 2))
    changed = RING._replace(issuer=None, times=Times(1, 2, 3, 4))
    signing.add_ring(changed._replace(created_at=9))
    assert signing.rings() == [Ring("dev", "ES256", None, Times(), 2), changed]


def test_a_key_is_found_as_it_was_added(signing: SigningKeys) -> None:
    kid = added(signing, "active", at=7)
    row = signing.key(kid)
    assert row is not None
    assert row == SigningKey(
        kid,
        "jwt",
        "EdDSA",
        "active",
        row.public_jwk,
        *(QUICK.cache_ms, QUICK.max_token_ms, QUICK.skew_ms),
        created_at=7,
        created_by="tester",
        activated_at=7,
        can_sign=True,
    )
    assert '"d"' not in row.public_jwk


def test_keys_are_found_by_ring_the_oldest_first(signing: SigningKeys) -> None:
    other = RING._replace(alg="ES256")
    late, early = added(signing, "next", at=5), added(signing, "active", at=3)
    old = added(signing, "retiring", at=1, ring=other)
    dev = added(signing, "retiring", at=9, ring=RING._replace(purpose=DEVELOPMENT))
    assert [key.kid for key in signing.find()] == [old, early, late, dev]
    assert [key.kid for key in signing.find(purpose="jwt", alg="EdDSA")] == [early, late]
    assert [key.kid for key in signing.find(purpose=DEVELOPMENT)] == [dev]
    assert [key.kid for key in signing.active(purpose="jwt", alg=None)] == [early]
    assert [key.kid for key in signing.active(purpose="jwt", alg="EdDSA")] == [early]
    assert signing.active(purpose="jwt", alg="ES256") == []


@pytest.mark.parametrize("state", ["next", "active"])
def test_a_ring_has_one_key_of_a_state_that_matters(signing: SigningKeys, state: State) -> None:
    """The database itself refuses a second one; another ring has its own."""
    first = added(signing, state)
    with pytest.raises(Conflict) as error:
        added(signing, state)
    assert error.value.code == "jwks.exists"
    other = added(signing, state, ring=RING._replace(alg="ES256"))
    assert {key.kid for key in signing.find()} == {first, other}
    waiting = added(signing, "retiring")
    with pytest.raises(Conflict):
        signing.put(waiting, {"state": state}, where_state="retiring")


def test_a_kid_is_taken_once(signing: SigningKeys) -> None:
    kid = added(signing, "retiring")
    row = signing.key(kid)
    assert row is not None
    with pytest.raises(Conflict) as error:
        signing.add(row._replace(alg="ES256"), sealed=None)
    assert error.value.code == "jwks.exists"


def test_a_change_expects_the_state_that_was_seen(signing: SigningKeys) -> None:
    """Of two that move a key one finds it as it was."""
    kid = added(signing, "next")
    assert not signing.put(kid, {"state": "retiring"}, where_state="active")
    assert signing.put(kid, {"state": "active", "activated_at": 4}, where_state="next")
    assert not signing.put(kid, {"state": "active"}, where_state="next")
    row = signing.key(kid)
    assert row is not None
    assert (row.state, row.activated_at) == ("active", 4)


def test_what_a_key_is_never_changes(signing: SigningKeys) -> None:
    kid = added(signing)
    for name in ("kid", "alg", "public_jwk", "private_sealed", "state = 'active' --"):
        with pytest.raises(ValueError, match="no such columns"):
            signing.put(kid, {name: "x"}, where_state="next")


def test_a_private_half_is_there_until_it_is_forgotten(signing: SigningKeys) -> None:
    kid = added(signing, "active")
    sealed = signing.sealed(kid)
    assert sealed is not None
    assert sealed.kek_id == 1
    signing.reseal(kid, Sealed("other", 2))
    assert signing.sealed(kid) == Sealed("other", 2)
    signing.forget_private(kid)
    assert signing.sealed(kid) is None
    row = signing.key(kid)
    assert row is not None
    assert not row.can_sign


def test_the_first_kek_is_made_with_the_first_half(store: Store, signing: SigningKeys) -> None:
    added(signing, "retiring")  # a public key needs none
    assert signing.keks.ids == []
    assert not Path(str(store.beside(".kek"))).exists()
    added(signing, "next")
    assert signing.keks.ids == [1]
    assert Path(str(store.beside(".kek"))).stat().st_mode & 0o777 == 0o600


def test_another_process_seals_under_the_kek_that_is_active_now(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """One that was retired meanwhile would be gone when somebody wants the half."""
    init(store.signing_keys, "EdDSA", at_ms=1)
    with opened(store_url, tmp_path) as other:
        kid = added(other.signing_keys, "next", ring=RING._replace(alg="ES256"))
        rekey_kek(store)
        late = added(other.signing_keys, "active", ring=RING._replace(alg="ES256"))
        assert {half.kek_id for half in map(other.signing_keys.sealed, (kid, late)) if half} == {2}
        for key in other.signing_keys.find():
            assert opened_half(other.signing_keys, key).private


def test_publications_are_kept_by_place(signing: SigningKeys) -> None:
    """Of a key the first one counts, wherever it was; of a place the last."""
    kid = added(signing, "next")
    signing.record_publication(Publication("/b", "1", (kid,), 5))
    signing.record_publication(Publication("/a", "2", ("gone", kid), 7))
    signing.record_publication(Publication("/b", "3", (), 9))
    assert signing.publications() == [
        Publication("/a", "2", ("gone", kid), 7),
        Publication("/b", "3", (), 9),
    ]
    row = signing.key(kid)
    assert row is not None
    assert row.published_at == 5


def test_a_signature_is_noted_once_an_hour(signing: SigningKeys) -> None:
    kid = added(signing, "active")
    for at, expected in ((5 * HOUR + 1, 5 * HOUR), (3 * HOUR, 5 * HOUR), (6 * HOUR, 6 * HOUR)):
        signing.note_signed(kid, at_ms=at)
        row = signing.key(kid)
        assert row is not None
        assert row.last_signed_at == expected
    signing.note_signed("nobody", at_ms=1)


def test_a_note_that_cannot_be_written_stops_nothing(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    kid = added(store.signing_keys, "active")
    with opened(store_url, tmp_path, create=False, read_only=True) as reader:
        reader.signing_keys.note_signed(kid, at_ms=HOUR)
        assert reader.signing_keys.read_only
    with (
        store.change(),
        opened(store_url, tmp_path, create=False, wait_seconds=0.1) as other,
    ):
        other.signing_keys.note_signed(kid, at_ms=HOUR)


def test_only_a_retired_key_can_be_forgotten(signing: SigningKeys) -> None:
    """Not one that is compromised, which could be taken in again then."""
    kids = [added(signing, "retiring") for _ in range(3)]
    signing.put(kids[0], {"state": "retired"}, where_state="retiring")
    signing.put(kids[1], {"state": "compromised"}, where_state="retiring")
    signing.forget(kids)
    assert {key.kid for key in signing.find()} == set(kids[1:])


def test_what_is_in_a_change_that_fails_is_undone(store: Store) -> None:
    init(store.signing_keys, "EdDSA", at_ms=1)
    before = state_of(store)
    with pytest.raises(RuntimeError), store.change():  # noqa: PT012
        added(store.signing_keys, "retiring")
        store.signing_keys.forget_private(key_of(store, "active").kid)
        raise RuntimeError
    assert state_of(store) == before


@pytest.mark.parametrize(
    "change",
    [
        "state = 'nothing'",
        "cache_ms = 'x'",
        "remove_at = 'x'",
        "public_jwk = x'00'",
        "created_by = x'00'",
    ],
)
def test_a_damaged_row_is_damage(tmp_path: Path, change: str) -> None:
    """SQLite keeps whatever is put into a column; nobody goes on with it."""
    with opened(str(tmp_path / "a.db"), tmp_path) as store:
        kid = added(store.signing_keys, "active")
        store.database.run("PRAGMA ignore_check_constraints = ON")
        store.database.run(f"UPDATE signing_keys SET {change}")
        for look in (store.signing_keys.find, lambda: signer(store.signing_keys, kid=kid)):
            with pytest.raises(Unavailable) as error:
                look()
            assert error.value.code == "store.corrupt"


@pytest.mark.parametrize("change", ["private_sealed = x'00'", "kek_id = 'x'"])
def test_a_damaged_half_is_damage(tmp_path: Path, change: str) -> None:
    with opened(str(tmp_path / "a.db"), tmp_path) as store:
        kid = added(store.signing_keys, "active")
        store.database.run(f"UPDATE signing_keys SET {change}")
        with pytest.raises(Unavailable) as error:
            store.signing_keys.sealed(kid)
        assert error.value.code == "store.corrupt"


# The KEK.


def held_elsewhere(store: Store, what: str) -> None:
    """Lose the KEK, or put another one in its place."""
    source = store.roots["kek"]
    assert isinstance(source, FileSource)
    source.path.unlink()
    if what == "wrong":
        source.add(new_root_key())
    store.root_keys("kek").refresh()


@pytest.mark.parametrize(
    ("what", "code"), [("lost", "root.missing"), ("wrong", "root.wrong")], ids=["lost", "wrong"]
)
def test_without_its_kek_nothing_signs_and_nothing_is_changed(
    store: Store, what: str, code: str
) -> None:
    """No new KEK is made in the place of a lost one, which would seal the loss."""
    init(store.signing_keys, "EdDSA", at_ms=1)
    held_elsewhere(store, what)
    source = store.roots["kek"]
    held = source.read()
    before = state_of(store)
    for attempt in (
        lambda: signer(store.signing_keys),
        lambda: init(store.signing_keys, "ES256", at_ms=1),
        lambda: rekey_kek(store),
    ):
        with pytest.raises(AuthError) as error:
            attempt()
        assert error.value.code == code
        assert "AUTHCLI_KEK" in str(error.value.hint)
        assert state_of(store) == before
        assert source.read() == held


def test_halves_whose_kek_is_not_listed_any_more_are_a_loss(store: Store) -> None:
    """A first KEK is not made for a store that had one, whose row is gone."""
    init(store.signing_keys, "EdDSA", at_ms=1)
    store.database.run("DELETE FROM root_keys WHERE root = 'kek'")
    store.root_keys("kek").refresh()
    with pytest.raises(Unavailable) as error:
        added(store.signing_keys, "next", ring=RING._replace(alg="ES256"))
    assert error.value.code == "root.missing"
    assert store.database.rows("SELECT id FROM root_keys WHERE root = 'kek'") == []


def test_a_kek_from_a_setting_seals_and_opens(store_url: str, tmp_path: Path) -> None:
    source = FixedSource("env:KEK", [new_root_key()])
    with opened(store_url, tmp_path, roots={"kek": source}) as store:
        init(store.signing_keys, "EdDSA", at_ms=1)
        assert signer(store.signing_keys).key.private
        assert not Path(str(store.beside(".kek"))).exists()
    with opened(store_url, tmp_path) as store, pytest.raises(Unavailable) as error:
        signer(store.signing_keys)
    assert error.value.code == "root.missing"


def test_no_private_half_is_in_the_database(store: Store) -> None:
    """Who steals a copy of it has public keys."""
    init(store.signing_keys, "EdDSA", at_ms=1)
    chosen = signer(store.signing_keys)
    secret = keys.to_jwk(chosen.key, private=True)["d"]
    everything = repr(store.database.rows("SELECT * FROM signing_keys"))
    assert str(secret) not in everything
    assert everything.count("authcli-seal-1.") == 2
