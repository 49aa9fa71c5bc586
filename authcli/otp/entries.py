"""Accounts as other software writes them: each is checked, or left out with the reason.

What an export holds is untrusted. A file that is not what it should be is refused as a whole; an
account that authcli cannot compute (another algorithm, another kind) is left out, and a warning
says which and why, so that one of them does not keep thirty others from being read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from authcli.errors import InvalidInput
from authcli.otp.model import Account
from authcli.otp.steam import LETTERS
from authcli.otp.uris import build_uri

__all__ = ["Imported", "checked", "gathered", "label", "require_all"]

#: Nobody has more accounts, and each is a line on the screen.
MAX_ENTRIES = 10_000

Entry = TypeVar("Entry")


class Imported(NamedTuple):
    """What was read from an export."""

    accounts: list[Account]
    warnings: tuple[str, ...] = ()
    """What to know of them, and which were left out: a sentence each; it may quote the export."""
    left_out: int = 0
    """How many could not be read; a warning says why of each."""


def checked(account: Account) -> Account:
    """Return the account as it can be kept, without blanks around its names.

    Raises:
        InvalidInput: no codes can be made of it, or no URI that an app reads; the message is such
            that it can follow the account's name.
    """
    account = account._replace(issuer=account.issuer.strip(), name=account.name.strip())
    if account.kind == "steam" and account.digits != LETTERS:
        raise InvalidInput(f"Steam's codes have {LETTERS} letters, not {account.digits}")
    build_uri(account)
    return account


def gathered(
    entries: Sequence[Entry],
    read: Callable[[Entry], tuple[Account, Iterable[str]]],
    *,
    what: str,
    unit: str = "entry",
) -> Imported:
    """Return the accounts of all entries that can be read.

    Args:
        entries: one for each account, in their order.
        read: returns the account of an entry, and warnings; raises `InvalidInput` with the reason
            why there is none, the end of a sentence.
        what: what they are from, for the error ("Aegis vault").
        unit: what an entry is called ("entry", "line").

    Raises:
        InvalidInput: none can be read, or they are too many ("otp.import").
    """
    if len(entries) > MAX_ENTRIES:
        raise InvalidInput(f"the {what} has over {MAX_ENTRIES} entries", code="otp.import")
    found: list[Account] = []
    warnings: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            account, notes = read(entry)
            found.append(checked(account))
        except InvalidInput as error:
            warnings.append(f"{unit} {number} is left out: {error.message}")
        else:
            warnings += [f"{unit} {number}, {label(account)}: {note}" for note in notes]
    if entries and not found:
        raise InvalidInput(
            f"the {what} holds no account that can be read: {warnings[0]}", code="otp.import"
        )
    return Imported(found, tuple(warnings), len(entries) - len(found))


def label(account: Account) -> str:
    """Return what an account is called in a message: quoted, without control characters."""
    return _quoted(":".join(filter(None, (account.issuer, account.name))) or "no name")


def require_all(
    accounts: Sequence[Account], *, to: str, reason: Callable[[Account], str | None] | None = None
) -> None:
    """Refuse an export that would change an account or lose it.

    Args:
        accounts: what is to be exported.
        to: the format, for the error ("Google Authenticator").
        reason: why an account does not fit, the end of a sentence; None where it does.

    Raises:
        InvalidInput: one at least does not fit ("otp.export").
    """
    unfit = [(account, why) for account in accounts if (why := _unfit(account, reason))]
    if not unfit:
        return
    account, why = unfit[0]
    rest = f"; nor can {len(unfit) - 1} more" if len(unfit) > 1 else ""
    raise InvalidInput(
        f"{label(account)} cannot be exported to {to}: {why}{rest}",
        hint="--format otpauth keeps every account as it is" if reason is not None else None,
        code="otp.export",
    )


def _unfit(account: Account, reason: Callable[[Account], str | None] | None) -> str | None:
    try:
        checked(account)
    except InvalidInput as error:
        return error.message
    return reason(account) if reason is not None else None


def _quoted(text: str) -> str:
    """Return a text from outside, short and without what repaints a screen."""
    return repr(text if len(text) <= 60 else f"{text[:59]}…")
