"""What `--set NAME=SOURCE` asks for, read before anything is made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from authcli.cli._errors import ExecFailed

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["Asked", "Variable", "asked"]

#: jwt: minted · apikey: issued, and revoked afterwards · source: read, as every secret is.
Kind: TypeAlias = Literal["jwt", "apikey", "source"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class Variable(NamedTuple):
    """One variable that is to be set."""

    name: str
    kind: Kind
    text: str
    """The profile, the key's name, or the whole source: it may be a secret, so it is not shown."""

    def __repr__(self) -> str:
        return f"Variable({self.name!r}, {self.kind!r})"


class Asked(NamedTuple):
    """The flags that say how credentials are to be."""

    subject: str | None
    audience: tuple[str, ...]
    expires: str | None
    scope: tuple[str, ...]
    store: str | None
    actor: str | None


def asked(run: Run, texts: Sequence[str], wanted: Asked) -> list[Variable]:
    """Return the variables that are to be set.

    Args:
        run: the invocation.
        texts: what each `--set` says.
        wanted: the other flags, which must be of use to one of them.

    Raises:
        ExecFailed: none, two of one name, or a flag that is for none of them ("exec.set").
    """
    if run.output is not None or run.fields:
        raise ExecFailed(
            "exec prints nothing of its own, so -o and --field are for nothing",
            hint="what the command prints is sent where the shell says: exec … -- COMMAND > FILE",
            code="exec.set",
        )
    if not texts:
        raise ExecFailed(
            "nothing is to be set",
            hint="authcli exec --set TOKEN=jwt: -- COMMAND",
            code="exec.set",
        )
    found = [_variable(text) for text in texts]
    names = [variable.name for variable in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ExecFailed(f"{twice} is set twice", code="exec.set")
    _refuse_idle_flags({variable.kind for variable in found}, wanted)
    return found


def _variable(text: str) -> Variable:
    name, equals, source = text.partition("=")
    if not equals:
        raise ExecFailed(
            "--set takes NAME=SOURCE, and this has no =",
            hint="examples: TOKEN=jwt:ci, API_KEY=apikey:billing, PASSWORD=keychain:db",
            code="exec.set",
        )
    if not _NAME.fullmatch(name):
        raise ExecFailed(
            "what stands before the = of --set is no variable's name",
            hint="letters, digits and _, and no digit first: TOKEN=jwt:ci",
            code="exec.set",
        )
    if not source.strip():
        raise ExecFailed(f"{name} has no source: an unset variable?", code="exec.set")
    kind, colon, rest = source.partition(":")
    if colon and kind == "jwt":
        return Variable(name, "jwt", rest)
    if colon and kind == "apikey":
        if not rest.strip():
            raise ExecFailed(f"{name}: apikey: names no key", code="exec.set")
        return Variable(name, "apikey", rest)
    return Variable(name, "source", source)


def _refuse_idle_flags(kinds: set[Kind], wanted: Asked) -> None:
    flags = {
        "--sub": wanted.subject is not None,
        "--aud": bool(wanted.audience),
        "--scope": bool(wanted.scope),
    }
    idle = next((flag for flag, given in flags.items() if given and "jwt" not in kinds), None)
    if idle is not None:
        raise ExecFailed(f"{idle} is for tokens, and none is asked for (jwt:)", code="exec.set")
    if wanted.expires is None:
        return
    if not kinds & {"jwt", "apikey"}:
        raise ExecFailed("--exp is for tokens and API keys, and none is asked for", code="exec.set")
    if wanted.expires.strip().lower() == "never":
        raise ExecFailed(
            "what is made for one command ends: --exp never is for apikey issue and jwt mint",
            code="exec.set",
        )
