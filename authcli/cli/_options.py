"""Options that two commands share, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Actor",
    "Algorithms",
    "AllowWeak",
    "Audience",
    "Copy",
    "DryRun",
    "FailFast",
    "Issuer",
    "Jobs",
    "Jwks",
    "KeySource",
    "Kid",
    "Lines",
    "NoExp",
    "Offline",
    "Passphrase",
    "Reason",
    "SecretEncoding",
    "SigningAlgorithm",
    "StoreUrl",
    "Subject",
    "Time",
    "Token",
    "Yes",
]

SOURCE = "SOURCE"

KeySource = Annotated[
    str | None,
    typer.Option(
        "--key", "-k", metavar=SOURCE, help="The key: FILE, -, env:NAME, fd:N, cmd:COMMAND."
    ),
]
Passphrase = Annotated[
    str | None,
    typer.Option("--passphrase", metavar=SOURCE, help="What opens or closes an encrypted key."),
]
SecretEncoding = Annotated[
    str | None,
    typer.Option(
        "--secret-encoding", metavar="ENC", help="Of an HMAC secret: raw, base64, base64url, hex."
    ),
]
Kid = Annotated[
    str | None, typer.Option("--kid", metavar="KID", help="Choose this key of a set; name a key.")
]
Issuer = Annotated[
    str | None, typer.Option("--iss", "--issuer", "-i", metavar="ISS", help="The issuer.")
]
Subject = Annotated[
    str | None, typer.Option("--sub", "--subject", "-s", metavar="SUB", help="The subject.")
]
Audience = Annotated[
    list[str] | None,
    typer.Option("--aud", "--audience", "-a", metavar="AUD", help="The audience; repeatable."),
]
Algorithms = Annotated[
    list[str] | None,
    typer.Option("--alg", "-A", metavar="ALG", help="Accept this algorithm alone; repeatable."),
]
SigningAlgorithm = Annotated[
    str | None, typer.Option("--alg", "-A", metavar="ALG", help="The algorithm to sign with.")
]
Jwks = Annotated[
    str | None, typer.Option(metavar="FILE|URL", help="A set of public keys to verify with.")
]
Offline = Annotated[bool, typer.Option("--offline", help="Use cached keys; touch no network.")]
AllowWeak = Annotated[bool, typer.Option("--allow-weak", help="Accept keys that are too short.")]
Token = Annotated[
    str | None,
    typer.Argument(metavar="[TOKEN]", help="The token, -, @FILE, or piped in.", show_default=False),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", help="The store: sqlite:///PATH, postgresql://…, env:NAME."
    ),
]
Actor = Annotated[
    str | None,
    typer.Option(metavar="WHO", help="Who does this, for the audit; by default USER@HOST."),
]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for those who ask later.")]
Time = Annotated[
    str | None, typer.Option(metavar="FORM", help="Show times as utc, local, relative or epoch.")
]
Copy = Annotated[bool, typer.Option("--copy", help="To the clipboard, for 45 s.")]
NoExp = Annotated[bool, typer.Option("--no-exp", help="The same as --exp never.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Say what would be done; change nothing.")
]
Lines = Annotated[bool, typer.Option("--lines", help="One item a line, from @FILE or a pipe.")]
Jobs = Annotated[
    int | None, typer.Option(metavar="N", help="Worker processes for many; by default all cores.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first bad line.")]
