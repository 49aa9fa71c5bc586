"""`authcli apikey import`; `import` is a word of Python's own."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, DryRun, NoExp, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app, "import")
def import_(
    run: Run,
    *,
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="The export, -, or piped in.", show_default=False),
    ] = None,
    origin: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="djangorestframework-api-key|unkey|sha256",
            help="Where the digests come from.",
            show_default=False,
        ),
    ],
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="csv|jsonl|json", help="By default recognised by its content."
        ),
    ] = None,
    prefix: Annotated[
        str, typer.Option(metavar="PREFIX", help="Of the keys that they are rotated to.")
    ] = "ak_live",
    owner: Annotated[
        str | None, typer.Option(metavar="OWNER", help="Of keys whose record names none.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="SCOPE", help="For keys whose record names none; repeatable."),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires", "--exp", "-e", metavar="TIME", help="Of keys whose record names no end."
        ),
    ] = None,
    no_exp: NoExp = False,
    name_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="The column that holds their names.")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out bad records, and import the rest.")
    ] = False,
    dry_run: DryRun = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Take over API keys from elsewhere, by their digests.

    Examples:
      authcli apikey import keys.csv --from djangorestframework-api-key --dry-run
      authcli apikey import keys.json --from unkey --scope read:invoices
      psql -c '\\copy api_keys to stdout csv header' | authcli apikey import - --from sha256

    Only digests are read, never keys, and whoever has a key goes on using it; at its first use the
    digest is made anew, under the pepper. All records are imported or none; those that the store
    has, or ever had, are skipped, so that it may be said again. CSV, JSON lines and JSON are
    recognised. A key whose record names no end has none.

      djangorestframework-api-key   prefix, hashed_key (sha512$$…), name, created, revoked,
                                    expiry_date; or `manage.py dumpdata`
      unkey                         hash (SHA-256 in base64), name, externalId, permissions,
                                    expires, enabled, remaining, ratelimit, meta
      sha256                        a column with a SHA-256 in hex, name, owner, scopes, expires

    Exit codes: 0 imported, or all were there; 2 a record is bad, and nothing was imported.
    """
    from authcli.cli._times import asked_end
    from authcli.cli.apikey._importing import Wanted, import_export

    wanted = Wanted(
        file=file,
        origin=origin,
        form=file_format,
        prefix=prefix,
        owner=owner,
        scope=tuple(scope or ()),
        expires=asked_end(expires, no_exp=no_exp),
        name_column=name_column,
        skip_bad=skip_bad,
        dry_run=dry_run,
        store=store,
        actor=actor,
    )
    import_export(run, wanted)
