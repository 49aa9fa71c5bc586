"""RSA keys as `cryptography` has them."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from authcli.errors import KeyInconsistent

__all__ = ["check_pair", "generate", "private_key", "public_key"]

#: NIST SP 800-56B, section 6.3.1.1; every other choice is slower or has a history.
PUBLIC_EXPONENT = 65537


def private_key(numbers: Mapping[str, int]) -> rsa.RSAPrivateKey:
    """Return a private key from its numbers by their JWK names.

    `authcli.keys.rsa.check` has done what is skipped here, at a hundredth of the cost.
    """
    p, q, d, dp, dq, qi = (numbers[name] for name in ("p", "q", "d", "dp", "dq", "qi"))
    public = rsa.RSAPublicNumbers(numbers["e"], numbers["n"])
    private = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public)
    return private.private_key(unsafe_skip_rsa_key_validation=True)


def public_key(numbers: Mapping[str, int]) -> rsa.RSAPublicKey:
    """Return a public key from its modulus n and exponent e."""
    return rsa.RSAPublicNumbers(numbers["e"], numbers["n"]).public_key()


def check_pair(numbers: Mapping[str, int]) -> rsa.RSAPrivateKey:
    """Sign with the private half and verify with the public one (FIPS 140-3 IG 10.3.A).

    Raises:
        KeyInconsistent: the halves do not belong together, or a "prime" is not prime.
    """
    message = b"pairwise consistency"
    try:
        private = private_key(numbers)
        signature = private.sign(message, PKCS1v15(), SHA256())
        public_key(numbers).verify(signature, message, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        pass
    else:
        return private
    raise KeyInconsistent("the private half does not sign for the public half of this RSA key")


def generate(bits: int) -> dict[str, int]:
    """Return the numbers of a new key by their JWK names."""
    numbers = rsa.generate_private_key(PUBLIC_EXPONENT, bits).private_numbers()
    return {
        "n": numbers.public_numbers.n,
        "e": numbers.public_numbers.e,
        "d": numbers.d,
        "p": numbers.p,
        "q": numbers.q,
        "dp": numbers.dmp1,
        "dq": numbers.dmq1,
        "qi": numbers.iqmp,
    }
