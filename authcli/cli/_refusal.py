"""A refusal, written: the verdict for a program on stdout, the checks for a person on stderr."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from authcli.cli._messages import lines
from authcli.cli._output import emit

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["emit_refused"]


def emit_refused(
    run: Run,
    facts: Mapping[str, Any],
    *,
    valid_alone: set[str],
    human: Callable[[bool], str] | None,
) -> None:
    """Write a refusal: as JSON or fields to stdout, else its checks to stderr.

    Args:
        run: the invocation.
        facts: the verdict as JSON-ready members.
        valid_alone: the members that only the verdict on what is valid has. A `--field` of one
            leaves stdout empty; the exit code says why.
        human: makes the checks for a person, given whether to colour; None where there are none.

    Raises:
        InvalidInput: a `--field` that no verdict has.
    """
    names = {field.partition(".")[0] for field in run.fields}
    if names - facts.keys() - valid_alone:
        emit(run, {**facts, **dict.fromkeys(sorted(valid_alone))}, plain=None)  # names the fields
    elif names <= facts.keys() and (run.fields or run.json):
        emit(run, facts, plain=None)
    elif human is not None:
        lines(run, human(run.colored(stderr=True)))
