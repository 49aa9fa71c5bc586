"""Accounts of one-time codes: saved ones by their name, others from a source.

A bare word is a saved NAME: its otpauth URI is in the keychain, in a namespace of its own. Any
other text is a source (`-`, `@FILE`, `env:NAME` …) that holds an otpauth URI or a base32 secret.
A secret typed where a name is expected is refused and never repeated.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from authcli.cli._account_flags import Shape, agreed, checked, shaped
from authcli.cli._messages import warn
from authcli.cli._sources import SOURCES, read_source
from authcli.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keychain import Entry
    from authcli.otp import Account

__all__ = [
    "ACCOUNT",
    "NAMESPACE",
    "AccountText",
    "Opened",
    "Shape",
    "check_new_name",
    "details_of",
    "is_source",
    "read_account",
    "save",
    "saved",
    "saved_account",
]

#: The namespace of saved accounts in the keychain: they are no names of `keychain:NAME`.
NAMESPACE = "otp"
#: What every argument that is a saved name or a source is called; TAB knows it.
ACCOUNT = "NAME|SOURCE"
#: No otpauth URI is longer; its picture would be no QR code.
MAX_BYTES = 1 << 16
_NAME = r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}"

AccountText = Annotated[
    str | None,
    typer.Argument(
        metavar=f"[{ACCOUNT}]",
        help="A saved name, or a source: -, @FILE, env:NAME.",
        show_default=False,
    ),
]


class Opened(NamedTuple):
    """An account, and where it was found."""

    account: Account
    name: str | None
    """The saved name; None of a source, of which nothing is remembered."""
    label: str
    """What to call it in messages: the name, "env:SECRET"; never the secret."""


def read_account(
    run: Run, text: str | None, *, shape: Shape | None = None, counted: bool | None = None
) -> Opened:
    """Return the account that a saved name or a source stands for.

    Args:
        run: the invocation.
        text: the name or the source; None where it is piped in.
        shape: what flags say of it.
        counted: True takes HOTP alone, False none of it, None either.

    Raises:
        NotFound: no saved account has that name.
        InvalidInput: neither a name nor a source, a source that cannot be used, or flags that
            contradict what it says.
        Unavailable: there is no keychain.
    """
    shape = checked(shape or Shape())
    if text is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise InvalidInput(
                "no account was given",
                hint="give a saved name (authcli totp list), or the secret: -, @FILE, env:NAME",
            )
        text = "-"
    if is_source(text):
        opened = _from_source(run, text, shape, counted)
    else:
        opened = Opened(saved_account(run, text), text, text)
    _check_kind(run, opened, counted)
    return opened._replace(account=agreed(opened.account, shape, opened.label))


def is_source(text: str) -> bool:
    """Say whether a text is a source, and no saved name."""
    prefix, colon, _ = text.partition(":")
    return text == "-" or text.startswith("@") or bool(colon and prefix in SOURCES)


def saved_account(run: Run, name: str) -> Account:
    """Return a saved account.

    Raises:
        NotFound: there is none of that name ("otp.not-found"); the hint has those near it.
        InvalidInput: no name, or what may be a secret, which is not repeated.
        Unavailable: there is no keychain.
    """
    from authcli import otp
    from authcli.cli._keychain import keychain_of

    if not re.fullmatch(_NAME, name):
        _refuse_secret(name)
        raise _no_name()
    try:
        uri = keychain_of(run, namespace=NAMESPACE).get(name)
    except NotFound:
        _refuse_secret(name)
        raise _unknown(run, name) from None
    return otp.parse_uri(uri.reveal_text()).account


def saved(run: Run) -> list[Entry]:
    """Return the saved accounts, without their secrets and without opening the keychain."""
    from authcli.cli._keychain import keychain_of

    return keychain_of(run, namespace=NAMESPACE).entries()


def save(run: Run, name: str, account: Account, *, replace: bool = False) -> None:
    """Save an account under a name, as its otpauth URI.

    Raises:
        Conflict: the name is taken ("otp.exists"), and it is not to be replaced.
        InvalidInput: it cannot be a name, or may be a secret.
        Unavailable: there is no keychain.
    """
    from authcli import otp
    from authcli.cli._keychain import keychain_of
    from authcli.secret import Secret

    _check_name(name)
    uri, keychain = Secret(otp.build_uri(account)), keychain_of(run, namespace=NAMESPACE)
    try:
        keychain.set(name, uri, details=details_of(account), replace=replace, at=run.at)
    except Conflict:
        raise _taken(name) from None


def details_of(account: Account) -> dict[str, str | int]:
    """Return what the keychain's list shows of an account; nothing secret."""
    return {
        "kind": account.kind,
        "issuer": account.issuer,
        "account": account.name,
        "algorithm": account.algorithm,
        "digits": account.digits,
        "period": account.period_seconds,
    }


def check_new_name(run: Run, name: str, *, replace: bool = False) -> None:
    """Refuse a name that cannot be saved under, before anything is made for it.

    Raises:
        Conflict: the name is taken, and it is not to be replaced.
        InvalidInput: it cannot be a name, or may be a secret.
    """
    _check_name(name)
    if not replace and any(entry.name == name for entry in saved(run)):
        raise _taken(name)


def _from_source(run: Run, text: str, shape: Shape, counted: bool | None) -> Opened:
    from authcli import otp
    from authcli.cli._input import warn_exposed

    given = read_source(run, text, what="secret", limit=MAX_BYTES)
    if given.exposed:
        warn_exposed(run, given.name)
    if given.data.lstrip()[:18].lower() == b"otpauth-migration:":
        raise InvalidInput(
            f"{given.name} holds accounts that Google Authenticator exported",
            hint="authcli totp import saves them",
            code="otp.kind",
        )
    if given.data.lstrip()[:8].lower().startswith((b"otpauth:", b"steam:")):
        parsed = otp.parse_uri(given.data.decode("utf-8", "replace").strip())
        account, doubts = parsed.account, parsed.warnings
    else:
        secret, doubts = otp.read_secret(given.data)
        account = shaped(secret, shape._replace(kind=shape.kind or ("hotp" if counted else "totp")))
    for doubt in doubts:
        warn(run, doubt)
    return Opened(account, None, given.name)


def _check_kind(run: Run, opened: Opened, counted: bool | None) -> None:
    is_counted = opened.account.kind == "hotp"
    if counted is not None and counted != is_counted:
        group = "hotp" if is_counted else "totp"
        what = "codes by a counter (HOTP)" if is_counted else "codes by the clock (TOTP)"
        verb = run.command.rpartition(".")[2]
        raise InvalidInput(
            f"{opened.label} gives {what}",
            hint=f"authcli {group} {verb} {opened.label}",
            code="otp.kind",
        )


def _check_name(name: str) -> None:
    from authcli.keychain import check_name

    _refuse_secret(name)
    if not re.fullmatch(_NAME, name):
        raise _no_name()
    check_name(name)


def _refuse_secret(text: str) -> None:
    """Refuse what looks like a secret; neither names nor secrets are this by chance."""
    groups = re.split(r"[ \t-]+", text.strip().rstrip("="))
    whole = "".join(groups)
    even = len({len(group) for group in groups[:-1]}) <= 1 and len(groups[-1]) <= len(groups[0])
    base32 = re.fullmatch("[A-Za-z2-7]{16,}", whole) and not re.fullmatch("[a-z]+", whole)
    if re.match("(otpauth|steam)[a-z-]*:", text.lower()) or (
        even and (base32 or re.fullmatch("[0-9A-Fa-f]{20,}", whole))
    ):
        raise InvalidInput(
            "this looks like a secret, and every process sees the command line",
            hint="use -, @FILE or env:NAME; a bare word is a saved name (authcli totp list)",
            code="source.literal",
        )


def _no_name() -> InvalidInput:
    return InvalidInput(
        "this is neither a saved name nor a source",
        hint="names are up to 64 of A-Z a-z 0-9 . _ @ -; a secret comes from -, @FILE, env:NAME",
        code="source.unknown",
    )


def _taken(name: str) -> Conflict:
    return Conflict(
        f"there is a saved account {name} already",
        hint=f"choose another name, or: authcli totp remove {name}",
        code="otp.exists",
    )


def _unknown(run: Run, name: str) -> NotFound:
    """Return the error for a name that nothing is saved under; repeated if it is no secret."""
    import difflib
    import os

    names = [entry.name for entry in saved(run)]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    # Lower-case letters alone may be a word or, once in thirty, a secret.
    shown = "of that name" if re.fullmatch("[a-z2-7-]{16,}", name) else name
    if near:
        hint = f"near it: {', '.join(near)}; all: authcli totp list"
    elif os.path.lexists(name):
        hint = "it is a file's name: put @ before it"
    else:
        hint = "authcli totp list" if names else "nothing is saved yet: authcli totp add NAME"
    return NotFound(f"there is no saved account {shown}", hint=hint, code="otp.not-found")
