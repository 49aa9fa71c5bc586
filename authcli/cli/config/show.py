"""`authcli config show`."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run

app = new_single()

#: Scheme, user, and a password that is no port; the last "@" ends it, for it may hold one.
_USER_INFO = re.compile(
    r"\b([a-z][a-z0-9+.-]*)://([^:/?#@\s]*)(:(?!\d+(?:[/?#]|$))\S*)?@", re.IGNORECASE
)
_SECRET_PARAMETER = re.compile(
    r"([?&][^=&#\s]*(?:password|passwd|secret|token)[^=&#\s]*=)[^&#\s]*", re.IGNORECASE
)


@command(app)
def show(
    run: Run,
    origin: Annotated[
        bool, typer.Option("--origin", help="Where each value comes from, too.")
    ] = False,
) -> None:
    """Show each setting, and where its value comes from.

    Examples:
      authcli config show --origin
      authcli config show --profile ci --json
      authcli config show --field setting --field value

    Passwords in URLs are masked. In a pipe, settings that are not set are left out.
    """
    from authcli.cli._output import raw, table

    rows = _rows(run)
    if not (run.json or run.fields or run.to_terminal):
        rows = [row for row in rows if row["value"]]
    table(
        run,
        rows,
        columns=("setting", "value", "origin") if origin else ("setting", "value"),
        plain=lambda row: (
            f"{row['setting']}={raw(row['value'])}"
            + (f"\t{row['origin']}" if origin and row["origin"] else "")
        ),
    )


def _rows(run: Run) -> list[dict[str, Any]]:
    from authcli.cli._config import profile_names
    from authcli.cli._settings import SETTINGS

    rows: list[dict[str, Any]] = [
        {"setting": "profile", "value": run.config.profile, "origin": None},
        {"setting": "profiles", "value": profile_names(), "origin": None},
    ]
    for name in SETTINGS:
        found = run.config.values.get(name)
        value = found.value if found else None
        rows.append(
            {
                "setting": name,
                "value": list(value) if isinstance(value, tuple) else masked(value),
                "origin": found.origin if found else None,
            }
        )
    return rows


def masked(value: str | None) -> str | None:
    """Return a URL, or a text that holds one, with what is secret in it as `****`."""
    if value is None:
        return None
    if "literal:" in value:
        return f"{value.partition('literal:')[0]}literal:****"
    return _SECRET_PARAMETER.sub(r"\1****", _USER_INFO.sub(_masked_user_info, value))


def _masked_user_info(found: re.Match[str]) -> str:
    scheme, user, password = found.groups()
    if password:
        return f"{scheme}://{user}:****@"
    # On the web a lone user name is a token; elsewhere it is the database's user.
    return f"{scheme}://****@" if scheme.lower().startswith("http") else found[0]
