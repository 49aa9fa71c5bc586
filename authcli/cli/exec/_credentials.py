"""The values that last by themselves: tokens that are minted, secrets that are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from authcli.cli._errors import ExecFailed
from authcli.cli._input import warn_exposed
from authcli.cli._messages import warn
from authcli.cli._sources import read_source

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.exec._variables import Asked, Variable

__all__ = ["credentials"]


def credentials(run: Run, variables: Sequence[Variable], wanted: Asked) -> dict[str, bytes]:
    """Return the values of the variables that are minted or read.

    Raises:
        AuthError: one of them cannot be had.
    """
    found: dict[str, bytes] = {}
    for variable in variables:
        if variable.kind == "source":
            found[variable.name] = _read(run, variable)
    for variable in variables:
        if variable.kind == "jwt":
            found[variable.name] = _minted(run, variable.text or None, wanted).encode("ascii")
    return found


def _read(run: Run, variable: Variable) -> bytes:
    given = read_source(run, variable.text, what=f"value of {variable.name}")
    if given.exposed:
        warn_exposed(run, given.name)
    # One line break at its end, which $(…) would drop too.
    value = given.data.removesuffix(b"\n")
    if value != given.data:
        value = value.removesuffix(b"\r")
    if b"\0" in value:
        raise ExecFailed(
            f"the value of {variable.name} holds a NUL, which no variable can",
            hint="what is binary is encoded, or read by the command from a file",
            code="exec.set",
        )
    return value


def _minted(run: Run, profile: str | None, wanted: Asked) -> str:
    """Return a token as `jwt mint --profile` would make it."""
    from authcli import tokens
    from authcli.cli._config import load
    from authcli.cli._managed import check_life
    from authcli.cli.jwt import _minting

    # The clock is read once, so that five minutes are five minutes.
    run = run._replace(now=run.at, config=run.config if profile is None else load(profile))
    flags = _minting.Wanted(
        issuer=None,
        subject=wanted.subject,
        audience=list(wanted.audience) or None,
        expires=wanted.expires,
        no_exp=False,
        not_before=None,
        jti=None,
        scope=list(wanted.scope) or None,
    )
    layers = _minting.claim_layers(run, flags)
    algorithm = run.config.text("algorithm", None)
    signing = _minting.signing_key(
        run,
        None,
        kid=None,
        passphrase=None,
        secret_encoding=None,
        dry_run=False,
        alg=algorithm,
        store=wanted.store,
    )
    layers, payload = _minting.with_issuer(signing, layers, layers.around({}), lines=False)
    draft = tokens.prepare(
        payload,
        key=signing.key,
        at=run.at,
        algorithm=algorithm,
        lifetime_seconds=_minting.lifetime_seconds(run, flags),
    )
    check_life(signing.managed, draft.payload, at=run.at)
    for text in _minting.draft_warnings(draft):
        warn(run, text)
    return draft.sign()
