"""Published examples: RFC 7515, RFC 7520 section 4, RFC 7797 section 4, RFC 8037."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from authcli import keys
from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import TokenRejected
from authcli.keys import Key, KeySet
from authcli.tokens import jws
from authcli.tokens.jws.signing import Signer

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


VECTORS = Path(__file__).parents[2] / "vectors"
RFC_7515 = rows(VECTORS / "rfc7515_appendix_a.jsonl")
RFC = RFC_7515 + rows(VECTORS / "rfc8037_appendix_a.jsonl")
PUBLISHED = os.environ.get("AUTHCLI_TEST_VECTORS")
JOSE = rows(Path(PUBLISHED) / "jose_rfc.jsonl") if PUBLISHED else []
needs_vectors = pytest.mark.skipif(not PUBLISHED, reason="AUTHCLI_TEST_VECTORS names no folder")
name = pytest.mark.parametrize


def key_of(row: Row) -> Key | KeySet:
    members = {"keys": row["jwk"]} if isinstance(row["jwk"], list) else row["jwk"]
    found = keys.read_set(json.dumps(members).encode())
    return found.sole or found


def text_of(row: Row) -> str:
    return row["token"] if isinstance(row["token"], str) else json.dumps(row["token"])


def apart(row: Row) -> bytes | None:
    """The payload of a detached row, to be given beside it."""
    given = row.get("detached_payload")
    return None if given is None else str(given).encode()


def payload_of(row: Row) -> bytes | None:
    if row.get("payload") is not None:
        return str(row["payload"]).encode()
    return base64url_decode(row["payload_b64u"]) if row.get("payload_b64u") else apart(row)


def ids(row: Row) -> str:
    return str(row.get("id") or row["source"])


@name("row", [row for row in RFC if row["verdict"] == "signature"], ids=ids)
def test_an_example_of_the_standard_verifies(row: Row) -> None:
    """RFC 7515, appendix A.1 to A.4, and RFC 8037, appendix A.4: JSON, text, and no times."""
    verified = jws.verify(row["token"], key=key_of(row))
    assert verified.payload.decode() == row["payload"]
    assert (verified.form, verified.detached) == ("compact", False)


ACCEPTED = [row for row in JOSE if row["kind"].startswith("jws") and row["expected"] != "reject"]


@needs_vectors
def test_the_published_set_has_every_example_of_rfc_7520() -> None:
    """Sections 4.1 to 4.8; and all rows are either verified or refused below."""
    sections = {row["id"].split(".")[0] for row in ACCEPTED if row["id"].startswith("cookbook-4")}
    assert sections == {f"cookbook-4_{n}" for n in range(1, 9)}
    refused = [row for row in JOSE if row["expected"] == "reject" or row["kind"] == "jwe-compact"]
    assert len(ACCEPTED) + len(refused) == len(JOSE) == 41


@needs_vectors
@name("row", ACCEPTED, ids=ids)
def test_a_published_signature_verifies_over_its_payload(row: Row) -> None:
    """Raw, detached, unencoded, flattened, general: with every signature demanded."""
    verified = jws.verify(text_of(row), key=key_of(row), payload=apart(row), require_all=True)
    assert payload_of(row) in (None, verified.payload)
    assert all(report.passed for report in verified.signatures)
    assert verified.detached is ("detached" in row["kind"])
    assert verified.form in row["kind"]
    if row["id"] == "cookbook-4_8.multiple_signatures-json":
        assert [r.header and r.header["alg"] for r in verified.signatures] == row["alg"]


@needs_vectors
@name("row", ACCEPTED, ids=ids)
def test_a_published_signature_does_not_verify_over_another_payload(row: Row) -> None:
    text, given = text_of(row), apart(row)
    if given is not None:
        given += b"."
    elif isinstance(row["token"], str):
        header, payload, signature = text.split(".")
        text = f"{header}.{payload[:-2]}{'A' if payload[-2] != 'A' else 'B'}A.{signature}"
    else:
        text = json.dumps({**row["token"], "payload": "AA" + row["token"]["payload"][2:]})
    with pytest.raises(TokenRejected) as refused:
        jws.verify(text, key=key_of(row), payload=given)
    assert refused.value.code in ("token.signature", "token.malformed")


@needs_vectors
@name("row", [row for row in ACCEPTED if row.get("reproducible") and "compact" in row["kind"]],
      ids=ids)  # fmt: skip
def test_signing_a_published_example_again_gives_the_same(row: Row) -> None:
    key = key_of(row)
    assert isinstance(key, Key)
    payload = payload_of(row)
    assert payload is not None
    header = json.loads(base64url_decode(row["token"].split(".")[0]))
    again = jws.sign(
        payload,
        key=key,
        algorithm=row["alg"],
        kid=header.get("kid", False),
        detached="detached" in row["kind"],
    )
    assert again == row["token"]


@needs_vectors
@name("row", [row for row in JOSE if row["expected"] == "reject"], ids=ids)
def test_an_unsigned_example_is_refused_and_still_readable(row: Row) -> None:
    """RFC 7515, appendix A.5 and appendix E, whose crit nobody knows."""
    with pytest.raises(TokenRejected) as refused:
        jws.verify(row["token"], key=keys.generate("ES256"))
    assert refused.value.code == "token.alg-none"
    assert jws.inspect(row["token"]).signatures[0].algorithm == "none"
    failed = {check.name for check in refused.value.report.failures}
    assert ("critical" in failed) is (row["id"] == "rfc7515-E")


@needs_vectors
@name("row", [row for row in JOSE if row["kind"] == "jwe-compact"], ids=ids)
def test_an_encrypted_token_is_refused_by_its_name(row: Row) -> None:
    for read in (jws.inspect, lambda text: jws.verify(text, key=keys.generate("ES256"))):
        with pytest.raises(TokenRejected, match="JWE"):
            read(row["token"])


def test_the_general_and_the_flattened_example_of_rfc_7515() -> None:
    """Appendix A.6 and A.7 are the signatures of A.2 and A.3, with a kid that is not signed."""
    rsa, curve = RFC_7515[1], RFC_7515[2]
    kids = ("2010-12-29", "e9bc097a-ce51-4036-9562-d2ade882db0d")
    entries = []
    for row, kid in zip((rsa, curve), kids, strict=True):
        protected, payload, signature = row["token"].split(".")
        entries.append({"protected": protected, "header": {"kid": kid}, "signature": signature})
    both = [{**row["jwk"], "kid": kid} for row, kid in zip((rsa, curve), kids, strict=True)]
    trusted = keys.read_set(json.dumps({"keys": both}).encode())
    general = json.dumps({"payload": payload, "signatures": entries})
    flattened = json.dumps({"payload": payload, **entries[1]})
    assert len(jws.verify(general, key=trusted, require_all=True).verified) == 2
    assert jws.verify(flattened, key=trusted).payload.decode() == curve["payload"]


UNENCODED = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19"
VALUE = "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY"


def test_the_examples_of_rfc_7797() -> None:
    """Section 4.1, the control, and 4.2, detached and in JSON; the key is RFC 7515's, A.1."""
    key = key_of(RFC_7515[0])
    assert isinstance(key, Key)
    control = "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ"
    assert jws.verify(control, key=key).payload == b"$.02"
    assert jws.sign(b"$.02", key=key) == control
    detached = f"{UNENCODED}..{VALUE}"
    assert jws.verify(detached, key=key, payload=b"$.02").payload == b"$.02"
    assert jws.sign(b"$.02", key=key, unencoded=True, detached=True) == detached
    in_json = json.dumps({"protected": UNENCODED, "payload": "$.02", "signature": VALUE})
    assert jws.verify(in_json, key=key).payload == b"$.02"
    without = json.dumps({"protected": UNENCODED, "signature": VALUE})
    assert jws.verify(without, key=key, payload=b"$.02").detached


def test_an_unencoded_payload_is_never_decoded() -> None:
    """A base64url text, signed unencoded, is that text; RFC 7797's point of failure."""
    key = key_of(RFC_7515[0])
    assert isinstance(key, Key)
    text = Signer(key=key, unencoded=True).sign(b"JC4wMg")
    assert text.split(".")[1] == "JC4wMg"
    assert jws.verify(text, key=key).payload == b"JC4wMg"
    plain = base64url_encode(b'{"alg":"HS256"}')
    with pytest.raises(TokenRejected):
        jws.verify(f"{plain}.JC4wMg.{text.split('.')[2]}", key=key)
