"""What `authcli jwks export` does between its flags and the keys that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._output import emit, refuse_existing
from authcli.cli._prompt import confirm
from authcli.cli._store import opened
from authcli.cli.jwks._showing import refuse_where_no_keys
from authcli.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.secret import Secret
    from authcli.signing.model import SigningKey
    from authcli.signing.repository import SigningRepository
    from authcli.store import Store

__all__ = ["Asked", "export_keys"]


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    kid: str | None
    alg: str | None
    private: bool
    format: str | None
    passphrase: str | None
    yes: bool


def export_keys(run: Run, asked: Asked, *, store: str | None, actor: str | None) -> None:
    """Write the JWKS, one public key, or one private one.

    Raises:
        InvalidInput: flags that contradict each other, or several private keys.
        NotFound: there is no such key.
        Conflict: the private half is deleted, or the file exists.
    """
    if asked.passphrase is not None and not asked.private:
        raise InvalidInput("--passphrase closes private halves; add --private")
    if asked.kid is not None and asked.alg is not None:
        raise InvalidInput("a KID names one key; leave out --alg")
    refuse_where_no_keys(run, store)
    if asked.private:
        return _export_private(run, asked, store=store, actor=actor)
    with opened(run, store, write=False) as found:
        if asked.kid is not None:
            return _export_public(run, found, asked)
        return _export_set(run, found, asked)


def _export_set(run: Run, store: Store, asked: Asked) -> None:
    """Write the JWKS as it would be published, or what of it is of one algorithm."""
    import json

    from authcli.encoding import compact_json
    from authcli.signing.publication import jwks
    from authcli.signing.rings import rings_of

    if asked.format not in (None, "jwks"):
        raise InvalidInput(f"several keys do not fit into one {asked.format}", hint="name a KID")
    rings = {ring.alg for ring in rings_of(store.signing_keys, asked.alg)}
    text, _ = jwks(store.signing_keys)
    keys = [key for key in json.loads(text)["keys"] if key["alg"] in rings]
    emit(run, {"keys": keys}, plain=compact_json({"keys": keys}).decode())


def _export_public(run: Run, store: Store, asked: Asked) -> None:
    from authcli.cli.key._writing import chosen_format, emit_key
    from authcli.signing.choosing import named
    from authcli.signing.halves import public_key

    key = public_key(named(store.signing_keys.find(), asked.kid or ""))
    emit_key(run, key, format=chosen_format(key, asked.format, run.output))


def _export_private(run: Run, asked: Asked, *, store: str | None, actor: str | None) -> None:
    """Write one private half: asked for, recorded, and only then written."""
    from authcli.cli._input import read_passphrase
    from authcli.cli.key._writing import chosen_format, emit_key
    from authcli.keys.writer import write
    from authcli.signing.halves import opened as opened_half

    refuse_existing(run, None if run.output is None else str(run.output))
    closing: Secret | None = None
    if asked.passphrase is not None:
        closing = read_passphrase(run, asked.passphrase, setting=True)
    with opened(run, store, write=True, actor=actor, create=False) as found:
        repository = found.signing_keys
        row = _signing_row(repository, asked)
        key = opened_half(repository, row)
        form = chosen_format(key, asked.format, run.output)
        write(key, format=form, passphrase=closing)  # so that what fails is neither asked for
        if closing is None:
            confirm(run, f"write the private half of {row.kid}, in clear?", yes=asked.yes)
        with repository.change() as journal:
            journal.record(
                "signing-key.exported",
                target=("signing-key", row.kid),
                detail={"format": form, "encrypted": closing is not None},
            )
    emit_key(run, key, format=form, passphrase=closing)


def _signing_row(repository: SigningRepository, asked: Asked) -> SigningKey:
    """Return the key that is named, or the one that there is.

    Raises:
        InvalidInput: there are several.
    """
    from authcli.signing.choosing import named
    from authcli.signing.rings import rings_of

    if asked.kid is not None:
        return named(repository.find(), asked.kid)
    rings = {ring.alg for ring in rings_of(repository, asked.alg)}
    rows = [row for row in repository.find() if row.can_sign and row.alg in rings]
    if not rows:
        raise NotFound(
            "the store holds no private half", hint="authcli jwks list", code="jwks.not-found"
        )
    if len(rows) == 1:
        return rows[0]
    raise InvalidInput(
        f"there are {len(rows)} private halves, and each is written on its own",
        hint=f"name one: {', '.join(f'{row.kid[:12]} ({row.state})' for row in rows[:5])}",
        code="jwks.ambiguous",
    )
