"""Private halves: what opens is what was sealed, for that key, under that KEK, or nothing is."""

from __future__ import annotations

import json

import pytest

from authcli import keys
from authcli.errors import AuthError, Conflict, Unavailable
from authcli.roots import FileSource, new_root_key
from authcli.signing.choosing import signer, verifying_keys
from authcli.signing.compromise import compromise
from authcli.signing.halves import close, opened, public_key, resealed
from authcli.signing.making import draw
from authcli.signing.repository import Sealed
from authcli.signing.rotation import activate, begin, init, retire, rotate, update
from authcli.store import Store
from tests.store.lives import DAY, QUICK, denying, key_of, publish
from tests.store.upkeep import state_of

T = 1_800_000_000_000


@pytest.fixture
def store(store: Store) -> Store:
    init(store.signing_keys, "EdDSA", times=QUICK, at_ms=T)
    publish(store, at_ms=T)
    return store


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS512", "ES384", "EdDSA", "ML-DSA-44"])
def test_what_opens_is_what_was_sealed(store: Store, alg: str) -> None:
    """Of every type of key that can be published."""
    if alg != "EdDSA":
        init(store.signing_keys, alg, at_ms=T)
    chosen = signer(store.signing_keys, alg=alg)
    assert chosen.key.private
    assert (chosen.key.alg, chosen.key.kid) == (alg, chosen.row.kid)
    public = public_key(chosen.row)
    assert keys.to_jwk(chosen.key, private=False) == keys.to_jwk(public, private=False)


def tampered(store: Store, what: str) -> None:
    """Change what is stored of the active key, as somebody can who may write the database."""
    active, following = key_of(store, "active"), key_of(store, "next")
    mine, theirs = (store.signing_keys.sealed(row.kid) for row in (active, following))
    assert mine is not None
    assert theirs is not None
    head, nonce, rest = mine.text.split(".")
    texts = {
        "ciphertext": f"{head}.{nonce}.{rest[:9]}{'A' if rest[9] != 'A' else 'B'}{rest[10:]}",
        "tag": f"{head}.{nonce}.{rest[:-1]}{'A' if rest[-1] != 'A' else 'Q'}",
        "nonce": f"{head}.{'A' * len(nonce)}.{rest}",
        "cut": mine.text[:-4],
        "another's": theirs.text,
        "empty": "",
        "passphrase": mine.text.replace("-1.", "-s1.", 1),
    }
    if what in texts:
        store.signing_keys.reseal(active.kid, Sealed(texts[what], mine.kek_id))
    elif what == "own":  # as who holds the KEK too would; the kid is the thumbprint still
        forged = close(store.signing_keys, draw("EdDSA"), kid=active.kid)
        store.signing_keys.reseal(active.kid, forged)
    else:
        other = {
            "public half": following.public_jwk,
            "no JSON": "{",
            "another type": _ec(),
            "another algorithm": active.public_jwk.replace('"EdDSA"', '"Ed25519"'),
        }[what]
        assert other != active.public_jwk
        sql = "UPDATE signing_keys SET public_jwk = :jwk WHERE kid = :kid"
        store.database.run(sql, jwk=other, kid=active.kid)


def _ec() -> str:
    return json.dumps(keys.to_jwk(draw("ES256"), private=False))


@pytest.mark.parametrize(
    "what", ["ciphertext", "tag", "nonce", "cut", "another's", "empty", "passphrase", "own"]
)
def test_a_private_half_that_was_changed_never_signs(store: Store, what: str) -> None:
    tampered(store, what)
    with pytest.raises(Unavailable) as error:
        signer(store.signing_keys)
    assert error.value.code == "jwks.tampered"
    assert key_of(store, "active").kid in error.value.message
    assert "authcli store restore" in str(error.value.hint)


@pytest.mark.parametrize("what", ["public half", "no JSON", "another type", "another algorithm"])
def test_a_public_half_that_was_changed_verifies_nothing(store: Store, what: str) -> None:
    """Who can write the database cannot have tokens of a key of their own taken."""
    tampered(store, what)
    for look in (
        lambda: public_key(key_of(store, "active")),
        lambda: verifying_keys(store.signing_keys),
    ):
        with pytest.raises(Unavailable) as error:
            look()
        assert error.value.code == "jwks.tampered"


def test_a_tampered_key_can_be_dropped_and_the_next_one_signs(store: Store) -> None:
    """As the hint says; and nothing of it stays."""
    tampered(store, "ciphertext")
    bad = key_of(store, "active").kid
    compromise(store.signing_keys, bad, deny=denying(store), at_ms=T + DAY)
    assert signer(store.signing_keys).row.kid != bad
    assert store.signing_keys.sealed(bad) is None


def test_a_kek_id_that_is_not_listed_is_said(store: Store) -> None:
    kid = key_of(store, "active").kid
    half = store.signing_keys.sealed(kid)
    assert half is not None
    store.signing_keys.reseal(kid, half._replace(kek_id=9))
    with pytest.raises(Unavailable) as error:
        signer(store.signing_keys)
    assert error.value.code == "root.missing"
    assert "kek key 9" in error.value.message


def test_a_key_that_signs_no_more_has_no_half(store: Store) -> None:
    old = key_of(store, "active")
    activate(store.signing_keys, key_of(store, "next").kid, force=True, at_ms=T)
    with pytest.raises(Conflict) as error:
        opened(store.signing_keys, old)
    assert error.value.code == "jwks.signs-no-more"


def test_resealed_halves_are_under_the_other_kek_alone(store: Store) -> None:
    """And nothing is stored by that."""
    before = state_of(store)
    kek = new_root_key()
    found = resealed(store.signing_keys, store.signing_keys.find(), kek_id=7, kek=kek)
    assert state_of(store) == before
    assert {half.kek_id for half in found.values()} == {7}
    for kid, half in found.items():
        store.signing_keys.reseal(kid, half._replace(kek_id=1))
    with pytest.raises(Unavailable) as error:
        signer(store.signing_keys)
    assert error.value.code == "jwks.tampered"


# The KEK is lost, or another one is held.


def test_nothing_is_changed_without_the_kek(store: Store) -> None:
    """Neither by what needs it at once nor by what finds out half-way; the JWKS goes on."""
    source = store.roots["kek"]
    assert isinstance(source, FileSource)
    kept = source.read()
    at = T + 31 * DAY
    signing = store.signing_keys
    following = key_of(store, "next").kid
    for held in ([], [new_root_key()], [new_root_key(), new_root_key()]):
        source.path.unlink(missing_ok=True)
        for key in held:
            source.add(key)
        store.root_keys("kek").refresh()
        before, lines = state_of(store), source.read()
        for attempt in (
            lambda: signer(signing),
            lambda: init(signing, "ES256", at_ms=at),
            lambda: rotate(signing, at_ms=at),
            lambda: activate(signing, following, force=True, at_ms=at),
            lambda: retire(signing, following, force=True, at_ms=at),
        ):
            with pytest.raises(AuthError) as error:
                attempt()
            assert error.value.code == ("root.wrong" if held else "root.missing")
            assert "AUTHCLI_KEK" in str(error.value.hint)
            assert source.read() == lines
        assert state_of(store) == before
        # What needs no private half works on.
        assert len(verifying_keys(signing).keys) == 2
        update(signing, "EdDSA", issuer=None, times=QUICK)
        begin(signing, at_ms=at)
        publish(store, at_ms=at, place=str(len(held)))
        store.database.run("UPDATE signing_keys SET rotate_asked_at = NULL")
    source.path.unlink()
    for key in kept:
        source.add(key)
    store.root_keys("kek").refresh()
    assert rotate(signing, at_ms=at).changed
