"""JSON Web Keys and sets, read strictly (RFC 7517; RFC 7518, section 6; RFC 8037; RFC 8812)."""

from __future__ import annotations

from collections.abc import Mapping

from authcli.encoding import read_json
from authcli.errors import AuthError, InvalidEncoding, KeyMalformed, KeyUnusable
from authcli.findings import Finding
from authcli.keys.admission import KEY_TYPES, Labels, admit
from authcli.keys.members import require_members
from authcli.keys.model import Key, KeySet

__all__ = ["MAX_SET_KEYS", "read_jwk_text"]

MAX_SET_KEYS = 1000
_MAX_KEY_OPS = 32
_LABELS = ("kty", "crv", "alg", "kid", "use")
#: Every member that some key type gives a meaning, and which must therefore be a string.
_STRINGS = {*_LABELS, *(name for kind in KEY_TYPES.values() for name in kind.public + kind.private)}


def read_jwk_text(text: bytes, *, notes: tuple[str, ...] = ()) -> Key | KeySet:
    """Return the key or the set of keys that JSON text holds.

    An entry of a set that cannot be used is passed over with its reason, as RFC 7517,
    section 5, asks; a set of which nothing can be used is refused.

    Raises:
        KeyMalformed: no JSON, a duplicate member, no JWK; or what `admit` refuses.
    """
    value = _json(text)
    if isinstance(value, dict) and "keys" in value:
        return _read_set(value["keys"], notes)
    if not isinstance(value, dict) or "kty" not in value:
        raise KeyMalformed(
            "this JSON is no JSON Web Key: it has no member 'kty'",
            hint='a key begins {"kty": ...}, a set {"keys": [...]}',
        )
    return _read_jwk(value, notes=notes)


def _json(text: bytes) -> object:
    try:
        value: object = read_json(text, what="JWK")
    except InvalidEncoding as error:
        fault = error.message
    else:
        return value
    # Raised here and not above: the decoder's own error holds the whole text.
    raise KeyMalformed(fault)


def _read_jwk(value: Mapping[str, object], *, notes: tuple[str, ...] = (), of: str = "") -> Key:
    members: dict[str, str] = {}
    for name in _STRINGS & value.keys():
        text = value[name]
        if not isinstance(text, str):
            raise KeyMalformed(f"the member '{name}' is not a string")
        members[name] = text
    if "kty" not in members:
        raise KeyMalformed("the key has no member 'kty'")
    if "oth" in value and members["kty"] == "RSA":
        raise KeyMalformed(
            "this RSA key has more than two primes (member 'oth'), which is not supported"
        )
    kind = KEY_TYPES.get(members["kty"])
    if kind:
        # A private half without its public half is allowed in PEM, not in a JWK.
        named = [name for name in kind.public if name != "crv"]
        require_members(members, named)
    labels = Labels(
        alg=members.get("alg"),
        kid=members.get("kid"),
        use=members.get("use"),
        key_ops=_key_ops(value),
    )
    half = "public"
    if kind and any(name in members for name in kind.private):
        half = "secret" if members["kty"] == "oct" else "private"
    return admit(members, found=f"{half} JWK{of}", labels=labels, notes=notes)


def _key_ops(value: Mapping[str, object]) -> tuple[str, ...] | None:
    if "key_ops" not in value:
        return None
    listed = value["key_ops"]
    if not isinstance(listed, list) or len(listed) > _MAX_KEY_OPS:
        raise KeyMalformed(f"the member 'key_ops' is not an array of up to {_MAX_KEY_OPS} names")
    names = tuple(name for name in listed if isinstance(name, str))
    if len(names) != len(listed):
        raise KeyMalformed("the member 'key_ops' holds something that is not a string")
    return names


def _read_set(entries: object, notes: tuple[str, ...]) -> KeySet:
    if not isinstance(entries, list):
        raise KeyMalformed("the member 'keys' of the JWK Set is not an array")
    if len(entries) > MAX_SET_KEYS:
        raise KeyMalformed(f"the JWK Set has {len(entries)} keys, over the limit of {MAX_SET_KEYS}")
    keys: list[Key] = []
    positions: list[int] = []
    passed_over: list[Finding] = []
    for position, entry in enumerate(entries, 1):
        try:
            if not isinstance(entry, dict):
                raise KeyMalformed("the entry is not an object")
            keys.append(_read_jwk(entry, notes=notes, of=" of a set"))
            positions.append(position)
        except AuthError as error:
            passed_over.append(_passed_over(entry, position, error))
    if passed_over and not keys:
        first = passed_over[0]
        raise KeyMalformed(
            f"no key of the JWK Set can be used: {first.subject}: {first.message}", hint=first.hint
        )
    return KeySet(tuple(keys), tuple(passed_over), tuple(positions))


def _passed_over(entry: object, position: int, error: AuthError) -> Finding:
    kid = entry.get("kid") if isinstance(entry, dict) else None
    subject = f"key {position}" + (f" (kid {ascii(kid)[:60]})" if isinstance(kid, str) else "")
    unknown = not isinstance(error, KeyUnusable) or error.code == "key.unsupported"
    return Finding(error.code, "note" if unknown else "error", error.message, error.hint, subject)
