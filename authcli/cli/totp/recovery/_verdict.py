"""The verdict on a recovery code: every check with pass, fail or skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.cli._delivery import check_delivery
from authcli.cli._input import read_under_test
from authcli.cli._messages import warn
from authcli.cli._output import emit
from authcli.cli._refusal import emit_refused
from authcli.cli._store import at_ms, opened, store_exists
from authcli.cli._text import paint
from authcli.errors import AuthError, CodeMismatch, Denied, InvalidInput
from authcli.otp.recovery import check_name, no_codes, verify

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["emit_verdict", "read_code"]

#: What a check is called, and the code of its refusal; in the order of checking.
CHECKS = {
    "format": "recovery.malformed",
    "attempts": "recovery.blocked",
    "known": "recovery.mismatch",
    "unspent": "recovery.used",
}
MEMBERS = ("valid", "code", "checks", "name", "left")
_MAX_BYTES = 1024
#: Of so few codes left the person hears.
_FEW = 2


def read_code(run: Run, text: str | None) -> str:
    """Return the code under test, given as text, `-`, `@FILE` or by a pipe.

    Raises:
        InvalidInput: there is none.
    """
    data = read_under_test(run, text, what="recovery code", limit=_MAX_BYTES)
    code = data.decode("utf-8", "replace").strip()
    if not code:
        raise InvalidInput(
            "the recovery code is empty", hint="an unset variable?", code="source.empty"
        )
    return code


def emit_verdict(run: Run, name: str, code: str, *, store: str | None, actor: str | None) -> None:
    """Verify a code and write the verdict.

    Raises:
        CodeMismatch, Denied: it is refused.
        NotFound: the name has no codes.
        InvalidInput, Conflict, AuthError: the verdict could not be written; nothing was spent.
        Unavailable: there is no store to ask.
    """
    check_delivery(run, MEMBERS, what="verdict", prints=False)
    check_name(name)
    if not store_exists(run, store):
        raise no_codes(name)
    with opened(run, store, write=True, create=False, actor=actor) as found:
        try:
            left = verify(found.one_time, name, code, at_ms=at_ms(run)).left
        except (CodeMismatch, Denied) as refusal:
            emit_refused(run, _facts(name, refusal), valid_alone={"left"}, human=None)
            raise
    said = f"{left} recovery code{'s are' if left != 1 else ' is'} left"
    emit(
        run,
        {**_facts(name, None), "left": left},
        plain=None,
        human=lambda on: f"{paint('valid', 'bold green', on=on)}; {said}",
    )
    if left <= _FEW:
        warn(run, f"{said}; make new ones: authcli totp recovery new NAME")


def _facts(name: str, refusal: AuthError | None) -> dict[str, Any]:
    """Return the verdict as JSON has it: the checks before the one that failed passed."""
    checks: list[dict[str, Any]] = []
    failed = False
    for check, code_of in CHECKS.items():
        here = refusal is not None and refusal.code == code_of
        status = "fail" if here else ("skipped" if failed else "pass")
        detail = refusal.message if refusal is not None and here else None
        checks.append({"name": check, "status": status, "detail": detail})
        failed = failed or here
    code = None if refusal is None else refusal.code
    return {"valid": refusal is None, "code": code, "checks": checks, "name": name}
