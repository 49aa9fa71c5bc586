"""One-time codes, shown: on a terminal with how long they stand, in a pipe bare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note
from authcli.cli._output import emit
from authcli.cli._text import visible
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._accounts import Opened
    from authcli.cli._run import Run

__all__ = ["HOLDER", "account_facts", "check_showing", "emit_code", "shown_name"]

#: What JSON says of an account.
HOLDER = ("name", "kind", "issuer", "account")


def account_facts(opened: Opened) -> dict[str, Any]:
    """Return what JSON says of an account; nothing secret."""
    account = opened.account
    return {
        "name": opened.name,
        "kind": account.kind,
        "issuer": account.issuer,
        "account": account.name,
    }


def shown_name(opened: Opened) -> str:
    """Return what a person calls an account: "Example (alice)", else its name or source."""
    account = opened.account
    names = [visible(text) for text in (account.issuer, account.name) if text]
    return f"{names[0]} ({names[1]})" if len(names) > 1 else "".join(names) or opened.label


def check_showing(run: Run, *, copy: bool, members: tuple[str, ...]) -> None:
    """Refuse, before a counter is moved, what would keep its code from being shown.

    Args:
        run: the invocation.
        copy: it goes to the clipboard.
        members: what JSON has.

    Raises:
        InvalidInput: flags that contradict each other, a `--field` that there is not.
        Conflict: the file exists.
        AuthError: stdout is closed.
        Unavailable: there is no clipboard.
    """
    if copy and run.output is not None:
        raise InvalidInput("-o and --copy send the code to different places")
    check_delivery(run, members, what="code", prints=not copy)
    if copy:
        from authcli.cli._clipboard import require_tool

        require_tool()


def emit_code(
    run: Run,
    facts: Mapping[str, Any],
    *,
    copy: bool,
    says: str,
    human: Callable[[bool], str],
) -> None:
    """Write a code, or put it on the clipboard.

    Args:
        run: the invocation.
        facts: the result as JSON has it, with `code`.
        copy: to the clipboard, and not to stdout.
        says: what is told of the code that was copied.
        human: makes the form for a terminal, given whether to colour.
    """
    code = str(facts["code"])
    if not copy:
        return emit(run, facts, plain=code, human=human)
    from authcli.cli._clipboard import CLEARED_AFTER_SECONDS
    from authcli.cli._clipboard import copy as to_clipboard

    cleared = f"; cleared after {CLEARED_AFTER_SECONDS} s" if to_clipboard(code) else ""
    return note(run, f"copied to the clipboard{cleared}; {says}")
