"""A first code, asked for: whether the app has the secret is known before anyone relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from authcli import otp
from authcli.cli._messages import note
from authcli.cli._prompt import answer
from authcli.cli._secret_output import SecretForm
from authcli.errors import CodeMismatch

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.otp import Account

__all__ = ["ask", "is_asked"]


def is_asked(run: Run, form: SecretForm) -> bool:
    """Say whether someone sits there who was shown the QR code."""
    shown = form == SecretForm() and not (run.json or run.fields)
    return shown and run.to_terminal and run.may_prompt


def ask(run: Run, account: Account, *, saving: bool) -> None:
    """Ask on stderr until a right code was typed; an empty line ends the command (130).

    Args:
        run: the invocation.
        account: whose code.
        saving: whether something is saved then.
    """
    while True:
        typed = answer("the code that the app shows now (nothing: stop): ")
        if not typed:
            note(run, "nothing was saved" if saving else "no code was confirmed")
            raise typer.Abort
        try:
            otp.verify(account, typed, at=run.now)
        except CodeMismatch as error:
            hint = f"; {error.hint}" if error.hint else ""
            note(run, f"{error.message}{hint}; try again")
        else:
            return note(run, "the code is right")
