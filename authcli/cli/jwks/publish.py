"""`authcli jwks publish`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, StoreUrl
from authcli.cli._run import Run
from authcli.cli.jwks._options import DocumentIssuer

app = new_single()


@command(app, writes_folder=True)
def publish(
    run: Run,
    *,
    issuer: DocumentIssuer = None,
    jwks_uri: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where it is served, unless at ISS/jwks.json."),
    ] = None,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Write the JWKS, and a discovery document.

    Examples:
      authcli jwks publish -o public/
      authcli jwks publish -o /srv/www/jwks.json
      authcli jwks publish -o public/ --iss https://login.example

    A folder gets jwks.json and .well-known/openid-configuration (and
    oauth-authorization-server, RFC 8414) of an issuer that is a URL; what others added
    to those stays. A name that ends in / is made a folder, any other is one file. Files
    are replaced whole, readable by all, and without --force where authcli wrote them;
    other files never. That it was published is recorded: from then on the time counts
    after which a next key may sign. jwks rotate --publish does the same, under one lock.

    Exit codes: 0 published, 2 no -o, or an issuer that is no URL, 7 no managed keys,
    8 something else stands there, 1 the disk refuses, 9 no store.
    """
    from authcli.cli.jwks._publishing import publish_keys

    publish_keys(run, issuer=issuer, jwks_uri=jwks_uri, store=store, actor=actor)
