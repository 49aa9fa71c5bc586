"""Verify an API key: shape and checksum, one look-up, its digest, and then whether it may now.

The order of the checks is what a refusal reveals: only who holds the genuine key learns that it is
revoked, disabled, not yet valid, expired or superseded, used from a wrong address, short of a scope
or used too often; all others learn one thing, "not known". An unknown id costs the same work as a
known one: a look-up that brings a row, an HMAC and a comparison in constant time.

A rate is counted before a quota is spent, so that a use refused for its rate costs nothing of the
quota; a use refused for its quota has been a hit on the rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from hmac import compare_digest
from typing import NamedTuple, TypeAlias

from authcli.apikeys.addresses import check_address
from authcli.apikeys.digests import digest_by, lookups
from authcli.apikeys.model import Brief, Probe
from authcli.apikeys.permits import Asked, check_permit, end_of
from authcli.apikeys.repository import ApiKeyRepository
from authcli.apikeys.scopes import check_scopes, missing
from authcli.apikeys.text import MAX_ID, id_of, may_be_imported, parse
from authcli.apikeys.upgrades import Upgrade, upgrade
from authcli.apikeys.uses import Uses
from authcli.clock import now_ms
from authcli.errors import ApiKeyRefused, ApiKeyRejected, Unavailable

__all__ = ["Outcome", "Verdict", "verify", "verify_many"]


class Verdict(NamedTuple):
    """What is known of a key that may be used."""

    id: int
    name: str
    owner: str | None
    environment: str
    scopes: tuple[str, ...]
    expires_at_ms: int | None
    """The end of its life, or of its grace where that comes first."""
    remaining: int | None
    """What is left of its quota after this use; None where it has none."""


#: Of one of many: a verdict, or why there is none. `Unavailable` is that of a key whose row is
#: damaged, or whose rate or quota cannot be kept, because the store cannot be written.
Outcome: TypeAlias = Verdict | ApiKeyRefused | Unavailable


def verify(
    keys: ApiKeyRepository,
    text: str,
    *,
    scopes: Sequence[str] = (),
    address: str | None = None,
    at_ms: int | None = None,
    peek: bool = False,
    uses: Uses | None = None,
) -> Verdict:
    """Return whose key this is, if it may be used now, and count the use.

    Args:
        keys: where keys are kept.
        text: the key, as its holder shows it.
        scopes: what it has to grant, all of them.
        address: from where it is used, IPv4 or IPv6; needed by keys that are bound to networks.
        at_ms: when, in Unix milliseconds; the clock's when None. It decides about a key's life
            and grace; rates and statistics keep the real time.
        peek: say what would happen, but spend no hit and no quota, and count no use.
        uses: gathers statistics; the caller flushes it. None: none are kept.

    Raises:
        ApiKeyRejected: not of a key's form ("apikey.malformed"), mistyped ("apikey.checksum"), or
            not known ("apikey.unknown": the id or the secret, which is not said).
        ApiKeyRevoked: revoked ("apikey.revoked") or disabled ("apikey.disabled").
        ApiKeyExpired: "apikey.expired", "apikey.not-yet" or, after a rotation, "apikey.superseded".
        ApiKeyDenied: "apikey.address", "apikey.scope", "apikey.rate" or "apikey.quota".
        Unavailable: the store, or the pepper, is not there; or the key has a rate or a quota and
            the store cannot be written ("store.read-only").
        InvalidInput: an address or a scope that is none.
    """
    asked = _asked(scopes, address, at_ms, peek=peek)
    key_id, malformed = id_of(text), None
    if key_id is not None:
        row = keys.nearest(key_id) or keys.nearest(MAX_ID) or _nobody(keys)
    else:
        row, malformed = _imported(keys, text)
        key_id = row.id
    verdict = _judge(keys, text, key_id, row, malformed, asked, uses, keys.probe)
    if (row.pepper_id is None or row.pepper_id != keys.peppers.active_id) and not peek:
        upgrade(keys, [Upgrade(row, text, malformed is not None)])
    return verdict


def verify_many(
    keys: ApiKeyRepository,
    texts: Sequence[str],
    *,
    scopes: Sequence[str] = (),
    address: str | None = None,
    at_ms: int | None = None,
    peek: bool = False,
    uses: Uses | None = None,
) -> list[Outcome]:
    """Return what `verify` would of each of many keys, in their order; a refusal is not raised.

    They are looked up together, and the hits and spends of a batch are one transaction.

    Args, Raises: those of `verify`, of what concerns no single key.
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(texts), BATCH):
        asked = _asked(scopes, address, at_ms, peek=peek)
        outcomes += _judged(keys, texts[start : start + BATCH], asked, uses)
    return outcomes


def _judged(
    keys: ApiKeyRepository, texts: Sequence[str], asked: Asked, uses: Uses | None
) -> list[Outcome]:
    """Judge a batch; a damaged row is the affair of its key alone."""
    try:
        return _judge_batch(keys, texts, asked, uses)
    except Unavailable as problem:
        if problem.code != "store.corrupt":
            raise
        if len(texts) == 1:
            return [problem.with_traceback(None)]
    half = len(texts) // 2
    return _judged(keys, texts[:half], asked, uses) + _judged(keys, texts[half:], asked, uses)


def _judge_batch(
    keys: ApiKeyRepository, texts: Sequence[str], asked: Asked, uses: Uses | None
) -> list[Outcome]:
    key_ids = [id_of(text) for text in texts]
    rows = keys.brief_many([key_id for key_id in key_ids if key_id is not None])
    probes = keys.probe_many([row.id for row in rows.values() if row.more is not None])
    limited = any(p.rate_limit is not None or p.quota is not None for p in probes.values())
    nobody, active_id = _nobody(keys), _active_id(keys)
    outcomes: list[Outcome] = []
    due: list[Upgrade] = []
    with keys.batch() if limited and not (asked.peek or keys.read_only) else nullcontext():
        for text, key_id in zip(texts, key_ids, strict=True):
            malformed = None
            try:
                if key_id is not None:
                    row, wanted = rows.get(key_id, nobody), key_id
                else:
                    row, malformed = _imported(keys, text)
                    wanted = row.id
                probe = probes.get if row.id in probes else keys.probe
                outcomes.append(_judge(keys, text, wanted, row, malformed, asked, uses, probe))
                if row.pepper_id != active_id:
                    due.append(Upgrade(row, text, malformed is not None))
            except ApiKeyRefused as refusal:
                outcomes.append(refusal.with_traceback(None))
            except Unavailable as problem:
                if problem.code not in ("store.read-only", "store.corrupt"):
                    raise
                outcomes.append(problem.with_traceback(None))
    if due and not asked.peek:
        upgrade(keys, due)
    return outcomes


def _judge(
    keys: ApiKeyRepository,
    text: str,
    wanted: int,
    row: Brief,
    malformed: ApiKeyRejected | None,
    asked: Asked,
    uses: Uses | None,
    probe_of: Callable[[int], Probe | None],
) -> Verdict:
    """Judge one key.

    Args:
        keys: where keys are kept.
        text: the key.
        wanted: the id of its row.
        row: its row; where there is none, any other, so that the work is the same.
        malformed: of a text whose shape is not ours, looked up as an imported one: what to say.
        asked: what it is shown for.
        uses: gathers statistics.
        probe_of: looks up the whole of a row; of most keys it is not needed.
    """
    key_id, stored, hash_alg, pepper_id, name, owner, environment, held, expires_at, more = row
    try:
        pepper = b"" if pepper_id is None else keys.peppers.key(pepper_id)
    except Unavailable:
        if pepper_id is None or not keys.peppers.is_retired(pepper_id):
            raise
        # Retired, and gone with it: what hangs on it is dead, and cannot be told from made up.
        pepper = b""
    genuine = compare_digest(digest_by(hash_alg, text, pepper), stored) & (key_id == wanted)
    scopes = tuple(held.split()) if held else ()
    end, remaining = expires_at, None
    try:
        if not genuine:
            raise malformed or ApiKeyRejected(_UNKNOWN, hint=_UNKNOWN_HINT, code="apikey.unknown")
        if (
            more is not None
            or (expires_at is not None and asked.at_ms >= expires_at)
            or (asked.scopes and missing(scopes, asked.scopes))
        ):
            probe = probe_of(key_id)
            if probe is None:  # deleted since it was looked up
                raise ApiKeyRejected(_UNKNOWN, hint=_UNKNOWN_HINT, code="apikey.unknown")
            remaining, end = check_permit(keys, probe, asked), end_of(probe)
    except ApiKeyRefused as refusal:
        if uses is not None and not asked.peek:
            code = refusal.code if genuine else "apikey.unknown"
            uses.refused(wanted, code, at_ms=asked.now_ms)
        raise
    if uses is not None and not asked.peek:
        uses.used(key_id, at_ms=asked.now_ms, address=asked.address)
    return Verdict(key_id, name, owner, environment, scopes, end, remaining)


def _asked(scopes: Sequence[str], address: str | None, at_ms: int | None, *, peek: bool) -> Asked:
    now = now_ms()
    return Asked(
        check_scopes(scopes) if scopes else (),
        None if address is None else check_address(address),
        now if at_ms is None else at_ms,
        peek,
        now,
    )


def _imported(keys: ApiKeyRepository, text: str) -> tuple[Brief, ApiKeyRejected]:
    """Look a key up whose text `id_of` does not know; return its row, and what it lacks.

    Raises:
        ApiKeyRejected: it cannot be an imported one either: it has our shape, and is mistyped;
            it is too long, or no single word.
    """
    try:
        parse(text)
    except ApiKeyRejected as refusal:
        malformed = refusal.with_traceback(None)
    if not may_be_imported(text, malformed):
        raise malformed
    peppers = keys.peppers
    forms = lookups(text, [peppers.key(key_id) for key_id in peppers.ids])
    probe = keys.probe_lookup(forms)
    if probe is None:
        return _nobody(keys), malformed
    columns = [getattr(probe, name) for name in Brief._fields[:-1]]
    return Brief._make([*columns, 1]), malformed


def _active_id(keys: ApiKeyRepository) -> int | None:
    """Return the id of the pepper in use; None in a store that has had no key yet."""
    return keys.peppers.active_id if keys.peppers.ids else None


def _nobody(keys: ApiKeyRepository) -> Brief:
    """Return a row that no key matches, for a store that has none to compare with."""
    return Brief(_NOBODY, "0" * 64, "hmac-sha256", _active_id(keys), "", None, "", "", None, None)


#: How many are looked up at once, and the most that one transaction of hits holds others up.
BATCH = 512
_UNKNOWN = "the API key is not known"
_UNKNOWN_HINT = "it was deleted, belongs to another store, or never was one"
#: The id of no key.
_NOBODY = -1
