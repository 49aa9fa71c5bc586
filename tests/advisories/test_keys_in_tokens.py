"""Attacks on the choice of the key: what the token carries is never trusted, opened or fetched.

RFC 8725, section 3.10 (Do Not Trust Received Claims): kid, jku, x5u and their kin.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import authcli
from authcli import keys, tokens
from authcli.encoding import base64url_encode
from authcli.errors import TokenRejected
from authcli.keys import Key, KeySet
from tests.tokens.forging import (
    LIVE,
    NOW,
    SECRET,
    hmac_signed,
    key_for,
    secret_key,
    signed,
    unsigned,
)


def rejected(token: str, key: Key | KeySet) -> str | None:
    with pytest.raises(TokenRejected) as refused:
        tokens.verify(token, key=key, at=NOW)
    return refused.value.code


def test_cve_2018_0114_an_embedded_public_key() -> None:
    """node-jose: the key under the header's `jwk` verified the token that carried it."""
    attacker = keys.generate("ES256")
    header = {"alg": "ES256", "jwk": keys.to_jwk(attacker.public(), private=False)}
    forged = signed(header, key=attacker, algorithm="ES256")
    trusted = key_for("ES256").public()
    assert rejected(forged, trusted) == "token.signature"
    assert rejected(forged, KeySet((replace(trusted, kid="a"),))) == "token.signature"


def test_an_embedded_hmac_secret() -> None:
    forged = hmac_signed(
        {"alg": "HS256", "jwk": {"kty": "oct", "k": base64url_encode(b"a" * 32)}}, secret=b"a" * 32
    )
    assert rejected(forged, secret_key()) == "token.signature"


def test_an_embedded_certificate_chain() -> None:
    attacker = keys.generate("ES256")
    forged = signed({"alg": "ES256", "x5c": ["MIIB"]}, key=attacker, algorithm="ES256")
    assert rejected(forged, key_for("ES256").public()) == "token.signature"


KIDS = (
    "../../../../dev/null",
    "/dev/null",
    "/etc/passwd",
    "file:///dev/null",
    "' OR '1'='1",
    "x' UNION SELECT 'YQ==' --",
    "$(touch /tmp/owned)",
    "`id`",
    "| id",
    "; id",
    "{{7*7}}",
    "__proto__",
    "constructor",
    "https://evil.example/key",
    "a\r\nX-Injected: 1",
    "a\x00b",
    "%00",
    "*",
    ".*",
    "",
    "\ud800",
    "k" * 100_000,
)


@pytest.mark.parametrize("kid", KIDS, ids=range(len(KIDS)))
def test_a_kid_is_compared_and_nothing_else(kid: str) -> None:
    """RFC 8725, section 3.10: path traversal, SQL and command injection through kid."""
    for secret in (b"", b"\x00", b"a", SECRET[:31]):
        forged = hmac_signed({"alg": "HS256", "kid": kid}, secret=secret)
        assert rejected(forged, secret_key()) == "token.signature"
        assert rejected(forged, KeySet((secret_key(kid="mine"),))) == "token.kid-unknown"


HOSTILE = (
    {"kid": "/etc/hostname"},
    {"kid": "| touch owned"},
    {"jku": "http://127.0.0.1:9/jwks.json"},
    {"jku": "file:///etc/passwd"},
    {"x5u": "http://169.254.169.254/latest/meta-data/"},
    {"x5u": "gopher://127.0.0.1:25/"},
    {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
    {"x5c": ["MIIB", "MIIC"]},
    {"x5t": "x", "x5t#S256": "y"},
    {"url": "https://evil.example", "iss": "https://evil.example"},
    {"zip": "DEF", "cty": "JWT", "enc": "A256GCM"},
)

NO_ACCESS = """
import json, sys
from authcli import keys, tokens
from authcli.errors import TokenRefused

tokens_and_key = json.load(sys.stdin)
key = keys.read(json.dumps(tokens_and_key["key"]).encode())

def read(token):
    try:
        tokens.decode(token), tokens.inspect(token)
        return tokens.verify(token, key=key, at=tokens_and_key["at"]).report.passed
    except TokenRefused as error:
        return error.report.passed

read(tokens_and_key["tokens"][0])    # so that every module is loaded
touched = []
sys.addaudithook(lambda event, _: touched.append(event) if event.startswith(
    ("open", "socket", "subprocess", "os.", "urllib", "http", "shutil", "import", "compile", "exec")
) else None)
verdicts = [read(token) for token in tokens_and_key["tokens"]]
found, touched = touched, []
print(json.dumps([verdicts, found]))
"""


def test_rfc_8725_3_10_no_token_causes_file_network_or_process_access() -> None:
    """jku and x5u that point into the network, kids that are paths: an audit hook sees none used.

    A verifier that resolves what the token says is a proxy for whoever wrote it.
    """
    members = {"kty": "oct", "k": base64url_encode(SECRET)}
    texts = [
        token
        for header in HOSTILE
        for token in (
            hmac_signed({"alg": "HS256", **header}),
            hmac_signed({"alg": "HS256", **header}, secret=b"forged"),
            unsigned({"alg": "RS256", **header}, {**LIVE, "iss": "https://evil.example"}, b"sig"),
        )
    ]
    ran = subprocess.run(
        [sys.executable, "-c", NO_ACCESS],
        input=json.dumps({"tokens": texts, "key": members, "at": NOW}),
        env={"PYTHONPATH": str(Path(authcli.__file__).parent.parent)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [[True, False, False] * len(HOSTILE), []]


def test_cve_2023_51774_a_token_encrypted_to_the_verifier_is_not_signed() -> None:
    """json-jwt: anybody can encrypt with a public key; a JWE must not pass where a JWS is asked."""
    from joserfc import jwe
    from joserfc.jwk import import_key

    key = key_for("RS256")
    public = import_key(keys.to_jwk(replace(key.public(), alg=None, use=None), private=False))
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}
    token = jwe.encrypt_compact(
        header, json.dumps(LIVE).encode(), public, algorithms=["RSA-OAEP-256", "A256GCM"]
    )
    assert rejected(token, key) == "token.malformed"
