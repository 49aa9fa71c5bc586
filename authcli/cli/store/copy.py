"""`authcli store copy`."""

from __future__ import annotations

from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Actor, StoreUrl
from authcli.cli._run import Run

app = new_single()


@command(app)
def copy(
    run: Run,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="URL", help="The new store: sqlite:///PATH, postgresql://…, env:NAME."
        ),
    ],
    with_roots: Annotated[
        bool, typer.Option("--with-roots", help="Copy the root keys too, into files of mode 0600.")
    ] = False,
    store: StoreUrl = None,
    actor: Actor = None,
) -> None:
    """Copy the store into another, on either engine.

    Examples:
      authcli store copy --to postgresql://auth@db/auth --with-roots
      authcli store copy --store env:AUTH_DB --to sqlite:///srv/auth/auth.db --with-roots
      AUTHCLI_STORE=postgresql://auth@db/auth authcli apikey list

    The target is made, or is empty. What is copied is of one moment; counts and contents
    are compared before the target keeps any of it. The copy is a store of its own: what
    is changed in one of the two afterwards is not changed in the other.

    Root keys do not travel unasked: without the pepper no API key verifies in the copy.
    --with-roots puts them beside it; where a setting names their source, it holds them.

    Exit codes: 0 copied, 8 the target is not empty, 9 either cannot be used.
    """
    from authcli.cli._delivery import check_delivery
    from authcli.cli._messages import note, warn
    from authcli.cli._output import emit
    from authcli.cli._store import opened, root_sources, side_folder, store_url
    from authcli.cli.store._common import bar, counted, roots_in_words
    from authcli.store.upkeep.copying import copy_store

    members = ("from", "to", "store_id", "counts", "digest", "head", "roots", "lacks")
    check_delivery(run, members, prints=False)
    url = store_url(run, to, flag="--to")
    with opened(run, store, write=True, actor=actor, create=False) as found:
        with bar(run) as tell:
            made = copy_store(
                found,
                url,
                roots=root_sources(run),
                side_folder=side_folder(),
                with_roots=with_roots,
                progress=tell,
            )
        source = found.url
    note(run, f"copied {source} to {made.url}: {counted(made.counts)}; contents compared")
    if made.roots:
        note(run, f"copied {roots_in_words(made.roots)} too")
    if made.lacking:
        warn(
            run,
            f"the copy lacks {roots_in_words(made.lacking)}; copy with --with-roots, or name"
            " their source: authcli help environment",
        )
    facts = {
        "from": source,
        "to": made.url,
        "store_id": made.store_id,
        "counts": dict(made.counts),
        "digest": made.digest,
        "head": made.head,
        "roots": list(made.roots),
        "lacks": list(made.lacking),
    }
    emit(run, facts, plain=None)
