"""The time-line of managed keys as lines, and as a calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from authcli.cli.jwks._facts import step_facts
from authcli.cli.jwks._pages import sentence
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.signing.timeline import Step

__all__ = ["Format", "calendar_of", "lines_of"]

FORMATS = ("text", "ics")


class Format:
    """The values of `--format`."""

    @staticmethod
    def of(run: Run, text: str) -> bool:
        """Say whether a calendar is wanted.

        Raises:
            InvalidInput: an unknown form, or one beside JSON.
        """
        if text not in FORMATS:
            raise InvalidInput(
                f"no --format {ascii(text[:20])}", hint=f"one of: {', '.join(FORMATS)}"
            )
        if text == "ics" and (run.json or run.fields):
            raise InvalidInput("--format ics is no JSON; leave out --json and --field")
        return text == "ics"


def lines_of(steps: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for a pipe for each step: when, what, algorithm, kid; TAB-separated."""
    for step in steps:
        yield "\t".join((step["at"], step["action"], step["alg"], step["kid"] or ""))


def calendar_of(run: Run, steps: Sequence[Step]) -> None:
    """Write the steps as an iCalendar file."""
    from authcli.cli._calendar import Event, pieces
    from authcli.cli._output import stream

    events = []
    for step in steps:
        facts = step_facts(step)
        words = sentence(facts)
        about = "; it hangs on a publication" if step.estimated else ""
        events.append(
            Event(
                uid=f"{facts['kid'] or 'next'}-{step.action}-{step.ring.alg}",
                at=step.at // 1000,
                summary=f"{step.ring.alg}: {words}",
                description=f"authcli jwks rotate --publish DIR does it when it is due{about}",
            )
        )
    stream(run, pieces(run, events))
