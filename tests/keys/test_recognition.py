"""Whatever looks like key material is read as that, or refused; it is never an HMAC secret."""

from __future__ import annotations

import base64
import binascii
import json
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import keys
from authcli.encoding import base64url_encode
from authcli.errors import InvalidInput, KeyMalformed, KeyUnusable, KeyWrong
from tests.keys.making import PAIR_KINDS, PASSPHRASE, jwk, made, members, written


def damaged(data: bytes) -> dict[str, bytes]:
    """A key file after the accidents that happen to files."""
    middle = len(data) // 2
    text = data.decode() if data.isascii() else ""
    utf16 = {name: text.encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be") if text}
    space = data.find(b" ") if data.startswith((b"ssh-", b"ecdsa-")) else -1
    return utf16 | {
        "without its first word": data[space + 1 :],
        "cut short": data[:middle],
        "without its last byte": data.rstrip()[:-1],
        "with a byte lost": data[:middle] + data[middle + 1 :],
        "with a byte changed": data[:middle] + bytes([data[middle] ^ 0x80]) + data[middle + 1 :],
        "twice": data + data,
        "in base64": base64.b64encode(data),
        "in base64 lines": base64.encodebytes(data),
        "in base64url": base64url_encode(data).encode(),
        "in hex": binascii.hexlify(data),
    }


@pytest.mark.parametrize("kind", PAIR_KINDS)
def test_a_damaged_or_wrapped_key_never_becomes_a_secret(kind: str) -> None:
    """CVE-2016-10555, CVE-2022-29217: who has the public text could sign with it."""
    for name, data in written(kind).items():
        for accident, bad in damaged(data).items():
            try:
                key = keys.read_set(bad, passphrase=PASSPHRASE)
            except KeyUnusable:
                continue
            assert all(one.kty != "oct" for one in key), f"{name} {accident}"


@pytest.mark.parametrize("kind", ["RS256", "ES256", "Ed25519"])
def test_a_key_behind_a_secret_encoding_is_no_secret(kind: str) -> None:
    for data in written(kind).values():
        for encoding, text in (
            ("base64", base64.b64encode(data)),
            ("base64url", base64.urlsafe_b64encode(data)),
            ("hex", data.hex().encode()),
            ("raw", data),
        ):
            try:
                key = keys.read_set(text, secret_encoding=encoding, passphrase=PASSPHRASE)
            except KeyUnusable:
                continue
            assert all(one.kty != "oct" for one in key)


@pytest.mark.parametrize("kind", ["RS256", "ES256", "Ed25519"])
def test_key_material_inside_a_secret_jwk_is_refused(kind: str) -> None:
    for data in written(kind).values():
        with pytest.raises(KeyMalformed, match="never an HMAC secret"):
            jwk(kty="oct", k=base64url_encode(data))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"PuTTY-User-Key-File-3: ssh-ed25519\n", "PuTTY"),
        (b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", "SSH2"),
        (b"<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>", "XML"),
        (b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1", "Java keystore"),
        (b"----BEGIN PUBLIC KEY----\nMIIB\n", "damaged PEM"),
        (b"BEGIN RSA PRIVATE KEY", "damaged PEM"),
        (base64.b64decode("AAAAC3NzaC1lZDI1NTE5AAAAIA==") + bytes(32), "SSH key"),
        (b"-----BEGIN NONSENSE-----\nAAAA\n-----END NONSENSE-----\n", "PEM label"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "another label"),
        (b"-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n", "not base64"),
        (b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "not base64"),
        (b'{"kty": "EC", "crv": "P-256"', "not JSON"),
        (b'{"hello": "world"}', "no member 'kty'"),
        (b"{not json at all", "not JSON"),
        (b'[{"kty": "oct", "k": "AAAA"}]', "no JSON Web Key"),
        (b'{"keys": {}}', "not an array"),
        (b'{"keys": [1, "a", null]}', "not an object"),
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"\xff\xfe", "empty"),
    ],
)
def test_what_cannot_be_read_says_what_it_looked_like(text: bytes, told: str) -> None:
    with pytest.raises(KeyMalformed, match=told):
        keys.read(text)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("CERTIFICATE REQUEST", "certificate"),
        ("DSA PRIVATE KEY", "DSA"),
        ("PGP PUBLIC KEY BLOCK", "PGP"),
        ("TRUSTED CERTIFICATE", "openssl x509"),
    ],
)
def test_pem_of_other_things_says_what_to_do(label: str, told: str) -> None:
    text = f"-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n"
    with pytest.raises(KeyWrong, match=label) as refused:
        keys.read(text.encode())
    assert told in str(refused.value.hint)
    assert refused.value.code == "key.unsupported"


def test_keys_without_an_algorithm_of_jose_are_named() -> None:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import dsa, ec

    pkcs8 = (s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
    with pytest.raises(KeyWrong, match="DSA"):
        keys.read(dsa.generate_private_key(2048).private_bytes(*pkcs8))
    with pytest.raises(KeyWrong, match="curve"):
        keys.read(ec.generate_private_key(ec.SECP224R1()).private_bytes(*pkcs8))
    with pytest.raises(KeyWrong, match="not known"):
        jwk(kty="EC", crv="P-192", x="AAAA", y="AAAA")
    with pytest.raises(KeyWrong, match="not known"):
        jwk(kty="XYZ")
    blob = b"\0\0\0\x1ask-ssh-ed25519@openssh.com\0\0\0\x20" + bytes(32)
    with pytest.raises(KeyWrong, match="hardware key"):
        keys.read(b"sk-ssh-ed25519@openssh.com " + base64.b64encode(blob))


def test_a_pem_label_must_fit_what_it_holds() -> None:
    pem = written("ES256")["private pem"]
    with pytest.raises(KeyMalformed, match="labelled PUBLIC KEY"):
        keys.read(pem.replace(b"PRIVATE KEY", b"PUBLIC KEY"))


def test_several_keys_are_not_one() -> None:
    one, other = written("ES256"), written("Ed25519")
    with pytest.raises(KeyWrong, match="2 private keys"):
        keys.read(one["private pem"] + other["private pem"])
    with pytest.raises(KeyWrong, match="holds 2 keys"):
        keys.read(one["public pem"] + other["public pem"])
    assert len(keys.read_set(one["public pem"] + other["public pem"])) == 2
    with pytest.raises(KeyMalformed, match="several OpenSSH keys"):
        keys.read(one["public openssh"] + other["public openssh"])
    text = json.dumps({"keys": [members("ES256"), members("Ed25519")]}).encode()
    with pytest.raises(KeyWrong, match="holds 2 keys"):
        keys.read(text, what="signing key")


# --- Shared secrets


@pytest.mark.parametrize(
    ("text", "encoding", "secret"),
    [
        (b"correct horse\n", None, b"correct horse"),
        (b"correct horse\r\n", None, b"correct horse"),
        (b"correct horse\n\n", None, b"correct horse\n"),
        (b" correct horse", "raw", b" correct horse"),
        ("stra\u00dfe\n".encode(), None, "stra\u00dfe".encode()),
        (b"\x00\xff\n", None, b"\x00\xff\n"),
        (b"\xff\xfe\xfd\n", "raw", b"\xff\xfe\xfd\n"),
        (b"c2VjcmV0\n", None, b"c2VjcmV0"),
        (b"c2VjcmV0\n", "base64", b"secret"),
        (b"c2VjcmV0cw==", "base64", b"secrets"),
        (b"c2VjcmV0cw", "base64url", b"secrets"),
        (b"-_-_\n", "base64url", b"\xfb\xff\xbf"),
        (b"+/+/\n", "base64", b"\xfb\xff\xbf"),
        (b" 736563726574 \n", "hex", b"secret"),
    ],
)
def test_a_secret_is_what_its_encoding_says(
    text: bytes, encoding: str | None, secret: bytes
) -> None:
    key = keys.read(text, secret_encoding=encoding)
    assert key.native.reveal() == secret  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(b"+/+/", "base64url"), (b"-_-_", "base64"), (b"abc", "hex"), (b"a b\xff", "base64")],
)
def test_a_secret_that_is_not_in_its_encoding_is_refused(text: bytes, encoding: str) -> None:
    with pytest.raises(KeyMalformed, match=f"is not {encoding}"):
        keys.read(text, secret_encoding=encoding)
    with pytest.raises(InvalidInput):
        keys.read(text, secret_encoding="rot13")


@given(st.binary(min_size=16, max_size=64))
def test_random_bytes_are_a_secret_whatever_they_begin_with(drawn: bytes) -> None:
    raw = bytes(byte | 0x80 for byte in drawn)
    for start in (b"", b"{", b"[", b"0", b"\xff\xfe", b"\xef\xbb"):
        secret = start + raw + b"\x00\x9c"
        key = keys.read(secret)
        assert key.native.reveal() == secret  # type: ignore[union-attr]


def test_ten_thousand_random_secrets_are_all_read() -> None:
    for _ in range(10_000):
        assert keys.read(secrets.token_bytes(32)).kty == "oct"
        assert keys.read(secrets.token_urlsafe(48).encode()).kty == "oct"


@pytest.mark.parametrize("alphabet", ["0123456789abcdef", "0123456789ABCDEFGHIJ-_xyz", "+/9aZ"])
def test_a_secret_of_letters_is_read_whatever_its_length(alphabet: str) -> None:
    """Also where hex or base64 cannot have that length."""
    for length in range(1, 90):
        secret = (alphabet * 30)[:length].encode()
        assert keys.read(secret).native.reveal() == secret  # type: ignore[union-attr]


def test_der_of_two_members_is_key_material_and_of_one_is_not() -> None:
    one, two = bytes.fromhex("3003020107"), bytes.fromhex("3006020107020105")
    assert keys.read(one).kty == "oct"
    with pytest.raises(KeyUnusable):
        keys.read(two)
    assert keys.read(two + b"\0").kty == "oct"


# --- Sets


def test_a_set_passes_over_what_it_cannot_use_and_says_why() -> None:
    """RFC 7517, section 5."""
    broken = members("ES256", private=False) | {"y": members("ES256")["x"], "kid": "broken"}
    unknown = {"kty": "NEW", "kid": "future"}
    text = json.dumps({"keys": [unknown, broken, members("Ed25519"), {"kty": "EC"}]}).encode()
    found = keys.read_set(text)
    assert [key.kid for key in found] == [made("Ed25519").kid]
    assert found.find(str(made("Ed25519").kid)) is found.keys[0]
    assert found.find("broken") is None
    assert [(one.severity, one.code) for one in found.passed_over] == [
        ("note", "key.unsupported"),
        ("error", "key.inconsistent"),
        ("error", "key.malformed"),
    ]
    assert found.ignored[1].startswith("key 2 (kid 'broken'): the point")
    assert keys.read(text).crv == "Ed25519"
    only_broken = json.dumps({"keys": [broken]}).encode()
    with pytest.raises(KeyMalformed, match="no key of the JWK Set can be used"):
        keys.read_set(only_broken)


def test_an_empty_set_is_a_set_and_no_key() -> None:
    assert len(keys.read_set(b'{"keys": []}')) == 0
    with pytest.raises(KeyWrong, match="holds 0 keys"):
        keys.read(b'{"keys": []}')


def test_a_single_key_is_a_set_of_one() -> None:
    assert [key.kty for key in keys.read_set(written("ES256")["public pem"])] == ["EC"]
    assert [key.kty for key in keys.read_set(b"correct horse")] == ["oct"]
