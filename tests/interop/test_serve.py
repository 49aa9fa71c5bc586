"""Verifiers that take their keys from `authcli jwks serve`, while the keys are rotated twice.

Each keeps a JWKS as long as its Cache-Control lets it, and no longer, and asks again for no other
reason: a token whose kid it does not know is an error.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

import pytest

from authcli import tokens
from authcli.signing.choosing import signer
from authcli.signing.model import Times
from authcli.signing.rotation import begin, init, rotate
from tests.cli.harness import Cli
from tests.cli.jwks import opened
from tests.cli.jwks_server import serving
from tests.interop.cases import Material
from tests.interop.debian import Jose
from tests.interop.node import NodeJose
from tests.requirements import require_package

#: Verifiers keep the JWKS for a second; half of one is for answers on their way.
TIMES = Times(cache_ms=1000, max_token_ms=60_000, skew_ms=500)


class Verifier(Protocol):
    """Somebody who verifies with keys that are fetched."""

    def __call__(self, token: str) -> dict[str, Any]:
        """Return the claims; anything raised is a refusal."""


class Cached:
    """A JWKS that is fetched when the one before it is as old as its server lets it become."""

    def __init__(self, url: str) -> None:
        self.url, self.until, self.data = url, 0.0, b""
        self.fetched = 0

    def __call__(self) -> bytes:
        if time.monotonic() >= self.until:
            asked = time.monotonic()
            with urlopen(self.url, timeout=10) as answer:
                self.data = answer.read()
                found = re.search("max-age=([0-9]+)", answer.headers["Cache-Control"])
            assert found is not None
            self.until = asked + int(found[1])
            self.fetched += 1
        return self.data


def py_jwk_client(url: str, folder: Path, farewell: ExitStack) -> Verifier:
    jwt = require_package("jwt")
    client = jwt.PyJWKClient(url, lifespan=1, cooldown_duration=3600)

    def verify(token: str) -> dict[str, Any]:
        key = client.get_signing_key_from_jwt(token)
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["ES256"])
        return claims

    return verify


def joserfc(url: str, folder: Path, farewell: ExitStack) -> Verifier:
    jwk, jwt, cached = require_package("joserfc.jwk"), require_package("joserfc.jwt"), Cached(url)

    def verify(token: str) -> dict[str, Any]:
        found = jwk.KeySet.import_key_set(json.loads(cached()))
        claims: dict[str, Any] = jwt.decode(token, found, algorithms=["ES256"]).claims
        return claims

    return verify


def debian_jose(url: str, folder: Path, farewell: ExitStack) -> Verifier:
    peer, cached = Jose(folder), Cached(url)
    return lambda token: peer.verify(token, key=Material("jwks", cached()), algorithm="ES256")


def node_jose(url: str, folder: Path, farewell: ExitStack) -> Verifier:
    peer = NodeJose(folder)
    farewell.callback(peer.close)

    def verify(token: str) -> dict[str, Any]:
        claims = peer.ask("verifyRemote", url=url, keptMs=1000, token=token, algorithm="ES256")
        assert isinstance(claims, dict)
        return claims

    return verify


VERIFIERS: dict[str, Callable[[str, Path, ExitStack], Verifier]] = {
    "PyJWKClient": py_jwk_client,
    "joserfc": joserfc,
    "jose": debian_jose,
    "node-jose": node_jose,
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each verifier that is installed refused, by its name: one run of all of them."""
    cli = Cli(tmp_path_factory.mktemp("serve"))
    with ExitStack() as farewell, opened(cli) as store:
        keys = store.signing_keys
        init(keys, "ES256", times=TIMES)
        with serving(cli) as server:
            met: dict[str, Verifier] = {}
            for name, make in VERIFIERS.items():
                with suppress(pytest.skip.Exception):
                    met[name] = make(server.jwks_uri, tmp_path_factory.mktemp(name), farewell)
            refused: dict[str, list[str]] = {name: [] for name in met}
            minted: dict[str, str] = {}
            signed_by: list[str] = []
            end = time.monotonic() + 30
            while len(signed_by) < 3 or len(minted) - first_of_last(minted, signed_by) < 3:
                assert time.monotonic() < end, signed_by
                begin(keys)
                rotate(keys)
                chosen = signer(keys)
                if chosen.row.kid not in signed_by:
                    signed_by.append(chosen.row.kid)
                number = str(len(minted))
                minted[number] = tokens.mint({"sub": number}, key=chosen.key)
                for name, verify in met.items():
                    refused[name] += attempts(verify, minted)
                time.sleep(0.1)
    return refused


def first_of_last(minted: dict[str, str], signed_by: list[str]) -> int:
    """Return the number of the first token that the newest key signed."""
    kids = [tokens.decode(token).header["kid"] for token in minted.values()]
    return kids.index(signed_by[-1]) if signed_by else 0


def attempts(verify: Verifier, minted: dict[str, str]) -> list[str]:
    """Verify the newest token and the oldest of each key; return what was said against one."""
    oldest = {tokens.decode(token).header["kid"]: n for n, token in reversed(minted.items())}
    against = []
    for number in {*oldest.values(), [*minted][-1]}:
        try:
            assert verify(minted[number])["sub"] == number
        except Exception as error:  # noqa: BLE001 - whatever a peer raises
            against.append(f"token {number}: {error!r}")
    return against


@pytest.mark.parametrize("name", VERIFIERS)
def test_every_token_verifies_across_two_rotations(
    outcome: dict[str, list[str]], name: str, tmp_path: Path
) -> None:
    """The newest, and those of the keys before it, at each moment."""
    if name not in outcome:
        VERIFIERS[name]("http://127.0.0.1:9/", tmp_path, ExitStack())  # says what is missing
    assert outcome[name] == []
