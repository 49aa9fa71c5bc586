"""What verifiers fetch: the JWKS (RFC 7517), and a discovery document that points to it.

The JWKS holds every key that signs, will sign next, or has signed a token that may live. Files are
written first and the publication is recorded after, under the store's lock: a crash between the
two makes a key wait longer, and never sign unseen.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from authcli.clock import now_ms
from authcli.encoding import compact_json
from authcli.errors import InvalidInput
from authcli.signing.model import TOKENS
from authcli.signing.places import discovery_at, put, require_own_jwks, require_same_issuer
from authcli.signing.repository import Publication
from authcli.signing.rings import rings_of

if TYPE_CHECKING:
    from authcli.signing.model import Ring
    from authcli.signing.repository import SigningRepository

__all__ = [
    "DISCOVERY",
    "JWKS",
    "Published",
    "cache_control",
    "discovery",
    "jwks",
    "publish",
    "record",
]

JWKS = "jwks.json"
#: OpenID Connect Discovery 1.0, section 4, and RFC 8414, section 3.
DISCOVERY = (".well-known/openid-configuration", ".well-known/oauth-authorization-server")


class Published(NamedTuple):
    """What was published."""

    files: tuple[Path, ...]
    kids: tuple[str, ...]
    new: tuple[str, ...]
    """Keys that were in no publication before."""
    cache_control: str
    """The header to serve the JWKS under."""
    changed: bool
    """Whether it differs from what was published there before."""


def jwks(repository: SigningRepository) -> tuple[bytes, tuple[str, ...]]:
    """Return the JWKS as JSON, and the kids in it; the key that signs stands first.

    Source: RFC 7517, section 5.
    """
    order = ("active", "next", "retiring")
    shown = [key for key in repository.find(purpose=TOKENS) if key.published]
    shown.sort(key=lambda key: (key.alg, order.index(key.state), -key.created_at))
    members = [json.loads(key.public_jwk) for key in shown]
    return compact_json({"keys": members}), tuple(key.kid for key in shown)


def cache_control(repository: SigningRepository) -> str:
    """Return the Cache-Control header that the rings' cache age allows (RFC 9111, section 5.2)."""
    seconds = min((ring.times.cache_ms for ring in _rings(repository)), default=0) // 1000
    return f"public, max-age={seconds}, must-revalidate"


def discovery(repository: SigningRepository, *, issuer: str | None, jwks_uri: str | None) -> bytes:
    """Return a discovery document: what verifiers need of it, and no endpoint that there is not.

    Args:
        repository: the store's keys.
        issuer: the issuer, an https URL (http for loopback); the rings' own when None.
        jwks_uri: where the JWKS is; by default `<issuer>/jwks.json`.

    Raises:
        InvalidInput: no issuer is known, the rings have several, or it is no such URL
            ("jwks.issuer").

    Source: OpenID Connect Discovery 1.0, section 3; RFC 8414, section 2.
    """
    issuers = _issuers(repository)
    if issuer is None and len(issuers) != 1:
        raise InvalidInput(
            "the keys have no issuer" if not issuers else "the keys have several issuers",
            hint="name it: --issuer https://login.example",
            code="jwks.issuer",
        )
    name = _require_url(issuer or issuers[0], what="issuer")
    if jwks_uri is not None:
        _require_url(jwks_uri, what="jwks_uri")
    return compact_json(_members(repository, issuer=name, jwks_uri=jwks_uri))


def publish(
    repository: SigningRepository,
    place: Path,
    *,
    issuer: str | None = None,
    jwks_uri: str | None = None,
    force: bool = False,
    at_ms: int | None = None,
) -> Published:
    """Write the JWKS into a file, or with a discovery document into a folder; and record it.

    Args:
        repository: the store's keys.
        place: a file, or a folder that exists or whose name ends in a slash (`Path` drops it:
            the caller makes the folder).
        issuer, jwks_uri: of the discovery document, when it is written for the first time or is
            to change; without one issuer that is a URL there is none.
        force: replace a file that authcli did not write.
        at_ms: when; the clock's when None.

    Raises:
        NotFound: there are no managed keys ("jwks.none").
        InvalidInput: an issuer that is no URL ("jwks.issuer").
        Conflict: something else stands there ("file.exists").
        AuthError: the files cannot be written; then nothing is recorded.
    """
    at = now_ms() if at_ms is None else at_ms
    with repository.change():
        rings_of(repository)
        text, kids = jwks(repository)
        target = place / JWKS if place.is_dir() else place
        if not force:
            require_own_jwks(target)
        wanted = {target: text}
        if place.is_dir():
            for name in DISCOVERY:
                document = _document(
                    repository, place / name, issuer=issuer, jwks_uri=jwks_uri, force=force
                )
                wanted |= {} if document is None else {place / name: document}
        for path, data in wanted.items():
            put(path, data + b"\n")
        new, changed = record(repository, str(target.absolute()), text, kids, at_ms=at)
    return Published(tuple(wanted), kids, new, cache_control(repository), changed)


def record(
    repository: SigningRepository, place: str, text: bytes, kids: tuple[str, ...], *, at_ms: int
) -> tuple[tuple[str, ...], bool]:
    """Note that a JWKS can be seen at a place.

    Returns:
        The kids that were in no publication before, and whether the place held something else.
    """
    digest = hashlib.sha256(text).hexdigest()
    with repository.change() as journal:
        before = next((p for p in repository.publications() if p.place == place), None)
        new = tuple(
            key.kid
            for key in repository.find(purpose=TOKENS)
            if key.kid in kids and key.published_at is None
        )
        changed = before is None or before.digest != digest
        repository.record_publication(Publication(place, digest, kids, at_ms))
        if changed or new:
            journal.record(
                "signing-key.published",
                target=("jwks", place[:200]),
                detail={"kids": list(kids), "new": list(new)},
            )
    return new, changed


def _document(
    repository: SigningRepository,
    path: Path,
    *,
    issuer: str | None,
    jwks_uri: str | None,
    force: bool,
) -> bytes | None:
    """Return the discovery document for a place; None where no issuer has one.

    What was said when it was first published stays said, and so does what others added to it.
    """
    held = {} if force else discovery_at(path)
    issuers = [name for name in _issuers(repository) if _is_url(name)]
    name = issuer or (issuers[0] if len(issuers) == 1 else held.get("issuer"))
    if name is None:
        return None
    _require_url(name, what="issuer")
    own = _members(repository, issuer=name, jwks_uri=jwks_uri)
    require_same_issuer(path, held, issuer=name, own=own)
    if held.get("issuer") == name:
        kept = held.keys() - {"id_token_signing_alg_values_supported"}
        kept -= set() if jwks_uri is None else {"jwks_uri"}
        own = {**own, **{member: held[member] for member in held if member in kept}}
    _require_url(own["jwks_uri"], what="jwks_uri")
    return compact_json(own)


def _members(
    repository: SigningRepository, *, issuer: str, jwks_uri: str | None
) -> dict[str, object]:
    return {
        "issuer": issuer,
        "jwks_uri": jwks_uri or f"{issuer.rstrip('/')}/{JWKS}",
        "id_token_signing_alg_values_supported": sorted({r.alg for r in _rings(repository)}),
        "subject_types_supported": ["public"],
        "response_types_supported": [],
    }


def _require_url(text: object, *, what: str) -> str:
    if isinstance(text, str) and _is_url(text):
        return text
    raise InvalidInput(
        f"the {what} {ascii(text)[:80]} is no https URL that verifiers could ask",
        hint=f"example: --{what.replace('_', '-')} https://login.example",
        code="jwks.issuer",
    )


def _is_url(text: str) -> bool:
    """Say whether verifiers may ask there: https, or http to this machine."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not set(text) & set(' #"<>\\^`{|}')
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return plain and bool(parts.hostname) and parts.scheme in ("https", "http" if local else "")


def _issuers(repository: SigningRepository) -> list[str]:
    return sorted({ring.issuer for ring in _rings(repository) if ring.issuer})


def _rings(repository: SigningRepository) -> list[Ring]:
    return [ring for ring in repository.rings() if ring.purpose == TOKENS]
