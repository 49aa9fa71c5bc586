"""`jwt mint --explain`: equivalent code in other tools, with placeholders for keys and tokens."""

from __future__ import annotations

import json
import pprint
from collections.abc import Callable
from typing import Any

__all__ = ["LANGUAGES"]


def _python(payload: dict[str, Any], options: dict[str, Any]) -> str:
    claims = pprint.pformat(payload, indent=1, width=76, sort_dicts=False).replace("\n", "\n    ")
    more = "".join(f"\n    {name}={value!r}," for name, value in options.items())
    return f"""\
from pathlib import Path

from authcli import keys, tokens

key = keys.read(Path("PRIVATE_KEY.pem").read_bytes())
token = tokens.mint(
    {claims},
    key=key,{more}
)
print(token)"""


def _curl(payload: dict[str, Any], options: dict[str, Any]) -> str:
    import shlex

    words = [json.dumps(payload, separators=(",", ":"))]
    for name, value in options.items():
        words += _FLAGS[name](value)
    line = " ".join(shlex.quote(word) for word in words)
    return (
        f"authcli jwt mint {line} --key PRIVATE_KEY.pem --format curl |\n"
        "  curl -K - https://API.EXAMPLE/PATH"
    )


#: An option of the library -> the flags that say the same.
_FLAGS: dict[str, Callable[[Any], list[str]]] = {
    "algorithm": lambda name: ["--alg", name],
    "header": lambda members: [
        word for k, v in members.items() for word in ("--header", f"{k}:={json.dumps(v)}")
    ],
    "kid": lambda kid: ["--kid", kid],
    "typ": lambda typ: ["--typ", typ or "none"],
    "as_": lambda kind: ["--as", kind],
    "lifetime_seconds": lambda seconds: ["--exp", f"{seconds}s" if seconds else "never"],
    "iat": lambda _: ["--no-iat"],
    "jti": lambda _: ["--jti", "none"],
}

#: Name -> what writes the code that mints these claims with these options.
LANGUAGES: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "python": _python,
    "curl": _curl,
}
