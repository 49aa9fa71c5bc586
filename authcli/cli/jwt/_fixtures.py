"""What `authcli jwt fixtures` does between its flags and the library, and says of the folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from authcli import clock
from authcli.cli._messages import note, warn
from authcli.cli._output import emit
from authcli.cli._text import columns, paint, visible
from authcli.cli._times import duration_of
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keys import Key
    from authcli.tokens.fixtures import FixtureSet

__all__ = ["Expected", "Wanted", "emit_made", "expectation", "own_key"]


class Wanted(NamedTuple):
    """The flags that say what the good tokens say."""

    issuer: str | None
    audience: list[str] | None
    subject: str | None
    typ: str
    valid_for: str


class Expected(TypedDict, total=False):
    """The same, as `make_fixtures` takes it."""

    issuer: str
    audience: str
    subject: str
    typ: str
    valid_for_seconds: int


def expectation(run: Run, wanted: Wanted) -> tuple[Path, Expected]:
    """Return the folder to write, and what flags and configuration say of the tokens.

    Raises:
        InvalidInput: no folder, two audiences, or an empty value.
    """
    if run.output is None:
        raise InvalidInput("no folder was named", hint="authcli jwt fixtures -o DIR")
    if wanted.audience and len(wanted.audience) > 1:
        raise InvalidInput(
            "--aud was given twice; tokens for tests are for one audience",
            hint="make a folder for each audience",
        )
    audiences = run.config.texts("audience", wanted.audience or None)
    texts = {
        "issuer": run.config.text("issuer", wanted.issuer),
        # Whoever accepts several, as configured, accepts tokens for the first.
        "audience": audiences[0] if audiences else None,
        "subject": wanted.subject,
    }
    seconds = duration_of("--valid-for", wanted.valid_for)
    expected = Expected(typ=wanted.typ, valid_for_seconds=seconds)
    for name, text in texts.items():
        if text is not None:
            expected[name] = text  # type: ignore[literal-required]
    return run.output, expected


def own_key(
    run: Run,
    source: str | None,
    *,
    kid: str | None,
    passphrase: str | None,
    secret_encoding: str | None,
) -> Key | None:
    """Return the key that was named, or None: a configured one never signs tokens for tests."""
    from authcli.cli._input import chosen_key, read_keys

    if source is None:
        return None
    opened = read_keys(
        run, source, passphrase=passphrase, secret_encoding=secret_encoding, what="signing key"
    )
    return chosen_key(opened, kid)


def emit_made(run: Run, made: FixtureSet, folder: Path, *, own: bool) -> None:
    """Say what was written: the manifest's path to a pipe, a summary to a person."""
    from authcli.keys import ALGORITHMS
    from authcli.tokens.fixtures.manifest import MANIFEST

    until = clock.format_instant(made.valid_until)
    if own:
        warn(run, f"the good tokens are genuine until {until} to all who trust this key")
    present = {fixture.algorithm for fixture in made.good}
    if absent := [name for name in ALGORITHMS if name not in present]:
        note(run, f"no tokens of {', '.join(absent)}: the cryptography package lacks it")
    facts: dict[str, Any] = {
        "folder": str(folder),
        "manifest": str(folder / MANIFEST),
        "good": len(made.good),
        "bad": len(made.bad),
        "algorithm": made.algorithm,
        "kid": made.kid,
        "now": made.now,
        "valid_until": made.valid_until,
        "expires_at": until,
        "expect": {
            "issuer": made.issuer,
            "audience": made.audience,
            "subject": made.subject,
            "typ": made.typ,
        },
    }
    emit(
        run._replace(output=None),
        facts,
        plain=str(folder / MANIFEST),
        human=lambda on: _summary(facts, colored=on),
    )


def _summary(facts: dict[str, Any], *, colored: bool) -> str:
    folder = visible(facts["folder"])
    expect = ", ".join(f"{name} {visible(text)}" for name, text in facts["expect"].items())
    rows = (
        ("good/", f"{facts['good']} tokens to accept, until {facts['expires_at']}"),
        ("bad/", f"{facts['bad']} tokens to refuse, most of them {facts['algorithm']}"),
        ("jwks.json", "the public keys, for the service under test"),
        ("hmac.jwks.json", "the secrets of the good HMAC tokens"),
        ("manifest.json", "each token's verdict; authcli jwt verify --manifest runs it"),
        ("expect", expect),
    )
    return f"{paint(folder, 'bold', on=colored)}\n{columns(rows)}"
