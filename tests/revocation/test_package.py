"""What the package offers, literally; it is light, and its functions do what they say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from authcli import revocation
from authcli.clock import now_ms
from authcli.errors import Revoked
from authcli.store import Store


def test_the_package_offers_these_names() -> None:
    assert revocation.__all__ == [
        *("access_claims", "begin_family", "checker", "end_families", "end_family"),
        *("refresh", "register", "revoke", "revoke_token"),
    ]


def test_importing_it_loads_no_database_and_no_cryptography() -> None:
    code = "import sys; import authcli.revocation; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "authcli.revocation" in loaded.stdout.split()
    heavy = {"sqlite3", "psycopg", "redis", "hashlib", "hmac", "cryptography", "jwt"}
    assert heavy & set(loaded.stdout.split()) == set()


def test_a_sign_in_by_the_functions_of_the_package(store: Store) -> None:
    tokens = store.tokens
    begun = revocation.begin_family(tokens, {"sub": "alice"}, access_ms=900_000)
    claims = {**revocation.access_claims(begun.family), "jti": "1", "exp": now_ms() // 1000 + 900}
    listed = revocation.checker(tokens, allow_list=tokens)
    unknown = listed(claims, None)
    assert unknown is not None
    assert unknown.code == "token.unregistered"
    assert revocation.register(tokens, {"alg": "HS256"}, claims).family_id == begun.family.id
    assert listed(claims, None) is None
    after = revocation.refresh(tokens, begun.text.reveal_text())
    assert revocation.end_families(tokens, "alice", issuer="", reason="left") != ()
    with pytest.raises(Revoked):
        revocation.refresh(tokens, after.text.reveal_text())
    assert listed(claims, None) is not None
    assert revocation.end_family(tokens, begun.family.id, reason="x").revoked_reason == "left"
    assert revocation.revoke_token(tokens, claims).value == "1"
    assert revocation.revoke(tokens, "sub", "alice", longest_ms=1).issued_before is not None
