"""What is exported, and what reading a key loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from authcli import keys
from tests.keys.making import written

HEAVY = ("cryptography", "jwt", "bcrypt", "ssl", "http.client")


def test_the_package_exports_exactly_this() -> None:
    assert keys.__all__ == [
        "ALGORITHMS",
        "Algorithm",
        "Finding",
        "Key",
        "KeySet",
        "default_format",
        "describe",
        "generate",
        "generate_secret",
        "lint",
        "read",
        "read_set",
        "require_operation",
        "signing_algorithm",
        "thumbprint",
        "thumbprint_uri",
        "to_jwk",
        "verifying_algorithms",
        "write",
    ]
    assert all(hasattr(keys, name) for name in keys.__all__)


def loaded_by(data: bytes, path: Path) -> set[str]:
    """Which modules a new process loads to read a key, name it and describe it."""
    path.write_bytes(data)
    program = (
        "import sys; from pathlib import Path; from authcli import keys\n"
        "key = keys.read(Path(sys.argv[1]).read_bytes())\n"
        "keys.thumbprint(key); keys.describe(key); keys.lint(key)\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, check=True)
    return set(done.stdout.decode().split())


@pytest.mark.parametrize("kind", ["RS256", "ES256", "Ed25519", "ML-DSA-44"])
def test_a_public_key_is_read_named_and_judged_without_cryptography(
    kind: str, tmp_path: Path
) -> None:
    for name in {"public pem", "public openssh", "public jwk"} & written(kind).keys():
        assert not loaded_by(written(kind)[name], tmp_path / "key") & set(HEAVY), name


def test_a_secret_is_read_without_cryptography(tmp_path: Path) -> None:
    assert not loaded_by(b"correct horse battery staple", tmp_path / "key") & set(HEAVY)


@pytest.mark.parametrize("kind", ["RS256", "ES256", "Ed25519"])
def test_a_private_key_loads_no_serialization_and_no_x509(kind: str, tmp_path: Path) -> None:
    """They cost 15 and 35 ms, and a plain key needs neither."""
    loaded = loaded_by(written(kind)["private pem"], tmp_path / "key")
    families = {f"authcli.keys.engine.{name}" for name in ("rsa", "ec", "okp", "mldsa")}
    assert len(loaded & families) == 1
    assert "cryptography.hazmat.primitives.serialization" not in loaded
    assert "cryptography.x509" not in loaded
