"""API keys: issue, verify, rotate, revoke, find; kept in a store, without their text.

    from authcli import apikeys
    from authcli.store import open_store

    with open_store("sqlite:keys.db", create=True) as store:
        issued = apikeys.issue(store.api_keys, "billing", scopes=["read:*"])
        verdict = apikeys.verify(store.api_keys, issued.text, scopes=["read:invoices"])

The first argument is where the keys are kept: an `ApiKeyRepository`, of which a store has one. The
modules, each adding one idea:

    model         ApiKey, Filters, states         repository    what is asked of a store
    text          a key as it is written          digests       what is stored of it
    scopes, addresses, rates                      permits       whether it may be used now
    uses          statistics                      verifying     the verdict
    upgrades      imported keys become ours       ownership     whose key a text is
    drafts        what a new key is to be         issuing       new keys
    names         which key a person means        updating      what a key says of itself
    lineages      keys before and after a key     rotation      a successor, and a grace
    revocation    revoked, disabled, enabled      dues          what ends soon
    forgetting    what has been dead for long     sweeps        many keys, in turns
    scan/         keys in files and streams       rules, importing   for and from other tools

The functions here import what they need when called. Times are Unix ms; `at_ms` None is now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from authcli.apikeys.text import parse

if TYPE_CHECKING:
    from authcli.apikeys.drafts import DraftOptions
    from authcli.apikeys.dues import Due
    from authcli.apikeys.issuing import Draft, Issued
    from authcli.apikeys.model import ApiKey, Filters
    from authcli.apikeys.repository import ApiKeyRepository
    from authcli.apikeys.revocation import Outcome
    from authcli.apikeys.rotation import Finished, Rotated, RotationStatus
    from authcli.apikeys.scan import Found
    from authcli.apikeys.updating import Changes, Updated
    from authcli.apikeys.uses import Uses
    from authcli.apikeys.verifying import Outcome as VerifyOutcome
    from authcli.apikeys.verifying import Verdict

    class VerifyOptions(TypedDict, total=False):
        """What is asked of a key, as `authcli.apikeys.verifying.verify` takes it."""

        scopes: Sequence[str]
        address: str | None
        at_ms: int | None
        peek: bool
        uses: Uses | None

    class RevokeOptions(TypedDict, total=False):
        """Why, how far and when, as `authcli.apikeys.revocation.revoke` takes it."""

        reason: str | None
        whole_lineage: bool
        at_ms: int | None


__all__ = [
    "DEFAULT_GRACE_MS",
    "DEFAULT_LIFE_MS",
    "abort_rotation",
    "detect",
    "disable",
    "enable",
    "expiring",
    "find",
    "finish_rotation",
    "issue",
    "issue_many",
    "parse",
    "resolve",
    "revoke",
    "revoke_text",
    "rotate",
    "rotation_status",
    "update",
    "verify",
    "verify_many",
]

DEFAULT_LIFE_MS = 90 * 86_400_000
DEFAULT_GRACE_MS = 86_400_000


def issue(
    keys: ApiKeyRepository,
    name: str,
    *,
    scopes: Sequence[str] = (),
    cidrs: Sequence[str] = (),
    life_ms: int | None = DEFAULT_LIFE_MS,
    at_ms: int | None = None,
    **parts: Unpack[DraftOptions],
) -> Issued:
    """Issue a key; `text` of what is returned is its only copy.

    Args:
        keys: where keys are kept.
        name: what people call it.
        scopes, cidrs: what it grants, and from where; none grants nothing, and from anywhere.
        life_ms: how long it lives; None is without end.
        at_ms: when its life begins; the clock's when None.
        parts: owner, prefix, environment, metadata, rate, quota and not_before_ms, as the fields
            of `authcli.apikeys.drafts.Draft`.

    Raises:
        InvalidInput: a part that no key can have.
        Unavailable: the store cannot be written; then no key was issued.
    """
    from authcli.apikeys import issuing
    from authcli.clock import now_ms

    at = now_ms() if at_ms is None else at_ms
    end = None if life_ms is None else max(at, parts.get("not_before_ms") or at) + life_ms
    # A text is a sequence too, of its letters; alone it is one word.
    held = (scopes,) if isinstance(scopes, str) else tuple(scopes)
    nets = (cidrs,) if isinstance(cidrs, str) else tuple(cidrs)
    draft = issuing.Draft(name, scopes=held, cidrs=nets, expires_at_ms=end, **parts)
    return issuing.issue(keys, draft, at_ms=at)


def issue_many(
    keys: ApiKeyRepository, draft: Draft, *, count: int, at_ms: int | None = None
) -> list[Issued]:
    """Issue so many keys of one draft, in one transaction; raises what `issue` does."""
    from authcli.apikeys import issuing

    return issuing.issue_many(keys, draft, count=count, at_ms=at_ms)


def verify(keys: ApiKeyRepository, text: str, **asked: Unpack[VerifyOptions]) -> Verdict:
    """Return whose key this is, if it may be used now; raise otherwise.

    Args:
        keys: where keys are kept.
        text: the key, as its holder shows it.
        asked: scopes, address, at_ms, peek and uses, as `authcli.apikeys.verifying.verify` takes
            them; a service that verifies many hands over one `Uses`, for its statistics.

    Raises:
        ApiKeyRefused: it may not; by its kind, and `code` says why.
        Unavailable: the store or its pepper is not there.
    """
    from authcli.apikeys import verifying

    return verifying.verify(keys, text, **asked)


def verify_many(
    keys: ApiKeyRepository, texts: Sequence[str], **asked: Unpack[VerifyOptions]
) -> list[VerifyOutcome]:
    """Return a verdict or the refusal for each text, in their order, with fewer look-ups."""
    from authcli.apikeys import verifying

    return verifying.verify_many(keys, texts, **asked)


def resolve(keys: ApiKeyRepository, text: str, *, at_ms: int | None = None) -> ApiKey:
    """Return the key that an id, a unique beginning, or a name means; raises `NotFound`."""
    from authcli.apikeys import names

    return names.resolve(keys, text, at_ms=at_ms)


def find(
    keys: ApiKeyRepository,
    filters: Filters | None = None,
    *,
    sort: str = "created",
    descending: bool = False,
    limit: int | None = None,
    offset: int = 0,
    at_ms: int | None = None,
) -> Iterator[ApiKey]:
    """Yield keys in constant memory: all, or those of `authcli.apikeys.model.Filters`.

    Sorted by "created", "name", "expires" or "used"; equals by their id.
    """
    from authcli.apikeys.model import Filters
    from authcli.clock import now_ms

    at = now_ms() if at_ms is None else at_ms
    chosen = filters or Filters()
    return keys.find(chosen, at_ms=at, sort=sort, descending=descending, limit=limit, offset=offset)


def rotate(
    keys: ApiKeyRepository,
    key_id: int,
    *,
    grace_ms: int = DEFAULT_GRACE_MS,
    expires_at_ms: int | Literal["same"] | None = "same",
    if_older_than_ms: int | None = None,
    at_ms: int | None = None,
) -> Rotated:
    """Issue a successor, and let the old one live for a grace; as `rotation.rotate` does."""
    from authcli.apikeys import rotation

    return rotation.rotate(
        keys,
        key_id,
        grace_ms=grace_ms,
        expires_at_ms=expires_at_ms,
        if_older_than_ms=if_older_than_ms,
        at_ms=at_ms,
    )


def finish_rotation(keys: ApiKeyRepository, key_id: int, *, at_ms: int | None = None) -> Finished:
    """End the old key's grace now; raises `Conflict` where there was no rotation."""
    from authcli.apikeys import rotation

    return rotation.finish(keys, key_id, at_ms=at_ms)


def abort_rotation(
    keys: ApiKeyRepository, key_id: int, *, force: bool = False, at_ms: int | None = None
) -> Finished:
    """Revoke the new key, and let the old one live on; `Conflict` where that is too late."""
    from authcli.apikeys import rotation

    return rotation.abort(keys, key_id, force=force, at_ms=at_ms)


def rotation_status(
    keys: ApiKeyRepository, key_id: int, *, at_ms: int | None = None
) -> RotationStatus:
    """Say how far a rotation is, and whether it is safe to finish."""
    from authcli.apikeys import rotation

    return rotation.rotation_status(keys, key_id, at_ms=at_ms)


def revoke(
    keys: ApiKeyRepository, ids: Sequence[int], **how: Unpack[RevokeOptions]
) -> list[Outcome]:
    """Revoke keys for good, all or none; takes and raises what `revocation.revoke` does."""
    from authcli.apikeys import revocation

    return revocation.revoke(keys, ids, **how)


def revoke_text(keys: ApiKeyRepository, text: str, **how: Unpack[RevokeOptions]) -> Outcome:
    """Revoke the key whose text this is; `ApiKeyRejected` where it is none of this store."""
    from authcli.apikeys import revocation

    return revocation.revoke_text(keys, text, **how)


def disable(
    keys: ApiKeyRepository, ids: Sequence[int], *, at_ms: int | None = None
) -> list[Outcome]:
    """Disable keys until `enable`, all of them or none."""
    from authcli.apikeys import revocation

    return revocation.disable(keys, ids, at_ms=at_ms)


def enable(keys: ApiKeyRepository, ids: Sequence[int]) -> list[Outcome]:
    """Take back `disable`; `Conflict` where a key is revoked."""
    from authcli.apikeys import revocation

    return revocation.enable(keys, ids)


def update(
    keys: ApiKeyRepository, key_id: int, changes: Changes, *, at_ms: int | None = None
) -> Updated:
    """Change what a key says of itself and may do; takes and raises what `updating.update` does."""
    from authcli.apikeys import updating

    return updating.update(keys, key_id, changes, at_ms=at_ms)


def expiring(
    keys: ApiKeyRepository,
    *,
    within_ms: int,
    filters: Filters | None = None,
    at_ms: int | None = None,
) -> Iterator[Due]:
    """Yield the keys that end within a time and have no successor, the soonest first."""
    from authcli.apikeys import dues

    return dues.dues(keys, within_ms=within_ms, filters=filters, at_ms=at_ms)


def detect(data: bytes) -> Iterator[Found]:
    """Yield the keys in a text, by shape and checksum; `scan` goes through files and streams."""
    from authcli.apikeys.scan import find as find_in

    return find_in(data)
