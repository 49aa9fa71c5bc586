"""`authcli totp recovery verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def verify(
    run: Run,
    *,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Whose it should be.", show_default=False),
    ],
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="The code, -, @FILE, or piped in."),
    ] = None,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Verify a recovery code; each one is good once.

    Examples:
      authcli totp recovery verify alice x7k2-9m4p-w0hd-3tzq
      echo "$CODE" | authcli totp recovery verify alice
      authcli totp recovery verify alice "$CODE" --field left

    Case, blanks and hyphens do not matter, and o is 0, i and l are 1. A code that is
    right is spent. After ten wrong codes in five minutes the right one is refused too.

    Exit codes: 0 right, 3 wrong, spent or malformed, 6 too many wrong ones, 7 the name has
    no codes, 9 no store.
    """
    from authcli.cli.totp.recovery._verdict import emit_verdict, read_code

    return emit_verdict(run, name, read_code(run, code), store=store, actor=actor)
