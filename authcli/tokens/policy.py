"""What a verifier asks of a token: validated once, then held against any number of tokens.

An empty value is refused rather than taken for "not asked": an unset variable must not switch a
check off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from authcli.errors import InvalidInput
from authcli.keys.algorithms import require_algorithm

if TYPE_CHECKING:
    from authcli.tokens.compact import Json

__all__ = ["MAX_LEEWAY_SECONDS", "Denial", "Policy"]

MAX_LEEWAY_SECONDS = 3600


class Denial(NamedTuple):
    """Why a genuine token is not taken any more, or was never known."""

    detail: str
    """One sentence: since when, and why."""
    code: str = "token.revoked"
    """Or "token.unregistered": it is not on the list of those that were issued."""
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is asked of a token beside its signature.

    Raises:
        InvalidInput: an empty or unknown value, `none` among the algorithms, or a leeway that
            is not between 0 and 3600 seconds.
    """

    algorithms: str | Sequence[str] | None = None
    """Narrows what the keys allow; never widens it."""
    issuer: str | None = None
    """Exactly this iss."""
    audience: str | Sequence[str] | None = None
    """One of these among aud."""
    subject: str | None = None
    """Exactly this sub."""
    typ: str | None = None
    """This media type in the header; an "application/" prefix may be missing."""
    scopes: str | Sequence[str] = ()
    """All of these granted."""
    require: Mapping[str, object] | Sequence[str] = ()
    """Claims that must be there, by name; or, with a value other than None, that must equal it,
    contain it (an array) or hold it (an object, member by member)."""
    leeway_seconds: float = 0
    """How wrong clocks may be: 0 to 3600."""
    allow_weak: bool = False
    """Accept keys that are too short or known to be weak, with a warning."""
    lenient: bool = False
    """Forgive '=' padding, with a warning."""
    revocation: Callable[[Mapping[str, Json], str | None], Denial | None] | None = None
    """Says of a genuine token's claims, and the kid of the key that signed it, whether it was
    revoked; `authcli.revocation` has such functions. Asked last, of tokens whose signature stands.
    """
    names: tuple[str, ...] = field(init=False)
    """The algorithms, as a tuple; empty narrows nothing."""
    audiences: tuple[str, ...] = field(init=False)
    """The audiences, as a tuple."""
    needed_scopes: tuple[str, ...] = field(init=False)
    """The scopes, as a tuple."""
    required: Mapping[str, object] = field(init=False)
    """The required claims, as a mapping."""

    def __post_init__(self) -> None:
        for name, value in (
            ("issuer", self.issuer),
            ("subject", self.subject),
            ("type", self.typ),
        ):
            if value == "":
                raise _empty(name)
        names = _listed("algorithm", self.algorithms)
        _check_algorithms(names)
        leeway = self.leeway_seconds
        # NaN is within no bounds.
        if isinstance(leeway, bool) or not 0 <= leeway <= MAX_LEEWAY_SECONDS:
            raise InvalidInput(
                f"a leeway of {leeway} seconds is not between 0 and {MAX_LEEWAY_SECONDS}",
                hint="leeway is for clocks that differ by seconds, not for expired tokens",
            )
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "audiences", _listed("audience", self.audience))
        object.__setattr__(self, "needed_scopes", _listed("scope", self.scopes or None))
        object.__setattr__(self, "required", _required(self.require))

    def asks(self, check: str) -> bool:
        """Tell whether the check of that name on the claims was asked for."""
        asked: dict[str, object] = {
            "issuer": self.issuer,
            "audience": self.audiences,
            "subject": self.subject,
            "typ": self.typ,
            "scope": self.needed_scopes,
            "required": self.required,
            "revocation": self.revocation,
        }
        return bool(asked.get(check))


def _listed(name: str, value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    values = (value,) if isinstance(value, str) else tuple(value)
    if not values or "" in values:
        raise _empty(name)
    return values


def _required(require: Mapping[str, object] | Sequence[str]) -> Mapping[str, object]:
    if isinstance(require, Mapping):
        wanted = dict(require)
    else:
        wanted = dict.fromkeys((require,) if isinstance(require, str) else require)
    if "" in wanted:
        raise _empty("claim name")
    return wanted


def _check_algorithms(names: tuple[str, ...]) -> None:
    for name in names:
        if name.lower() == "none":
            raise InvalidInput("the algorithm 'none' is never accepted: anyone can forge it")
        require_algorithm(name)


def _empty(name: str) -> InvalidInput:
    return InvalidInput(
        f"an empty {name} to check against",
        hint="is a variable unset? leave the option out to check nothing",
    )
