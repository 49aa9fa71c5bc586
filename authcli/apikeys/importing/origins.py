"""What each origin's records mean: one function an origin, and no key in any of them.

    djangorestframework-api-key   SHA-512 of the whole key, found by its first eight characters
    unkey                         SHA-256 of the whole key, in base64
    sha256                        SHA-256 of the whole key, in hex

Sources: florimondmanca/djangorestframework-api-key 3.1, models.py and crypto.py; unkeyed/unkey,
its table `keys` and its API's `keys.getKey`.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from authcli.apikeys.digests import DRF_PREFIX_WIDTH, import_lookup_drf, import_lookup_sha256
from authcli.apikeys.importing.values import first, instant_ms, number, text, truth, words
from authcli.apikeys.model import Rate
from authcli.encoding import read_json
from authcli.errors import AuthError, InvalidInput

__all__ = ["ORIGINS", "Entry"]

_SHA256 = re.compile(r"[0-9a-f]{64}|[0-9A-F]{64}")
_SHA256_COLUMNS = ("sha256", "hash", "digest", "key_hash", "hashed_key", "secret_hash")


class Entry(NamedTuple):
    """A key as its origin tells of it. Times are Unix milliseconds."""

    hash_alg: str
    digest: str
    lookup: str
    source_id: str | None = None
    """What it is called there."""
    name: str | None = None
    owner: str | None = None
    environment: str | None = None
    scopes: tuple[str, ...] = ()
    metadata: Mapping[str, object] = {}
    rate: Rate | None = None
    quota: int | None = None
    """The uses that are left."""
    created_at: int | None = None
    expires_at: int | None = None
    disabled: bool = False
    revoked: bool = False
    notes: tuple[str, ...] = ()
    """What is lost on the way."""


def _djangorestframework_api_key(fields: Mapping[str, object]) -> Entry:
    whole = text(first(fields, "id"), what="id") or ""
    prefix = text(first(fields, "prefix"), what="prefix") or whole.partition(".")[0]
    hashed = text(first(fields, "hashed_key"), what="hashed_key") or whole.partition(".")[2]
    if re.fullmatch(rf"[0-9A-Za-z]{{{DRF_PREFIX_WIDTH}}}", prefix) is None:
        raise InvalidInput(f"the prefix is not {DRF_PREFIX_WIDTH} letters and digits")
    algorithm, _, digest = hashed.partition("$$")
    if hashed.startswith(("pbkdf2", "argon2", "bcrypt", "scrypt")):
        raise InvalidInput(
            f"hashed_key is of {hashed.partition('$')[0]}, as versions before 3.0 made it",
            hint="version 3 rewrites it when the key is used; or issue a new key",
            code="apikey.import-hash",
        )
    if algorithm != "sha512" or re.fullmatch("[0-9a-f]{128}", digest) is None:
        raise InvalidInput(
            "hashed_key is not sha512$$ and 128 hex digits", code="apikey.import-hash"
        )
    return Entry(
        "sha512",
        digest,
        import_lookup_drf(prefix),
        source_id=prefix,
        name=text(first(fields, "name"), what="name"),
        created_at=instant_ms(first(fields, "created"), what="created"),
        expires_at=instant_ms(first(fields, "expiry_date"), what="expiry_date"),
        revoked=truth(first(fields, "revoked"), what="revoked", default=False),
    )


def _unkey(fields: Mapping[str, object]) -> Entry:
    digest = _unkey_digest(first(fields, "hash"))
    rate, notes = _unkey_rate(fields)
    credits_ = _object(first(fields, "credits"), what="credits")
    if first(fields, "refill_interval", "refill") or first(credits_, "refill"):
        notes = (*notes, "refills of their quota are not taken over")
    if first(fields, "roles"):
        notes = (*notes, "roles are not taken over")
    identity = _object(first(fields, "identity"), what="identity")
    owner = first(fields, "external_id", "owner_id") or first(identity, "external_id")
    remaining = first(fields, "remaining_requests", "remaining")
    remaining = first(credits_, "remaining") if remaining is None else remaining
    return Entry(
        "sha256",
        digest,
        import_lookup_sha256(digest),
        source_id=text(first(fields, "id", "key_id"), what="id"),
        name=text(first(fields, "name"), what="name"),
        owner=text(owner, what="owner"),
        environment=text(first(fields, "environment"), what="environment"),
        scopes=words(first(fields, "permissions"), what="permissions"),
        metadata=_object(first(fields, "meta"), what="meta"),
        rate=rate,
        quota=number(remaining, what="remaining"),
        created_at=instant_ms(first(fields, "created_at_m", "created_at"), what="created_at"),
        expires_at=instant_ms(first(fields, "expires"), what="expires"),
        disabled=not truth(first(fields, "enabled"), what="enabled", default=True),
        revoked=first(fields, "deleted_at_m", "deleted_at") is not None,
        notes=notes,
    )


def _unkey_digest(value: object) -> str:
    if isinstance(value, Mapping):  # as its API takes digests in
        variant = value.get("variant")
        if variant != "sha256_base64":
            raise InvalidInput(
                f"the hash is of the variant {ascii(variant)[:40]}, not sha256_base64",
                code="apikey.import-hash",
            )
        value = value.get("value")
    try:
        raw = binascii.a2b_base64(str(value), strict_mode=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != 32 or value != binascii.b2a_base64(raw, newline=False).decode():
        raise InvalidInput("the hash is not SHA-256 in base64", code="apikey.import-hash")
    return raw.hex()


def _unkey_rate(fields: Mapping[str, object]) -> tuple[Rate | None, tuple[str, ...]]:
    """Return its rate, if it has one that counts all uses of the key alone."""
    found = first(fields, "ratelimits")
    limits = read_json(found, what="ratelimits") if isinstance(found, str) else found
    if isinstance(limits, list) and limits:
        automatic = [one for one in limits if isinstance(one, dict) and one.get("autoApply")]
        if len(automatic) != 1:
            return None, ("named rate limits are not taken over",)
        return _rate(automatic[0]), ()
    single = _object(first(fields, "ratelimit"), what="ratelimit")
    if single:
        return _rate(single), ()
    flat = {
        "limit": first(fields, "ratelimit_limit"),
        "duration": first(fields, "ratelimit_duration"),
    }
    return (None if flat["limit"] is None else _rate(flat)), ()


def _rate(fields: Mapping[str, object]) -> Rate:
    limit = number(first(fields, "limit"), what="the rate's limit")
    period = number(first(fields, "duration", "refill_interval"), what="the rate's duration")
    if limit is None or period is None:
        raise InvalidInput("the rate has no limit or no duration")
    return Rate(limit, period)


def _sha256(fields: Mapping[str, object]) -> Entry:
    named = text(first(fields, *_SHA256_COLUMNS), what="hash")
    found = [named] if named else [v for v in fields.values() if isinstance(v, str)]
    digests = [value for value in found if _SHA256.fullmatch(value)]
    if len(digests) != 1:
        raise InvalidInput(
            "no column holds a SHA-256 in hex" if not digests else "several columns hold a SHA-256",
            hint="call the column sha256",
            code="apikey.import-hash",
        )
    digest = digests[0].lower()
    return Entry(
        "sha256",
        digest,
        import_lookup_sha256(digest),
        source_id=_identifier(first(fields, "id")),
        name=text(first(fields, "name", "label", "description"), what="name"),
        owner=_identifier(first(fields, "owner", "user", "user_id", "owner_id")),
        scopes=words(first(fields, "scopes", "scope", "permissions"), what="scopes"),
        created_at=instant_ms(first(fields, "created_at", "created"), what="created"),
        expires_at=instant_ms(first(fields, "expires", "expires_at", "expiry"), what="expires"),
        disabled=truth(first(fields, "disabled"), what="disabled", default=False),
        revoked=truth(first(fields, "revoked"), what="revoked", default=False),
    )


def _identifier(value: object) -> str | None:
    """Return what names something: a text or a number."""
    return str(value) if isinstance(value, int) else text(value, what="id or owner")


def _object(value: object, *, what: str) -> Mapping[str, object]:
    """Return an object, also where a text holds its JSON."""
    if value is None:
        return {}
    if isinstance(value, str):
        try:
            value = read_json(value, what=what)
        except AuthError as error:
            raise InvalidInput(error.message) from None
    if value is None or isinstance(value, Mapping):
        return value or {}
    raise InvalidInput(f"{what} is no JSON object")


#: Origin -> what its records mean; each raises InvalidInput.
ORIGINS: dict[str, Callable[[Mapping[str, object]], Entry]] = {
    "djangorestframework-api-key": _djangorestframework_api_key,
    "unkey": _unkey,
    "sha256": _sha256,
}
