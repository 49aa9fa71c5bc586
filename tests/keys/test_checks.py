"""Bad keys, each refused or called weak for what is wrong with it."""

from __future__ import annotations

import json
import random
from itertools import count
from math import lcm, prod

import pytest

from authcli import keys
from authcli.encoding import base64url_decode, base64url_encode
from authcli.errors import KeyInconsistent, KeyMalformed, KeyUnusable, KeyWrong
from authcli.keys import moduli, rsa
from authcli.keys.curves import EDWARDS, WEIERSTRASS
from tests.keys.making import PAIR_KINDS, jwk, made, members, uint


def number(text: object) -> int:
    return int.from_bytes(base64url_decode(str(text)), "big")


def is_prime(value: int) -> bool:
    return all(pow(base, value - 1, value) == 1 for base in (2, 3, 5, 7, 11))


def next_prime(value: int, step: int = 2) -> int:
    return next(candidate for candidate in count(value | 1, step) if is_prime(candidate))


def rsa_jwk(p: int, q: int, e: int = 65537) -> dict[str, object]:
    d = pow(e, -1, lcm(p - 1, q - 1))
    parts = {"n": p * q, "e": e, "d": d, "p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1)}
    return {"kty": "RSA", "qi": uint(pow(q, -1, p))} | {k: uint(v) for k, v in parts.items()}


def codes(key: keys.Key) -> list[str]:
    return [finding.code for finding in key.weaknesses]


# --- RSA: the public half


@pytest.mark.parametrize("e", [1, 2, 4, 65536, 65538])
def test_an_exponent_that_is_even_or_one_is_refused(e: int) -> None:
    with pytest.raises(KeyMalformed, match="exponent"):
        jwk(kty="RSA", n=members("RS256")["n"], e=uint(e))


@pytest.mark.parametrize("e", [3, 17, 65535, 2**64 + 1, 2**255 + 1])
def test_an_exponent_that_no_sound_key_has_is_weak(e: int) -> None:
    key = jwk(kty="RSA", n=members("RS256")["n"], e=uint(e))
    assert codes(key) == ["key.weak.rsa-exponent"]
    assert key.weak is not None


def test_an_exponent_beyond_fips_186_is_refused() -> None:
    for e in (2**256 + 1, number(members("RS256")["n"]), 2**5000 + 1):
        with pytest.raises(KeyMalformed):
            jwk(kty="RSA", n=members("RS256")["n"], e=uint(e))


def modulus_of(bits: int) -> str:
    """A number of that length which no small prime divides."""
    candidates = count((1 << bits - 1) + 1, 2)
    return uint(next(n for n in candidates if not moduli.has_small_factor(n)))


def test_a_modulus_has_512_bits_at_least_and_16384_at_most() -> None:
    for bits in (512, 16_384):
        assert jwk(kty="RSA", n=modulus_of(bits), e="AQAB").size_bits == bits
    for bits, says in ((511, "only 511 bits"), (16_385, "16385 bits, over the limit")):
        with pytest.raises(KeyMalformed, match=says):
            jwk(kty="RSA", n=modulus_of(bits), e="AQAB")


def test_an_exponent_has_256_bits_at_most() -> None:
    n = modulus_of(512)
    assert jwk(kty="RSA", n=n, e=uint(2**256 - 1)).size_bits == 512
    with pytest.raises(KeyMalformed, match="257 bits"):
        jwk(kty="RSA", n=n, e=uint(2**256 + 1))


def test_a_private_exponent_is_more_than_1_and_less_than_the_modulus() -> None:
    good = members("RS256")
    for d in (1, number(good["n"]), number(good["n"]) + 1):
        with pytest.raises(KeyInconsistent, match="between 1 and the modulus"):
            jwk(**good | {"d": uint(d)})


def test_a_modulus_that_is_no_product_of_two_large_primes_is_refused() -> None:
    n = number(members("RS256")["n"])
    for bad, says in ((n - 1, "is even"), (35, "only 6 bits"), (3 * n, "a small prime")):
        with pytest.raises(KeyMalformed, match=says):
            jwk(kty="RSA", n=uint(bad), e="AQAB")
    for bad in (n - 1, 35, 2**500 + 1, 3 * n, 167 * n, (1 << 16_500) + 1, 0):
        with pytest.raises(KeyMalformed):
            jwk(kty="RSA", n=uint(bad) or "AA", e="AQAB")


def test_a_short_modulus_is_weak() -> None:
    generator = random.Random(1)
    p, q = (next_prime(generator.getrandbits(512) | 3 << 510) for _ in range(2))
    key = jwk(**rsa_jwk(p, q))
    assert (key.size_bits, codes(key)) == (1024, ["key.weak.rsa-size"])
    assert "1024 bits" in key.weaknesses[0].message
    assert codes(key.public()) == codes(key)
    assert codes(made("RS256")) == []


def test_a_modulus_of_2047_bits_is_short_and_one_of_2048_is_not() -> None:
    """RFC 7518, section 3.3."""
    for bits, short in ((2047, True), (2048, False)):
        key = jwk(kty="RSA", n=modulus_of(bits), e="AQAB")
        assert ("key.weak.rsa-size" in codes(key)) is short


def test_roca_keys_are_recognised_and_others_are_not() -> None:
    """CVE-2017-15361: primes k * M + (65537^a mod M), as Infineon's library made them."""
    generator = random.Random(2)
    primorial = prod(n for n in range(2, 168) if all(n % d for d in range(2, n)))

    def infineon_prime() -> int:
        start = pow(65537, generator.getrandbits(60), primorial)
        multiplier = generator.getrandbits(291) | 3 << 290
        return next_prime(multiplier * primorial + start, primorial)

    key = jwk(**rsa_jwk(infineon_prime(), infineon_prime()))
    assert "key.weak.roca" in codes(key)
    # One Infineon prime and one ordinary one are no fingerprint.
    ordinary = next_prime(generator.getrandbits(512) | 3 << 510)
    assert not moduli.has_roca_fingerprint(infineon_prime() * ordinary)
    assert not any(
        moduli.has_roca_fingerprint(generator.getrandbits(2048) | 1) for _ in range(1000)
    )


def test_powers_of_65537_that_are_not_one_power_are_no_roca_fingerprint() -> None:
    """Looked at prime by prime, one sound key in 2^27 would be called weak."""
    others = prod(n for n in range(3, 168) if n != 11 and all(n % d for d in range(2, n)))
    # 65537 has order 2 modulo 11: an odd power there, and an even one modulo the others.
    modulus = next(n for n in range(1, 12 * others, others) if n % 11 == 65537 % 11)
    assert not moduli.has_roca_fingerprint(modulus)
    assert moduli.has_roca_fingerprint(65537 * 65537)


def test_close_primes_are_weak() -> None:
    """CVE-2022-26320: Fermat's method finds them at once."""
    p = next_prime(random.Random(3).getrandbits(512) | 3 << 510)
    key = jwk(**rsa_jwk(next_prime(p + 2), p))
    assert codes(key) == ["key.weak.rsa-size", "key.weak.rsa-close-primes"]
    assert not moduli.has_close_primes(number(members("RS256")["n"]))


# --- RSA: the private half


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi", "n", "e"])
def test_an_rsa_key_with_one_part_of_another_is_refused(name: str) -> None:
    other = keys.to_jwk(keys.generate("RS256", bits=2048), private=True)
    other["e"] = "AQAD"
    with pytest.raises(KeyInconsistent):
        jwk(**members("RS256") | {name: other[name]})


def test_swapped_primes_and_a_shifted_exponent_are_refused() -> None:
    good = members("RS256")
    d, p, q = (number(good[name]) for name in "dpq")
    with pytest.raises(KeyInconsistent):
        jwk(**good | {"p": good["q"], "q": good["p"]})
    with pytest.raises(KeyInconsistent, match="between 1 and the modulus"):
        jwk(**good | {"d": uint(d + number(good["n"]))})
    with pytest.raises(KeyInconsistent):
        jwk(**good | {"p": uint(1), "q": good["n"]})
    with pytest.raises(KeyInconsistent, match="do not multiply"):
        jwk(**good | {"q": uint(1), "p": good["n"]})
    with pytest.raises(KeyInconsistent, match="'qi' is not the inverse"):
        jwk(**good | {"qi": uint(number(good["qi"]) + p)})
    with pytest.raises(KeyInconsistent, match="do not multiply"):
        jwk(**good | {"n": modulus_of(2048)})
    with pytest.raises(KeyInconsistent, match="does not belong to 'e'"):
        jwk(**good | {"e": uint(65539)})
    for prime in (p, q):
        off = d + (number(good["n"]) - p - q + 1) // (prime - 1)  # right modulo the other alone
        with pytest.raises(KeyInconsistent, match="does not belong to 'e'"):
            jwk(**good | {"d": uint(off % number(good["n"]))})
    # d modulo either totient is right.
    for totient in ((p - 1) * (q - 1), lcm(p - 1, q - 1)):
        assert jwk(**good | {"d": uint(d % totient)}).private


def test_a_prime_that_is_not_prime_is_refused() -> None:
    """All sums agree, and only the signature tells."""
    generator = random.Random(4)
    factors = (next_prime(generator.getrandbits(170) | 3 << 168) for _ in range(3))
    composite = prod(factors)
    q = next_prime(generator.getrandbits(510) | 3 << 508)
    with pytest.raises(KeyInconsistent, match="does not sign"):
        jwk(**rsa_jwk(composite, q))


def test_an_rsa_key_of_n_e_d_gets_its_primes_back() -> None:
    good = members("RS256")
    short = {name: good[name] for name in ("kty", "n", "e", "d")}
    again = keys.to_jwk(jwk(**short), private=True)
    assert number(again["p"]) * number(again["q"]) == number(good["n"])
    assert {again["p"], again["q"]} == {good["p"], good["q"]}
    with pytest.raises(KeyInconsistent):
        jwk(**short | {"d": uint(number(good["d"]) - 2)})


def test_the_primes_of_any_key_are_found() -> None:
    """Of half the keys the first power that is tried tells nothing, of a quarter the second."""
    generator = random.Random(5)
    for _ in range(12):
        p, q = (next_prime(generator.getrandbits(256) | 3 << 254) for _ in range(2))
        whole = rsa_jwk(p, q)
        again = keys.to_jwk(
            jwk(**{name: whole[name] for name in ("kty", "n", "e", "d")}), private=True
        )
        assert {number(again["p"]), number(again["q"])} == {p, q}


def test_the_primes_of_a_huge_modulus_are_not_looked_for() -> None:
    """It would take a minute at the greatest size."""
    for bits, error, says in (
        (4096, KeyInconsistent, "does not belong to the modulus"),
        (4097, KeyMalformed, "4097 bits without its primes"),
    ):
        with pytest.raises(error, match=says):
            jwk(kty="RSA", n=modulus_of(bits), e="AQAB", d=uint(3))


def test_numbers_are_written_in_the_fewest_bytes() -> None:
    """RFC 7518, section 2; zero is one byte."""
    assert [rsa.encode_natural(n) for n in (0, 1, 255, 256)] == ["AA", "AQ", "_w", "AQA"]
    key = jwk(kty="RSA", n=members("RS256")["n"], e=base64url_encode(b"\0\3"))
    assert keys.to_jwk(key, private=False)["e"] == "Aw"
    assert any("'e' has a leading zero" in note for note in key.notes)


def test_some_but_not_all_of_the_primes_are_refused() -> None:
    """RFC 7518, section 6.3.2: if one of them is there, all of them are."""
    for name in ("p", "q", "dp", "dq", "qi"):
        good = members("RS256")
        only = {part: good[part] for part in ("kty", "n", "e", "d", name)}
        with pytest.raises(KeyMalformed, match="no member"):
            jwk(**only)
    for name in ("p", "q", "dp", "dq", "qi", "d"):
        partial = members("RS256")
        del partial[name]
        with pytest.raises(KeyMalformed, match=f"no member '{name}'"):
            jwk(**partial)


def test_multi_prime_rsa_is_refused() -> None:
    with pytest.raises(KeyMalformed, match="more than two primes"):
        jwk(**members("RS256"), oth=[{"r": "AQAB", "d": "AQAB", "t": "AQAB"}])


def test_a_leading_zero_of_an_rsa_number_is_forgiven_told_and_not_written() -> None:
    good = members("RS256", private=False)
    padded = base64url_encode(b"\0" + base64url_decode(str(good["n"])))
    key = jwk(**good | {"n": padded})
    assert any("leading zero" in note for note in key.notes)
    assert keys.to_jwk(key, private=False) == good
    assert keys.thumbprint(key) == keys.thumbprint(made("RS256"))
    assert [finding.severity for finding in keys.lint(key)] == ["note"]


# --- Elliptic curves


@pytest.mark.parametrize("kind", ["ES256", "ES384", "ES512", "ES256K"])
def test_a_point_off_its_curve_is_refused(kind: str) -> None:
    good = members(kind, private=False)
    curve = WEIERSTRASS[str(good["crv"])]
    x, y = number(good["x"]), number(good["y"])
    for bad_x, bad_y in ((x, y ^ 1), (y, x), (0, 0), (x, 0), (x + curve.p, y), (curve.p, curve.p)):
        if bad_x < 256**curve.size_bytes:
            width = curve.size_bytes
            point = {"x": bad_x.to_bytes(width, "big"), "y": bad_y.to_bytes(width, "big")}
            with pytest.raises(KeyInconsistent, match="does not lie on the curve"):
                jwk(**good | {name: base64url_encode(value) for name, value in point.items()})


@pytest.mark.parametrize("kind", ["ES256", "ES512"])
def test_ec_members_have_their_full_length(kind: str) -> None:
    """RFC 7518, section 6.2.1.2: the octets of the field's size, no more and no fewer."""
    good = members(kind)
    for name in ("x", "y", "d"):
        raw = base64url_decode(str(good[name]))
        for bad in (raw[1:], b"\0" + raw, raw + b"\0", b""):
            with pytest.raises(KeyMalformed, match=f"'{name}' is {len(bad)} bytes"):
                jwk(**good | {name: base64url_encode(bad)})


@pytest.mark.parametrize("kind", ["ES256", "ES384", "ES512", "ES256K"])
def test_the_ends_of_the_range_of_scalars_are_in_it(kind: str) -> None:
    """They are another key's: the refusal is of the point, not of the range."""
    good = members(kind)
    size = len(base64url_decode(str(good["d"])))
    order = WEIERSTRASS[str(good["crv"])].order
    for scalar in (1, order - 1):
        with pytest.raises(KeyInconsistent, match="does not belong"):
            jwk(**good | {"d": base64url_encode(scalar.to_bytes(size, "big"))})


@pytest.mark.parametrize("kind", ["ES256", "ES384", "ES512", "ES256K"])
def test_a_scalar_out_of_range_or_of_another_point_is_refused(kind: str) -> None:
    good = members(kind)
    curve = WEIERSTRASS[str(good["crv"])]
    for bad in (0, curve.order, curve.order + 1):
        text = base64url_encode(bad.to_bytes(curve.size_bytes, "big"))
        with pytest.raises(KeyInconsistent, match="out of the range"):
            jwk(**good | {"d": text})
    negated = curve.order - number(good["d"])
    with pytest.raises(KeyInconsistent, match="does not belong"):
        jwk(**good | {"d": base64url_encode(negated.to_bytes(curve.size_bytes, "big"))})


#: The eight points of small order of edwards25519 in all their spellings, canonical or not
#: (Chalkias et al., "Taming the many EdDSAs", table 5; y and y + p, both signs).
ED25519_SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]
P448 = EDWARDS["Ed448"].p
ED448_SMALL_ORDER = [
    (value.to_bytes(56, "little") + bytes([sign])).hex()
    for value in (0, 1, P448 - 1, P448, P448 + 1)
    for sign in (0, 0x80)
]
#: RFC 7748's points of small order (Curve25519's paper), reduced and not, with the ignored bit.
X25519_SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]
X448_SMALL_ORDER = [value.to_bytes(56, "little").hex() for value in (0, 1, P448 - 1, P448)]


@pytest.mark.parametrize(
    ("crv", "point"),
    [
        (crv, point)
        for crv, points in (
            ("Ed25519", ED25519_SMALL_ORDER),
            ("Ed448", ED448_SMALL_ORDER),
            ("X25519", X25519_SMALL_ORDER),
            ("X448", X448_SMALL_ORDER),
        )
        for point in points
    ],
)
def test_a_point_of_small_order_is_refused(crv: str, point: str) -> None:
    """One signature of such an Ed25519 key verifies for every message."""
    with pytest.raises(KeyMalformed, match="small order") as refused:
        jwk(kty="OKP", crv=crv, x=base64url_encode(bytes.fromhex(point)))
    assert refused.value.code == "key.bad-point"


def test_points_in_a_second_spelling_or_off_the_curve_are_refused() -> None:
    # y = p + 3 is the point of y = 3 again; x = 0 with a sign is found among the small orders.
    p = EDWARDS["Ed25519"].p
    outcomes = set()
    for y in range(2, 19):
        x = base64url_encode((p + y).to_bytes(32, "little"))
        with pytest.raises(KeyUnusable) as refused:
            jwk(kty="OKP", crv="Ed25519", x=x)
        outcomes.add(type(refused.value))
        reduced = base64url_encode(y.to_bytes(32, "little"))
        if type(refused.value) is KeyMalformed:
            assert jwk(kty="OKP", crv="Ed25519", x=reduced).crv == "Ed25519"
        else:
            with pytest.raises(KeyInconsistent):
                jwk(kty="OKP", crv="Ed25519", x=reduced)
    assert outcomes == {KeyMalformed, KeyInconsistent}
    masked = bytes(31) + b"\x89"
    with pytest.raises(KeyMalformed, match="canonical"):
        jwk(kty="OKP", crv="X25519", x=base64url_encode(masked))


@pytest.mark.parametrize("kind", ["Ed25519", "Ed448", "X25519", "X448", "ML-DSA-44"])
def test_halves_of_two_keys_are_refused(kind: str) -> None:
    other = keys.to_jwk(keys.generate(kind), private=False)
    name = "pub" if kind == "ML-DSA-44" else "x"
    with pytest.raises(KeyInconsistent, match="does not belong"):
        jwk(**members(kind) | {name: other[name]})


@pytest.mark.parametrize("kind", ["Ed25519", "Ed448", "X25519", "X448", "ML-DSA-44", "ML-DSA-87"])
def test_raw_members_have_their_length(kind: str) -> None:
    for name in {"x", "d", "pub", "priv"} & members(kind).keys():
        raw = base64url_decode(str(members(kind)[name]))
        for bad in (raw[:-1], raw + b"\0", b""):
            with pytest.raises(KeyMalformed, match=f"'{name}' is {len(bad)} bytes"):
                jwk(**members(kind) | {name: base64url_encode(bad)})


@pytest.mark.parametrize("kind", ["RS256", "ES256", "Ed25519"])
def test_files_whose_halves_differ_are_refused(kind: str) -> None:
    """The public key inside PKCS#8, SEC 1 and OpenSSH is compared, not believed."""
    from cryptography.hazmat.primitives import serialization as s

    key, other = made(kind), keys.generate(kind, bits=2048 if kind == "RS256" else None)
    mine, theirs = (
        one.public().native.public_bytes(  # type: ignore[union-attr]
            s.Encoding.X962 if kind == "ES256" else s.Encoding.DER,
            s.PublicFormat.UncompressedPoint
            if kind == "ES256"
            else s.PublicFormat.PKCS1
            if kind == "RS256"
            else s.PublicFormat.SubjectPublicKeyInfo,
        )[-32:]
        for one in (key, other)
    )
    if kind == "RS256":
        mine, theirs = (
            base64url_decode(str(members_of["n"]))
            for members_of in (members(kind), keys.to_jwk(other, private=True))
        )
    import base64

    frame = keys.write(key, format="openssh").splitlines()
    openssh = base64.b64decode(b"".join(frame[1:-1]))
    at = openssh.index(mine)
    with pytest.raises(KeyInconsistent):
        keys.read(openssh[:at] + theirs + openssh[at + len(mine) :])
    if kind != "Ed25519":
        der = keys.write(key, format="der")
        with pytest.raises(KeyInconsistent):
            keys.read(der.replace(mine, theirs))


# --- Shared secrets


@pytest.mark.parametrize(
    ("length", "alg", "expected"),
    [
        (31, None, ["key.weak.hmac-size"]),
        (32, None, []),
        (32, "HS256", []),
        (47, "HS384", ["key.weak.hmac-size"]),
        (63, "HS512", ["key.weak.hmac-size"]),
        (64, "HS512", []),
        (16, "A128KW", []),
    ],
)
def test_a_secret_shorter_than_its_hash_is_weak(
    length: int, alg: str | None, expected: list[str]
) -> None:
    """RFC 7518, section 3.2."""
    secret = base64url_encode(bytes(range(1, length + 1)))
    assert codes(jwk(kty="oct", k=secret, **({"alg": alg} if alg else {}))) == expected


def test_a_secret_of_one_byte_repeated_is_weak() -> None:
    assert codes(keys.read(bytes(64))) == ["key.weak.hmac-constant"]
    assert codes(keys.read(b"x" * 8)) == ["key.weak.hmac-size", "key.weak.hmac-constant"]


@pytest.mark.parametrize(
    ("kind", "bits"),
    [("ES256", 256), ("ES384", 384), ("ES512", 521), ("ES256K", 256), ("Ed25519", 256),
     ("Ed448", 456), ("X25519", 256), ("X448", 448), ("RS256", 2048), ("HS256", 256)],
)  # fmt: skip
def test_a_key_says_its_size(kind: str, bits: int) -> None:
    assert made(kind).size_bits == bits
    if kind != "HS256":
        assert jwk(**members(kind, private=False)).size_bits == bits


# --- What a JWK declares


@pytest.mark.parametrize(
    ("kind", "alg"),
    [
        ("ES256", "ES384"),
        ("ES256", "RS256"),
        ("RS256", "HS256"),
        ("RS256", "ES256"),
        ("Ed25519", "Ed448"),
        ("Ed448", "Ed25519"),
        ("X25519", "EdDSA"),
        ("ES256", "RSA-OAEP"),
        ("Ed25519", "A128KW"),
    ],
)
def test_an_algorithm_of_another_key_type_is_refused(kind: str, alg: str) -> None:
    with pytest.raises(KeyInconsistent, match=f"'{alg}'"):
        jwk(**members(kind) | {"alg": alg})


def test_the_algorithm_of_an_ml_dsa_key_is_required_and_known() -> None:
    without = members("ML-DSA-44")
    del without["alg"]
    with pytest.raises(KeyMalformed, match="'alg'"):
        jwk(**without)
    with pytest.raises(KeyWrong, match="not known"):
        jwk(**without, alg="ML-DSA-45")
    with pytest.raises(KeyMalformed, match="'pub'"):
        jwk(**without, alg="ML-DSA-65")


def test_use_and_key_ops_are_strings_once_each_and_agree() -> None:
    """RFC 7517, sections 4.2 and 4.3."""
    good = members("ES256")
    for bad, error in (
        ({"key_ops": ["sign", "sign"]}, KeyMalformed),
        ({"key_ops": "sign"}, KeyMalformed),
        ({"key_ops": [1]}, KeyMalformed),
        ({"key_ops": ["x"] * 1000}, KeyMalformed),
        ({"use": "sig", "key_ops": ["deriveBits"]}, KeyInconsistent),
        ({"use": "enc", "key_ops": ["sign", "deriveKey"]}, KeyInconsistent),
        ({"use": 1}, KeyMalformed),
        ({"kid": 1}, KeyMalformed),
        ({"alg": None}, KeyMalformed),
        ({"kty": ["EC"]}, KeyMalformed),
        ({"x": 5}, KeyMalformed),
        ({"d": None}, KeyMalformed),
    ):
        with pytest.raises(error):
            jwk(**good | bad)
    fine = jwk(**good | {"use": "sig", "key_ops": ["sign", "verify", "x-own"], "x5t": "?"})
    assert fine.key_ops == ("sign", "verify", "x-own")


def test_an_unknown_name_is_repeated_only_where_it_looks_like_one() -> None:
    """Anything else may be a part of the key that slipped into another's place."""
    secret = "not a name: 1f8a90c4e6"
    good = members("ES256", private=False)
    for bad, named in (
        ({"kty": "ec"}, "'ec'"),
        ({"crv": "P-257"}, "'P-257'"),
        ({"kty": secret}, None),
        ({"crv": secret}, None),
        ({"key_ops": [secret, secret]}, None),
        ({"kty": "x" * 21}, None),
    ):
        with pytest.raises(KeyUnusable) as error:
            jwk(**good | bad)
        assert (named is not None) == (f" {named} " in error.value.message)
        assert "1f8a90" not in str(error.value)
        assert "xxx" not in str(error.value)


def test_key_ops_and_the_keys_of_a_set_are_counted() -> None:
    good = members("HS256")
    assert len(jwk(**good | {"key_ops": [f"x-{n}" for n in range(32)]}).key_ops or ()) == 32
    with pytest.raises(KeyMalformed, match="up to 32"):
        jwk(**good | {"key_ops": [f"x-{n}" for n in range(33)]})
    for size in (1000, 1001):
        text = json.dumps({"keys": [good] * size}).encode()
        if size == 1000:
            assert len(keys.read_set(text)) == size
        else:
            with pytest.raises(KeyMalformed, match="over the limit of 1000"):
                keys.read_set(text)


def test_a_set_of_one_is_a_set_and_no_sole_key() -> None:
    one, other = members("ES256"), members("ES384")
    alone = keys.read_set(json.dumps(one).encode())
    assert alone.sole is alone.keys[0]
    assert keys.read_set(json.dumps({"keys": [one]}).encode()).sole is None
    both = keys.read_set(json.dumps({"keys": [one, other]}).encode())
    assert both.sole is None
    assert keys.KeySet(both.keys).sole is None
    assert both.find(str(other["kid"])) is both.keys[1]
    assert both.find("") is None


@pytest.mark.parametrize("kind", [*PAIR_KINDS, "HS256"])
def test_a_jwk_without_one_of_its_members_is_refused(kind: str) -> None:
    good = members(kind)
    for name in good.keys() - {"alg", "use", "kid"}:
        less = {member: value for member, value in good.items() if member != name}
        if name in ("d", "priv") and kind[:2] not in ("RS", "PS"):
            assert not jwk(**less).private
        else:
            with pytest.raises(KeyUnusable):
                jwk(**less)


@pytest.mark.parametrize("kind", ["RS256", "ES256", "Ed25519", "HS256", "ML-DSA-44"])
def test_members_are_base64url_in_its_one_spelling(kind: str) -> None:
    good = members(kind)
    for name in {"n", "x", "d", "k", "pub", "priv"} & good.keys():
        text = str(good[name])
        cut = text[: (len(text) - 1) // 4 * 4 + 1]  # a length that no bytes have
        for bad in (text + "=", cut, text[:5] + "+" + text[6:], text + "\n", " " + text):
            with pytest.raises(KeyUnusable):
                jwk(**good | {name: bad})


def test_a_number_that_no_key_has_is_not_even_decoded() -> None:
    good = members("RS256", private=False)
    n = base64url_decode(str(good["n"]))
    padded = jwk(**good | {"n": base64url_encode(bytes(2049 - len(n)) + n)})
    assert padded.size_bits == 2048
    for size in (2060, 100_000):
        with pytest.raises(KeyMalformed, match=r"'n' is .* bytes long, over the limit of 2049"):
            jwk(**good | {"n": base64url_encode(bytes(size - len(n)) + n)})


def test_duplicate_members_are_refused() -> None:
    text = json.dumps(members("ES256"))
    with pytest.raises(KeyMalformed, match="twice"):
        keys.read(text.replace("{", '{"kid": "a", ', 1).encode())
    with pytest.raises(KeyMalformed, match="twice"):
        keys.read(f'{{"keys": [], "keys": [{text}]}}'.encode())
