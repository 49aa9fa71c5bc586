"""Object identifiers of keys, and what JOSE calls them.

Sources: RFC 8017, appendix A; RFC 5480, section 2.1; SEC 2; RFC 8410, section 3; RFC 9881.
"""

from typing import Final

__all__ = ["EC", "EC_CURVES", "ML_DSA", "OKP", "PSS_HASHES", "RSA", "RSA_PSS", "UNSUPPORTED"]

RSA, RSA_PSS, EC = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1"
OKP: Final = {
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
ML_DSA: Final = {
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
EC_CURVES: Final = {
    "1.2.840.10045.3.1.7": "P-256",
    "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521",
    "1.3.132.0.10": "secp256k1",
}
PSS_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": "PS256",
    "2.16.840.1.101.3.4.2.2": "PS384",
    "2.16.840.1.101.3.4.2.3": "PS512",
}
#: Sound keys that JOSE has no algorithm for.
UNSUPPORTED: Final = {
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.113549.1.3.1": "Diffie-Hellman",
    "1.2.840.10046.2.1": "Diffie-Hellman",
    "2.16.840.1.101.3.4.4.1": "ML-KEM-512",
    "2.16.840.1.101.3.4.4.2": "ML-KEM-768",
    "2.16.840.1.101.3.4.4.3": "ML-KEM-1024",
}
