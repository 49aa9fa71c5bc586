"""`authcli password schemes`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

if TYPE_CHECKING:
    from authcli.passwords.model import Scheme

app = new_single()

MEMBERS = ("name", "default", "makes", "standing", "cost", "flags", "max_bytes", "about")


@command(app)
def schemes(run: Run) -> None:
    """List the ways to hash, and their costs.

    Examples:
      authcli password schemes
      authcli password schemes --field name --field standing

    Those that are made come first, with the costs of new hashes; the others are read
    alone: verified, inspected, and replaced at their owner's next login.
    """
    from authcli.cli._listing import stream_table
    from authcli.passwords.schemes import SCHEMES

    stream_table(
        run,
        map(_facts, SCHEMES.values()),
        members=MEMBERS,
        plain=lambda item: str(item["name"]),
        human=lambda items: _table(items, colored=run.colored()),
    )


def _facts(row: Scheme) -> dict[str, Any]:
    from authcli.cli.password._costs import as_flags
    from authcli.passwords.schemes import DEFAULT_SCHEME

    cost = {setting.name: setting.default for setting in row.settings} if row.makes else {}
    return {
        "name": row.name,
        "default": row.name == DEFAULT_SCHEME,
        "makes": row.makes,
        "standing": row.standing,
        "cost": cost,
        "flags": " ".join(as_flags(row.name, cost)) if row.makes else None,
        "max_bytes": row.max_bytes,
        "about": row.about,
    }


def _table(items: Iterable[dict[str, Any]], *, colored: bool) -> Iterator[str]:
    from authcli.cli._listing import drawn

    rows = (
        (
            item["name"],
            "made" if item["makes"] else "read",
            item["standing"],
            item["about"],
            (item["flags"] or "").partition(f"{item['name']} ")[2],
        )
        for item in items
    )
    styles = {(2, "current"): "green", (2, "dated"): "yellow", (2, "broken"): "red"}
    titles = ("SCHEME", "USE", "STANDING", "ABOUT", "COST")
    return drawn(rows, titles=titles, flexible=3, colored=colored, styles=styles)
