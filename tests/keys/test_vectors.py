"""Keys of the standards: RFC 7515, 7517, 7638, 8037 and 9278, and the published set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from authcli import keys
from authcli.encoding import base64url_encode
from authcli.errors import InvalidInput
from authcli.keys import Key
from tests.keys.making import made

RFC_KEYS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "vectors/rfc_keys.jsonl").read_text().splitlines()
]


def read(jwk: dict[str, Any]) -> Key:
    return keys.read(json.dumps(jwk).encode())


@pytest.mark.parametrize("row", RFC_KEYS, ids=lambda row: row["source"])
def test_a_key_of_the_standards_is_read_and_written_back_member_by_member(row: Any) -> None:
    key = read(row["jwk"])
    assert keys.to_jwk(key, private=key.private) == row["jwk"]
    assert json.loads(keys.write(key, format="jwk")) == row["jwk"]


@pytest.mark.parametrize(
    "row", [row for row in RFC_KEYS if "thumbprint" in row], ids=lambda row: row["source"]
)
def test_a_thumbprint_of_the_standards_is_computed(row: Any) -> None:
    assert keys.thumbprint(read(row["jwk"])) == row["thumbprint"]
    if "uri" in row:
        assert keys.thumbprint_uri(read(row["jwk"])) == row["uri"]


def test_published_thumbprints(published: Callable[[str], list[dict[str, Any]]]) -> None:
    """thumbprints.jsonl, whole."""
    rows = published("thumbprints.jsonl")
    assert len(rows) >= 16
    for row in rows:
        key = read(row["jwk"])
        assert keys.thumbprint(key) == row["thumbprint_sha256"], row["id"]
        if "thumbprint_uri" in row:
            assert row["thumbprint_uri"].startswith(keys.thumbprint_uri(key)), row["id"]


def test_published_keys_are_sound(published: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every key in jose_rfc.jsonl is read, and keeps its members."""
    jwks = [row["jwk"] for row in published("jose_rfc.jsonl") if isinstance(row.get("jwk"), dict)]
    single = [jwk for jwk in jwks if "kty" in jwk]
    assert len(single) > 20
    for jwk in single:
        key = read(jwk)
        assert keys.to_jwk(key, private=key.private) == jwk
        assert not key.weaknesses


def test_a_thumbprint_takes_the_hash_in_either_spelling_and_no_weak_one() -> None:
    key = read(RFC_KEYS[-1]["jwk"])
    assert keys.thumbprint(key, hash="sha512") == keys.thumbprint(key, hash="SHA-512")
    assert len(keys.thumbprint(key, hash="sha384")) == 64
    assert ":sha-384:" in keys.thumbprint_uri(key, hash="sha384")
    for name in ("md5", "sha1", "sha-sha-256", ""):
        with pytest.raises(InvalidInput):
            keys.thumbprint(key, hash=name)


@pytest.mark.parametrize("kind", ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_a_thumbprint_of_ml_dsa_covers_the_algorithm(kind: str) -> None:
    """RFC 9964: alg, kty and pub, in that order; the key alone does not say its parameters."""
    key = made(kind)
    text = f'{{"alg":"{kind}","kty":"AKP","pub":"{key.public_members["pub"]}"}}'
    digest = hashlib.sha256(text.encode()).digest()
    assert keys.thumbprint(key) == keys.thumbprint(key.public()) == base64url_encode(digest)
