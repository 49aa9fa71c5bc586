"""RSA moduli that anybody can factor: small factors, close primes, and ROCA's fingerprint.

All of it works on the public modulus alone, with the standard library.
"""

from __future__ import annotations

from math import gcd, isqrt, prod

from authcli.findings import Finding

__all__ = ["has_roca_fingerprint", "has_small_factor", "weaknesses"]

RFC_7518_MINIMUM_BITS = 2048
#: NIST SP 800-56B, section 6.2: 2^16 < e; signatures of a small exponent have been forged again
#: and again (CVE-2006-4339 and its kin).
SMALLEST_SOUND_EXPONENT = 65537
#: OpenSSL refuses exponents above this with moduli above 3072 bits.
LARGEST_SOUND_EXPONENT = 2**64
_FERMAT_ROUNDS = 100
_ROCA_GENERATOR = 65537


def _primes(limit: int) -> tuple[int, ...]:
    return tuple(n for n in range(2, limit) if all(n % d for d in range(2, isqrt(n) + 1)))


#: Their product is what Infineon's library built 512-bit keys on; the products for longer keys
#: are multiples of it. 2 says nothing here: every modulus is odd.
_ROCA_PRIMES = _primes(168)[1:]
_SMALL_PRIMES_PRODUCT = 2 * prod(_ROCA_PRIMES)


def weaknesses(modulus: int, exponent: int) -> tuple[Finding, ...]:
    """Return what is weak about an RSA public key; nothing for a sound one."""
    found = [
        _size(modulus.bit_length()),
        _exponent(exponent),
        _roca() if has_roca_fingerprint(modulus) else None,
        _close_primes() if has_close_primes(modulus) else None,
    ]
    return tuple(finding for finding in found if finding)


def has_small_factor(modulus: int) -> bool:
    """Tell whether a prime below 168 divides the modulus: it is damaged, or no RSA modulus."""
    return gcd(modulus, _SMALL_PRIMES_PRODUCT) != 1


def has_roca_fingerprint(modulus: int) -> bool:
    """Tell whether a modulus is a power of 65537 modulo the product of the odd primes below 168.

    Infineon's library made its primes as k * M + (65537^a mod M); so was their product, which a
    random modulus is once in some 2^150. Each small prime gives the power modulo the order of
    65537; the congruences must agree.

    Source: CVE-2017-15361; Nemec et al., "The Return of Coppersmith's Attack", section 2.3.
    """
    power, step = 0, 1
    for prime in _ROCA_PRIMES:
        logarithms: dict[int, int] = {}
        value = 1
        while value not in logarithms:
            logarithms[value] = len(logarithms)
            value = value * _ROCA_GENERATOR % prime
        order, logarithm = len(logarithms), logarithms.get(modulus % prime)
        if logarithm is None or (logarithm - power) % gcd(step, order):
            return False
        while (power - logarithm) % order:
            power += step
        step = step * order // gcd(step, order)
    return True


def has_close_primes(modulus: int) -> bool:
    """Tell whether Fermat's method factors the modulus within a hundred rounds (CVE-2022-26320)."""
    root = isqrt(modulus)
    root += root * root < modulus
    for middle in range(root, root + _FERMAT_ROUNDS):
        square = middle * middle - modulus
        if isqrt(square) ** 2 == square:
            return True
    return False


def _size(bits: int) -> Finding | None:
    if bits >= RFC_7518_MINIMUM_BITS:
        return None
    return Finding(
        "key.weak.rsa-size",
        "error",
        f"the RSA modulus has {bits} bits; {RFC_7518_MINIMUM_BITS} is the minimum",
        "replace it: authcli key generate ES256",
    )


def _exponent(exponent: int) -> Finding | None:
    if SMALLEST_SOUND_EXPONENT <= exponent < LARGEST_SOUND_EXPONENT:
        return None
    what = str(exponent) if exponent < SMALLEST_SOUND_EXPONENT else "above 2^64"
    return Finding(
        "key.weak.rsa-exponent",
        "error",
        f"the RSA exponent is {what}; sound keys have 65537",
        "replace it: authcli key generate RS256",
    )


def _roca() -> Finding:
    return Finding(
        "key.weak.roca",
        "error",
        "the RSA modulus has the ROCA fingerprint: it can be factored (CVE-2017-15361)",
        "replace it, and revoke what it signed: authcli key generate ES256",
    )


def _close_primes() -> Finding:
    return Finding(
        "key.weak.rsa-close-primes",
        "error",
        "the RSA primes lie so close together that the modulus was factored (CVE-2022-26320)",
        "replace it, and revoke what it signed: authcli key generate ES256",
    )
