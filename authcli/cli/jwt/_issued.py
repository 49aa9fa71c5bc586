"""What `authcli jwt issued` lists, and what `jwt mint --record` keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._listing import drawn, stream_table
from authcli.cli._moments import instant, short_moment, time_form, title_of
from authcli.cli._store import at_ms, opened, store_exists
from authcli.cli._text import visible
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.cli._secret_output import SecretForm
    from authcli.revocation.model import Family, IssuedToken
    from authcli.tokens.minter import Draft

__all__ = ["Asked", "list_families", "list_issued", "record"]

TOKEN_MEMBERS = (
    *("jti", "issuer", "sub", "aud", "scopes", "kid", "family", "issued_at", "expires_at"),
    "issued_by",
)
FAMILY_MEMBERS = (
    *("family", "issuer", "sub", "aud", "scopes", "created_at", "created_by", "expires_at"),
    "last_refreshed_at",
)


class Asked(NamedTuple):
    """What the flags ask for, as it was typed."""

    subject: str | None
    audience: str | None
    all: bool
    time: str | None


def record(
    run: Run,
    draft: Draft,
    form: SecretForm,
    *,
    dry_run: bool,
    store: str | None,
    actor: str | None,
) -> None:
    """Keep what is said of a token before it is handed out.

    Raises:
        InvalidInput: a token that cannot be recorded, or flags that would keep it from being shown.
        Conflict: one of its issuer and jti was.
    """
    from authcli.cli._secret_output import check_secret_delivery
    from authcli.cli.jwt._minting import token_facts
    from authcli.revocation import registry

    registry.described(draft.header, draft.payload, by="", at_ms=at_ms(run))
    if dry_run:
        return
    check_secret_delivery(run, form, ("token", *token_facts(draft)))
    draft.sign()  # what is too long is said here
    with opened(run, store, write=True, actor=actor) as found:
        token = registry.described(draft.header, draft.payload, by=found.actor, at_ms=at_ms(run))
        registry.register(found.tokens, token)


def list_issued(run: Run, asked: Asked, *, store: str | None) -> None:
    """Write the tokens that were recorded, the newest first."""
    now_ms, form = at_ms(run), time_form(run, asked.time)

    def items() -> Iterator[dict[str, Any]]:
        if not store_exists(run, store):
            return
        with opened(run, store, write=False) as found:
            live = None if asked.all else now_ms
            tokens = found.tokens.issued(sub=asked.subject, aud=asked.audience, live_at_ms=live)
            yield from map(_token_facts, tokens)

    def table(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
        cells = (
            (
                visible(item["jti"]),
                visible(item["sub"] or "nobody"),
                visible(" ".join(item["aud"]) or "anybody"),
                short_moment(item["expires_at"], at=now_ms // 1000, form=form),
            )
            for item in rows
        )
        titles = ("JTI", "SUB", "AUD", title_of("EXPIRES", form))
        yield from _or_none(
            drawn(cells, titles=titles, flexible=2, colored=run.colored()), "tokens"
        )

    stream_table(
        run, items(), members=TOKEN_MEMBERS, plain=lambda item: str(item["jti"]), human=table
    )


def list_families(run: Run, asked: Asked, *, store: str | None) -> None:
    """Write the families that live, the one that ends first in front."""
    if asked.audience is not None or asked.all:
        raise InvalidInput("--families lists those that live; leave out --aud and --all")
    now_ms, form = at_ms(run), time_form(run, asked.time)

    def items() -> Iterator[dict[str, Any]]:
        if not store_exists(run, store):
            return
        with opened(run, store, write=False) as found:
            yield from map(_family_facts, found.tokens.families(sub=asked.subject, at_ms=now_ms))

    def table(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
        cells = (
            (
                item["family"],
                visible(item["sub"] or "nobody"),
                short_moment(item["last_refreshed_at"], at=now_ms // 1000, form=form),
                short_moment(item["expires_at"], at=now_ms // 1000, form=form),
            )
            for item in rows
        )
        titles = ("FAMILY", "SUB", title_of("REFRESHED", form), title_of("ENDS", form))
        table = drawn(cells, titles=titles, flexible=1, colored=run.colored())
        yield from _or_none(table, "families")

    stream_table(
        run, items(), members=FAMILY_MEMBERS, plain=lambda item: str(item["family"]), human=table
    )


def _or_none(pieces: Iterator[str], what: str) -> Iterator[str]:
    empty = True
    for piece in pieces:
        empty = False
        yield piece
    if empty:
        yield f"no {what}\n"


def _token_facts(token: IssuedToken) -> dict[str, Any]:
    return {
        "jti": token.jti,
        "issuer": token.issuer or None,
        "sub": token.sub,
        "aud": list(token.aud),
        "scopes": list(token.scopes),
        "kid": token.kid,
        "family": token.family_id,
        "issued_at": instant(token.issued_at),
        "expires_at": instant(token.expires_at),
        "issued_by": token.issued_by,
    }


def _family_facts(family: Family) -> dict[str, Any]:
    return {
        "family": family.id,
        "issuer": family.issuer or None,
        "sub": family.sub,
        "aud": list(family.aud),
        "scopes": list(family.scopes),
        "created_at": instant(family.created_at),
        "created_by": family.created_by,
        "expires_at": instant(family.expires_at),
        "last_refreshed_at": instant(family.last_refreshed_at),
    }
