"""Which algorithms a key signs with, and which it verifies."""

from __future__ import annotations

import pytest

from authcli import keys
from authcli.errors import InvalidInput, KeyWrong
from authcli.keys import ALGORITHMS
from authcli.keys.algorithms import ENCRYPTION_ALGORITHMS, require_algorithm
from tests.keys.making import RSA_KINDS, jwk, made, members


def plain(kind: str, **changes: object) -> keys.Key:
    """A key that declares nothing but what is given."""
    labels = ("alg", "use") if not kind.startswith("ML") else ("use",)
    return jwk(**{k: v for k, v in members(kind).items() if k not in labels} | changes)


@pytest.mark.parametrize(
    ("kind", "signs", "verifies"),
    [
        ("RS512", "RS256", RSA_KINDS),
        ("ES256", "ES256", ("ES256",)),
        ("ES384", "ES384", ("ES384",)),
        ("ES512", "ES512", ("ES512",)),
        ("ES256K", "ES256K", ("ES256K",)),
        ("Ed25519", "EdDSA", ("EdDSA", "Ed25519")),
        ("Ed448", "EdDSA", ("EdDSA", "Ed448")),
        ("HS256", "HS256", ("HS256",)),
        ("HS384", "HS256", ("HS256", "HS384")),
        ("HS512", "HS256", ("HS256", "HS384", "HS512")),
        ("ML-DSA-65", "ML-DSA-65", ("ML-DSA-65",)),
    ],
)
def test_a_key_that_declares_nothing_signs_with_its_default(
    kind: str, signs: str, verifies: tuple[str, ...]
) -> None:
    key = plain(kind)
    assert keys.signing_algorithm(key) == signs
    assert keys.verifying_algorithms(key) == verifies


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_declared_algorithm_is_the_only_one(alg: str) -> None:
    key = plain(alg, alg=alg)
    assert keys.signing_algorithm(key) == alg
    assert keys.verifying_algorithms(key) == (alg,)


def test_a_short_secret_keeps_its_family_and_its_weakness() -> None:
    key = keys.read(b"secret")
    assert keys.verifying_algorithms(key) == ("HS256", "HS384", "HS512")
    assert key.weak is not None
    assert keys.verifying_algorithms(plain("HS256"), allow_weak=True) == (
        "HS256",
        "HS384",
        "HS512",
    )


def test_keys_for_agreement_and_encryption_sign_nothing() -> None:
    for key, told in (
        (made("X25519"), "key agreement"),
        (made("X448"), "key agreement"),
        (plain("ES256", alg="ECDH-ES"), "no signature algorithm"),
        (plain("ES256", alg="made-up"), "no signature algorithm"),
    ):
        for ask in (keys.signing_algorithm, keys.verifying_algorithms):
            with pytest.raises(KeyWrong, match=told):
                ask(key)
        for operation in ("sign", "verify"):
            with pytest.raises(KeyWrong, match=told):
                keys.require_operation(key, operation=operation)  # type: ignore[arg-type]


def test_only_the_private_half_signs() -> None:
    public = made("ES256").public()
    keys.require_operation(public, operation="verify")
    with pytest.raises(KeyWrong, match=r"public key.*private half"):
        keys.require_operation(public, operation="sign")
    keys.require_operation(made("ES256"), operation="sign")
    keys.require_operation(made("HS256"), operation="verify")


def test_a_public_half_may_do_what_a_public_half_can() -> None:
    """RFC 7517, section 4.3: what "sign" permits, "verify" is the other side of."""
    for own, others in (
        (("sign",), ("verify",)),
        (("sign", "verify"), ("verify",)),
        (("x-own",), ()),
        ((), ()),
    ):
        public = plain("ES256", key_ops=list(own)).public()
        assert public.key_ops == others
        assert not public.private
        assert public.public() is public
    assert plain("ES256").public().key_ops is None
    assert plain("ES256").public().found == "public half of a private JWK"
    with pytest.raises(KeyWrong, match="no public half"):
        made("HS256").public()


@pytest.mark.parametrize(
    ("declared", "signs", "verifies"),
    [
        ({"use": "sig"}, True, True),
        ({"use": "enc"}, False, False),
        ({"use": "own"}, False, False),
        ({"key_ops": ["sign"]}, True, True),
        ({"key_ops": ["verify"]}, False, True),
        ({"key_ops": ["sign", "verify"]}, True, True),
        ({"key_ops": ["deriveBits"]}, False, False),
        ({"key_ops": []}, False, False),
    ],
)
def test_use_and_key_ops_are_kept(declared: dict[str, object], signs: bool, verifies: bool) -> None:
    """RFC 7517, sections 4.2 and 4.3."""
    key = plain("ES256", **declared)
    for operation, allowed in (("sign", signs), ("verify", verifies)):
        if allowed:
            keys.require_operation(key, operation=operation)  # type: ignore[arg-type]
        else:
            with pytest.raises(KeyWrong, match=r"declared for use|key_ops permit"):
                keys.require_operation(key, operation=operation)  # type: ignore[arg-type]


def test_the_shortest_keys_are_those_of_the_standard() -> None:
    """RFC 7518: section 3.2, as long as the hash; sections 3.3 and 3.5, 2048 bits."""
    shortest = {name: row.minimum_bits for name, row in ALGORITHMS.items() if row.minimum_bits}
    assert shortest == {
        "HS256": 256,
        "HS384": 384,
        "HS512": 512,
        **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), 2048),
    }


def test_the_algorithms_of_encryption_are_those_of_the_standard() -> None:
    """RFC 7518, sections 4.1 and 5.1, and what IANA has registered since."""
    names = (
        "RSA1_5 RSA-OAEP RSA-OAEP-256 RSA-OAEP-384 RSA-OAEP-512 A128KW A192KW A256KW dir "
        "ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW A128GCMKW A192GCMKW A256GCMKW "
        "PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW "
        "A128CBC-HS256 A192CBC-HS384 A256CBC-HS512 A128GCM A192GCM A256GCM"
    )
    assert sorted(ENCRYPTION_ALGORITHMS) == sorted(names.split())


def test_an_algorithm_is_known_by_its_exact_name() -> None:
    for name, row in ALGORITHMS.items():
        assert require_algorithm(name) is row
    for name in ("", "none", "es256", "ES256 ", "A128KW", "\x1b[2J" * 40):
        with pytest.raises(InvalidInput, match="no signature algorithm is called") as caught:
            require_algorithm(name)
        assert caught.value.message.isprintable()
        assert len(caught.value.message) < 80
        assert caught.value.hint == f"one of: {', '.join(ALGORITHMS)}"
