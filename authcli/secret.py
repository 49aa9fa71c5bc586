"""Secret: bytes whose repr is masked."""

from __future__ import annotations

__all__ = ["Secret"]


class Secret:
    """Holds secret bytes so that no repr, log line or traceback shows them.

    Args:
        value: the secret; text is kept as its UTF-8 bytes.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes | str) -> None:
        self._value = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
        """Return the secret bytes; the one way to them, easy to search for."""
        return self._value

    def reveal_text(self) -> str:
        """Return the secret as text; raises `UnicodeDecodeError` where it is not UTF-8."""
        return self._value.decode()

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time, with another Secret alone."""
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # here, because its OpenSSL costs each start 3 ms

        return hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return "Secret('****')"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")
