"""Options that the verbs of `authcli jwt` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = [
    "Lenient",
    "MinimumTtl",
    "check_ttl",
    "minimum_seconds",
    "missing_seconds",
    "ttl_check",
]

MinimumTtl = Annotated[
    str | None,
    typer.Option("--min-ttl", metavar="TIME", help="Exit 10 when less than this is left."),
]
Lenient = Annotated[bool, typer.Option("--lenient", help="Forgive = padding, and say so.")]


def minimum_seconds(text: str | None) -> int | None:
    """Return what `--min-ttl` asks for; read before anything is printed.

    Raises:
        InvalidTime: no duration.
    """
    from authcli.cli._times import duration_of

    return None if text is None else duration_of("--min-ttl", text, bare_seconds=True)


def missing_seconds(run: Run, wanted: int | None, exp: object) -> int | None:
    """Return how many seconds are left where they are fewer than wanted, else None."""
    if wanted is None or isinstance(exp, bool) or not isinstance(exp, int | float):
        return None
    left = exp - run.at
    return max(0, int(left)) if left < wanted else None


def ttl_check(run: Run, wanted: int | None, exp: object) -> list[dict[str, object]]:
    """Return `--min-ttl` as a check of the verdict; none where it was not asked for."""
    if wanted is None:
        return []
    left = missing_seconds(run, wanted, exp)
    detail = f"at least {wanted} s are left" if left is None else f"{left} s are left of {wanted} s"
    return [
        {
            "name": "min-ttl",
            "status": "pass" if left is None else "fail",
            "detail": detail,
            "code": None if left is None else "token.due",
        }
    ]


def check_ttl(run: Run, wanted: int | None, exp: object) -> None:
    """Raise `Due` where the token ends before the time that `--min-ttl` asks for.

    Raises:
        Due: less is left.
    """
    from authcli.errors import Due

    left = missing_seconds(run, wanted, exp)
    if left is not None:
        raise Due(
            f"{left} s are left of {wanted} s asked for", hint="get a new token", code="token.due"
        )
