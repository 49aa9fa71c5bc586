"""Attacks on the choice of the algorithm: the token must have no say in it (RFC 8725, section 3.1).

One test for each advisory, named by its number.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authcli import keys, tokens
from authcli.errors import AuthError, InvalidInput, KeyWrong, TokenRejected
from authcli.keys import Key, KeySet
from tests.tokens.forging import (
    LIVE,
    NOW,
    hmac_signed,
    key_for,
    secret_key,
    signed,
    unsigned,
)


def rejected(token: str, key: Key | KeySet, **asked: object) -> str | None:
    with pytest.raises(TokenRejected) as refused:
        tokens.verify(token, key=key, at=NOW, **asked)
    return refused.value.code


SPELLINGS = ("none", "None", "NONE", "nOnE", "noNE", " none", "none ", "none\x00", "\u0274one")


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "EdDSA"])
def test_cve_2015_9235_alg_none(spelling: str, algorithm: str) -> None:
    """jsonwebtoken, pyjwt, namshi/jose and others: "alg": "none" switched verification off.

    Also CVE-2018-1000531 (prime-jwt), CVE-2020-15957 (DP3T), CVE-2021-22160 (Pulsar) and
    CVE-2022-23540 (jsonwebtoken), in every spelling.
    """
    key = secret_key() if algorithm == "HS256" else key_for(algorithm)
    for signature in (b"", b"\x00", b"x" * 32):
        code = rejected(unsigned({"alg": spelling}, LIVE, signature), key)
        assert code in ("token.alg-none", "token.algorithm")


def test_rfc_8725_2_1_none_as_a_list_a_number_or_nothing() -> None:
    """A comparison that coerces types finds `none` where none was written."""
    for value in (None, 0, False, [], ["none"], {"none": 1}, ""):
        assert rejected(unsigned({"alg": value}), secret_key()) is not None


def public_texts() -> dict[str, bytes]:
    """Return one RSA and one EC public key in every form that an attacker finds it in."""
    texts: dict[str, bytes] = {}
    for name, key in (
        ("RSA", key_for("RS256")),
        ("EC", key_for("ES256")),
        ("Ed", key_for("EdDSA")),
    ):
        native = key.public().native
        spki = native.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        texts[f"{name} SPKI PEM"] = spki
        texts[f"{name} SPKI PEM, CRLF"] = spki.replace(b"\n", b"\r\n")
        texts[f"{name} SPKI PEM after a BOM"] = b"\xef\xbb\xbf" + spki
        texts[f"{name} SPKI PEM after a comment"] = b"# our key\n\n" + spki
        texts[f"{name} DER"] = native.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        texts[f"{name} OpenSSH"] = native.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        texts[f"{name} JWK"] = json.dumps(keys.to_jwk(key.public(), private=False)).encode()
    rsa = key_for("RS256").public().native
    texts["RSA PKCS#1 PEM"] = rsa.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    texts["RSA PKCS#1 DER"] = rsa.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    texts["certificate"] = certificate(key_for("ES256"))
    return texts


def certificate(key: Key) -> bytes:
    from datetime import datetime

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
    builder = (
        x509.CertificateBuilder(name, name, key.public().native, 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
    )
    return builder.sign(key.native, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_cve_2016_5431_and_cve_2016_10555_a_public_key_as_hmac_secret(algorithm: str) -> None:
    """JOSE-PHP and jwt-simple: an RS256 token turned HS256, signed with the public key's text.

    Also CVE-2017-11424 (PyJWT, PKCS#1 PEM), CVE-2022-29217 (PyJWT, OpenSSH and EC PEM),
    CVE-2023-48238 (json-web-token), CVE-2024-33663 (python-jose), CVE-2024-37568 (Authlib) and
    CVE-2024-54150 (cjwt): the same with another spelling of the key.
    """
    for name, text in public_texts().items():
        key = keys.read(text)
        assert key.kty != "oct", name
        for secret in {text, text.strip(), text + b"\n", text.rstrip(b"\n") + b"\x00"}:
            forged = hmac_signed({"alg": algorithm}, secret=secret)
            assert rejected(forged, key) == "token.algorithm", name
            assert rejected(forged, KeySet((key,))) == "token.algorithm", name
            with pytest.raises(KeyWrong):
                tokens.verify(forged, key=key, algorithms=algorithm, at=NOW)


def test_cve_2022_23541_an_hmac_secret_beside_a_public_key() -> None:
    """jsonwebtoken: with keys of two families trusted, one must not verify the other's tokens."""
    public = replace(key_for("RS256").public(), kid="rsa")
    both = KeySet((public, secret_key(kid="hmac")))
    text = public.native.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for kid in ({}, {"kid": "rsa"}, {"kid": "hmac"}):
        forged = hmac_signed({"alg": "HS256", **kid}, secret=text)
        assert rejected(forged, both) in ("token.signature", "token.algorithm")


def test_cve_2022_23539_a_key_of_the_wrong_type_for_its_algorithm() -> None:
    """jsonwebtoken: a DSA key with RS256, or a curve that the algorithm does not name."""
    p256, p384 = key_for("ES256"), key_for("ES384")
    token = signed({"alg": "ES384"}, key=p384, algorithm="ES384")
    assert rejected(token, p256) == "token.algorithm"
    crossed = signed({"alg": "ES384"}, key=p256, algorithm="ES256")
    assert rejected(crossed, p256) == "token.algorithm"
    assert rejected(crossed, p384) == "token.signature"
    curve_swapped = signed({"alg": "ES256"}, key=key_for("ES256K"), algorithm="ES256K")
    assert rejected(curve_swapped, p256) == "token.signature"
    assert rejected(curve_swapped, key_for("ES256K")) == "token.algorithm"


@pytest.mark.parametrize(
    "spelling", ["hs256", "Hs256", "HS256 ", " HS256", "HS-256", "HS256\x00", "\uff28S256", "ES521"]
)
def test_rfc_8725_2_1_a_misspelt_algorithm_is_no_algorithm(spelling: str) -> None:
    """A filter compares exactly, the verifier behind it does not: what was filtered comes in."""
    assert rejected(hmac_signed({"alg": spelling}), secret_key()) == "token.algorithm"


def test_rfc_8725_3_1_a_token_cannot_widen_what_was_asked_for() -> None:
    token = hmac_signed({"alg": "HS512"}, secret=b"s" * 64)
    assert rejected(token, secret_key(b"s" * 64), algorithms="HS256") == "token.algorithm"
    declared = secret_key(b"s" * 64, alg="HS256")
    assert rejected(token, declared) == "token.algorithm"


def test_rfc_8725_3_5_and_cve_2025_45768_short_hmac_keys() -> None:
    """PyJWT and others sign and verify with any length: `HS256` of "secret" is guessed offline."""
    with pytest.raises(AuthError):
        tokens.mint({}, key=secret_key(b"secret"))
    assert rejected(hmac_signed({"alg": "HS256"}, secret=b"secret"), secret_key(b"secret")) == (
        "key.weak"
    )


def test_cve_2019_20933_an_empty_hmac_secret() -> None:
    """InfluxDB: with no secret configured, tokens signed with the empty secret were accepted."""
    forged = hmac_signed({"alg": "HS256"}, secret=b"")
    assert rejected(forged, secret_key()) == "token.signature"
    with pytest.raises(InvalidInput):
        keys.read(b"")
    with pytest.raises(InvalidInput):
        keys.read(b'{"kty":"oct","k":""}')
