"""`authcli password generate`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli._secret_output import SecretForm

app = new_single()


@command(app)
def generate(
    run: Run,
    *,
    form: SecretForm,
    length: Annotated[
        int | None, typer.Option(metavar="N", help="Characters: 8 to 512, by default 20.")
    ] = None,
    alphabet: Annotated[
        str | None,
        typer.Option(
            metavar="LETTERS",
            help="all, alphanumeric, unambiguous, digits, hex, or the characters.",
        ),
    ] = None,
    every_class: Annotated[
        bool, typer.Option("--every-class", help="With upper, lower, digit and symbol.")
    ] = False,
    words: Annotated[
        int | None, typer.Option(metavar="N", help="A passphrase of so many words, 3 to 64.")
    ] = None,
    word_list: Annotated[
        str | None,
        typer.Option(metavar="eff-long|eff-short|eff-prefixed|bip39", help="Of these words."),
    ] = None,
    separator: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Between words; by default a dash.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="N", help="So many, a line each; up to a million.")
    ] = None,
) -> None:
    """Make a random password or passphrase.

    Examples:
      authcli password generate
      authcli password generate --words 6
      authcli password generate --length 32 --alphabet alphanumeric --copy
      authcli password generate --length 6 --alphabet digits
      authcli password generate --every-class --count 10 --jsonl
      authcli password generate --format dotenv --var DB_PASSWORD >> .env

    Its entropy in bits is said on stderr, and in JSON: log2 of how many were equally
    likely. 20 characters have 128 bits, six words 77.
    """
    from authcli.cli.password import _generating

    wanted = _generating.Wanted(length, alphabet, every_class, words, word_list, separator)
    wanted.check()
    if count is None:
        return _generating.emit_one(run, wanted, form)
    return _generating.emit_many(run, wanted, form, count=count)
