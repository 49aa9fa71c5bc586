"""`authcli expiring`: what expires soon, of all that the store has and of files that are named."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import StoreUrl, Time
from authcli.cli._run import Run

app = new_single()


@command(app)
def expiring(
    run: Run,
    *,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...", help="Certificates, tokens, JWKS; - is stdin.", show_default=False
        ),
    ] = None,
    within: Annotated[
        str, typer.Option(metavar="TIME", help="How far to look ahead: 14d, or a date.")
    ] = "14d",
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Only this kind: apikey, certificate, …; repeatable."),
    ] = None,
    format: Annotated[
        str, typer.Option(metavar="text|junit|prometheus|ics", help="The form of the answer.")
    ] = "text",
    time: Time = None,
    store: StoreUrl = None,
) -> None:
    """Say what expires soon; exit code 10 when something does.

    Examples:
      authcli expiring
      authcli expiring /etc/ssl/api/*.pem token.jwt --within 30d
      openssl s_client -connect example.org:443 </dev/null | authcli expiring -
      authcli expiring --kind signing-key --within 90d --format ics -o keys.ics
      authcli expiring --format junit -o expiring.xml
      authcli expiring -q > due.txt || mail -s "keys expire" ops@example.org < due.txt

    Of the store: API keys (apikey), managed signing keys that are to be rotated or wait to be
    published (signing-key), sign-ins (family), and recorded tokens that live longer than a
    day (issued-token). Of files: certificates in PEM or DER, chains too (certificate), a
    JWT's exp, NOT verified (token), and the exp and x5c of JWK and JWKS (jwk). What is over
    already is told of a file, never of the store.

    In a pipe a line is when, kind, id and name. JUnit has a failed test for each;
    Prometheus a gauge of seconds for all that will end, due or not; ics an event for each.

    Exit codes: 0 nothing is due, 10 something is, 2 a bad flag, or a file that cannot be
    used (the others are told of), 9 no store where one was named.
    """
    from authcli.cli._expiring.everything import Asked, tell_all

    asked = Asked(tuple(files or ()), tuple(kind or ()), within, format, time)
    tell_all(run, asked, store=store)
