"""Whose counter it is: the store's, of a saved name; the caller's, of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._accounts import Opened

__all__ = ["counting"]


def counting(opened: Opened, counter: int | None) -> Opened:
    """Return an account with the counter that counts.

    Raises:
        InvalidInput: none where the caller has to know it, or one where the store does.
    """
    if opened.name is not None:
        if counter is not None:
            raise InvalidInput(
                f"the store counts for {opened.name}; leave --counter out",
                hint="a counter that went back would let used codes pass again",
                code="otp.contradiction",
            )
        return opened
    if counter is None:
        raise InvalidInput(
            f"{opened.label} is a source: nothing is remembered of it, so --counter N is needed",
            hint="authcli totp add NAME --hotp has the store count",
            code="otp.counter-needed",
        )
    return opened._replace(account=opened.account._replace(counter=counter))
