"""`authcli exec`: a program with fresh credentials in its environment, and nowhere else.

_variables     what `--set` asks for            _credentials   where each value comes from
_api_keys      keys that live as long as it     _program       finding, running, waiting for it
"""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, Audience, StoreUrl, Subject
from authcli.cli._run import Run

__all__ = ["app"]

app = new_single()


@command(app, "exec", runs_program=True)
def exec_(
    run: Run,
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="-- COMMAND...", help="What to run, and all that it is given."),
    ] = None,
    variables: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=SOURCE", help="A variable: jwt:PROFILE, apikey:NAME or a source."
        ),
    ] = None,
    subject: Subject = None,
    audience: Audience = None,
    expires: Annotated[
        str | None,
        typer.Option("--exp", "-e", metavar="WHEN", help="The end of tokens and API keys."),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="SCOPE", help="A scope that the tokens grant; repeatable."),
    ] = None,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Run a command with fresh credentials in its environment.

    Examples:
      authcli exec --set TOKEN=jwt: -s ci -- ./deploy.sh
      authcli exec --set TOKEN=jwt:staging --exp 5m -- curl -K request.conf
      authcli exec --set API_KEY=apikey:billing -- python load.py --verbose
      authcli exec --set DB_PASSWORD=keychain:db --set TOKEN=jwt: -- make test

    jwt:PROFILE mints a token as that profile's settings say (jwt: alone, as they stand);
    --sub, --aud, --exp and --scope are for these. apikey:NAME issues a key like NAME, which
    lives for an hour or until --exp, and is revoked when the command ends. All else is a
    source: env:NAME, @FILE, keychain:NAME, cmd:COMMAND.

    What is set is in the environment of the command alone: on no command line, in no file
    and in no output of authcli. All after -- is the command's own, and it has stdin, stdout,
    stderr and the terminal. Without API keys authcli becomes the command; with them it
    passes on the signals that it gets, and waits.

    Exit codes: the command's own, 128 and its number where a signal ended it; 125 exec
    itself failed, 126 the command cannot be run, 127 there is none.
    """
    from authcli.cli.exec._program import run_with
    from authcli.cli.exec._variables import Asked, asked

    wanted = Asked(subject, tuple(audience or ()), expires, tuple(scope or ()), store, actor)
    code = run_with(run, words or [], asked(run, variables or [], wanted), wanted)
    raise typer.Exit(code)
