"""What `authcli jwt mint` does between its flags and the library: one token, many, or two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._claims import parse_claims, parse_header
from authcli.cli._managed import check_life
from authcli.cli.jwt import _minting
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli._secret_output import SecretForm
    from authcli.cli.jwt._minting import ClaimLayers, Signing
    from authcli.tokens.minter import Minter, MintOptions

__all__ = ["Asked", "Kept", "KeyFlags", "Many", "mint"]


class Asked(NamedTuple):
    """What is asked of each token, as it was typed."""

    arguments: list[str]
    """Claims, or where they are."""
    wanted: _minting.Wanted
    header: list[str] | None
    typ: str | None
    no_iat: bool
    as_: str | None
    dry_run: bool
    explain: str | None


class KeyFlags(NamedTuple):
    """The flags that name the key to sign with."""

    key: str | None
    alg: str | None
    kid: str | None
    passphrase: str | None
    secret_encoding: str | None
    store: str | None


class Many(NamedTuple):
    """The flags that ask for many tokens."""

    lines: bool
    number: int | None
    jobs: int | None
    fail_fast: bool

    @property
    def asked(self) -> bool:
        """Whether one of them was given."""
        return self.lines or self.number is not None or self.jobs is not None or self.fail_fast


class Kept(NamedTuple):
    """The flags by which something of the token is kept in the store."""

    refresh: bool
    record: bool
    idle: str | None
    absolute: str | None
    actor: str | None


def mint(run: Run, form: SecretForm, asked: Asked, flags: KeyFlags, many: Many, kept: Kept) -> None:
    """Mint what is asked for, and write it.

    Raises:
        InvalidInput: flags that contradict each other, a claim or a key that cannot be used.
    """
    from authcli.tokens.minter import Minter

    _check(asked, many, kept, form)
    layers = _minting.claim_layers(run, asked.wanted)
    payload = {} if many.lines else layers.around(parse_claims(run, asked.arguments))
    options = _options(run, asked, flags)
    if asked.explain is not None:
        return _minting.explanation(run, asked.explain, payload, options)
    signing = _minting.signing_key(
        run,
        flags.key,
        kid=flags.kid,
        passphrase=flags.passphrase,
        secret_encoding=flags.secret_encoding,
        dry_run=asked.dry_run,
        alg=options["algorithm"],
        store=flags.store,
    )
    options["kid"] = signing.named(flags.kid)
    layers, payload = _minting.with_issuer(signing, layers, payload, lines=many.lines)
    if many.lines or (many.number is not None and not asked.dry_run):
        minter = Minter(key=signing.key, **options)
        return _mint_many(run, asked, layers, payload, signing, minter, many)
    if kept.refresh:
        from authcli.cli.jwt._refreshing import mint_with_refresh

        return mint_with_refresh(run, signing, payload, options, form, kept, store=flags.store)
    return _mint_one(run, form, asked, payload, signing, options, kept, store=flags.store)


def _options(run: Run, asked: Asked, flags: KeyFlags) -> MintOptions:
    return {
        "algorithm": run.config.text("algorithm", flags.alg),
        "header": parse_header(asked.header or []),
        "kid": flags.kid or True,
        "typ": _minting.chosen_name(asked.typ),
        "as_": asked.as_,
        "lifetime_seconds": _minting.lifetime_seconds(run, asked.wanted),
        "iat": not asked.no_iat,
        "jti": asked.wanted.jti is None,
    }


def _mint_one(
    run: Run,
    form: SecretForm,
    asked: Asked,
    payload: dict[str, Any],
    signing: Signing,
    options: MintOptions,
    kept: Kept,
    *,
    store: str | None,
) -> None:
    from authcli import tokens

    draft = tokens.prepare(payload, key=signing.key, at=run.at, **options)
    check_life(signing.managed, draft.payload, at=run.at)
    if kept.record:
        from authcli.cli.jwt import _issued

        _issued.record(run, draft, form, dry_run=asked.dry_run, store=store, actor=kept.actor)
    if asked.dry_run:
        return _minting.emit_draft(run, draft)
    return _minting.emit_token(run, draft, form)


def _mint_many(
    run: Run,
    asked: Asked,
    layers: ClaimLayers,
    payload: dict[str, Any],
    signing: Signing,
    minter: Minter,
    many: Many,
) -> None:
    from authcli.cli.jwt import _bulk

    if many.number is None:
        _bulk.mint_lines(
            run,
            asked.arguments,
            layers,
            minter,
            signing.managed,
            jobs=many.jobs,
            fail_fast=many.fail_fast,
        )
    else:
        _bulk.mint_count(run, minter, payload, signing.managed, count=many.number, jobs=many.jobs)


def _check(asked: Asked, many: Many, kept: Kept, form: SecretForm) -> None:
    """Refuse flags that contradict each other, or of which one would silently do nothing."""
    _check_kept(asked, many, kept)
    if many.asked:
        from authcli.cli.jwt import _bulk

        _bulk.check_minting(
            *many, form=form, dry_run=asked.dry_run, explain=asked.explain is not None
        )


def _check_kept(asked: Asked, many: Many, kept: Kept) -> None:
    if not kept.refresh:
        for flag, value in (("--idle", kept.idle), ("--absolute", kept.absolute)):
            if value is not None:
                raise InvalidInput(f"{flag} is the life of refresh tokens", hint="add --refresh")
    if (kept.refresh or kept.record) and (many.asked or asked.explain is not None):
        flag = "--refresh" if kept.refresh else "--record"
        other = "--explain" if asked.explain is not None else "--count and --lines"
        raise InvalidInput(
            f"{flag} keeps one token in the store, and {other} cannot", hint="mint one by one"
        )
    if kept.refresh and asked.dry_run:
        raise InvalidInput(
            "--dry-run changes nothing, and --refresh begins a family", hint="leave one of them out"
        )
    for flag, value in (("--jti", asked.wanted.jti), ("--nbf", asked.wanted.not_before)):
        if kept.refresh and value is not None:
            raise InvalidInput(f"{flag} is one token's, and --refresh is for many after it")
