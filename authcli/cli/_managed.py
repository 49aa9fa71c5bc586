"""Managed signing keys, where `store:` names them or nothing else does: which signs, which verify.

A store that was never made has none, and then it is the development key's turn. One that is there
is asked, and what is wrong with it is an error: a token must not be signed with another key because
a file was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from authcli.cli._store import Place, at_ms, open_place, store_exists, store_place
from authcli.clock import format_duration, spell_duration
from authcli.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.keys.model import KeySet
    from authcli.signing.choosing import Signer
    from authcli.tokens.policy import Denial

__all__ = [
    "SOURCE",
    "Verifying",
    "check_life",
    "check_payload",
    "managed_keys",
    "managed_public_keys",
    "managed_signer",
]

#: How a source names managed keys: `store:` the active one or all of them, `store:KID` that one.
SOURCE = "store:"


class Verifying(NamedTuple):
    """The managed keys that verify, and the store that they are in."""

    keys: KeySet
    place: Place
    compromised: Mapping[str, Denial]
    """The keys among them that are dropped: their tokens are known, and refused."""

    @property
    def name(self) -> str:
        """What to call them in messages."""
        return "the store's managed keys"


def managed_signer(
    run: Run, store: str | None, *, alg: str | None, kid: str | None, asked: bool, signs: bool
) -> Signer | None:
    """Return the key that signs; None where there are no managed keys and none was asked for.

    Args:
        run: the invocation.
        store: what `--store` says.
        alg: the algorithm that was asked for.
        kid: a kid, or the beginning of one.
        asked: whether `store:` was named as the source.
        signs: whether it is about to sign, which is noted to the hour.

    Raises:
        NotFound: `asked`, and there is none.
        Conflict: the key that is named signs no more, or not yet.
        Unavailable: the store or its KEK cannot be used.
    """
    from authcli.signing.choosing import signer

    if not store_exists(run, store):
        _none(asked)
        return None
    place = store_place(run, store)
    with open_place(run, place, write=signs, create=False) as found:
        repository = found.signing_keys
        if not asked and not repository.active(purpose="jwt", alg=None):
            return None
        chosen = signer(repository, alg=alg, kid=kid)
        last, now = chosen.row.last_signed_at, at_ms(run)
        if signs and (last is None or now - last >= 3_600_000):
            repository.note_signed(chosen.row.kid, at_ms=now)
        return chosen


def managed_keys(
    run: Run, store: str | None, *, asked: bool, with_compromised: bool
) -> Verifying | None:
    """Return the keys that verify; None where there are none and none were asked for.

    Args:
        run: the invocation.
        store: what `--store` says.
        asked: whether `store:` was named as the source.
        with_compromised: those that were dropped too, for who refuses their tokens by name.

    Raises:
        NotFound: `asked`, and there are none.
        Unavailable: the store cannot be used, or a key in it was changed.
    """
    from authcli.keys.model import KeySet
    from authcli.signing.choosing import compromised_keys, verifying_keys
    from authcli.tokens.policy import Denial

    if not store_exists(run, store):
        _none(asked)
        return None
    place = store_place(run, store)
    with open_place(run, place, write=False, create=False) as found:
        keys = verifying_keys(found.signing_keys)
        dropped = compromised_keys(found.signing_keys) if with_compromised else {}
    if not keys.keys:
        _none(asked)
        return None
    both = KeySet((*keys.keys, *(key for key, _ in dropped.values())))
    return Verifying(both, place, {kid: Denial(why) for kid, (_, why) in dropped.items()})


def managed_public_keys(run: Run, rest: str) -> KeySet:
    """Return the public half that `store:KID` names, or those of all keys that sign.

    Private halves sign, and leave the store by `jwks export` alone, which asks.

    Raises:
        NotFound: there is none.
        InvalidInput: several keys begin so.
    """
    from authcli.keys.model import KeySet
    from authcli.signing.choosing import named
    from authcli.signing.halves import public_key

    if not store_exists(run, None):
        raise _no_keys()
    with open_place(run, store_place(run, None), write=False, create=False) as found:
        repository = found.signing_keys
        rows = (
            [named(repository.find(), rest)] if rest else repository.active(purpose="jwt", alg=None)
        )
        if not rows:
            raise _no_keys()
        return KeySet(tuple(map(public_key, rows)))


def check_life(signer: Signer | None, payload: Mapping[str, object], *, at: int) -> None:
    """Refuse a token that would outlive its key's place in the JWKS.

    Args:
        signer: the managed key that is to sign; None where it is another key.
        payload: the claims, exp among them.
        at: now, in epoch seconds.

    Raises:
        InvalidInput: no exp, or one beyond the longest life ("jwks.token-life").
    """
    if signer is None:
        return
    longest = signer.row.max_token_ms // 1000
    ends = payload.get("exp")
    if not isinstance(ends, bool) and isinstance(ends, int | float) and ends - at <= longest:
        return
    lives = "for ever" if ends is None else "longer"
    raise InvalidInput(
        f"tokens of managed keys live for at most {format_duration(longest)}, and this one {lives}",
        hint=f"--exp {spell_duration(longest)}, or: "
        f"authcli jwks init {signer.row.alg} --update --max-token TIME",
        code="jwks.token-life",
    )


def check_payload(signer: Signer | None, payload: bytes, *, at: int) -> None:
    """Refuse any payload that would be such a token; other documents are whatever they are.

    Raises:
        InvalidInput: as `check_life`.
    """
    from authcli.tokens.jws.payloads import payload_kind

    if signer is not None and payload_kind(payload) == "claims":
        from authcli.encoding import json_object

        check_life(signer, json_object(payload, what="payload"), at=at)


def _none(asked: bool) -> None:
    if asked:
        raise _no_keys()


def _no_keys() -> NotFound:
    return NotFound("there are no managed signing keys", hint="authcli jwks init", code="jwks.none")
