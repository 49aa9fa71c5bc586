"""`authcli key lint`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Passphrase, SecretEncoding
from authcli.cli._run import Run
from authcli.cli.key._options import KeyArgument
from authcli.errors import Rejected

app = new_single()

_COLORS = {"error": "bold red", "warning": "yellow", "note": "blue"}


@command(app)
def lint(
    run: Run,
    *,
    key: KeyArgument = None,
    public: Annotated[
        bool, typer.Option("--public", help="It is to be published: private keys are errors.")
    ] = False,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
) -> None:
    """Find weak, misplaced and inconsistent keys.

    Examples:
      authcli key lint key.pem
      authcli key lint --public jwks.json
      curl -s https://issuer.example/jwks.json | authcli key lint --public -

    Exit codes: 0 nothing found (or notes alone), 3 findings, 2 not a key at all.
    """
    from authcli import keys
    from authcli.cli._input import key_source, read_keys
    from authcli.cli._output import emit

    opened = read_keys(
        run, key_source(key), passphrase=passphrase, secret_encoding=secret_encoding, partly=True
    )
    findings = [_row(finding) for finding in keys.lint(opened.keys, public_expected=public)]
    serious = [row for row in findings if row["severity"] != "note"]
    lines = "\n".join(_line(row, colored=False) for row in findings)
    emit(
        run,
        {
            "valid": not serious,
            "code": "key.lint" if serious else None,
            "checks": [_check(row) for row in findings],
            "findings": findings,
        },
        plain=lines or None,
        human=lambda on: "\n".join(_line(row, colored=on) for row in findings) or "nothing found",
    )
    if serious:
        raise Rejected(f"{len(serious)} finding{'s' if len(serious) > 1 else ''}", code="key.lint")


def _row(finding: Any) -> dict[str, Any]:
    names = ("severity", "code", "subject", "message", "hint")
    return {name: getattr(finding, name) for name in names}


def _check(row: dict[str, Any]) -> dict[str, Any]:
    status = "pass" if row["severity"] == "note" else "fail"
    return {"name": row["code"], "status": status, "detail": row["message"]}


def _line(row: dict[str, Any], *, colored: bool) -> str:
    from authcli.cli._text import paint, visible

    about = f"{row['subject']}: " if row["subject"] else ""
    text = visible(f"{about}{row['message']} [{row['code']}]")
    return f"{paint(row['severity'] + ':', _COLORS[row['severity']], on=colored)} {text}"
