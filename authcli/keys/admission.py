"""The one door: members become a Key here, whatever format they came in, or are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from authcli.errors import KeyInconsistent, KeyMalformed, KeyWrong
from authcli.keys import akp, curves, elliptic, rsa, symmetric
from authcli.keys.algorithms import ALGORITHMS, ENCRYPTION_ALGORITHMS
from authcli.keys.members import Checked
from authcli.keys.model import Key
from authcli.secret import Secret

if TYPE_CHECKING:
    from authcli.keys.certificate import Certificate

__all__ = ["KEY_TYPES", "KeyType", "Labels", "admit"]


class KeyType(NamedTuple):
    """One key type: its members, and the check that each of its keys passes."""

    public: tuple[str, ...]
    private: tuple[str, ...]
    check: Callable[[Mapping[str, str]], Checked]
    names: tuple[str, ...] = ()
    """The curves, or for AKP the algorithms, that are known."""


KEY_TYPES: Final[dict[str, KeyType]] = {
    "RSA": KeyType(rsa.PUBLIC_MEMBERS, rsa.PRIVATE_MEMBERS, rsa.check),
    "EC": KeyType(("crv", "x", "y"), ("d",), elliptic.check_ec, tuple(curves.WEIERSTRASS)),
    "OKP": KeyType(("crv", "x"), ("d",), elliptic.check_okp, tuple(elliptic.OKP_SIZES_BYTES)),
    "AKP": KeyType(("pub",), ("priv",), akp.check, tuple(akp.PUBLIC_SIZES_BYTES)),
    "oct": KeyType((), ("k",), symmetric.check),
}
#: What each `use` stands for among the key_ops (RFC 7517, section 4.3).
_OPERATIONS_OF_USE = {
    "sig": {"sign", "verify"},
    "enc": {"encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"},
}
_NAME = r"[A-Za-z0-9+._-]{1,20}"
_KNOWN_OPERATIONS = frozenset().union(*_OPERATIONS_OF_USE.values())


class Labels(NamedTuple):
    """What a key says of itself beside its numbers."""

    alg: str | None = None
    kid: str | None = None
    use: str | None = None
    key_ops: tuple[str, ...] | None = None


def admit(
    members: Mapping[str, str],
    *,
    found: str,
    labels: Labels = Labels(),  # noqa: B008 - immutable
    notes: tuple[str, ...] = (),
    certificate: Certificate | None = None,
) -> Key:
    """Return a key after every check of its kind.

    Args:
        members: `kty` and the type's members; others are left behind.
        found: what it was read from, for people.
        labels: what it declares.
        notes: what was forgiven on the way.
        certificate: the facts of the certificate that it came in.

    Raises:
        KeyMalformed: a member missing, not base64url, of a wrong length or value.
        KeyInconsistent: parts or declarations that contradict each other.
        KeyWrong: a type, a curve or an algorithm that is not known.
    """
    kty, crv = members["kty"], members.get("crv")
    kind = KEY_TYPES.get(kty)
    if kind is None:
        raise KeyWrong(
            f"the key type{_shown(kty)} is not known",
            hint="authcli knows " + ", ".join(KEY_TYPES),
            code="key.unsupported",
        )
    _check_name(kty, kind, labels.alg if kty == "AKP" else crv)
    _check_declarations(kty, crv, labels)
    own = {name: members[name] for name in (*kind.public, *kind.private) if name in members}
    context = {"kty": kty} | ({"alg": labels.alg} if labels.alg is not None else {})
    checked = kind.check(context | own)
    private = {name: text for name, text in checked.members.items() if name in kind.private}
    return Key(
        kty=kty,
        crv=own.get("crv"),
        alg=labels.alg,
        kid=labels.kid,
        use=labels.use,
        key_ops=labels.key_ops,
        size_bits=checked.size_bits,
        found=found,
        public_members={name: checked.members[name] for name in kind.public},
        private_members={name: Secret(text) for name, text in private.items()},
        weaknesses=checked.weaknesses,
        notes=notes + checked.notes,
        certificate=certificate,
        _native=checked.native,
    )


def _check_name(kty: str, kind: KeyType, name: str | None) -> None:
    member = "alg" if kty == "AKP" else "crv"
    if kind.names and name is None:
        raise KeyMalformed(f"the {kty} key has no member '{member}'")
    if kind.names and name not in kind.names:
        raise KeyWrong(
            f"the {member}{_shown(name)} of this {kty} key is not known",
            hint="authcli knows " + ", ".join(kind.names),
            code="key.unsupported",
        )


def _shown(name: str | None) -> str:
    """Repeat what looks like a name; anything else may be a part of the key that slipped."""
    return f" '{name}'" if name and re.fullmatch(_NAME, name) else ""


def _check_declarations(kty: str, crv: str | None, labels: Labels) -> None:
    """RFC 7517, sections 4.3 and 4.4: what a key declares must fit it, and itself."""
    row = ALGORITHMS.get(labels.alg or "")
    key_types = (row.kty,) if row else ENCRYPTION_ALGORITHMS.get(labels.alg or "")
    if key_types and (kty not in key_types or (row and row.crvs and crv not in row.crvs)):
        raise KeyInconsistent(
            f"the key declares alg '{labels.alg}', which does not fit a {crv or kty} key",
            hint='mend or remove its "alg" member',
        )
    if labels.key_ops is None:
        return
    twice = next((op for op in labels.key_ops if labels.key_ops.count(op) > 1), None)
    if twice is not None:
        raise KeyMalformed(f"the key_ops name an operation{_shown(twice)} twice")
    allowed = _OPERATIONS_OF_USE.get(labels.use or "")
    stray = allowed and (set(labels.key_ops) & _KNOWN_OPERATIONS) - allowed
    if stray:
        raise KeyInconsistent(
            f"the key is declared for use '{labels.use}', and its key_ops permit "
            + ", ".join(sorted(stray)),
            hint='remove "use" or "key_ops"; one of them is enough',
        )
