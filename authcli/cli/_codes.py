"""Codes under test, and the verdict on them; by the clock and by a counter alike."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from authcli.cli._accounts import Opened, Shape, read_account
from authcli.cli._delivery import check_delivery
from authcli.cli._input import read_under_test
from authcli.cli._messages import note
from authcli.cli._output import emit
from authcli.cli._refusal import emit_refused
from authcli.cli._shown_codes import account_facts, shown_name
from authcli.cli._text import paint
from authcli.errors import AuthError, CodeMismatch, Denied, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.otp import Match

__all__ = ["CodeText", "emit_verdict", "read_pair"]

CodeText = Annotated[
    str | None,
    typer.Argument(metavar="[CODE]", help="The code, -, @FILE, or piped in.", show_default=False),
]

#: What a check is called, and the codes of the refusals that it makes; in the order of checking.
CHECKS: dict[str, tuple[str, ...]] = {
    "attempts": ("otp.blocked",),
    "format": ("otp.malformed",),
    "code": ("otp.mismatch", "otp.drift"),
    "once": ("otp.used",),
}
#: What only a saved name has, as only of it something is remembered.
_REMEMBERED = ("attempts", "once")
_MEMBERS = ("valid", "code", "checks", "name", "kind", "issuer", "account", "drift")
_MAX_BYTES = 256


def read_pair(
    run: Run, account: str | None, code: str | None, *, shape: Shape, counted: bool
) -> tuple[Opened, str]:
    """Return the account and the code under test, of which one may come from stdin.

    Args:
        run: the invocation.
        account: a saved name or a source; None where it is piped in.
        code: as text, `-`, `@FILE`; None where it is piped in.
        shape: what flags say of the account.
        counted: whether it is of codes by a counter.

    Raises:
        InvalidInput: one of them is missing, or cannot be used.
        NotFound, Unavailable: as of `read_account`.
    """
    if {account, code} <= {None, "-"} and sys.stdin is not None and not sys.stdin.isatty():
        # Read as the secret, a code would be told to be no base32.
        raise InvalidInput(
            "the account and the code cannot both come from stdin",
            hint="name a saved account, or its secret's source: env:NAME, @FILE",
            code="source.stdin",
        )
    opened = read_account(run, account, shape=shape, counted=counted)
    return opened, _read_code(run, code)


def _read_code(run: Run, text: str | None) -> str:
    """Return the code under test, given as text, `-`, `@FILE` or by a pipe.

    Raises:
        InvalidInput: there is none.
    """
    data = read_under_test(run, text, what="code", limit=_MAX_BYTES)
    code = data.decode("utf-8", "replace").strip(" \t\r\n")
    if not code:
        raise InvalidInput("the code is empty", hint="an unset variable?", code="source.empty")
    return code


def emit_verdict(
    run: Run, opened: Opened, code: str, *, window: int, counted: bool, store: str | None
) -> None:
    """Verify a code and write the verdict; of a saved name, each code passes once.

    Args:
        run: the invocation.
        opened: the account; of a source nothing is remembered, and a note says so.
        code: what was typed.
        window: how many steps beside the clock's are good, or counters ahead.
        counted: whether it is of a counter, of which the next one is told.
        store: what `--store` says.

    Raises:
        CodeMismatch: it is wrong, malformed, or was used.
        Denied: too many wrong ones came before.
        Unavailable: there is no store, and the name is a saved one.
        InvalidInput, Conflict, AuthError: the verdict could not be written; no code was spent.
    """
    own = ("counter", "next_counter") if counted else ("step",)
    check_delivery(run, (*_MEMBERS, *own), what="verdict", prints=counted)
    try:
        match = _verified(run, opened, code, window, store)
    except (CodeMismatch, Denied) as refusal:
        facts = {"valid": False, "code": refusal.code, "checks": _checks(opened, refusal)}
        facts |= account_facts(opened)
        emit_refused(run, facts, valid_alone={"drift", *own}, human=None)
        raise
    moments = (match.moment, match.moment + 1) if counted else (match.moment,)
    emit(
        run,
        {
            "valid": True,
            "code": None,
            "checks": _checks(opened, None),
            **account_facts(opened),
            "drift": match.drift,
            **dict(zip(own, moments, strict=True)),
        },
        plain=str(match.moment + 1) if counted else None,
        human=lambda on: _line(opened, match, counted=counted, colored=on),
    )
    if opened.name is None and not counted:
        note(
            run,
            "a source is not remembered: the code passes again while it stands;"
            " authcli totp add NAME has each pass once",
        )


def _verified(run: Run, opened: Opened, code: str, window: int, store: str | None) -> Match:
    if opened.name is None:
        from authcli import otp

        return otp.verify(opened.account, code, at=run.now, window=window)
    from authcli.cli._store import opened as opened_store
    from authcli.otp.once import verify_once

    with opened_store(run, store, write=True) as found:
        return verify_once(
            found.one_time, opened.account, code, name=opened.name, at=run.now, window=window
        )


def _checks(opened: Opened, refusal: AuthError | None) -> list[dict[str, Any]]:
    """Return all checks in their order: those before the one that failed passed."""
    rows: list[dict[str, Any]] = []
    failed = False
    for name, codes in CHECKS.items():
        here = refusal is not None and refusal.code in codes
        skipped = failed or (opened.name is None and name in _REMEMBERED)
        status = "fail" if here else ("skipped" if skipped else "pass")
        detail = refusal.message if refusal is not None and here else None
        rows.append({"name": name, "status": status, "detail": detail})
        failed = failed or here
    return rows


def _line(opened: Opened, match: Match, *, counted: bool, colored: bool) -> str:
    facts = [shown_name(opened)]
    if counted:
        facts.append(f"counter {match.moment}, next {match.moment + 1}")
    elif match.drift:
        steps = f"{abs(match.drift)} step{'s' if abs(match.drift) > 1 else ''}"
        facts.append(f"{steps} {'ahead of' if match.drift > 0 else 'behind'} this clock")
    return f"{paint('valid', 'bold green', on=colored)}  {', '.join(facts)}"
