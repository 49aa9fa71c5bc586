"""Access tokens with a refresh token: minted together, and exchanged.

Both are printed once. Of a new family what cannot be printed is taken back: it is revoked, since
nobody holds its refresh token. Of an exchange it is not: who asks again gets the same answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from authcli.cli._delivery import check_delivery
from authcli.cli._managed import check_life
from authcli.cli._messages import note, warn
from authcli.cli._moments import instant
from authcli.cli._output import emit
from authcli.cli._secret_output import SecretForm, check_secret_delivery
from authcli.cli._signals import uninterrupted
from authcli.cli._sources import read_source
from authcli.cli._store import at_ms, opened
from authcli.cli._times import duration_of
from authcli.cli.jwt._minting import draft_warnings, signing_key, token_facts
from authcli.clock import format_duration
from authcli.errors import AuthError, InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli.jwt._mint import Kept, KeyFlags
    from authcli.cli.jwt._minting import Signing
    from authcli.revocation.families import Refreshed
    from authcli.store import Store
    from authcli.tokens.minter import Draft, MintOptions

__all__ = ["mint_with_refresh", "read_refresh_token", "refresh_token"]

MAX_TEXT = 4096
MEMBERS = (
    *("token", "refresh_token", "family", "refresh_expires_at", "family_expires_at", "repeated"),
    *("algorithm", "kid", "expires_at", "header", "payload"),
)
REASON = "could not be shown"


def read_refresh_token(run: Run, source: str | None) -> str:
    """Return a refresh token from a source, or from a pipe; never from the command line.

    Raises:
        InvalidInput: no source, or nothing in it.
    """
    if source is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise InvalidInput(
                "no refresh token was given", hint="give -, @FILE or env:NAME, or pipe it in"
            )
        source = "-"
    data = read_source(run, source, what="refresh token", limit=MAX_TEXT).data
    return data.decode("ascii", "replace").strip()


def mint_with_refresh(
    run: Run,
    signing: Signing,
    payload: Mapping[str, Any],
    options: MintOptions,
    form: SecretForm,
    kept: Kept,
    *,
    store: str | None,
) -> None:
    """Mint an access token, begin its family, and print both.

    Raises:
        InvalidInput: claims that a family cannot have, or a form for one secret.
    """
    from authcli import tokens
    from authcli.revocation import families

    _refuse_forms(form)
    check_secret_delivery(run, form, MEMBERS)
    first = tokens.prepare(payload, key=signing.key, at=run.at, **options)
    header = {name: first.header[name] for name in first.header if name not in ("alg", "kid")}
    life = _life_of(run, first.payload)
    with (
        opened(run, store, write=True, actor=kept.actor) as found,
        _shown_or_ended(run, found) as begun_ids,
    ):
        with uninterrupted(), found.change():
            begun = families.begin(
                found.tokens,
                payload,
                header=header,
                access_ms=life * 1000,
                idle_ms=_ms("--idle", kept.idle, families.DEFAULT_IDLE_MS),
                absolute_ms=_ms("--absolute", kept.absolute, families.DEFAULT_ABSOLUTE_MS),
                at_ms=at_ms(run),
            )
            draft = _drafted(run, found, signing, begun, options, life=life, record=kept.record)
            access = draft.sign()  # what is too long is said while nothing is kept
            begun_ids.append(begun.family.id)
        _print(run, draft, access, begun)


def refresh_token(
    run: Run,
    text: str,
    chosen: KeyFlags,
    *,
    grace: str | None,
    record: bool,
    actor: str | None,
) -> None:
    """Exchange a refresh token, and print what it is exchanged for.

    Raises:
        Rejected, Expired, Revoked: as `authcli.revocation.families.refresh` does.
    """
    from authcli.revocation import families
    from authcli.revocation.access_tokens import access_header
    from authcli.tokens.minter import Minter

    check_delivery(run, MEMBERS)
    grace_ms = _ms("--grace", grace, families.DEFAULT_GRACE_MS)
    algorithm = run.config.text("algorithm", chosen.alg)
    with opened(run, chosen.store, write=True, actor=actor, create=False) as found:
        signing = signing_key(
            run,
            chosen.key,
            kid=chosen.kid,
            passphrase=chosen.passphrase,
            secret_encoding=chosen.secret_encoding,
            dry_run=False,
            alg=algorithm,
            store=chosen.store,
        )
        named = signing.named(chosen.kid)
        Minter(key=signing.key, algorithm=algorithm, kid=named)  # or the exchange is for nothing
        with uninterrupted():
            done = families.refresh(found.tokens, text, grace_ms=grace_ms, at_ms=at_ms(run))
            members = access_header(done.family)
            options: MintOptions = {
                "algorithm": algorithm,
                "kid": named,
                "typ": str(members.pop("typ")) if "typ" in members else False,
                "header": members,
            }
            life = _allowed_life(run, signing, done.family.access_ms // 1000)
            with found.change():
                draft = _drafted(run, found, signing, done, options, life=life, record=record)
    if done.repeated:
        note(run, "this refresh token was presented before: the answer is the same one again")
    _print(run, draft, draft.sign(), done)


def _drafted(
    run: Run,
    store: Store,
    signing: Signing,
    done: Refreshed,
    options: MintOptions,
    *,
    life: int,
    record: bool,
) -> Draft:
    """Return the access token of a family, recorded where that was asked for."""
    from authcli import tokens
    from authcli.revocation import registry
    from authcli.revocation.access_tokens import access_claims

    options = {**options, "lifetime_seconds": life}
    draft = tokens.prepare(access_claims(done.family), key=signing.key, at=run.at, **options)
    check_life(signing.managed, draft.payload, at=run.at)
    if record:
        token = registry.described(draft.header, draft.payload, by=store.actor, at_ms=at_ms(run))
        registry.register(store.tokens, token)
    return draft


def _print(run: Run, draft: Draft, access: str, done: Refreshed) -> None:
    for text in draft_warnings(draft):
        warn(run, text)
    refresh = done.text.reveal_text()
    emit(
        run,
        {
            "token": access,
            "refresh_token": refresh,
            "family": done.family.id,
            "refresh_expires_at": instant(done.expires_at),
            "family_expires_at": instant(done.family.expires_at),
            "repeated": done.repeated,
            **token_facts(draft),
        },
        plain=f"{access}\n{refresh}",
    )


@contextmanager
def _shown_or_ended(run: Run, store: Store) -> Iterator[list[str]]:
    """Give a list for the family that is not shown yet; revoke it if that fails."""
    ids: list[str] = []
    for root in ("pepper", "audit"):  # a source may be a command that asks a person: before all
        store.roots[root].read()
    try:
        yield ids
    except BaseException:
        with uninterrupted():
            for family_id in ids:
                _end(run, store, family_id)
        raise


def _end(run: Run, store: Store, family_id: str) -> None:
    from authcli.revocation import families

    try:
        families.end(store.tokens, family_id, reason=REASON, at_ms=at_ms(run))
    except AuthError as error:
        warn(
            run,
            f"the family {family_id} could be neither shown nor revoked: {error.message};"
            f" authcli jwt revoke --family {family_id}",
        )
    else:
        note(run, f"the family {family_id} was revoked: what cannot be shown must not live")


def _refuse_forms(form: SecretForm) -> None:
    if form != SecretForm():
        raise InvalidInput(
            "two tokens are printed, and --format, --var, --copy and the like are for one",
            hint="--json, or --field token --field refresh_token",
        )


def _life_of(run: Run, payload: Mapping[str, Any]) -> int:
    ends = payload.get("exp")
    if isinstance(ends, bool) or not isinstance(ends, int | float) or ends <= run.at:
        raise InvalidInput(
            "a token that is refreshed ends, and later than now",
            hint="--exp 15m",
            code="refresh.life",
        )
    return int(ends - run.at) or 1


def _allowed_life(run: Run, signing: Signing, wanted: int) -> int:
    """Return the life of a family's access token under the key that signs it now.

    A shorter one is no reason to send somebody back to the sign-in.
    """
    if signing.managed is None:
        return wanted
    longest = signing.managed.row.max_token_ms // 1000
    if wanted > longest:
        warn(run, f"the token lives for {format_duration(longest)}, as its key allows no longer")
    return min(wanted, longest)


def _ms(flag: str, text: str | None, default: int) -> int:
    return default if text is None else duration_of(flag, text, bare_seconds=True) * 1000
