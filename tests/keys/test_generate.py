"""New keys: of every kind, sound, named, and never below their algorithm's minimum."""

from __future__ import annotations

import pytest

from authcli import keys
from authcli.errors import InvalidInput, KeyWeak
from authcli.keys import ALGORITHMS
from authcli.keys.generator import KINDS
from tests.keys.making import made


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[:2] not in ("RS", "PS")])
def test_every_kind_is_generated_sound_and_named_by_its_thumbprint(kind: str) -> None:
    key = keys.generate(kind.lower() if kind != "EC" else kind)
    assert key.private
    assert not keys.lint(key)
    assert key.kid == keys.thumbprint(key)
    algorithm = kind in ALGORITHMS and kind not in ("Ed25519", "Ed448")
    assert (key.alg, key.use) == ((kind, "sig") if algorithm else (None, None))


def test_the_default_rsa_key_has_3072_bits_and_others_what_is_asked() -> None:
    assert keys.generate("RSA").size_bits == 3072
    assert made("RS256").size_bits == 2048
    assert keys.generate("HS256", bits=512).size_bits == 512
    assert [keys.generate(f"HS{bits}").size_bits for bits in (256, 384, 512)] == [256, 384, 512]


@pytest.mark.parametrize(
    ("kind", "bits"), [("RS256", 1024), ("RSA", 2040), ("HS512", 256), ("HS256", 248), ("oct", 64)]
)
def test_a_size_below_the_minimum_is_refused(kind: str, bits: int) -> None:
    with pytest.raises(KeyWeak, match="too few"):
        keys.generate(kind, bits=bits)


@pytest.mark.parametrize(
    ("kind", "bits", "curve"),
    [
        ("RS255", None, None),
        ("", None, None),
        ("none", None, None),
        ("RSA", 2049, None),
        ("RSA", 1 << 20, None),
        ("HS256", 1 << 30, None),
        ("ES256", 256, None),
        ("ML-DSA-44", 44, None),
        ("ES256", None, "P-384"),
        ("EC", None, "Ed25519"),
        ("RSA", None, "P-256"),
        ("Ed25519", None, "Ed448"),
    ],
)
def test_what_no_key_is_made_of_is_refused(kind: str, bits: int | None, curve: str | None) -> None:
    with pytest.raises(InvalidInput):
        keys.generate(kind, bits=bits, curve=curve)


def test_a_curve_is_chosen_where_the_kind_leaves_a_choice() -> None:
    assert keys.generate("EdDSA").crv == "Ed25519"
    assert keys.generate("EdDSA", curve="ed448").crv == "Ed448"
    assert keys.generate("EC", curve="p-521").crv == "P-521"
    assert keys.generate("OKP", curve="X25519").crv == "X25519"
    assert keys.generate("ES256", curve="P-256").crv == "P-256"


def test_a_kid_is_the_thumbprint_a_name_or_none() -> None:
    assert keys.generate("Ed25519", kid="2026-11").kid == "2026-11"
    assert keys.generate("Ed25519", kid="-own").kid == "-own"
    assert keys.generate("Ed25519", kid=None).kid is None


def test_a_thumbprint_that_begins_with_a_hyphen_is_redrawn() -> None:
    """One in 64 would; of 400 keys none does."""
    drawn = [keys.generate("HS256").kid or "-" for _ in range(400)]
    assert not [kid for kid in drawn if kid.startswith("-")]
    assert len(set(drawn)) == 400


def test_secrets_have_the_length_asked_for_and_are_not_repeated() -> None:
    assert [len(keys.generate_secret(length)) for length in (16, 32, 64)] == [16, 32, 64]
    assert keys.generate_secret() != keys.generate_secret()
    for length in (-1, 0, 15, 1 << 20):
        with pytest.raises(InvalidInput):
            keys.generate_secret(length)
