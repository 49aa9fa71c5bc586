"""`authcli config path`."""

from __future__ import annotations

import os

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()


@command(app, reads_config=False)
def path(run: Run) -> None:
    """Print where the configuration files are: the user's, then the project's.

    Examples:
      authcli config path
      authcli config path --field path

    The user's is printed whether it exists or not. The project's is the nearest
    authcli.toml from the current folder up to the top of the repository.
    """
    from authcli.cli._config import read_layer
    from authcli.cli._output import table
    from authcli.cli._places import project_file, user_file
    from authcli.errors import InvalidConfig

    user, project = user_file(), project_file()
    exists = os.path.isfile(user)  # noqa: PTH113 - Path.is_file raises in a closed folder
    rows = [{"file": "user", "path": str(user), "exists": exists, "trusted": True}]
    if project:
        try:
            trusted = read_layer(project, project=True).trusted
        except InvalidConfig:  # `config check` says what is wrong with it
            trusted = False
        rows.append({"file": "project", "path": str(project), "exists": True, "trusted": trusted})
    table(
        run, rows, columns=("file", "exists", "trusted", "path"), plain=lambda row: str(row["path"])
    )
