"""`authcli jwt revoke`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import (
    Actor,
    DryRun,
    Issuer,
    KeySource,
    Reason,
    StoreUrl,
    Token,
    Yes,
)
from authcli.cli._run import Run

if TYPE_CHECKING:
    from authcli.revocation.model import Kind

app = new_single()


@command(app)
def revoke(
    run: Run,
    *,
    token: Token = None,
    jti: Annotated[str | None, typer.Option(metavar="ID", help="The token of this jti.")] = None,
    subject: Annotated[
        str | None,
        typer.Option("--sub", "--subject", "-s", metavar="SUB", help="All of theirs so far."),
    ] = None,
    kid: Annotated[
        str | None, typer.Option(metavar="KID", help="All that this key has signed.")
    ] = None,
    family: Annotated[
        str | None, typer.Option(metavar="FAMILY", help="A family: its refresh tokens too.")
    ] = None,
    issuer: Issuer = None,
    longest: Annotated[
        str | None, typer.Option(metavar="TIME", help="The longest life of a token; 24h.")
    ] = None,
    reason: Reason = None,
    key: KeySource = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Deny a token, or many, from now on.

    Examples:
      authcli jwt revoke "$TOKEN" --reason "laptop stolen"
      authcli jwt revoke --sub alice --iss https://login.example
      authcli jwt revoke --family tf_3f2c0e5b7a9d4c1e8f60b2a1
      authcli jwt revoke --jti 09bd7226-b646-40b1-ad46-8686f6630cbb

    A token is verified first, and denied until it would have ended by itself. By --jti,
    --sub and --kid nothing says when the tokens end (but of a jti that was recorded), so
    the mark lasts for the longest life of a token: of managed keys what jwks init says,
    24h at least, or --longest. Without --iss tokens of the managed keys' issuer are
    meant. --sub hits what was issued so far, and ends their families of refresh tokens;
    what is issued later is not hit. jwt verify asks the store, and answers 5.

    Exit codes: 0 denied, or it was before, 2 nothing or too much was named, 3 not a
    token of ours, 4 the token is over, 7 no such family, 9 no store.
    """
    from authcli.cli.jwt import _revoking

    marks: dict[Kind, str | None] = {"jti": jti, "sub": subject, "kid": kid, "family": family}
    asked = _revoking.Asked(token, marks, issuer, longest, reason, key, yes, dry_run)
    _revoking.revoke(run, asked, store=store, actor=actor)
