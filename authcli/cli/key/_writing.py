"""How the verbs of `authcli key` write a key: its text to stdout or `-o`, its facts as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli.cli._messages import note
from authcli.cli._output import emit, refuse_existing, save
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keys import Key
    from authcli.secret import Secret

__all__ = ["FORMATS", "chosen_format", "emit_key", "emit_set", "refuse_twins", "save_public"]

FORMATS = ("pem", "jwk", "jwks", "der", "openssh")


def chosen_format(key: Key, given: str | None, path: Path | None) -> str:
    """Return the format: `--format`, else the file's ending, else the usual one of the type."""
    from authcli import keys

    if given is None:
        return keys.default_format(key, path_suffix=path.suffix if path else None)
    if given not in FORMATS:
        raise InvalidInput(f"no format {ascii(given[:20])}", hint=f"one of: {', '.join(FORMATS)}")
    return given


def emit_key(run: Run, key: Key, *, format: str, passphrase: Secret | None = None) -> None:
    """Write a key. With `-o` the file gets the key, and stdout the facts if JSON was asked for."""
    from authcli import keys

    written = keys.write(key, format=format, passphrase=passphrase)
    facts: dict[str, Any] = {**keys.describe(key), "format": format}
    if run.output is None:
        text = written.decode("ascii") if written.isascii() else None
        emit(run, {**facts, "key": text}, plain=text if text is not None else written)
        return
    save(run, run.output, written, secret=key.private)
    note(run, f"wrote {run.output}, the {'private' if key.private else 'public'} key")
    if run.json or run.fields:
        emit(run._replace(output=None), {**facts, "file": str(run.output)}, plain=None)


def refuse_twins(run: Run, public: str | None) -> None:
    """Refuse to write two halves where one would overwrite the other, or something that exists."""
    if public is None:
        return
    for path in (public, str(run.output or "")):
        refuse_existing(run, path)
    if run.output is not None and Path(public).absolute() == run.output.absolute():
        raise InvalidInput("-o and --public name the same file", code="output.path")


def save_public(run: Run, half: Key, *, path: Path) -> None:
    """Write a public key to a file of its own, in the format that the file's ending names."""
    from authcli import keys

    written = keys.write(half, format=chosen_format(half, None, path))
    save(run, path, written, secret=False)
    note(run, f"wrote {path}, the public key")


def emit_set(run: Run, halves: list[Key], *, format: str | None) -> None:
    """Write public keys as a JWKS, the one format that holds several."""
    from authcli import keys

    if format not in (None, "jwks"):
        raise InvalidInput(f"{len(halves)} keys do not fit into one {format}", hint="--format jwks")
    written = keys.write(keys.KeySet(tuple(halves)), format="jwks").decode("ascii")
    facts = {"keys": [keys.to_jwk(half, private=False) for half in halves]}
    if run.output is None:
        return emit(run, facts, plain=written)
    save(run, run.output, written.encode(), secret=False)
    return note(run, f"wrote {run.output}, {len(halves)} public keys")
