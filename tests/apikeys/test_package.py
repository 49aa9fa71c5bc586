"""The package is light, and its functions do what they say."""

from __future__ import annotations

import subprocess
import sys

from authcli import apikeys
from authcli.store.store import Store


def test_importing_it_loads_no_database_and_no_cryptography() -> None:
    code = "import sys; import authcli.apikeys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    heavy = {"sqlite3", "psycopg", "hashlib", "hmac", "cryptography", "ipaddress"}
    assert "authcli.apikeys" in loaded.stdout.split()
    assert heavy & set(loaded.stdout.split()) == set()


def test_a_life_of_a_key_by_the_functions_of_the_package(store: Store) -> None:
    """Issue, find, rotate, finish, disable, enable, detect, revoke: one call each."""
    keys = store.api_keys
    issued = apikeys.issue(keys, "billing", scopes=["read"])
    assert [key.id for key in apikeys.find(keys)] == [issued.key.id]
    assert apikeys.resolve(keys, "billing").id == issued.key.id
    assert apikeys.parse(issued.text).id == issued.key.id
    [found] = apikeys.detect(f"key={issued.text};".encode())
    assert found.key.text == issued.text
    rotated = apikeys.rotate(keys, issued.key.id)
    assert rotated.new is not None
    assert apikeys.rotation_status(keys, issued.key.id).rotating
    assert apikeys.finish_rotation(keys, issued.key.id).changed
    assert apikeys.disable(keys, [rotated.new.id])[0].changed
    assert apikeys.enable(keys, [rotated.new.id])[0].changed
    assert [due.key.id for due in apikeys.expiring(keys, within_ms=100 * 86_400_000)] == [
        rotated.new.id
    ]
    assert apikeys.revoke_text(keys, str(rotated.text)).changed
    assert store.audit.verify().broken == 0
