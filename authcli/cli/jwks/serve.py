"""`authcli jwks serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, StoreUrl
from authcli.cli._run import Run
from authcli.cli.jwks._options import DocumentIssuer

app = new_single()


@command(app)
def serve(
    run: Run,
    *,
    port: Annotated[
        int, typer.Option(metavar="N", help="Listen on it; 0 takes one that is free.")
    ] = 8000,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Listen on it; this machine alone.")
    ] = "127.0.0.1",
    insecure_host: Annotated[
        bool,
        typer.Option("--insecure-host", help="Let --host be one that others can reach, in clear."),
    ] = False,
    issuer: DocumentIssuer = None,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Serve the JWKS over HTTP, for development.

    Examples:
      authcli jwks serve
      authcli jwks serve --port 0 --field jwks_uri
      authcli jwks init --iss http://127.0.0.1:8000 && authcli jwks serve

    Prints where: http://127.0.0.1:8000/jwks.json. The discovery document is at
    /.well-known/openid-configuration, of the keys' issuer, or of this server where they
    have none. The store is read for each request, so a rotation shows at once; that its
    keys are served counts as a publication. Cache-Control is what jwks init --cache
    says, and If-None-Match is answered. Ctrl-C and SIGTERM end it.

    For production: jwks rotate --publish DIR, and a web server with TLS.

    Exit codes: 0 ended, 2 a host that others can reach, 7 no managed keys,
    9 no store, or the port is taken.
    """
    from authcli.cli.jwks._serving import Asked, serve_keys

    serve_keys(run, Asked(host, port, insecure_host, issuer), store=store, actor=actor)
