"""Published vectors: RFC 7515 appendix A, RFC 8037, and the set that AUTHCLI_TEST_VECTORS names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from authcli import keys, tokens
from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import TokenExpired, TokenRejected
from authcli.keys import Key
from authcli.tokens import compact, engine

HERE = Path(__file__).parent.parent / "vectors"


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


RFC = rows(HERE / "rfc7515_appendix_a.jsonl") + rows(HERE / "rfc8037_appendix_a.jsonl")


def genuine(token: str, key: Key, algorithm: str) -> bool:
    parts = compact.split(token)
    return engine.verifier(algorithm, key)(parts.signing_input, parts.signature)


@pytest.mark.parametrize("row", RFC, ids=lambda row: row["source"])
def test_an_example_reads_as_the_standard_prints_it(row: dict[str, str]) -> None:
    parts = compact.split(row["token"])
    assert parts.header.decode() == row["header"]
    assert parts.payload.decode() == row["payload"]
    assert compact.read_header(parts.header)["alg"] == row["alg"]


@pytest.mark.parametrize(
    "row", [row for row in RFC if row["verdict"] == "signature"], ids=lambda row: row["source"]
)
def test_an_example_verifies_and_its_neighbours_do_not(row: dict[str, str]) -> None:
    key = keys.read(json.dumps(row["jwk"]).encode())
    assert genuine(row["token"], key, row["alg"])
    parts = compact.split(row["token"])
    check = engine.verifier(row["alg"], key)
    for at in range(0, len(parts.signature), 7):
        changed = bytearray(parts.signature)
        changed[at] ^= 1
        assert not check(parts.signing_input, bytes(changed))
    assert not check(parts.signing_input + b"A", parts.signature)


@pytest.mark.parametrize(
    "row", [row for row in RFC if row.get("deterministic")], ids=lambda row: row["source"]
)
def test_signing_an_example_again_gives_the_same_signature(row: dict[str, str]) -> None:
    key = keys.read(json.dumps(row["jwk"]).encode())
    text = f"{base64url_encode(row['header'].encode())}.{base64url_encode(row['payload'].encode())}"
    signature = base64url_encode(engine.signer(row["alg"], key)(text.encode()))
    assert f"{text}.{signature}" == row["token"]


def test_the_example_claims_verified_in_2011_and_are_expired_since() -> None:
    """RFC 7515, appendix A.1: exp is 1300819380, and from that second on the token is expired."""
    key = keys.read(json.dumps(RFC[0]["jwk"]).encode())
    verified = tokens.verify(RFC[0]["token"], key=key, at=1_300_819_379)
    assert verified.payload["http://example.com/is_root"] is True
    with pytest.raises(TokenExpired) as refused:
        tokens.verify(RFC[0]["token"], key=key, at=1_300_819_380)
    assert [check.name for check in refused.value.report.failures] == ["expiry"]


def test_the_unsecured_example_is_refused_and_still_readable() -> None:
    """RFC 7515, appendix A.5; RFC 7519, section 6.1."""
    token = str(RFC[4]["token"])
    with pytest.raises(TokenRejected) as refused:
        tokens.verify(token, key=keys.read(json.dumps(RFC[0]["jwk"]).encode()), at=1_300_819_379)
    assert refused.value.code == "token.alg-none"
    assert tokens.decode(token).payload["iss"] == "joe"


PUBLISHED = os.environ.get("AUTHCLI_TEST_VECTORS")
JOSE = rows(Path(PUBLISHED) / "jose_rfc.jsonl") if PUBLISHED else []
needs_vectors = pytest.mark.skipif(not PUBLISHED, reason="AUTHCLI_TEST_VECTORS names no folder")


def payload_of(row: dict[str, str]) -> bytes:
    if row.get("payload") is not None:
        return row["payload"].encode()
    return base64url_decode(row["payload_b64u"])


@needs_vectors
def test_the_published_set_is_whole() -> None:
    """41 rows of these kinds: a row of another kind needs a test here."""
    kinds = sorted({str(row["kind"]) for row in JOSE})
    assert len(JOSE) == 41
    assert kinds == [
        "jwe-compact",
        "jws-compact",
        "jws-compact-detached",
        "jws-flattened-json",
        "jws-flattened-json-detached",
        "jws-general-json",
        "jws-general-json-detached",
    ]


@needs_vectors
@pytest.mark.parametrize(
    "row",
    [row for row in JOSE if (row["kind"], row["expected"]) == ("jws-compact", "accept-signature")],
    ids=lambda row: row["id"],
)
def test_a_published_signature_is_accepted(row: dict[str, str]) -> None:
    key = keys.read(json.dumps(row["jwk"]).encode())
    assert genuine(row["token"], key, row["alg"])
    assert compact.split(row["token"]).payload == payload_of(row)
    if row.get("reproducible"):
        parts = compact.split(row["token"])
        assert engine.signer(row["alg"], key)(parts.signing_input) == parts.signature


@needs_vectors
@pytest.mark.parametrize(
    "row",
    [row for row in JOSE if (row["kind"], row["expected"]) == ("jws-compact", "reject")],
    ids=lambda row: row["id"],
)
def test_a_published_forgery_is_rejected(row: dict[str, str]) -> None:
    with pytest.raises(TokenRejected) as refused:
        tokens.verify(row["token"], key=keys.generate("ES256"))
    assert refused.value.code == "token.alg-none"


@needs_vectors
@pytest.mark.parametrize(
    "row", [row for row in JOSE if row["kind"] != "jws-compact"], ids=lambda row: row["id"]
)
def test_what_is_no_jwt_is_refused_by_its_name(row: dict[str, str]) -> None:
    """Encrypted, detached and JSON-serialised tokens are told apart from garbage."""
    with pytest.raises(TokenRejected) as refused:
        tokens.decode(row["token"] if isinstance(row["token"], str) else json.dumps(row["token"]))
    kind = row["kind"]
    word = "JWE" if kind == "jwe-compact" else "detached" if "compact" in kind else "JSON"
    assert word in refused.value.message
    assert refused.value.code == "token.malformed"
