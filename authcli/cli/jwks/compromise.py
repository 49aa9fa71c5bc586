"""`authcli jwks compromise`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, Reason, StoreUrl, Yes
from authcli.cli._run import Run
from authcli.cli.jwks._options import KeyId

app = new_single()


@command(app)
def compromise(
    run: Run,
    *,
    kid: KeyId,
    reason: Reason = None,
    publish: Annotated[
        str | None,
        typer.Option(metavar="FILE|DIR", help="Write the JWKS there, right after it."),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Drop a key at once, and deny its tokens.

    Examples:
      authcli jwks compromise 25IQ51 --reason "laptop stolen" --publish public/

    Its private half is deleted, it leaves the JWKS, every token that it signed is
    denied by jwt verify with this store, and the key that stands by signs from now on.
    Verifiers that only know the JWKS take its tokens until their caches are renewed. It is
    dropped although the JWKS cannot be written, or the key-encryption key is not held.

    Exit codes: 0 dropped, 1 dropped, but the JWKS cannot be written, 2 several keys
    begin so, 7 no such key, 8 it was compromised before, 9 no store.
    """
    from authcli.cli.jwks._compromising import Asked, compromise_key

    asked = Asked(reason, publish, yes, dry_run, store, actor)
    compromise_key(run, kid, asked)
