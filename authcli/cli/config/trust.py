"""`authcli config trust`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._options import Yes
from authcli.cli._run import Run

if TYPE_CHECKING:
    from authcli.cli._config import Layer

app = new_single()


@command(app, reads_config=False)
def trust(
    run: Run,
    remove: Annotated[bool, typer.Option("--remove", help="Take the trust back.")] = False,
    yes: Yes = False,
) -> None:
    """Let the project's authcli.toml name keys, commands and URLs.

    Examples:
      authcli config trust
      authcli config trust --remove

    A project's file comes with a checkout, so unasked it may only set issuer,
    audience, algorithm, lifetime and output. What is trusted is the content at this
    place: a changed file is asked about again.
    """
    from authcli.cli import _config, _trust
    from authcli.cli._messages import lines, note
    from authcli.cli._output import emit
    from authcli.cli._places import project_file
    from authcli.cli._prompt import confirm
    from authcli.errors import NotFound

    path = project_file()
    if path is None:
        raise NotFound("there is no authcli.toml here or above", code="config.no-project")
    if remove:
        changed = _trust.forget(path)
        note(run, f"{path} is not trusted any more" if changed else f"{path} was not trusted")
    else:
        layer = _config.read_layer(path, project=True)
        changed = not layer.trusted
        if changed:
            lines(run, _summary(layer))
            confirm(run, "trust it?", yes=yes)
            _trust.trust(path, layer.content)
        note(run, f"{path} is trusted" if changed else f"{path} was trusted already")
    emit(run, {"path": str(path), "trusted": not remove, "changed": changed}, plain=None)


def _summary(layer: Layer) -> str:
    """Return what the file sets, a line each; what needs the trust is marked."""
    from authcli.cli._output import raw
    from authcli.cli._settings import SETTINGS
    from authcli.cli._text import columns, visible
    from authcli.cli.config.show import masked

    rows = []
    for profile, table in layer.tables.items():
        for name, value in table.items():
            free = name in SETTINGS and SETTINGS[name].project
            shown = masked(raw(value)) if isinstance(value, str | list) else repr(value)
            mark = "" if free else "<- needs trust"
            of = f"[profile.{profile}] " if profile is not None else ""
            rows.append((visible(f"{of}{name}"), visible(f"= {shown}"), mark))
    return visible(f"{layer.path} sets:") + "\n" + columns(rows)
