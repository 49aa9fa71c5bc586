"""The topics of `authcli help`: texts, and tables made from what the program itself uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from textwrap import fill
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._text import columns
from authcli.cli.help._data import read_text

if TYPE_CHECKING:
    from authcli.cli._settings import Setting

__all__ = ["TOPICS", "WIDTH", "Topic"]

WIDTH = 80


class Topic(NamedTuple):
    """Something to read about."""

    summary: str
    """Its line in the list of topics."""
    text: Callable[[], str]
    """Makes the text, of lines up to `WIDTH` characters."""
    data: Callable[[], dict[str, Any]] = dict
    """Makes the members that `--json` has beside the text."""


def _file(name: str) -> Callable[[], str]:
    return lambda: read_text(name).rstrip("\n")


def _exit_codes() -> str:
    exits = [(str(row["exit"]), row["name"], row["meaning"]) for row in _exit_data()["exits"]]
    return f"""\
Exit codes

{_table(exits)}

Of several reasons the first of 3, 5, 4, 6 counts. Bulk commands end with 0 if
every line passed, else by the same order over all lines.

Error codes, by their exit codes; authcli help CODE explains one:

{_table(_codes_by_exit())}"""


def _exit_data() -> dict[str, Any]:
    from authcli.cli._errors import MEANINGS
    from authcli.cli.help.codes import codes

    exits = [
        {"exit": int(code), "name": code.name.lower().replace("_", "-"), "meaning": meaning}
        for code, meaning in MEANINGS.items()
    ]
    listed = [
        {"code": code.name, "exit": code.exit, "meaning": code.meaning} for code in codes().values()
    ]
    return {"exits": exits, "codes": listed}


def _codes_by_exit() -> list[tuple[str, ...]]:
    from authcli.cli.help.codes import codes

    named: dict[int, list[str]] = {}
    for code in codes().values():
        if code.exit is not None:
            named.setdefault(code.exit, []).append(code.name)
    return [(str(int(number)), ", ".join(named[number])) for number in sorted(named)]


def _environment() -> str:
    from authcli.cli._settings import SETTINGS

    settings = [(row["variable"], row["meaning"]) for row in _environment_data()["variables"]]
    free = ", ".join(name for name, setting in SETTINGS.items() if setting.project)
    return f"""\
Environment and configuration

A flag wins over a variable, a variable over the project's authcli.toml, and
that over the user's config.toml (authcli config path). A setting has one name:
AUTHCLI_ISSUER in the environment, issuer in a file.

{_table(settings)}

A project's file comes with a checkout. Unasked, it may set
  {free};
and after `authcli config trust` sources of keys, URLs and the store, too.

  issuer = "https://issuer.example"
  [profile.ci]
  key = "env:CI_SIGNING_KEY\""""


def _environment_data() -> dict[str, Any]:
    from authcli.cli._settings import SETTINGS

    settings = {f"AUTHCLI_{name.upper()}": _described(row) for name, row in SETTINGS.items()}
    variables = (settings | _OTHER_VARIABLES).items()
    return {"variables": [{"variable": name, "meaning": meaning} for name, meaning in variables]}


def _described(setting: Setting) -> str:
    if "|" in setting.kind:
        return f"{setting.help}: {setting.kind.replace('|', ', ')}"
    return f"{setting.help}; separated by commas" if setting.kind == "list" else setting.help


_OTHER_VARIABLES = {
    "AUTHCLI_CONFIG": "the user's file, in another place",
    "AUTHCLI_NOW": "as --now: the clock for claims",
    "AUTHCLI_PROFILE": "as --profile",
    "NO_COLOR": "no colour",
    "FORCE_COLOR": "colour in pipes, too; 0: no colour",
    "CI": "true: never ask, as --no-input",
    "XDG_CONFIG_HOME": "where config.toml is; also XDG_DATA_HOME, XDG_CACHE_HOME (Linux)",
    "SSL_CERT_FILE": "certificate authorities to trust when keys are fetched",
}


def _algorithms() -> str:
    rows = [("ALG", "KEY", "CURVE", "HASH", "AT LEAST")]
    for row in _algorithm_data()["algorithms"]:
        least = f"{row['minimum_bits']} bits" if row["minimum_bits"] else ""
        curves = " or ".join(row["curves"])
        rows.append((row["name"], row["kty"], curves, row["digest"] or "", least))
    return f"""\
Signature algorithms

{columns(rows)}

A key without an alg of its own signs with the first that fits it, and verifies
with all that fit it and whose length it has. --alg narrows, and never widens.
For new systems take ES256 or EdDSA; or HS256, where one program both signs and
verifies."""


def _algorithm_data() -> dict[str, Any]:
    from authcli.keys.algorithms import ALGORITHMS

    return {
        "algorithms": [
            {
                "name": row.name,
                "kty": row.kty,
                "curves": list(row.crvs),
                "digest": row.digest,
                "minimum_bits": row.minimum_bits or None,
            }
            for row in ALGORITHMS.values()
        ]
    }


def _schemas() -> str:
    titles = {row["name"]: row["title"] for row in _schema_data()["schemas"]}
    listed = [
        (f"{name} .line" if f"{name}.line" in titles else name, title)
        for name, title in titles.items()
        if not name.endswith(".line")
    ]
    return f"{read_text('schemas.txt')}\n{columns(listed)}"


def _schema_data() -> dict[str, Any]:
    from authcli.cli.help.json_schemas import schema_rows

    return {"schemas": [row._asdict() for row in schema_rows()]}


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows with their cells aligned, and the last cell wrapped to the width."""
    rows = list(rows)
    starts = columns([(*row[:-1], "|") for row in rows]).splitlines()
    return "\n".join(
        fill(
            row[-1],
            WIDTH,
            initial_indent=start.removesuffix("|"),
            subsequent_indent=" " * (len(start) - 1),
            break_on_hyphens=False,
        )
        for row, start in zip(rows, starts, strict=True)
    )


#: Name -> its topic, in the order of the list.
TOPICS: dict[str, Topic] = {
    "exit-codes": Topic("What exit codes and error codes mean.", _exit_codes, _exit_data),
    "sources": Topic("Where keys and secrets come from.", _file("sources.txt")),
    "times": Topic("How instants and durations are written.", _file("times.txt")),
    "claims": Topic("How claims are written on the command line.", _file("claims.txt")),
    "tables": Topic("What tables of users may look like.", _file("tables.txt")),
    "environment": Topic("Variables, settings and their files.", _environment, _environment_data),
    "algorithms": Topic("Algorithms, and the keys they take.", _algorithms, _algorithm_data),
    "schemas": Topic("JSON Schemas of all output; schemas NAME: one.", _schemas, _schema_data),
    "github": Topic("Tokens in GitHub Actions.", _file("github.txt")),
    "cron": Topic("Tokens and keys under cron.", _file("cron.txt")),
}
