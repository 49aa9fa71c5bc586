"""A rotation that is killed, or has rivals: never no active key, never two."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from authcli.errors import Conflict
from authcli.signing.choosing import signer
from authcli.signing.model import Times
from authcli.signing.publication import publish
from authcli.signing.rotation import activate, init, rotate
from authcli.store import Store
from tests.signing.crashes import killed
from tests.store.lives import DAY, HOUR, key_of
from tests.store.stores import together
from tests.store.upkeep import opened

BEGIN = 1_800_000_000_000
TIMES = Times(rotate_ms=DAY, cache_ms=HOUR, max_token_ms=HOUR, skew_ms=0)
ROUNDS = {"sqlite": 100, "postgresql": 30}
posix = pytest.mark.skipif(os.name != "posix", reason="nothing is killed with a signal there")


def begun(store: Store, jwks: Path) -> None:
    init(store.signing_keys, "EdDSA", times=TIMES, at_ms=BEGIN)
    publish(store.signing_keys, jwks, at_ms=BEGIN)


def looked_at(url: str, folder: Path, jwks: Path) -> None:
    """See that a store and its JWKS are as some step of a rotation leaves them whole."""
    with opened(url, folder) as store:
        keys = store.signing_keys.find()
        states = [key.state for key in keys]
        assert (states.count("active"), states.count("next")) == (1, 1)
        assert {key.state for key in keys if key.can_sign} == {"active", "next"}
        kid = signer(store.signing_keys).row.kid
        shown = {key["kid"] for key in json.loads(jwks.read_bytes())["keys"]}
        assert kid in shown
        assert store.audit.verify().valid


@posix
def test_a_rotation_that_is_killed_at_any_step(store_url: str, tmp_path: Path) -> None:
    """Before each statement, commit and change of a file: what is there is whole, and goes on."""
    jwks = tmp_path / "jwks.json"
    with opened(store_url, tmp_path) as store:
        begun(store, jwks)
        rounds = ROUNDS[store.engine]
    at = BEGIN + 2 * DAY
    steps = killed(store_url, tmp_path, jwks, at_ms=at, step=0)
    assert steps is not None
    assert steps > 40
    died = 0
    for number in range(rounds):
        at += 2 * DAY
        step = 1 + number * steps // rounds
        died += killed(store_url, tmp_path, jwks, at_ms=at, step=step) is None
        looked_at(store_url, tmp_path, jwks)
        with opened(store_url, tmp_path) as store:
            signing = store.signing_keys
            rotate(signing, publish=lambda: publish(signing, jwks, at_ms=at), at_ms=at)  # noqa: B023
            assert key_of(store, "active").activated_at == at  # it is done now, if not before
    assert died >= rounds * 0.9


def _rotate(url: str, folder: Path, at_ms: int) -> tuple[bool, str]:
    with opened(url, folder) as store:
        done = rotate(store.signing_keys, at_ms=at_ms)
        return done.changed, signer(store.signing_keys).row.kid


def test_of_eight_rotations_at_once_one_does_it(store_url: str, tmp_path: Path) -> None:
    """The others see what it did, and find nothing due."""
    with opened(store_url, tmp_path) as store:
        begun(store, tmp_path / "jwks.json")
    at = BEGIN
    for _ in range(3):
        at += 2 * DAY
        found = together(_rotate, [(store_url, tmp_path, at)] * 8)
        assert [changed for changed, _ in found].count(True) == 1
        assert len({kid for _, kid in found}) == 1
        with opened(store_url, tmp_path) as store:
            publish(store.signing_keys, tmp_path / "jwks.json", at_ms=at)
    looked_at(store_url, tmp_path, tmp_path / "jwks.json")


def _activate(url: str, folder: Path, kid: str, at_ms: int) -> str:
    with opened(url, folder) as store:
        try:
            return activate(store.signing_keys, kid, at_ms=at_ms).state
        except Conflict as error:
            return error.code


def test_of_eight_activations_at_once_one_wins_and_the_others_are_told(
    store_url: str, tmp_path: Path
) -> None:
    with opened(store_url, tmp_path) as store:
        begun(store, tmp_path / "jwks.json")
        kid = key_of(store, "next").kid
    found = together(_activate, [(store_url, tmp_path, kid, BEGIN + DAY)] * 8)
    assert sorted(found) == ["active", *["jwks.state"] * 7]
    with opened(store_url, tmp_path) as store:
        assert key_of(store, "active").kid == kid


def _init(url: str, folder: Path, alg: str) -> str:
    with opened(url, folder) as store:
        try:
            return init(store.signing_keys, alg, at_ms=BEGIN).alg
        except Conflict as error:
            return error.code


def test_of_eight_first_commands_one_makes_the_keys(store_url: str, tmp_path: Path) -> None:
    """Of one algorithm; and all seal under the same KEK, which one of them made."""
    with opened(store_url, tmp_path):
        pass
    asked = [(store_url, tmp_path, alg) for alg in ("EdDSA", "ES256") for _ in range(4)]
    found = together(_init, asked)
    assert sorted(found) == ["ES256", "EdDSA", *["jwks.exists"] * 6]
    with opened(store_url, tmp_path) as store:
        assert store.signing_keys.keks.ids == [1]
        for alg in ("EdDSA", "ES256"):
            assert signer(store.signing_keys, alg=alg).key.private
