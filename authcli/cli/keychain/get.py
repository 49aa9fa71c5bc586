"""`authcli keychain get`."""

from __future__ import annotations

import base64
from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Yes
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm

app = new_single()


@command(app)
def get(
    run: Run,
    *,
    form: SecretForm,
    name: Annotated[str, typer.Argument(metavar="SECRET_NAME", help="Which one.")],
    yes: Yes = False,
) -> None:
    """Print a secret.

    Examples:
      authcli keychain get deploy | wl-copy
      authcli keychain get deploy --copy
      authcli keychain get deploy --format export --var DEPLOY_SECRET
      authcli keychain get hmac -o hmac.key

    In a pipe and with -o it is the very bytes, without a line break. On a terminal,
    where it stays on the screen, it is asked for first. --json has it as `value`, and
    as `base64` where it is no text. Most commands need no get: they take keychain:NAME.

    Exit codes: 0 printed, 2 nobody to ask, a wrong passphrase or no text for that form,
    7 no such name, 9 its keychain cannot be opened.
    """
    from authcli.cli._keychain import keychain_of
    from authcli.cli._output import emit
    from authcli.cli._prompt import confirm
    from authcli.cli._secret_output import check_secret_delivery, emit_secret
    from authcli.errors import InvalidInput
    from authcli.keychain import check_name

    check_secret_delivery(run, form, ("name", "value", "base64"), what="secret")
    elsewhere = form.copy or form.github_env or form.github_output
    keychain = keychain_of(run)
    if run.to_terminal and not elsewhere:
        confirm(run, f"show the secret {check_name(name)} on this terminal?", yes=yes)
    data = keychain.get(name).reveal()
    try:
        text: str | None = data.decode()
    except UnicodeDecodeError:
        text = None
    found = {
        "name": name,
        "value": text,
        "base64": base64.b64encode(data).decode() if text is None else None,
    }
    if text is not None:
        variable = "".join(c if c.isalnum() else "_" for c in name).upper()
        variable = variable if not variable[0].isdigit() else f"_{variable}"
        exact = not run.to_terminal
        emit_secret(run, found, value=text, form=form, default_var=variable, exact=exact)
        return
    if form != SecretForm():
        raise InvalidInput(
            "this secret is bytes and no text; it goes to a pipe or -o FILE as it is",
            code="keychain.binary",
        )
    emit(run, found, plain=data)
