"""The one module that touches libpass: crypt(3)'s old schemes, word lists, NT hashes.

libpass is imported as `passlib`, and so is the passlib that it was forked from. Where that one is
installed later it overwrites libpass's files, and with bcrypt 5 fails every call: so the version
is looked at before anything is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from authcli.errors import Unavailable

__all__ = ["Handler", "handler", "nt_hash", "word_list"]

#: The last passlib is 1.7.4; libpass counts from 1.8.
_FIRST = (1, 8)
_REPAIR = "pip uninstall passlib && pip install --force-reinstall --no-deps libpass"


class Handler(Protocol):
    """What is used of a scheme of libpass."""

    verify: Callable[[bytes, str], bool]
    hash: Callable[[bytes], str]

    def using(self, *, rounds: int) -> Handler:
        """Return the same scheme at another cost."""


def handler(name: str) -> Handler:
    """Return libpass's own code for a scheme, by its name there ("sha512_crypt").

    Raises:
        Unavailable: libpass is missing, or overwritten by passlib.
    """
    _require_libpass()
    import passlib.hash  # type: ignore[import-untyped,unused-ignore]

    found: Handler = getattr(passlib.hash, name)
    return found


def nt_hash(text: str) -> str:
    """Return the NT hash of a password, MD4 over UTF-16, which OpenSSL 3 no longer has."""
    _require_libpass()
    from passlib.hash import nthash  # type: ignore[import-untyped,unused-ignore]

    return str(nthash.hash(text))


def word_list(name: str) -> tuple[str, ...]:
    """Return one of libpass's word lists: "eff_long", "eff_short", "eff_prefixed", "bip39"."""
    _require_libpass()
    from passlib.pwd import default_wordsets  # type: ignore[import-untyped,unused-ignore]

    return tuple(default_wordsets[name])


def _require_libpass() -> None:
    try:
        import passlib  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise Unavailable(
            "libpass is not installed", hint="pip install libpass", code="password.libpass"
        ) from None
    version = str(getattr(passlib, "__version__", "?"))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < _FIRST:
        raise Unavailable(
            f"passlib {ascii(version)[1:-1]} stands where libpass should, and does not work",
            hint=_REPAIR,
            code="password.libpass",
        )
