"""`authcli jwks init`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def init(
    run: Run,
    *,
    alg: Annotated[
        str, typer.Argument(metavar="[ALG]", help="ES256 unless given; public keys alone.")
    ] = "ES256",
    issuer: Annotated[
        str | None,
        typer.Option("--iss", "--issuer", "-i", metavar="ISS", help="The issuer of their tokens."),
    ] = None,
    rotate_every: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long a key signs; by default 90d.")
    ] = None,
    cache: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long verifiers may keep the JWKS; by default 1h."),
    ] = None,
    max_token: Annotated[
        str | None, typer.Option(metavar="TIME", help="The longest life of a token; 24h.")
    ] = None,
    skew: Annotated[
        str | None, typer.Option(metavar="TIME", help="How wrong clocks may be; by default 60s.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Change issuer and times of keys that are there.")
    ] = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Make managed keys: one that signs, one that stands by.

    Examples:
      authcli jwks init
      authcli jwks init EdDSA --iss https://login.example --rotate-every 30d
      authcli jwks init ES256 --cache 10m --max-token 1h
      authcli jwks init ES256 --update --rotate-every 60d

    From then on jwt mint signs with them where no other key is named, and jwt verify
    trusts them, and tokens that the development key has signed so far. Verifiers need
    the JWKS: authcli jwks publish. All dates follow from the three times: a key is
    published for cache and skew before it signs, and stays published for the longest
    life of a token and skew after it signed last.

    Exit codes: 0 made, 2 an algorithm or a time that cannot be, 8 there are keys of it
    already, 9 no store.
    """
    from authcli.cli.jwks._init import Asked, make, update_ring

    asked = Asked(alg, issuer, rotate_every, cache, max_token, skew)
    if update:
        return update_ring(run, asked, store=store, actor=actor)
    return make(run, asked, store=store, actor=actor)
