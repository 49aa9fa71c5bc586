"""The checks, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from authcli.cli._run import Run
from authcli.cli.doctor import _files, _outside, _python, _secrets, _shell, _stores
from authcli.cli.doctor._model import Check, Context, Result, passed, skipped
from authcli.errors import AuthError, InvalidInput, Unavailable
from authcli.findings import Finding, Severity

__all__ = ["CHECKS", "Examined", "chosen", "examined"]


def _config(context: Context) -> Result:
    """What is wrong with the files, their profiles and the environment."""
    from authcli.cli._places import config_files, shown

    run = context.run
    found = [Finding(e.code, "error", e.message, e.hint) for e in context.wrong]
    found += [Finding("doctor.config", "warning", text) for text in run.config.warnings]
    if context.wrong:
        return passed("it cannot be used as it is", *found)
    files = [shown(path) for path, _ in config_files()[0]]
    profile = f", profile {ascii(run.config.profile)}" if run.config.profile else ""
    return passed((", ".join(files) or "no files") + profile, *found)


#: Name -> what it looks at. Those that follow a configuration are skipped where that is wrong.
CHECKS: dict[str, Check] = {
    "python": _python.python,
    "libraries": _python.libraries,
    "config": _config,
    "store": _stores.store,
    "audit": _stores.audit,
    "keys": _stores.signing_keys,
    "files": _files.files,
    "secrets": _secrets.secrets,
    "keychain": _outside.keychain,
    "clock": _outside.clock,
    "completion": _shell.completion,
}
_NEED_CONFIG = ("store", "audit", "keys", "keychain")


class Examined(NamedTuple):
    """One check and how it ended."""

    name: str
    result: Result


def chosen(names: Sequence[str], *, clock_against: str | None) -> tuple[str, ...]:
    """Return which checks are to run, in the table's order.

    Raises:
        InvalidInput: one that there is not; a URL that may not be asked.
    """
    unknown = next((name for name in names if name not in CHECKS), None)
    if unknown is not None:
        raise InvalidInput(
            f"there is no check {ascii(unknown[:40])}", hint=f"checks: {', '.join(CHECKS)}"
        )
    if clock_against is not None:
        from authcli.keys.remote.urls import address_of

        address_of(clock_against)
        if names and "clock" not in names:
            raise InvalidInput("--clock-against is for the check clock, which is not among these")
    return tuple(name for name in CHECKS if not names or name in names)


def examined(context: Context, names: Sequence[str]) -> tuple[Run, list[Examined]]:
    """Run the checks; what one cannot do is a finding, and does not end the others."""
    told: set[tuple[str, str]] = set()
    found = []
    for name in names:
        result = _with_remedies(_one(context, name))
        new = tuple(f for f in result.findings if (f.code, f.message) not in told)
        told |= {(f.code, f.message) for f in new}
        if result.findings and not new:  # a store that cannot be opened is one finding
            result = skipped("not looked at, for what stands above")
        found.append(Examined(name, result._replace(findings=new)))
    return context.run, found


def _with_remedies(result: Result) -> Result:
    """Let what wants doing say where it is explained, if it says nothing else."""
    found = [
        f if f.hint or f.severity == "note" else f._replace(hint=f"authcli help {f.code}")
        for f in result.findings
    ]
    return result._replace(findings=tuple(found))


def _one(context: Context, name: str) -> Result:
    if context.wrong and name in _NEED_CONFIG:
        return skipped("not looked at: the configuration that says where it is cannot be used")
    try:
        return CHECKS[name](context)
    except AuthError as error:
        severity: Severity = (
            "warning" if isinstance(error, Unavailable) and name == "clock" else "error"
        )
        finding = Finding(error.code, severity, error.message, error.hint)
        return passed("it cannot be used", finding)
    except Exception as error:  # noqa: BLE001 - one that fails must not hide what others find
        reason = getattr(error, "strerror", None) or type(error).__name__
        finding = Finding("doctor.failed", "error", f"the check itself failed: {reason}")
        return passed("it could not be looked at", finding)
