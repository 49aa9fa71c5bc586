"""A secret that is shown once: what would keep it from being shown is found before it is made.

Signals wait while a key is being made; else one could come between the store's word and ours.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from authcli.cli._messages import lines, note
from authcli.cli._moments import moment
from authcli.cli._output import refuse_existing, value_at
from authcli.cli._secret_output import SecretForm, refuse_contradictions
from authcli.cli._text import columns, visible
from authcli.errors import AuthError

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["check_output", "say_new", "uninterrupted"]

_ENDINGS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


def check_output(run: Run, form: SecretForm, *, members: tuple[str, ...]) -> None:
    """Refuse, before a secret is made, what would keep it from being shown.

    Raises:
        InvalidInput: flags that contradict each other, a `--field` that there is not.
        Conflict: the file exists.
        AuthError: stdout is closed.
    """
    refuse_contradictions(run, form)
    refuse_existing(run, str(run.output) if run.output else None)
    if sys.stdout is None and not (
        run.output or form.copy or form.github_env or form.github_output
    ):
        raise AuthError("cannot write the result: stdout is closed", code="output.closed")
    for field in run.fields:
        value_at(dict.fromkeys(members), field)


def say_new(run: Run, told: dict[str, Any], *, at: int) -> None:
    """Say on stderr what the person needs to find a new key again.

    Args:
        run: the invocation.
        told: its facts.
        at: now, in epoch seconds.
    """
    ends = told["expires_at"] and moment(told["expires_at"], at=at)
    if not run.to_terminal:
        life = f"expires {ends}" if ends else "never expires"
        return note(run, f"{told['id']} {life}; the key is shown once")
    rows = [
        ("id", told["id"]),
        ("name", visible(told["name"])),
        ("grants", visible(" ".join(told["scopes"])) or "nothing"),
        ("expires", ends or "never"),
    ]
    return lines(run, f"{columns(rows)}\nthe key is shown once: keep it now")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let signals that end us wait until what is inside is done."""
    if not hasattr(signal, "pthread_sigmask"):  # pragma: no cover - Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
