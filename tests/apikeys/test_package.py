"""What the package says of itself: its example runs, its map is whole, and it is light."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from authcli import apikeys
from authcli.store.store import Store

DOCUMENTATION = str(apikeys.__doc__)


def test_the_example_of_the_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    example = re.search(r"\n\n((?:    .*\n|\n)+)", DOCUMENTATION)
    assert example is not None
    names: dict[str, object] = {}
    exec(textwrap.dedent(example[1]), names)
    assert getattr(names["verdict"], "name", None) == "billing"
    assert (tmp_path / "keys.db").exists()


def test_every_module_is_on_the_map() -> None:
    folder = Path(str(apikeys.__file__)).parent
    modules = {path.stem for path in folder.glob("*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    words = set(re.findall(r"[a-z_]+", DOCUMENTATION))
    assert modules - words == {"__init__"}


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
