"""RSA keys: their members, and the arithmetic that must hold between them.

Sources: RFC 7518, section 6.3; RFC 8017, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

from authcli.encoding import base64url_encode
from authcli.errors import KeyInconsistent, KeyMalformed
from authcli.keys import moduli
from authcli.keys.members import Checked, decode_member, require_members

__all__ = ["PRIVATE_MEMBERS", "PUBLIC_MEMBERS", "check", "encode_natural"]

PUBLIC_MEMBERS = ("n", "e")
PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi")

#: OpenSSL computes with no larger modulus, and checking one would take minutes.
MAX_MODULUS_BITS = 16_384
#: Below this not even history knows keys.
MIN_MODULUS_BITS = 512
#: FIPS 186-5, section A.1.1: e < 2^256.
MAX_EXPONENT_BITS = 256
#: Finding the primes takes a few powers of the modulus' size: a second at this size.
MAX_RECOVERABLE_BITS = 4096
_RECOVERY_ROUNDS = 16


def check(members: Mapping[str, str]) -> Checked:
    """Return an RSA key whose parts agree, with what is weak about its modulus and exponent.

    Primality is not tested (33 ms for 2048 bits): instead the key signs once and its public
    half verifies, which a composite "prime" or a damaged part fails. A key crafted to pass
    that harms no one but its holder, who knows the factors anyway.

    Raises:
        KeyMalformed: a member missing or not base64url; an even, tiny or huge modulus; an
            exponent that no RSA key has; more than two primes.
        KeyInconsistent: private parts that do not belong to the modulus.
    """
    require_members(members, PUBLIC_MEMBERS)
    notes: list[str] = []
    modulus, exponent = (_natural(members, name, notes) for name in PUBLIC_MEMBERS)
    _check_public(modulus, exponent)
    numbers = {"n": modulus, "e": exponent}
    native = None
    if any(name in members for name in PRIVATE_MEMBERS):
        numbers |= _check_private(members, modulus, exponent, notes)

        from authcli.keys.engine import rsa

        native = rsa.check_pair(numbers)
    return Checked(
        members={name: encode_natural(value) for name, value in numbers.items()},
        size_bits=modulus.bit_length(),
        weaknesses=moduli.weaknesses(modulus, exponent),
        notes=tuple(notes),
        native=native,
    )


def encode_natural(value: int) -> str:
    """Return a number as Base64urlUInt, in the fewest bytes (RFC 7518, section 2)."""
    return base64url_encode(value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _natural(members: Mapping[str, str], name: str, notes: list[str]) -> int:
    raw = decode_member(members, name, max_bytes=MAX_MODULUS_BITS // 8 + 1)
    if raw.startswith(b"\0") and len(raw) > 1:
        # Many writers do it (the sign byte of DER); the number is the same, so it is forgiven.
        notes.append(f"the member '{name}' has a leading zero byte, which RFC 7518 forbids")
    return int.from_bytes(raw, "big")


def _check_public(modulus: int, exponent: int) -> None:
    bits = modulus.bit_length()
    if bits > MAX_MODULUS_BITS:
        raise KeyMalformed(f"the RSA modulus has {bits} bits, over the limit of {MAX_MODULUS_BITS}")
    if bits < MIN_MODULUS_BITS:
        raise KeyMalformed(f"the RSA modulus has only {bits} bits; this is no RSA key")
    if modulus % 2 == 0:
        raise KeyMalformed("the RSA modulus is even; this is no RSA key")
    if moduli.has_small_factor(modulus):
        raise KeyMalformed("a small prime divides the RSA modulus; the key is damaged")
    if exponent < 3 or exponent % 2 == 0:
        shown = exponent if exponent < 10**6 else "even"
        raise KeyMalformed(f"the RSA exponent is {shown}; it must be odd and at least 3")
    if exponent.bit_length() > MAX_EXPONENT_BITS:
        raise KeyMalformed(
            f"the RSA exponent has {exponent.bit_length()} bits; FIPS 186-5 allows "
            f"{MAX_EXPONENT_BITS}",
            hint="sound keys have the exponent 65537",
        )


def _check_private(
    members: Mapping[str, str], modulus: int, exponent: int, notes: list[str]
) -> dict[str, int]:
    require_members(members, ("d",))
    private = _natural(members, "d", notes)
    if not 1 < private < modulus:
        raise KeyInconsistent("the private exponent 'd' is not between 1 and the modulus")
    present = [name for name in PRIVATE_MEMBERS[1:] if name in members]
    if present:
        # RFC 7518, section 6.3.2: one of them, so all of them.
        require_members(members, PRIVATE_MEMBERS)
        p, q, dp, dq, qi = (_natural(members, name, notes) for name in PRIVATE_MEMBERS[1:])
    else:
        p, q = _recover_primes(modulus, exponent, private)
        dp, dq, qi = private % (p - 1), private % (q - 1), pow(q, -1, p)
    numbers = {"d": private, "p": p, "q": q, "dp": dp, "dq": dq, "qi": qi}
    _check_arithmetic(numbers, modulus, exponent)
    return numbers


def _check_arithmetic(numbers: Mapping[str, int], modulus: int, exponent: int) -> None:
    p, q, private = numbers["p"], numbers["q"], numbers["d"]
    if p < 3 or q < 3 or p * q != modulus:
        raise KeyInconsistent("the primes 'p' and 'q' do not multiply to the modulus")
    if exponent * private % (p - 1) != 1 or exponent * private % (q - 1) != 1:
        raise KeyInconsistent("the private exponent 'd' does not belong to 'e' and the primes")
    if numbers["dp"] != private % (p - 1) or numbers["dq"] != private % (q - 1):
        raise KeyInconsistent("'dp' and 'dq' do not belong to 'd' and the primes")
    if numbers["qi"] >= p or numbers["qi"] * q % p != 1:
        raise KeyInconsistent("'qi' is not the inverse of 'q' modulo 'p'")


def _recover_primes(modulus: int, exponent: int, private: int) -> tuple[int, int]:
    """Find p and q from d: a root of 1 that is neither 1 nor -1 shares a factor with n.

    Source: NIST SP 800-56B, appendix C.1, with the bases 2, 3, 5 … in place of random ones.
    """
    if modulus.bit_length() > MAX_RECOVERABLE_BITS:
        raise KeyMalformed(
            f"an RSA key of {modulus.bit_length()} bits without its primes; "
            f"up to {MAX_RECOVERABLE_BITS} bits they are recovered from 'd'",
            hint="write it with p, q, dp, dq and qi",
        )
    odd = exponent * private - 1
    halvings = (odd & -odd).bit_length() - 1
    odd >>= halvings
    for base in range(2, 2 + _RECOVERY_ROUNDS):
        root = pow(base, odd, modulus)
        for _ in range(halvings):
            square = root * root % modulus
            if square == 1 and root not in (1, modulus - 1):
                # It divides (root - 1)(root + 1), which have no odd factor in common.
                factor = gcd(root - 1, modulus)
                q, p = sorted((factor, modulus // factor))
                return p, q
            root = square
        if root != 1:
            break
    raise KeyInconsistent("the private exponent 'd' does not belong to the modulus")
