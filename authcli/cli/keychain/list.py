"""`authcli keychain list`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from authcli import clock
from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()


@command(app, "list")
def list_(run: Run) -> None:
    """List the names, without the secrets.

    Examples:
      authcli keychain list
      authcli keychain list --json
      authcli keychain list --field name --field backend

    Nothing is opened or asked for: names are kept beside the secrets. `backend` is
    system or file. One-time codes have a list of their own: authcli totp list.
    In a pipe a line is a name.
    """
    from authcli.cli._keychain import keychain_of
    from authcli.cli._listing import stream_table
    from authcli.cli.keychain._entries import MEMBERS, facts

    entries = keychain_of(run).entries()
    stream_table(
        run,
        (facts(entry) for entry in entries),
        members=MEMBERS,
        plain=lambda item: str(item["name"]),
        human=lambda items: _page(run, items),
    )


def _page(run: Run, items: Iterable[dict[str, Any]]) -> Iterator[str]:
    from authcli.cli._listing import drawn
    from authcli.cli.keychain._entries import PLACES

    rows = [
        (item["name"], PLACES[item["backend"]], _moment(run, item["saved_at"])) for item in items
    ]
    if not rows:
        yield "no names\n"
    titles = ("NAME", "KEPT IN", "SAVED")
    yield from drawn(rows, titles=titles, flexible=0, colored=run.colored())


def _moment(run: Run, text: str) -> str:
    """Return an instant as the setting `time` wants it; by default how long ago it was."""
    at = clock.parse_instant(text, at=0)
    form = run.config.text("time", None) or "relative"
    if form == "epoch":
        return str(at)
    if form == "relative":
        return clock.format_relative(at, at=run.at)
    return clock.format_instant(at, local=form == "local")
