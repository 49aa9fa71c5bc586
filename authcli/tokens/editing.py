"""Editing: chosen claims of a token changed, everything else as it was, signed again.

For who tests a service: the token differs from the one in hand by what was named, and by nothing
else. Names keep their order, members that are not named keep their bytes, no time is refreshed,
and the header still names the key that it named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict, TypeVar

from authcli.errors import InvalidClaim, InvalidInput
from authcli.tokens.changes import Change, apply, names_in
from authcli.tokens.compact import Json
from authcli.tokens.decoding import Decoded, decode
from authcli.tokens.differences import Difference, differences_of
from authcli.tokens.minter import Draft, Minter
from authcli.tokens.report import quoted
from authcli.tokens.rewriting import rewritten

if TYPE_CHECKING:
    from authcli.keys.model import Key

__all__ = ["EditOptions", "Edited", "prepare_edit"]

#: Members that describe the key of the signature (RFC 7515, sections 4.1.2 to 4.1.8).
_OF_THE_KEY = ("jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256")
#: Members that change what is signed, or how: what they ask for is not done here.
_UNFAITHFUL = {
    "crit": "it demands extensions that are not supported",
    "b64": "its payload is not encoded (RFC 7797)",
    "zip": "its payload is compressed",
    "enc": "it is encrypted",
}


_Name = TypeVar("_Name", str, str | tuple[str, ...])


class EditOptions(TypedDict, total=False):
    """What can be asked of an edit beside the claims to set; see `prepare_edit`."""

    remove: Sequence[str | tuple[str, ...]]
    header: Mapping[str, object] | None
    remove_header: Sequence[str]
    kid: str | None
    algorithm: str | None
    lenient: bool


@dataclass(frozen=True, slots=True)
class Edited:
    """An edited token before it is signed."""

    header: Mapping[str, Json]
    payload: Mapping[str, Json]
    minter: Minter = field(repr=False)
    """What will sign it."""
    differences: tuple[Difference, ...]
    """In what header and payload differ from the original's."""
    same_key: bool
    """Whether the key that will sign has signed the original, too."""
    warnings: tuple[str, ...]
    """What stops nothing, but deserves a look."""
    notes: tuple[str, ...]
    """What was decided without being asked for."""
    _texts: tuple[str, str] = field(repr=False)

    @property
    def key(self) -> Key:
        """The key that will sign."""
        return self.minter.key

    @property
    def algorithm(self) -> str:
        """The algorithm that will sign."""
        return self.minter.signing_algorithm

    def sign(self) -> str:
        """Return it as a signed token.

        Raises:
            InvalidClaim: it would be longer than any reader takes.
        """
        return self.minter.sign_texts(*self._texts)


def prepare_edit(
    token: str | bytes,
    changes: Mapping[str, object] | Sequence[Change] = (),
    *,
    key: Key,
    remove: Sequence[str | tuple[str, ...]] = (),
    header: Mapping[str, object] | None = None,
    remove_header: Sequence[str] = (),
    kid: str | None = None,
    algorithm: str | None = None,
    lenient: bool = False,
    at: float | None = None,
) -> Edited:
    """Return the token that `authcli.tokens.edit` would sign.

    Args:
        token: the compact token, without blanks around it; its signature is not asked for.
        changes: claims by name; or changes, of which later ones win.
        key: a private key, or a shared secret.
        remove: claims to remove after that, by name or by path.
        header: header members to set.
        remove_header: header members to remove.
        kid: the name of the key, set in the old one's place; None leaves what is there.
        algorithm: None keeps the token's where the key can sign it, else takes the key's own.
        lenient: forgive '=' padding of the token, and say so in `notes`.
        at: now, in epoch seconds, for warnings alone; the clock's when None.

    Raises:
        TokenRejected: the text is not a JWT that every reader understands alike.
        InvalidInput: a token that cannot be signed again faithfully, or a header member or an
            algorithm that cannot be used.
        InvalidClaim: a claim that no strict reader would accept, or none to remove.
        KeyUnusable: a key that must not sign.

    Source: RFC 7515, section 5.1; RFC 7519, section 7.1.
    """
    original = decode(token, lenient=lenient)
    _refuse_unfaithful(original.header)
    chosen = _algorithm(key, original.header, algorithm)
    changed = _with_kid(header or {}, kid)
    new_header = _new_header(original.header, changed, _several(remove_header), chosen)
    payload = _new_payload(original.payload, changes, _several(remove))
    draft = _checked(payload, key=key, algorithm=chosen, at=at)
    same_key = _signed_by(original, key)
    notes = tuple(f"forgiven: {text}" for text in original.forgiven)
    if algorithm is None and chosen != original.header["alg"]:
        notes += (f"alg becomes {chosen}: this key cannot sign {quoted(original.header['alg'])}",)
    return Edited(
        header=new_header,
        payload=draft.payload,
        minter=draft.minter,
        differences=(
            *differences_of("header", original.header, new_header),
            *differences_of("payload", original.payload, draft.payload),
        ),
        same_key=same_key,
        warnings=(*(() if same_key else _foreign(original, new_header, key)), *draft.warnings),
        notes=notes,
        _texts=(
            _text(original.compact.header, original.header, new_header),
            _text(original.compact.payload, original.payload, draft.payload),
        ),
    )


def _refuse_unfaithful(header: Mapping[str, Json]) -> None:
    for name, why in _UNFAITHFUL.items():
        if name in header:
            raise InvalidInput(
                f"a token whose header has {name} cannot be signed again: {why}",
                hint="mint a new one of its claims: authcli jwt mint",
                code="token.uneditable",
            )


def _algorithm(key: Key, header: Mapping[str, Json], wanted: str | None) -> str:
    """Return what will sign: what was asked for, else the token's own, else the key's."""
    from authcli.keys.algorithms import signing_algorithm, verifying_algorithms

    if wanted is not None:
        return wanted
    own = header["alg"]
    return own if own in verifying_algorithms(key) else signing_algorithm(key)


def _with_kid(changes: Mapping[str, object], kid: str | None) -> Mapping[str, object]:
    if kid is None:
        return changes
    if not kid:
        raise InvalidInput("an empty kid names nothing")
    if changes.get("kid", kid) != kid:
        raise InvalidInput("the header's kid is given twice, with different values")
    return {**changes, "kid": kid}


def _new_header(
    header: Mapping[str, Json],
    changes: Mapping[str, object],
    remove: Sequence[str],
    algorithm: str,
) -> dict[str, Json]:
    from authcli.tokens.drafting import writable_header

    writable_header(changes)  # refuses alg, crit and b64
    members: dict[str, object] = {**header, **changes}
    for name in remove:
        if name == "alg":
            raise InvalidInput("a header cannot be without alg", hint="choose it with --alg")
        if name in changes:
            raise InvalidInput(f"the header's {quoted(name)} is both set and removed")
        if name not in members:
            raise InvalidInput(f"the header has no {quoted(name)} to remove", hint=names_in(header))
        del members[name]
    written = writable_header({name: members[name] for name in members if name != "alg"})
    return {name: algorithm if name == "alg" else written[name] for name in members}


def _new_payload(
    claims: Mapping[str, Json],
    changes: Mapping[str, object] | Sequence[Change],
    remove: Sequence[str | tuple[str, ...]],
) -> dict[str, Json]:
    if isinstance(changes, Mapping):
        changes = [Change((name,), value) for name, value in changes.items()]
    paths = [(path,) if isinstance(path, str) else path for path in remove]
    return apply(claims, changes, remove=paths)


def _several(names: Sequence[_Name]) -> Sequence[_Name]:
    """Return names as a sequence; a single one is taken for what it says, not for its letters."""
    return (names,) if isinstance(names, str) else names


def _checked(payload: Mapping[str, object], *, key: Key, algorithm: str, at: float | None) -> Draft:
    """Return the claims as they can be written, with the doubts that minting them would raise."""
    minter = Minter(
        key=key,
        algorithm=algorithm,
        kid=False,
        typ=False,
        lifetime_seconds=None,
        iat=False,
        jti=False,
    )
    return minter.draft(payload, at=at)


def _signed_by(original: Decoded, key: Key) -> bool:
    from authcli.keys.algorithms import verifying_algorithms

    algorithm = str(original.header["alg"])
    if algorithm not in verifying_algorithms(key, allow_weak=True):
        return False
    from authcli.tokens.engine import verifier

    compact = original.compact
    return verifier(algorithm, key)(compact.signing_input, compact.signature)


def _foreign(original: Decoded, header: Mapping[str, Json], key: Key) -> list[str]:
    """Return what a reader of the original will not like about a signature of another key."""
    warnings = [
        "this key did not sign the original: who trusts its signer will refuse the edited token"
        if original.compact.signature
        else "the original was not signed at all"
    ]
    kid = original.header.get("kid")
    if kid is not None and header.get("kid") == kid and key.kid not in (None, kid):
        warnings.append(
            f"the header still names the key {quoted(kid)}; the one that signs is {quoted(key.kid)}"
        )
    kept = [n for n in _OF_THE_KEY if n in header and header[n] == original.header.get(n)]
    if kept:
        warnings.append(f"the header's {', '.join(kept)} still describes the original's key")
    return warnings


def _text(raw: bytes, before: Mapping[str, Json], after: Mapping[str, Json]) -> str:
    try:
        return rewritten(raw.decode("utf-8"), dict(before), dict(after))
    except ValueError:  # an integer of more than 4300 digits
        raise InvalidClaim("a claim holds a number that cannot be written") from None
