"""Signing keys and tokens in what keeps stores well: peppers, copies, backups, losses, status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authcli.clock import now_ms
from authcli.errors import Conflict, Rejected, Revoked, Unavailable
from authcli.revocation import families
from authcli.revocation.model import Mark
from authcli.roots import ROOTS
from authcli.signing.choosing import signer
from authcli.signing.compromise import compromise
from authcli.signing.rotation import init
from authcli.store import Store, migrate_store, open_store
from authcli.store.leftovers import begun_anew, lost
from authcli.store.migrate import apply_pending, meta_rows
from authcli.store.upkeep.backup import back_up
from authcli.store.upkeep.backup_check import checked_backup
from authcli.store.upkeep.copying import copy_store
from authcli.store.upkeep.holdings import holdings
from authcli.store.upkeep.losses import Losses, losses_of
from authcli.store.upkeep.rekeying import finish_pepper, peppers_of, rekey_pepper
from authcli.store.upkeep.restoring import restore
from authcli.store.upkeep.rows import contents, counted
from authcli.store.upkeep.sealed_roots import needed_roots, opened_roots, sealed_roots
from authcli.store.upkeep.status import status_of
from tests.store.lives import (
    DAY,
    HOUR,
    denying,
    family,
    issued,
    key_of,
    publish,
    ring_of_every_state,
)
from tests.store.upkeep import opened, state_of

TABLES = (
    *("signing_rings", "signing_keys", "key_publications"),
    *("revocations", "issued_tokens", "token_families", "refresh_tokens"),
)


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


def filled(store: Store) -> str:
    """Put something into every table; return a refresh token that may be used."""
    at = now_ms()
    ring_of_every_state(store, at_ms=at)
    store.tokens.register([issued("1", ends_at=at + HOUR)])
    begun = family(store)
    after = families.refresh(store.tokens, begun.text.reveal_text())
    assert all(counted(store.database)[table] for table in TABLES)
    return after.text.reveal_text()


# Peppers.


def test_refresh_tokens_move_to_the_new_pepper_and_keep_the_old_one(store: Store) -> None:
    """Those that were used must be known again, or who stole one would not be noticed."""
    at = now_ms()
    text = family(store).text.reveal_text()
    done = rekey_pepper(store, at_ms=at)
    assert (done.waiting, done.refreshes) == (0, 1)
    after = families.refresh(store.tokens, text, grace_ms=0).text.reveal_text()
    assert [(p.state, p.refreshes) for p in peppers_of(store, at_ms=at)] == [
        ("verify_only", 1),
        ("active", 1),
    ]
    with pytest.raises(Conflict) as error:
        finish_pepper(store, at_ms=at)
    assert error.value.code == "store.waiting"
    assert "1 refresh token that may still be presented hangs" in error.value.message
    with pytest.raises(Revoked) as stolen:
        families.refresh(store.tokens, text, grace_ms=0, at_ms=at + HOUR)
    assert stolen.value.code == "refresh.reused"
    assert finish_pepper(store, at_ms=at) == (1,)  # since that ended the family
    with pytest.raises(Revoked):
        families.refresh(store.tokens, after)


def test_a_refresh_token_waits_no_longer_than_its_time(store: Store) -> None:
    at = now_ms()
    text = family(store).text.reveal_text()
    rekey_pepper(store, at_ms=at)
    after = families.refresh(store.tokens, text).text.reveal_text()
    with pytest.raises(Conflict) as error:
        finish_pepper(store, at_ms=at)
    assert "the last of them ends at 20" in str(error.value.hint)
    assert finish_pepper(store, at_ms=at + 14 * DAY + HOUR) == (1,)
    families.refresh(store.tokens, after)
    with pytest.raises(Rejected):
        families.refresh(store.tokens, text)


def test_the_status_says_what_hangs_on_an_old_pepper(store: Store, tmp_path: Path) -> None:
    family(store)
    rekey_pepper(store, at_ms=now_ms())
    [note] = [
        one for one in status_of(store, at_ms=now_ms()).findings if one.code == "store.rekeying"
    ]
    assert note.message == "1 old pepper; 0 API keys wait under it, and 1 refresh token"
    assert note.hint is None


def test_a_pepper_that_refresh_tokens_hang_on_is_not_made_anew(store: Store) -> None:
    """Its row is gone: a first one in its place would make every sign-in unknown."""
    family(store)
    store.database.run("DELETE FROM root_keys WHERE root = 'pepper'")
    store.peppers.refresh()
    with pytest.raises(Unavailable) as error:
        family(store)
    assert error.value.code == "root.missing"
    found = status_of(store, at_ms=now_ms())
    assert {root.root: root.held for root in found.roots}["pepper"] == "root.missing"


# Copies.


def test_a_copy_signs_and_refreshes_on_the_other_engine(
    store: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = filled(store)
    url = str(tmp_path / "copy.db")
    if store.engine == "sqlite":
        url = request.getfixturevalue("postgres_url")
    sent = {table: contents(store.database)[table] for table in TABLES}
    done = copy_store(store, url, side_folder=tmp_path / "copies", with_roots=True)
    assert done.lacking == ()
    assert set(done.roots) == set(ROOTS)
    kid = signer(store.signing_keys).row.kid
    with open_store(url, side_folder=tmp_path / "copies") as copied:
        assert {table: contents(copied.database)[table] for table in TABLES} == sent
        assert signer(copied.signing_keys).row.kid == kid
        assert families.refresh(copied.tokens, text).family.sub == "alice"
        assert copied.audit.verify().valid


def test_a_copy_says_that_it_lacks_the_kek(store: Store, tmp_path: Path) -> None:
    init(store.signing_keys, "EdDSA")
    done = copy_store(store, str(tmp_path / "copy.db"))
    assert "kek" in done.lacking


@pytest.mark.parametrize(
    "table", ["signing_rings", "revocations", "issued_tokens", "token_families"]
)
def test_a_target_that_holds_any_of_it_is_not_empty(
    store: Store, tmp_path: Path, table: str
) -> None:
    url = str(tmp_path / "target.db")
    with opened(url, tmp_path) as target:
        filled(target)
        for other in ("refresh_tokens", *TABLES):
            if other != table:
                target.database.run(f"DELETE FROM {other}")
        target.database.run("DELETE FROM audit_events WHERE event <> 'store.created'")
        before = counted(target.database)
    with pytest.raises(Conflict) as error:
        copy_store(store, url)
    assert error.value.code == "store.not-empty"
    with opened(url, tmp_path) as target:
        assert counted(target.database) == before


# Backups, and what a restore would lose.


def losses(store: Store, path: Path) -> Losses:
    with checked_backup(path) as checked:
        return losses_of(checked, live=store, sources=store.roots, added={})


def put_back(store: Store, path: Path) -> None:
    with checked_backup(path) as checked:
        found = losses_of(checked, live=store, sources=store.roots, added={})
        restore(
            store, checked, before=found.present, lost=found.lost, sources=store.roots, added={}
        )


def test_what_came_since_the_backup_would_be_lost(store: Store, tmp_path: Path) -> None:
    """A key that somebody stole would sign again: who restores is told before."""
    at = now_ms()
    init(store.signing_keys, "EdDSA", at_ms=at)
    begun, other = family(store), family(store, "bob")
    path = back_up(store, tmp_path / "b.db").path
    none = losses(store, path)
    lost = ("compromised", "made", "denied", "refreshed", "ended")
    assert [getattr(none, name) for name in lost] == [0] * 5
    later = now_ms() + 1
    compromise(store.signing_keys, key_of(store, "active").kid, deny=denying(store), at_ms=later)
    store.tokens.add([Mark("jti", "", "over", revoked_at=later, expires_at=later - DAY)])
    families.refresh(store.tokens, begun.text.reveal_text(), at_ms=later)
    families.end(store.tokens, other.family.id, reason="x", at_ms=later)
    found = losses(store, path)
    # The denials are the key's and the family's; the one of a dead token is no loss.
    assert {name: getattr(found, name) for name in lost} == {
        "compromised": 1,
        "made": 1,
        "denied": 2,
        "refreshed": 1,
        "ended": 1,
    }


def test_a_restore_puts_back_what_the_backup_held(store: Store, tmp_path: Path) -> None:
    text = filled(store)
    kid = signer(store.signing_keys).row.kid
    made = back_up(store, tmp_path / "b.db")
    expected = {table: contents(store.database)[table] for table in TABLES}
    assert made.lacks == ("audit", "kek", "pepper")
    init(store.signing_keys, "ES256")
    families.refresh(store.tokens, text)
    put_back(store, made.path)
    assert {table: contents(store.database)[table] for table in TABLES} == expected
    assert signer(store.signing_keys).row.kid == kid
    families.refresh(store.tokens, text)
    assert store.audit.verify().valid


def test_the_kek_is_closed_up_with_the_other_roots(store: Store) -> None:
    init(store.signing_keys, "EdDSA")
    assert needed_roots(store) == ("audit", "kek", "pepper")
    closed = sealed_roots(store, passphrase=b"correct horse")
    kek = opened_roots(closed, passphrase=b"correct horse")["kek"]
    assert kek == store.roots["kek"].read()


def test_without_the_kek_a_restore_is_told_what_is_missing(store: Store, tmp_path: Path) -> None:
    init(store.signing_keys, "EdDSA")
    path = back_up(store, tmp_path / "b.db").path
    Path(str(store.beside(".kek"))).unlink()
    assert losses(store, path).missing == ("kek",)


# Status.


def test_the_status_counts_keys_and_what_lives(store: Store) -> None:
    filled(store)
    at = now_ms()
    store.tokens.register([issued("2", ends_at=at - 1)])
    store.tokens.add([Mark("jti", "", "over", revoked_at=1, expires_at=at)])
    families.end(store.tokens, family(store).family.id, reason="x")
    family(store, idle_ms=HOUR, access_ms=1)
    before = state_of(store)
    found = status_of(store, at_ms=at)
    assert state_of(store) == before
    states = dict.fromkeys(("next", "active", "retiring", "retired", "compromised"), 1)
    assert found.tokens == (states, 2, 2, 1, 2)
    assert holdings(store.database, at_ms=at + 2 * HOUR).families == 1
    assert found.usable
    assert {root.root: root.held for root in found.roots}["kek"] == "ok"
    assert {note.code for note in found.findings} == {"store.backup"}


def test_the_status_names_a_kek_that_is_not_held(store: Store) -> None:
    init(store.signing_keys, "EdDSA")
    Path(str(store.beside(".kek"))).unlink()
    store.root_keys("kek").refresh()
    found = status_of(store, at_ms=now_ms())
    assert not found.usable
    [finding] = [one for one in found.findings if one.severity == "error"]
    assert (finding.code, finding.subject) == ("root.missing", "kek")


# What is left of a lost store; older schemas.


def test_a_kek_without_its_store_is_what_is_left_of_one(tmp_path: Path) -> None:
    """And is taken over by the store that is begun anew."""
    path = tmp_path / "auth.db"
    with opened(str(path), tmp_path) as store:
        init(store.signing_keys, "EdDSA")
        kek = store.roots["kek"].read()
        Path(str(store.beside(".pepper"))).unlink()
        Path(str(store.beside(".audit-key"))).unlink()
        Path(str(store.beside(".audit-head"))).unlink()
    for file in tmp_path.glob("auth.db*"):
        if file.suffix != ".kek":
            file.unlink()
    assert [file.name for file in lost(path)] == ["auth.db.kek"]
    with pytest.raises(Unavailable) as error:
        opened(str(path), tmp_path)
    assert error.value.code == "store.missing"
    with begun_anew(path, aside=".aside"), opened(str(path), tmp_path) as store:
        init(store.signing_keys, "EdDSA")
        assert store.roots["kek"].read() == kek


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_store_of_an_older_schema_takes_keys_and_tokens_after_migrating(
    store_url: str, tmp_path: Path, number: int
) -> None:
    """What it held is as it was; schema 4 has managed keys already, which sign on."""
    side = {"side_folder": tmp_path / "side"}
    kid = _older(store_url, number, **side)
    assert migrate_store(store_url, **side).before == number
    with opened(store_url, tmp_path, create=False) as store:
        if kid:
            assert signer(store.signing_keys).row.kid == kid
        else:
            ring_of_every_state(store, at_ms=now_ms())
        families.refresh(store.tokens, family(store).text.reveal_text())
        publish(store, at_ms=now_ms())
        assert store.audit.verify().valid


def _older(url: str, number: int, **side: Any) -> str:
    """Make a store of an older schema; with managed keys, where it can have them."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite://"))
        path.parent.mkdir()
        path.touch(0o600)
    with open_store(url, older=True, **side) as store:
        with store.database.writing():
            apply_pending(store.database, upto=number)
            store.identify(meta_rows(store.database))
            with store.change() as journal:
                journal.record("test.before")
        assert store.database.has_table("signing_keys") == (number > 3)
        if number < 4:
            return ""
        init(store.signing_keys, "EdDSA")
        return signer(store.signing_keys).row.kid
