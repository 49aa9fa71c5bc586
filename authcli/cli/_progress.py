"""How far bulk work is, on stderr, for a person who waits: a terminal, and more than a moment.

The bar goes when the work is done, and messages stand above it. Where the result itself goes to
the terminal there is none: it is its own progress.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from authcli.cli._messages import write

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["Amount", "Progress"]

_PATIENCE_SECONDS = 0.5
_REFRESH_SECONDS = 0.1


class Amount(Protocol):
    """What a bar shows."""

    @property
    def total(self) -> int | None:
        """How much there is; None where nobody knows."""

    @property
    def pulled(self) -> int:
        """How much was taken of it."""


class Progress:
    """The bar of one command.

    Args:
        run: the invocation.
        feed: how much there is, and how much was taken.
    """

    def __init__(self, run: Run, feed: Amount) -> None:
        wanted = not (run.quiet or run.json or run.to_terminal)
        self._possible = wanted and sys.stderr is not None and sys.stderr.isatty()
        self._colored = run.colored(stderr=True)
        self._feed = feed
        self._drawn: Any = None
        self._next = time.monotonic() + _PATIENCE_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn is not None:
            self._drawn.stop()

    def show(self, *, done: int, said: bytes) -> None:
        """Write what was said of bad lines, and move the bar where it is time to.

        Args:
            done: how many items are done.
            said: lines for stderr.
        """
        now = time.monotonic()
        if self._possible and self._drawn is None and now >= self._next:
            self._drawn = _drawn(self._feed.total, colored=self._colored)
        if said and self._drawn is not None:
            from rich.text import Text

            text = Text.from_ansi(said.decode("utf-8", "replace"))
            self._drawn.console.print(text, soft_wrap=True, end="")
        elif said:
            write(said.decode("utf-8", "replace").removesuffix("\n"))
        if self._drawn is not None and now >= self._next:
            self._next = now + _REFRESH_SECONDS
            task = self._drawn.task_ids[0]
            self._drawn.update(task, completed=self._feed.pulled, items=f"{done:,}", refresh=True)


def _drawn(total: int | None, *, colored: bool) -> Any:
    """Return a started bar, which shows that something moves where the total is not known."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        BarColumn(),
        TextColumn("{task.fields[items]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True, no_color=not colored, highlight=False),
        auto_refresh=False,
        transient=True,
    )
    bar.add_task("", total=total, items="0")
    bar.start()
    return bar
