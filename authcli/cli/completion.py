"""`authcli completion`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()


@command(app, reads_config=False)
def completion(
    run: Run,
    *,
    shell: Annotated[
        str | None,
        typer.Argument(metavar="bash|zsh|fish|powershell", help="By default, what $SHELL names."),
    ] = None,
) -> None:
    """Print the completion script of a shell.

    Examples:
      source <(authcli completion bash)       in ~/.bashrc
      source <(authcli completion zsh)        in ~/.zshrc, after compinit
      authcli completion fish > ~/.config/fish/completions/authcli.fish
      authcli completion powershell | Out-String | Invoke-Expression    in $PROFILE

    A file starts faster than a command: bash with bash-completion reads
    ~/.local/share/bash-completion/completions/authcli, and zsh a file named _authcli
    in a folder of $fpath.
    """
    from authcli.cli._output import emit
    from authcli.cli._shells import SHELLS
    from authcli.errors import InvalidInput

    name = shell or _users_shell()
    if name not in SHELLS:
        raise InvalidInput(
            f"no completion for the shell {name[:40]!a}" if name else "which shell?",
            hint=f"authcli completion {'|'.join(SHELLS)}",
        )
    found = SHELLS[name]
    emit(
        run,
        {"shell": name, "file": found.file_name, "script": found.script},
        plain=found.script,
    )


def _users_shell() -> str:
    """Return the last part of $SHELL, without the `.exe` and the `-5.2` that some have."""
    name = os.environ.get("SHELL", "").replace("\\", "/").rpartition("/")[2]
    return {"pwsh": "powershell"}.get(name.removesuffix(".exe"), name.removesuffix(".exe"))
