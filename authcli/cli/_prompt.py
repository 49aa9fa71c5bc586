"""Asking the person at the terminal: never on stdout, never where nobody sits."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from authcli.cli._messages import note
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["answer", "confirm", "prompt"]


def prompt(run: Run, text: str, *, twice: bool = False) -> str:
    """Ask on the terminal without echo; never on stdout.

    Raises:
        InvalidInput: nobody can be asked, nothing was typed, or two different things.
    """
    if not run.may_prompt:
        raise InvalidInput(
            f"nobody to ask for the {text.strip(': ')}",
            hint="name its source with --passphrase, such as env:NAME",
            code="source.no-terminal",
        )
    import getpass

    what = text.strip(": ")
    try:
        first = getpass.getpass(text)
        again = getpass.getpass(f"{what} again: ") if twice and first else first
    except UnicodeDecodeError:
        raise InvalidInput(f"the {what} that was typed is not UTF-8") from None
    except EOFError:
        first = again = ""
    if not first:
        raise InvalidInput(f"no {what} was typed", code="source.empty")
    if first != again:
        raise InvalidInput("the two are not the same; nothing was done", code="source.mismatch")
    return first


def confirm(run: Run, question: str, *, yes: bool) -> None:
    """Ask on stderr and return if the answer is yes; anything else ends the command (130).

    Args:
        run: the invocation.
        question: what to ask, such as "revoke 3 keys?".
        yes: the flag that answers it.

    Raises:
        InvalidInput: nobody can be asked.
    """
    if yes:
        return
    if not run.may_prompt:
        raise InvalidInput(f"nobody to answer: {question}", hint="add --yes", code="confirm.needed")
    if answer(f"{question} [y/N] ").lower() not in ("y", "yes"):
        note(run, "nothing was done")
        raise typer.Abort


def answer(question: str) -> str:
    """Return the line that the person types, with echo, without blanks around it.

    Args:
        question: what is written to stderr before it.
    """
    sys.stderr.write(question)
    sys.stderr.flush()
    try:
        return sys.stdin.readline().strip()
    except UnicodeDecodeError:
        return "\ufffd"  # no answer to any question, nor is it an empty one
