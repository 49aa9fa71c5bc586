"""What the package offers, literally; it is light, and its functions do what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from authcli import keys, revocation, signing, tokens
from authcli.clock import now_ms
from authcli.errors import TokenRevoked
from authcli.signing.model import SigningKey, Times
from authcli.store import Store

HOUR = 3_600_000


def test_the_package_offers_these_names() -> None:
    assert signing.__all__ == [
        *("activate", "begin_rotation", "drop", "import_key", "init", "jwks"),
        *("publish", "retire", "rotate", "signer", "update", "verifying_keys"),
    ]


def test_importing_it_loads_no_database_and_no_cryptography() -> None:
    code = "import sys; import authcli.signing; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "authcli.signing" in loaded.stdout.split()
    heavy = {"sqlite3", "psycopg", "cryptography", "jwt", "socketserver"}
    assert heavy & set(loaded.stdout.split()) == set()


def test_a_life_of_keys_by_the_functions_of_the_package(store: Store, tmp_path: Path) -> None:
    """Init, publish, rotate, activate, retire, drop, import: one call each."""
    managed, begun = store.signing_keys, now_ms() - 3 * HOUR
    times = Times(max_token_ms=2 * HOUR)
    signing.init(managed, "ES256", times=times, at_ms=begun)
    signing.publish(managed, tmp_path / "jwks.json", at_ms=begun)
    first = signing.signer(managed)
    token = tokens.mint({"sub": "alice"}, key=first.key)
    assert [key.kid for key in signing.begin_rotation(managed)] == [first.row.kid]
    assert signing.rotate(managed).changed
    second = signing.signer(managed)
    assert second.row.kid != first.row.kid
    assert tokens.verify(token, key=signing.verifying_keys(managed)).payload["sub"] == "alice"
    shown = json.loads(signing.jwks(managed))["keys"]
    assert shown[0]["kid"] == second.row.kid

    def deny(key: SigningKey, until_ms: int) -> None:
        revocation.revoke(store.tokens, "kid", key.name, longest_ms=until_ms - now_ms())

    assert signing.drop(managed, first.row.kid, deny=deny, reason="leaked") is None
    with pytest.raises(TokenRevoked):
        tokens.verify(token, key=first.key.public(), revocation=revocation.checker(store.tokens))
    taken = signing.import_key(managed, keys.generate("ES256"))
    assert signing.activate(managed, taken.kid, force=True).state == "active"
    assert signing.retire(managed, second.row.kid, force=True).state == "retired"
    ring = signing.update(managed, "ES256", issuer="https://login.example", times=times)
    assert ring.issuer == "https://login.example"
