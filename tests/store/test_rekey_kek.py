"""A new KEK: every private half is sealed under it, or nothing was changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli import keys
from authcli.errors import Unavailable
from authcli.roots import FileSource, FixedSource, new_root_key
from authcli.signing.choosing import signer
from authcli.signing.halves import opened as opened_half
from authcli.signing.rotation import init, rotate
from authcli.store.store import Store
from authcli.store.upkeep.rewrapping import Kek, keks_of, old_places, rekey_kek, try_kek
from authcli.store.upkeep.rows import contents
from tests.store.lives import key_of, ring_of_every_state
from tests.store.stores import opened as opened_by_url
from tests.store.stores import together
from tests.store.upkeep import opened, state_of


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        init(found.signing_keys, "ES256", at_ms=1)
        init(found.signing_keys, "EdDSA", at_ms=1)
        yield found


def held(store: Store) -> list[bytes]:
    return store.roots["kek"].read()


def halves(store: Store) -> dict[str, object]:
    """Return kid -> the private half, as it is opened."""
    signing = store.signing_keys
    return {
        key.kid: keys.to_jwk(opened_half(signing, key), private=True)["d"]
        for key in signing.find()
        if key.can_sign
    }


def test_every_half_is_sealed_anew_and_the_old_kek_retires(store: Store) -> None:
    before = {key.kid: store.signing_keys.sealed(key.kid) for key in store.signing_keys.find()}
    private = halves(store)
    assert try_kek(store) == 4
    assert rekey_kek(store) == (2, 1, 4, False)
    assert halves(store) == private
    for kid, old in before.items():
        new = store.signing_keys.sealed(kid)
        assert new is not None
        assert old is not None
        assert new.kek_id == 2
        assert new.text != old.text
    assert [(kek.id, kek.state, kek.halves) for kek in keks_of(store)] == [
        (1, "retired", 0),
        (2, "active", 4),
    ]
    assert len(held(store)) == 2  # backups need the old one
    assert old_places(store) == (1,)
    signer(store.signing_keys, alg="ES256")


def test_the_new_kek_alone_is_enough(store: Store, store_url: str, tmp_path: Path) -> None:
    """The line of the old one may be removed, and what was kept is as good as before."""
    private = halves(store)
    rekey_kek(store)
    source = store.roots["kek"]
    assert isinstance(source, FileSource)
    lines = source.path.read_bytes().splitlines(keepends=True)
    source.path.write_bytes(lines[1])
    assert old_places(store) == ()
    with opened(store_url, tmp_path) as other:
        assert halves(other) == private
        rotate(other.signing_keys)
        assert rekey_kek(other).key_id == 3


def test_a_process_that_has_the_store_open_follows(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    with opened(store_url, tmp_path) as other:
        signer(other.signing_keys)
        rekey_kek(store)
        signer(other.signing_keys)
        assert rekey_kek(other).key_id == 3
        signer(store.signing_keys)
        assert rekey_kek(store).key_id == 4


def test_only_keys_that_sign_have_halves(store_url: str, tmp_path: Path) -> None:
    with opened(store_url, tmp_path) as store:
        ring_of_every_state(store, at_ms=1)
        signing = {key.state for key in store.signing_keys.find() if key.can_sign}
        assert signing == {"next", "active"}
        assert rekey_kek(store).halves == 2


def test_what_was_done_is_in_the_audit(store: Store) -> None:
    rekey_kek(store)
    *_, last = store.audit.find()
    assert last.event == "store.rekeyed"
    assert last.members == {"root": "kek", "before": 1, "resealed": 4}
    assert store.audit.verify().valid


def test_where_nothing_was_sealed_there_is_no_kek(store_url: str, tmp_path: Path) -> None:
    with opened(store_url, tmp_path) as store:
        for attempt in (rekey_kek, try_kek):
            with pytest.raises(Unavailable) as error:
                attempt(store)
            assert error.value.code == "store.kek-unused"
        assert held(store) == []
        assert keks_of(store) == []


def test_a_try_changes_nothing(store: Store) -> None:
    before, lines = state_of(store), held(store)
    assert try_kek(store) == 4
    assert (state_of(store), held(store)) == (before, lines)


@pytest.mark.parametrize("what", ["changed", "swapped", "cut", "moved"])
def test_one_half_that_cannot_be_opened_stops_all(store: Store, what: str) -> None:
    """Sealing the others would be half of a rekey, and the file would hold a KEK for nothing."""
    one, other, *_ = store.signing_keys.find()
    mine, theirs = store.signing_keys.sealed(one.kid), store.signing_keys.sealed(other.kid)
    assert mine is not None
    assert theirs is not None
    middle = len(mine.text) // 2
    text = {
        "changed": mine.text[:middle]
        + ("A" if mine.text[middle] != "A" else "B")
        + mine.text[middle + 1 :],
        "swapped": theirs.text,
        "cut": mine.text[:-8],
        "moved": "authcli-seal-1.AAAA",
    }[what]
    store.signing_keys.reseal(one.kid, mine._replace(text=text))
    before, lines = state_of(store), held(store)
    for attempt in (rekey_kek, try_kek):
        with pytest.raises(Unavailable) as error:
            attempt(store)
        assert error.value.code == "jwks.tampered"
        assert one.kid in error.value.message
    assert (state_of(store), held(store)) == (before, lines)


def test_a_crash_between_the_file_and_the_database_leaves_a_store_that_works(
    store: Store,
) -> None:
    """The key that the file holds and no row names is taken up the next time."""
    store.roots["kek"].add(new_root_key())
    store.root_keys("kek").refresh()
    lines = held(store)
    signer(store.signing_keys)
    assert rekey_kek(store).found
    assert held(store) == lines
    signer(store.signing_keys)


def test_a_failing_transaction_leaves_the_old_kek_active(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(store.database)

    def refuse(*_: object, **__: object) -> None:
        raise Unavailable("no room", code="store.full")

    with monkeypatch.context() as patch:
        patch.setattr(type(store.audit.journal()), "write", refuse)
        with pytest.raises(Unavailable):
            rekey_kek(store)
    assert contents(store.database) == before
    signer(store.signing_keys)
    assert rekey_kek(store) == (2, 1, 4, True)
    signer(store.signing_keys)


def test_a_source_that_is_not_ours_to_write_is_explained(store_url: str, tmp_path: Path) -> None:
    """It works as soon as the second key was put there by hand."""
    lines = [new_root_key(), new_root_key()]
    with opened(store_url, tmp_path, roots={"kek": FixedSource("env:K", lines[:1])}) as store:
        init(store.signing_keys, "EdDSA", at_ms=1)
        before = state_of(store)
        with pytest.raises(Unavailable) as error:
            rekey_kek(store)
        assert error.value.code == "root.fixed"
        assert state_of(store) == before
    with opened(store_url, tmp_path, roots={"kek": FixedSource("env:K", lines)}) as store:
        assert rekey_kek(store).found
        signer(store.signing_keys)
    with opened(store_url, tmp_path, roots={"kek": FixedSource("env:K", lines[1:])}) as store:
        signer(store.signing_keys)


def _rekey(url: str) -> int:
    with opened_by_url(url, wait_seconds=60) as store:
        return rekey_kek(store).key_id


def _rotate(url: str, at_ms: int) -> int:
    with opened_by_url(url, wait_seconds=60) as store:
        rotate(store.signing_keys, at_ms=at_ms)
        signer(store.signing_keys)
        return 0


def _either(url: str, at_ms: int) -> int:
    return _rotate(url, at_ms) if at_ms else _rekey(url)


def test_rekeys_and_rotations_at_once(store_url: str) -> None:
    """Each half is under the KEK that is active in the end, whoever made it when."""
    with opened_by_url(store_url) as store:
        init(store.signing_keys, "EdDSA", at_ms=1)
        publication = "UPDATE signing_keys SET published_at = 1"
        store.database.run(publication)
        year = 365 * 86_400_000
    together(_either, [(store_url, 0), (store_url, year)] * 4)
    with opened_by_url(store_url) as store:
        assert [kek for kek in keks_of(store) if kek.halves] == [
            Kek(5, "active", keks_of(store)[-1].created_at, 2)
        ]
        assert key_of(store, "active").activated_at == year
        assert len(halves(store)) == 2
        assert store.audit.verify().valid
