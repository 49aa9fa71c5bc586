"""Which keys may have signed a token, and with which algorithms.

Keys come from the caller and algorithms from the keys (RFC 8725, section 3.1). The token's `alg`
and `kid` only choose among them; its `jwk`, `jku`, `x5c` and `x5u` are never looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from authcli.errors import KeyWrong
from authcli.keys.algorithms import require_operation, verifying_algorithms
from authcli.keys.model import Key, KeySet

if TYPE_CHECKING:
    from authcli.tokens.engine import Verify

__all__ = ["MAX_KEYS_TRIED", "Candidate", "candidates", "named"]

#: A token without a kid is tried on so many keys: a signature costs the verifier more than the
#: forger.
MAX_KEYS_TRIED = 16


class Candidate:
    """A key with the algorithms that it may verify; prepared for each when first needed.

    Args:
        key: any half of a key, or a shared secret.
        algorithms: names that suit the key.
    """

    __slots__ = ("_prepared", "algorithms", "key")

    def __init__(self, key: Key, algorithms: Sequence[str]) -> None:
        self.key = key
        self.algorithms = tuple(algorithms)
        self._prepared: dict[str, Verify] = {}

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Tell whether the key made this signature, with an algorithm of `algorithms`."""
        return self.prepared(algorithm)(message, signature)

    def prepared(self, algorithm: str) -> Verify:
        """Return the test of messages and signatures, with an algorithm of `algorithms`."""
        check = self._prepared.get(algorithm)
        if check is None:
            from authcli.tokens.engine import verifier

            check = self._prepared[algorithm] = verifier(algorithm, self.key)
        return check


def candidates(key: Key | KeySet, *, algorithms: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """Return the keys that may verify signatures at all.

    Args:
        key: one key, which must be fit; or a set, whose unfit members are passed over.
        algorithms: narrows each key's own; empty narrows nothing.

    Raises:
        KeyWrong: no key is left.
    """
    found: list[Candidate] = []
    refusals: list[KeyWrong] = []
    for member in (key,) if isinstance(key, Key) else key:
        try:
            found.append(_candidate(member, algorithms))
        except KeyWrong as error:
            refusals.append(error)
    if found:
        return tuple(found)
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        wanted = ", ".join(algorithms) or "signatures"
        raise KeyWrong(f"none of the set's {len(refusals)} keys verifies {wanted}")
    ignored = key.ignored if isinstance(key, KeySet) else ()
    raise KeyWrong("the key set holds no usable key", hint="; ".join(ignored[:3]) or None)


def named(found: Sequence[Candidate], kid: str) -> tuple[Candidate, ...]:
    """Return the candidates of that kid, compared exactly."""
    return tuple(candidate for candidate in found if candidate.key.kid == kid)


def _candidate(key: Key, algorithms: Sequence[str]) -> Candidate:
    require_operation(key, operation="verify")
    # Weakness is a check of its own: a key too short for HS512 is weak, not of the wrong kind.
    possible = verifying_algorithms(key, allow_weak=True)
    allowed = [name for name in possible if not algorithms or name in algorithms]
    if not allowed:
        raise KeyWrong(
            f"this {key.crv or key.kty} key verifies {', '.join(possible)}, "
            f"not {', '.join(algorithms)}",
            hint="leave --alg out, or pass the key that it names",
        )
    return Candidate(key, allowed)
