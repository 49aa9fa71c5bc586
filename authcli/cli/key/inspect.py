"""`authcli key inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authcli.cli._common import command, new_single
from authcli.cli._options import Passphrase, SecretEncoding
from authcli.cli._run import Run
from authcli.cli.key._options import KeyArgument

if TYPE_CHECKING:
    from authcli.keys import KeySet

app = new_single()


@command(app)
def inspect(
    run: Run,
    *,
    key: KeyArgument = None,
    passphrase: Passphrase = None,
    secret_encoding: SecretEncoding = None,
) -> None:
    """Say what a key is, and what is wrong with it.

    Examples:
      authcli key inspect key.pem
      authcli key inspect env:SIGNING_KEY --json
      authcli key inspect ~/.ssh/id_ed25519.pub --field thumbprint

    Shows public facts alone: type, size, name, thumbprint, and the algorithms that
    it signs and verifies with. The format is recognised by content.
    """
    from authcli.cli._input import key_source, read_keys

    found = read_keys(
        run, key_source(key), passphrase=passphrase, secret_encoding=secret_encoding
    ).keys
    show_keys(run, found)


def show_keys(run: Run, found: KeySet) -> None:
    """Write the facts of a key, or of each key of a set."""
    from authcli import keys
    from authcli.cli._messages import warn
    from authcli.cli._output import emit, json_text, table

    for key in found:
        for weakness in key.weaknesses:
            warn(run, weakness.message)
    if found.sole is not None:
        facts = keys.describe(found.sole)
        emit(run, facts, plain=json_text(run, facts), human=lambda on: _page(facts, colored=on))
    else:
        columns = ("kid", "kty", "size_bits", "alg", "use", "private", "thumbprint")
        described = [keys.describe(key) for key in found]
        table(run, described, columns=columns, plain=lambda item: str(item["thumbprint"]))


def _page(facts: dict[str, Any], *, colored: bool) -> str:
    from authcli.cli._text import columns, paint, visible

    rows = [
        (paint(name.replace("_", " "), "cyan", on=colored), visible(_shown(value)))
        for name, value in facts.items()
        if value not in (None, [], "", {})
    ]
    return columns(rows, indent="")


def _shown(value: object) -> str:
    from authcli.cli._output import raw

    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return raw(value)
