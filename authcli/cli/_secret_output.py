"""A result that is a secret: in the form a shell, a tool or a CI system takes it.

Each form quotes for its reader, so that no value can end its quotes. `--github-env` and
`--github-output` write the runner's file and say `::add-mask::` on stderr, so that later logs are
masked; `--copy` puts the value on the clipboard. All three instead of stdout.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from authcli.cli._delivery import check_delivery
from authcli.cli._messages import note
from authcli.cli._options import Copy
from authcli.cli._output import emit
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = [
    "FORMS",
    "SECRET_FLAGS",
    "SecretForm",
    "check_secret_delivery",
    "emit_secret",
]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_BARE_DOTENV = re.compile(r"[A-Za-z0-9_.:/+=@-]+")


def _export(name: str, value: str) -> str:
    quoted = value.replace("'", "'\\''")
    return f"export {name}='{quoted}'"


def _fish(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{quoted}'"


def _powershell(name: str, value: str) -> str:
    # PowerShell takes typographic quotes for straight ones.
    quoted = re.sub("['\u2018\u2019\u201a\u201b]", lambda m: m[0] * 2, value)
    return f"$env:{name} = '{quoted}'"


def _dotenv(name: str, value: str) -> str:
    if _BARE_DOTENV.fullmatch(value):
        return f"{name}={value}"
    if "'" not in value and "\n" not in value:
        return f"{name}='{value}'"
    quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    quoted = quoted.replace("$", "\\$").replace("`", "\\`")
    return f'{name}="{quoted}"'


def _curl(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'header = "Authorization: Bearer {quoted}"'


def _kubernetes(name: str, value: str) -> str:
    import base64

    return (
        "apiVersion: v1\nkind: Secret\nmetadata:\n"
        f"  name: {name.lower().strip('_').replace('_', '-') or 'secret'}\ntype: Opaque\ndata:\n"
        f"  {name}: {base64.b64encode(value.encode()).decode()}"
    )


#: Name -> how it writes (variable's name, value).
FORMS: dict[str, Callable[[str, str], str]] = {
    "raw": lambda name, value: value,
    "header": lambda name, value: f"Authorization: Bearer {value}",
    "curl": _curl,
    "export": _export,
    "fish": _fish,
    "powershell": _powershell,
    "dotenv": _dotenv,
    "k8s-secret": _kubernetes,
}
#: The forms that are one line of somebody's grammar: a line break in the value would end it.
_ONE_LINE = ("header", "curl")


class SecretForm(NamedTuple):
    """How the person wants a secret: the flags of `SECRET_FLAGS`."""

    format: str = "raw"
    var: str | None = None
    github_env: str | None = None
    github_output: str | None = None
    mask: bool = False
    copy: bool = False

    def checked(self) -> SecretForm:
        """Return the form, or say which flag cannot be; never the value of another's."""
        if self.format not in FORMS:
            raise InvalidInput(
                f"no --format {self.format[:20]!a}", hint=f"one of: {', '.join(FORMS)}"
            )
        for name in (self.var, self.github_env, self.github_output):
            if name is not None and not _VARIABLE.fullmatch(name):
                raise InvalidInput(f"{name[:40]!a} is no variable's name", hint="example: TOKEN")
        return self


#: Name -> what Typer is told of it, and the default; `_common` adds them to a command that takes
#: a `SecretForm`.
SECRET_FLAGS: dict[str, tuple[Any, Any]] = {
    "format": (
        Annotated[str, typer.Option(metavar="FORM", help=f"{', '.join(FORMS)}.")],
        "raw",
    ),
    "var": (
        Annotated[str | None, typer.Option(metavar="NAME", help="The variable's name in FORM.")],
        None,
    ),
    "github_env": (
        Annotated[
            str | None, typer.Option(metavar="NAME", help="Set it for later steps of the job.")
        ],
        None,
    ),
    "github_output": (
        Annotated[str | None, typer.Option(metavar="NAME", help="Set it as the step's output.")],
        None,
    ),
    "mask": (Annotated[bool, typer.Option("--mask", help="Mask it in GitHub's logs.")], False),
    "copy": (Copy, False),
}


def emit_secret(
    run: Run,
    data: Mapping[str, Any],
    *,
    value: str,
    form: SecretForm,
    default_var: str,
    human: Callable[[bool], str] | None = None,
    exact: bool = False,
) -> None:
    """Write a secret as the form says; without one, as every result.

    Args:
        run: the invocation.
        data: the result for `--json` and `--field`; it holds the secret too.
        value: the secret.
        form: the flags.
        default_var: the variable's name where `--var` gives none.
        human: as for `emit`, used for the raw form alone.
        exact: the raw form is the very bytes, without a line break; not for a terminal.
    """
    _refuse_contradictions(run, form)
    if form.format in _ONE_LINE and not value.isprintable():
        raise InvalidInput(f"--format {form.format} takes a value of one printable line")
    if form.mask or form.github_env or form.github_output:
        _mask(value)
    for variable, name in (("GITHUB_ENV", form.github_env), ("GITHUB_OUTPUT", form.github_output)):
        if name:
            _append_for_github(variable, name, value)
            note(run, f"{name} is set through {variable}")
    if form.copy:
        from authcli.cli._clipboard import CLEARED_AFTER_SECONDS, copy

        will_clear = copy(value)
        ending = f"; cleared after {CLEARED_AFTER_SECONDS} s" if will_clear else ""
        note(run, f"copied to the clipboard{ending}")
    if form.copy or form.github_env or form.github_output:
        return
    text: str | bytes = FORMS[form.format](form.var or default_var, value)
    if exact and form.format == "raw":
        text = value.encode()
    emit(run, data, plain=text, human=human if form.format == "raw" else None)


def check_secret_delivery(
    run: Run, form: SecretForm, members: Iterable[str], *, what: str = "result"
) -> None:
    """Refuse, before a secret that lasts is made or asked for, what would keep it from being shown.

    Args:
        run: the invocation.
        form: the flags.
        members: what JSON has of the result.
        what: what is written, for messages.

    Raises:
        InvalidInput: flags that contradict each other, a `--field` that there is not, a file in a
            folder that there is not.
        Conflict: the file exists.
        AuthError: stdout is closed.
        Unavailable: there is no clipboard.
    """
    _refuse_contradictions(run, form)
    elsewhere = form.copy or form.github_env or form.github_output
    check_delivery(run, members, what=what, prints=not elsewhere)
    if form.copy:
        from authcli.cli._clipboard import require_tool

        require_tool()


def _refuse_contradictions(run: Run, form: SecretForm) -> None:
    """Refuse flags of which one would silently undo the other, or that cannot be here."""
    elsewhere = form.copy or form.github_env or form.github_output
    if elsewhere and run.output is not None:
        raise InvalidInput("-o and --copy or --github-… send the value to different places")
    if form.format != "raw" and (run.json or run.fields):
        raise InvalidInput("--format is for the bare value; leave it out with --json or --field")
    if form.var is not None and form.format in ("raw", *_ONE_LINE):
        raise InvalidInput(f"--var names a variable, and --format {form.format} sets none")
    for variable, name in (("GITHUB_ENV", form.github_env), ("GITHUB_OUTPUT", form.github_output)):
        if name and not os.environ.get(variable):
            raise InvalidInput(
                f"{variable} is not set; this is no GitHub Actions step",
                hint=f"leave out --{variable.lower().replace('_', '-')}: it is printed then",
            )


def _mask(value: str) -> None:
    """Tell the runner what to mask; it reads stderr as it reads stdout. A line at a time."""
    if sys.stderr is not None:
        for line in value.splitlines():
            escaped = line.replace("%", "%25")
            sys.stderr.write(f"::add-mask::{escaped}\n" if line.strip() else "")
        sys.stderr.flush()


def _append_for_github(variable: str, name: str, value: str) -> None:
    """Append to the runner's file; a random delimiter keeps the value from naming others."""
    import secrets

    delimiter = f"authcli_{secrets.token_hex(16)}"
    try:
        with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
            file.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")
    except OSError as error:
        raise AuthError(
            f"cannot write the file that {variable} names: {(error.strerror or '').lower()}",
            code="output.failed",
        ) from None
