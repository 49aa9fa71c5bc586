"""`jwt mint --explain`: equivalent code in other tools, with placeholders for keys and tokens."""

from __future__ import annotations

import json
import pprint
from collections.abc import Callable
from typing import Any

__all__ = ["LANGUAGES"]


def _python(payload: dict[str, Any]) -> str:
    claims = pprint.pformat(payload, indent=1, width=76, sort_dicts=False).replace("\n", "\n    ")
    return f"""\
from pathlib import Path

from authcli import keys, tokens

key = keys.read(Path("PRIVATE_KEY.pem").read_bytes())
token = tokens.mint(
    {claims},
    key=key,
)
print(token)"""


def _curl(payload: dict[str, Any]) -> str:
    import shlex

    claims = shlex.quote(json.dumps(payload, separators=(",", ":")))
    return (
        f"authcli jwt mint {claims} --key PRIVATE_KEY.pem --format curl |\n"
        "  curl -K - https://API.EXAMPLE/PATH"
    )


#: Name -> what writes the code that mints these claims.
LANGUAGES: dict[str, Callable[[dict[str, Any]], str]] = {"python": _python, "curl": _curl}
