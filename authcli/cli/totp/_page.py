"""An account with its secret, shown: URI, QR code, secret in groups of four."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli import otp
from authcli.cli._messages import note
from authcli.cli._output import emit, save
from authcli.cli._secret_output import SecretForm, check_secret_delivery, emit_secret
from authcli.cli._shown_codes import HOLDER, account_facts
from authcli.cli._text import columns, visible
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._accounts import Opened
    from authcli.cli._run import Run
    from authcli.otp import Account

__all__ = [
    "MEMBERS",
    "ask_before",
    "check_output",
    "emit_picture",
    "emit_uri",
    "is_picture",
    "page",
]

MEMBERS = ("uri", "secret", *HOLDER, "algorithm", "digits", "period_seconds", "counter")
#: How a file of a picture ends.
PICTURES = (".png", ".svg", ".txt")
DEFAULT_VARIABLE = "OTPAUTH_URI"


def check_output(run: Run, *, form: SecretForm | None = None, picture: bool = False) -> None:
    """Refuse, before a secret is made or asked for, what would keep it from being shown.

    Args:
        run: the invocation.
        form: the flags of a secret's form.
        picture: `-o` names a picture.

    Raises:
        InvalidInput: flags that contradict each other, a `--field` that there is not, a file that
            ends like no picture.
        Conflict: the file exists.
        AuthError: stdout is closed.
        Unavailable: there is no clipboard.
    """
    drawn = run.output if picture and is_picture(run, form) else None
    if drawn is not None and drawn.suffix.lower() not in PICTURES:
        raise InvalidInput(
            f"-o writes a QR code, to a file that ends in {', '.join(PICTURES)}",
            hint="for the URI, authcli totp uri -o FILE",
        )
    check_secret_delivery(run, form or SecretForm(), MEMBERS, what="secret")


def ask_before(run: Run, opened: Opened, *, yes: bool, elsewhere: bool = False) -> None:
    """Ask before the secret of a saved name is shown on a terminal; over shoulders others look.

    Args:
        run: the invocation.
        opened: the account.
        yes: the flag that answers.
        elsewhere: it is not shown there.
    """
    if opened.name is None or elsewhere or not run.to_terminal:
        return
    from authcli.cli._prompt import confirm

    confirm(run, f"show the secret of {opened.name} on this terminal?", yes=yes)


def with_counter(run: Run, opened: Opened, *, store: str | None) -> Opened:
    """Return a saved HOTP account with the counter that was reached; others as they are."""
    if opened.name is None:
        return opened
    from authcli.cli.totp._counters import counted

    return opened._replace(account=counted(run, [opened.account], store=store)[0])


def facts(opened: Opened) -> dict[str, Any]:
    """Return what JSON has of an account, its secret too."""
    account = opened.account
    return {
        "uri": otp.build_uri(account),
        "secret": otp.write_secret(account.secret),
        **account_facts(opened),
        "algorithm": account.algorithm,
        "digits": account.digits,
        "period_seconds": None if account.kind == "hotp" else account.period_seconds,
        "counter": account.counter if account.kind == "hotp" else None,
    }


def emit_uri(run: Run, opened: Opened, *, form: SecretForm, with_qr: bool = False) -> None:
    """Write the URI; on a terminal, where it is asked for, with QR code and secret."""
    found = facts(opened)
    emit_secret(
        run,
        found,
        value=found["uri"],
        form=form,
        default_var=DEFAULT_VARIABLE,
        human=(lambda on: page(run, opened.account)) if with_qr else None,
    )


def emit_picture(run: Run, opened: Opened) -> None:
    """Write the QR code: to a file by its ending, to a terminal, or in a pipe as text.

    Raises:
        InvalidInput: the terminal is too narrow for it.
    """
    from authcli.otp import qr

    uri, path = otp.build_uri(opened.account), run.output
    if path is not None and is_picture(run, None):
        save(run, path, _drawn(uri, path))
        return note(run, f"{path} holds the secret: delete it when it was scanned")
    text = qr.to_text(uri)
    if is_picture(run, None) and run.to_terminal and not _fits(text):
        raise InvalidInput("the terminal is too narrow for the QR code", hint="-o qr.png")
    return emit(run, facts(opened), plain=text, human=lambda on: qr.to_terminal(uri).rstrip("\n"))


def page(run: Run, account: Account) -> str:
    """Return what a terminal shows of a new account: to be scanned, typed or pasted."""
    from authcli.otp import qr

    uri = otp.build_uri(account)
    rows = [
        ("issuer", visible(account.issuer)),
        ("account", visible(account.name)),
        ("secret", otp.write_secret(account.secret, grouped=True)),
        ("uri", uri),
    ]
    told = columns([row for row in rows if row[1]], indent="")
    if not _fits(qr.to_text(uri)):
        note(run, "the terminal is too narrow for the QR code; -o qr.png writes it to a file")
        return told
    return f"{qr.to_terminal(uri)}\n{told}"


def _fits(picture: str) -> bool:
    """Say whether the terminal shows each line of a picture on one of its own."""
    cells = max(map(len, picture.splitlines()), default=0)
    return cells <= (os.get_terminal_size(sys.stdout.fileno()).columns or cells)


def is_picture(run: Run, form: SecretForm | None) -> bool:
    """Say whether `-o` takes a QR code: not where JSON, a field or another form is asked for."""
    return not (run.json or run.fields or (form is not None and form.format != "raw"))


def _drawn(uri: str, path: Path) -> bytes:
    from authcli.otp import qr

    if path.suffix.lower() == ".png":
        return qr.to_png(uri)
    return (qr.to_svg(uri) if path.suffix.lower() == ".svg" else qr.to_text(uri)).encode()
