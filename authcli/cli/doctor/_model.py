"""What a check is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from authcli.cli._config import load, problems
from authcli.cli._run import Run
from authcli.errors import AuthError, InvalidConfig

if TYPE_CHECKING:
    from authcli.findings import Finding
    from authcli.store.upkeep.status import Status

__all__ = ["Check", "Context", "Result", "passed", "skipped"]


class Result(NamedTuple):
    """What a check found."""

    detail: str
    """What was looked at, and how it is, in a few words."""
    findings: tuple[Finding, ...] = ()
    skipped: bool = False
    """Whether there was nothing to look at."""

    @property
    def due(self) -> bool:
        """Whether something wants doing: a note does not."""
        return any(finding.severity != "note" for finding in self.findings)


def passed(detail: str, *findings: Finding) -> Result:
    """Return the result of a check that ran."""
    return Result(detail, findings)


def skipped(why: str) -> Result:
    """Return the result of a check that had nothing to look at."""
    return Result(why, skipped=True)


class Context:
    """What the checks look at; holds the store's status, which two of them tell of.

    Args:
        run: the invocation, with its configuration as far as that can be read.
        wrong: what is wrong with the configuration.
        store: what `--store` says.
        clock_against: what `--clock-against` says.
    """

    def __init__(
        self,
        run: Run,
        *,
        wrong: tuple[AuthError, ...],
        store: str | None,
        clock_against: str | None,
    ) -> None:
        self.run, self.wrong = run, wrong
        self.store, self.clock_against = store, clock_against

    @classmethod
    def of(cls, run: Run, *, store: str | None, clock_against: str | None) -> Context:
        """Read the configuration; where it is wrong the rest is looked at nevertheless."""
        wrong: list[AuthError] = []
        try:
            config = load(run.config.profile)
        except InvalidConfig as error:
            config, wrong = run.config, [*(problems() or [error])]
        except AuthError as error:  # no such profile
            config, wrong = run.config, [error]
        says_json = config.text("output", None) == "json" and not run.fields
        run = run._replace(config=config, json=run.json or says_json)
        return cls(run, wrong=tuple(wrong), store=store, clock_against=clock_against)

    @cached_property
    def status(self) -> Status | None:
        """The store's status; None where nobody made a store yet.

        Raises:
            AuthError: it cannot be opened.
        """
        from authcli.cli._store import at_ms, open_place, store_exists, store_place
        from authcli.store.upkeep.status import status_of

        if not store_exists(self.run, self.store):
            return None
        place = store_place(self.run, self.store)
        with open_place(self.run, place, write=False, create=False) as found:
            return status_of(found, at_ms=at_ms(self.run))


Check: TypeAlias = Callable[[Context], Result]
