"""Between all formats a key stays the key that it was."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli import keys
from authcli.encoding import base64url_encode
from authcli.errors import InvalidInput, KeyWrong, PassphraseNeeded
from authcli.keys.curves import WEIERSTRASS
from authcli.secret import Secret
from tests.keys.making import (
    PAIR_KINDS,
    PASSPHRASE,
    SECRET_KINDS,
    jwk,
    made,
    members,
    numbers,
    written,
)


@pytest.mark.parametrize("kind", [*PAIR_KINDS, *SECRET_KINDS])
def test_every_file_of_a_key_reads_as_that_key(kind: str) -> None:
    key = made(kind)
    for name, data in written(kind).items():
        passphrase = PASSPHRASE if name.startswith("encrypted") else None
        again = keys.read(data, passphrase=passphrase)
        expected = key.public() if name.startswith("public") else key
        assert numbers(again) == numbers(expected), name
        assert again.private == expected.private
        assert keys.thumbprint(again) == keys.thumbprint(key)
        assert again.size_bits == key.size_bits
        if "jwk" in name:
            assert (again.alg, again.kid, again.use) == (key.alg, key.kid, key.use)


@pytest.mark.parametrize("kind", PAIR_KINDS)
def test_a_file_written_again_from_what_was_read_is_the_same(kind: str) -> None:
    for name, data in written(kind).items():
        half, format = name.split()
        # OpenSSH puts random check numbers into private files.
        if half != "encrypted" and name != "private openssh":
            assert keys.write(keys.read_set(data), format=format) == data, name


@given(seed=st.binary(min_size=32, max_size=32))
@settings(max_examples=20)
def test_any_ed25519_seed_survives_every_format(seed: bytes) -> None:
    from authcli.keys.engine import okp

    key = jwk(
        kty="OKP",
        crv="Ed25519",
        x=base64url_encode(okp.derive("Ed25519", seed)[1]),
        d=base64url_encode(seed),
    )
    for format in keys.writer.FORMATS:
        assert numbers(keys.read(keys.write(key, format=format))) == numbers(key)
        public = keys.read(keys.write(key.public(), format=format))
        assert numbers(public) == numbers(key.public())


@given(
    crv=st.sampled_from(sorted(WEIERSTRASS)),
    scalar=st.one_of(st.integers(1, 2**200), st.integers(1, WEIERSTRASS["P-521"].order - 1)),
)
@settings(max_examples=40)
def test_any_ec_scalar_survives_every_format(crv: str, scalar: int) -> None:
    """Small scalars have leading zero bytes, which writers lose."""
    from authcli.keys.engine import ec

    curve = WEIERSTRASS[crv]
    scalar = scalar % (curve.order - 1) + 1
    _, point = ec.derive(crv, scalar)
    text = base64url_encode(scalar.to_bytes(curve.size_bytes, "big"))
    key = jwk(kty="EC", crv=crv, d=text, **point)
    for format in ("pem", "der", "jwk", *(["openssh"] if crv != "secp256k1" else [])):
        assert numbers(keys.read(keys.write(key, format=format))) == numbers(key)
        public = keys.read(keys.write(key.public(), format=format))
        assert numbers(public) == numbers(key.public())


@pytest.mark.parametrize("kind", ["RS256", "ES256", "Ed25519", "ML-DSA-44"])
def test_an_encrypted_file_needs_its_passphrase(kind: str) -> None:
    for name, data in written(kind).items():
        if not name.startswith("encrypted"):
            continue
        with pytest.raises(PassphraseNeeded) as without:
            keys.read(data)
        assert "--passphrase" in str(without.value.hint)
        for wrong in ("", "wrong", "correct horse battery stapl"):
            with pytest.raises(PassphraseNeeded):
                keys.read(data, passphrase=Secret(wrong))


def test_a_passphrase_that_was_not_needed_is_told() -> None:
    key = keys.read(written("ES256")["private pem"], passphrase=PASSPHRASE)
    assert any("not encrypted" in note for note in key.notes)


def test_no_format_writes_what_it_cannot_hold() -> None:
    secret, pair = made("HS256"), made("ES256")
    for format in ("pem", "der", "openssh"):
        with pytest.raises(KeyWrong, match="shared secret"):
            keys.write(secret, format=format)
    for kind in ("Ed448", "X25519", "ES256K", "ML-DSA-65"):
        with pytest.raises(KeyWrong, match="OpenSSH has no format"):
            keys.write(made(kind), format="openssh")
    for format in ("jwk", "jwks"):
        with pytest.raises(KeyWrong, match="plain"):
            keys.write(pair, format=format, passphrase=PASSPHRASE)
    with pytest.raises(KeyWrong, match="plain"):
        keys.write(pair.public(), format="pem", passphrase=PASSPHRASE)
    for passphrase in ("", "x" * 1024):
        with pytest.raises(KeyWrong, match="1 to 1023 bytes"):
            keys.write(pair, format="pem", passphrase=Secret(passphrase))
    with pytest.raises(InvalidInput):
        keys.write(pair, format="xml")


def test_a_set_of_several_keys_fits_jwks_alone() -> None:
    both = keys.KeySet((made("ES256"), made("Ed25519")))
    again = keys.read_set(keys.write(both, format="jwks"))
    assert [key.kid for key in again] == [key.kid for key in both]
    for format in ("jwk", "pem"):
        with pytest.raises(KeyWrong, match="2 keys do not fit"):
            keys.write(both, format=format)


@pytest.mark.parametrize("kind", PAIR_KINDS)
def test_public_output_holds_no_private_member(kind: str) -> None:
    private = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}
    assert not private & members(kind, private=False).keys()
    for name, data in written(kind).items():
        if name.startswith("public"):
            key = keys.read(data)
            assert not key.private
            assert not key.private_members
            with pytest.raises(KeyWrong, match="public key"):
                keys.to_jwk(key, private=True)


def test_a_shared_secret_has_no_public_half() -> None:
    with pytest.raises(KeyWrong, match="no public half"):
        made("HS256").public()
    with pytest.raises(KeyWrong, match="no public half"):
        keys.to_jwk(made("HS256"), private=False)


def test_the_public_half_permits_what_the_private_half_undoes() -> None:
    private = jwk(**members("ES256") | {"key_ops": ["sign", "verify"], "use": "sig"})
    assert private.public().key_ops == ("verify",)
    agreement = jwk(**members("X25519") | {"key_ops": ["deriveBits"]})
    assert agreement.public().key_ops == ()


@pytest.mark.parametrize(
    ("kind", "suffix", "expected"),
    [
        ("HS256", None, "jwk"),
        ("ML-DSA-44", None, "jwk"),
        ("ES256", None, "pem"),
        ("ES256", ".JWK", "jwk"),
        ("ES256", ".jwks", "jwks"),
        ("ES256", ".der", "der"),
        ("ES256", ".pub", "openssh"),
        ("ES256K", ".pub", "pem"),
        ("HS256", ".txt", "jwk"),
        ("RS256", ".json", "jwk"),
        ("ML-DSA-44", ".pem", "pem"),
    ],
)
def test_the_format_follows_the_ending_and_else_the_type(
    kind: str, suffix: str | None, expected: str
) -> None:
    assert keys.default_format(made(kind), path_suffix=suffix) == expected


def test_keys_of_traditional_formats_are_read() -> None:
    """PKCS#1 and SEC1, plain and encrypted in the manner of RFC 1421."""
    from cryptography.hazmat.primitives import serialization as s

    sealed = s.BestAvailableEncryption(PASSPHRASE.reveal())
    for kind, name in (("RS256", "PKCS#1"), ("ES256", "SEC1"), ("ES512", "SEC1")):
        native = made(kind).native
        for container, encoding in (("PEM", s.Encoding.PEM), ("DER", s.Encoding.DER)):
            plain = native.private_bytes(  # type: ignore[union-attr]
                encoding, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption()
            )
            key = keys.read(plain)
            assert numbers(key) == numbers(made(kind))
            assert key.found == f"{name} {container} private key"
        old = native.private_bytes(  # type: ignore[union-attr]
            s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, sealed
        )
        assert b"DEK-Info" in old
        assert numbers(keys.read(old, passphrase=PASSPHRASE)) == numbers(made(kind))
        with pytest.raises(PassphraseNeeded):
            keys.read(old)
    native = made("RS256").public().native
    for container, encoding in (("PEM", s.Encoding.PEM), ("DER", s.Encoding.DER)):
        data = native.public_bytes(encoding, s.PublicFormat.PKCS1)  # type: ignore[union-attr]
        assert keys.read(data).found == f"PKCS#1 {container} public key"


def test_base64_hex_bom_comment_and_literal_line_breaks_are_forgiven_and_told() -> None:
    pem = written("ES256")["private pem"]
    der = written("ES256")["private der"]
    jwk_text = written("ES256")["private jwk"]
    for data, told in [
        (pem.replace(b"\n", b"\\n"), "line breaks"),
        (pem.replace(b"\n", b"\\r\\n"), "line breaks"),
        (pem.replace(b"\n", b" "), None),
        (b"Bag Attributes\n  friendlyName: x\n" + pem, None),
        (b'"' + pem.replace(b"\n", b"\\n") + b'"', "line breaks"),
        (b"\xef\xbb\xbf" + pem, "byte order mark"),
        (b"\xef\xbb\xbf \n" + jwk_text, "byte order mark"),
        (b"# signing key\n" + jwk_text, "comment"),
        (b"  // signing key\n\n" + jwk_text, "comment"),
        (binascii.b2a_base64(pem), "base64"),
        (binascii.b2a_base64(der), "base64"),
        (base64url_encode(jwk_text).encode(), "base64"),
        (binascii.hexlify(der), "hex"),
        (
            b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + pem,
            None,
        ),
    ]:
        key = keys.read(data)
        assert numbers(key) == numbers(made("ES256"))
        assert (told is None) == (key.notes == ())
        assert told is None or any(told in note for note in key.notes), data[:40]


def test_a_public_line_is_found_among_comments() -> None:
    line = written("Ed25519")["public openssh"]
    for data in (line, b"# mine\n" + line, b"\n\n" + line.rstrip() + b" alice@example\r\n"):
        assert numbers(keys.read(data)) == numbers(made("Ed25519").public())
