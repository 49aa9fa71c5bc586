"""Which keys a command is about: filters, ids and names, and the times in them."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_args

import typer

from authcli.cli._moments import ahead_ms, past_ms
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from authcli.apikeys.model import ApiKey, Filters, State
    from authcli.cli._run import Run
    from authcli.store import Store

__all__ = [
    "Id",
    "SomeIds",
    "Wanted",
    "either",
    "filtered",
    "filters_of",
    "key_of",
    "keys_of",
    "sorting",
]

SORTS = ("created", "name", "expires", "used")
#: The longest text that a filter can be: no key holds a longer one.
MAX_TEXT = 400
#: What a prefix of keys can begin with.
_BEGINNING = "[a-z][a-z0-9_]{0,31}"

Id = Annotated[
    str, typer.Argument(metavar="ID", help="ak_…, a beginning of it, or NAME.", show_default=False)
]
SomeIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="ak_…, a beginning, or NAME.", show_default=False),
]


class Wanted(NamedTuple):
    """The filters of a command line, as they were typed."""

    owner: str | None = None
    scope: str | None = None
    state: list[str] | None = None
    name: str | None = None
    key_prefix: str | None = None
    environment: str | None = None
    expiring_within: str | None = None
    unused_for: str | None = None

    def __bool__(self) -> bool:
        """Say whether any was given."""
        return any(value not in (None, []) for value in self)


def _flag(kind: Any, metavar: str, help_line: str) -> Any:
    return Annotated[kind, typer.Option(metavar=metavar, help=help_line)]


#: Member of `Wanted` -> what Typer is told of it.
_FLAGS = {
    "owner": _flag(str | None, "OWNER", "Only this owner's."),
    "scope": _flag(str | None, "SCOPE", "Only those that grant it."),
    "state": _flag(list[str] | None, "STATE", "live, grace, pending, expired, …; repeatable."),
    "name": _flag(str | None, "GLOB", "Only of such a name: 'ci-*'."),
    "key_prefix": _flag(str | None, "PREFIX", "Only those that begin so: ak_live."),
    "environment": _flag(str | None, "ENVIRONMENT", "Only of this one: live, test."),
    "expiring_within": _flag(str | None, "TIME", "Only what ends by then: 14d."),
    "unused_for": _flag(str | None, "TIME", "Only what was not used for so long: 90d."),
}


def filtered(
    function: Callable[..., None], *, without: tuple[str, ...] = ()
) -> Callable[..., None]:
    """Give a command the flags of the filters; it takes them as one `wanted`.

    Args:
        function: has a keyword parameter `wanted`, in whose place the flags stand in `--help`.
        without: members of `Wanted` that it gets no flag for.
    """
    given = [name for name in _FLAGS if name not in without]
    own = inspect.signature(function, eval_str=True)

    @functools.wraps(function)
    def command(run: Run, **values: Any) -> None:
        wanted = Wanted(**{name: values.pop(name) for name in given})
        function(run, wanted=wanted, **values)

    flags = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_FLAGS[name]
        )
        for name in given
    ]
    parameters: list[inspect.Parameter] = []
    for name, parameter in own.parameters.items():
        parameters += flags if name == "wanted" else [parameter]
    command.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return command


def filters_of(wanted: Wanted, *, at_ms: int) -> Filters:
    """Return the filters that were typed, checked.

    Args:
        wanted: as they were typed.
        at_ms: what "now" is, in Unix milliseconds.

    Raises:
        InvalidInput: an unknown state, a text that no key could hold, no time, or one that lies
            on the other side of now.
    """
    from authcli.apikeys.model import Filters
    from authcli.apikeys.scopes import check_scope

    for text in (wanted.owner, wanted.name, wanted.key_prefix, wanted.environment):
        if text is not None and (len(text) > MAX_TEXT or "\0" in text):
            raise InvalidInput(f"a filter is a text of at most {MAX_TEXT} characters")
    if wanted.key_prefix is not None and not re.fullmatch(_BEGINNING, wanted.key_prefix):
        raise InvalidInput(
            f"no key begins with {ascii(wanted.key_prefix[:40])}",
            hint="prefixes are of small letters, digits and '_': ak_live",
        )
    within, unused = wanted.expiring_within, wanted.unused_for
    return Filters(
        owner=_text(wanted.owner),
        scope=None if wanted.scope is None else check_scope(wanted.scope),
        states=_states(wanted.state or []),
        name=_text(wanted.name),
        prefix=_text(wanted.key_prefix),
        environment=_text(wanted.environment),
        expiring_before=None
        if within is None
        else ahead_ms("--expiring-within", within, at_ms=at_ms),
        unused_since=None if unused is None else past_ms("--unused-for", unused, at_ms=at_ms),
    )


def _text(text: str | None) -> str | None:
    """Return a filter's text; what is no UTF-8 finds nothing, and stops no store."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def _states(names: list[str]) -> tuple[State, ...]:
    from authcli.apikeys.model import State

    known = get_args(State)
    chosen = [name for text in names for name in text.split(",")]
    for name in chosen:
        if name not in known:
            raise InvalidInput(f"no state {ascii(name[:20])}", hint=f"one of: {', '.join(known)}")
    return tuple(state for state in known if state in chosen)


def either(ids: Sequence[str] | None, wanted: Wanted) -> None:
    """Refuse ids beside filters: it would not be clear what the one does to the other.

    Raises:
        InvalidInput: both were given.
    """
    if ids and wanted:
        raise InvalidInput("ids and filters are two ways to choose keys; give one of them")


def key_of(store: Store, text: str, *, at_ms: int) -> ApiKey:
    """Return the key that an id, the beginning of one or a name stands for.

    Raises:
        NotFound: none of it.
        InvalidInput: several, or it is an API key itself.
    """
    from authcli.apikeys import names

    return names.resolve(store.api_keys, text, at_ms=at_ms)


def keys_of(store: Store, texts: Iterable[str], *, at_ms: int) -> list[ApiKey]:
    """Return what each of several texts stands for, each key once; see `key_of`."""
    found = [key_of(store, text, at_ms=at_ms) for text in texts]
    return list({key.id: key for key in found}.values())


def sorting(text: str) -> str:
    """Return what a list is sorted by.

    Raises:
        InvalidInput: nothing that it can be sorted by.
    """
    if text not in SORTS:
        raise InvalidInput(f"no --sort {ascii(text[:20])}", hint=f"one of: {', '.join(SORTS)}")
    return text
