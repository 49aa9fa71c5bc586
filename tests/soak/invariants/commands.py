"""What every command must be: an exit code that it may have, and no traceback."""

from __future__ import annotations

from collections.abc import Iterator

from tests.soak.commands import FATES
from tests.soak.diary import Diary, Entry
from tests.soak.scene import Scene
from tests.soak.worker import BUGS


def exit_codes(diary: Diary, scene: Scene) -> Iterator[str]:
    for entry in diary.entries:
        if entry.code not in {*entry.expected, *FATES[entry.fate][2]} and not _too_early(entry):
            yield _said(entry)


def tracebacks(diary: Diary, scene: Scene) -> Iterator[str]:
    for entry in diary.entries:
        if any(bug in entry.complaint for bug in BUGS) and not _too_early(entry):
            yield _said(entry)


def answers(diary: Diary, scene: Scene) -> Iterator[str]:
    for fact in diary.of("answer", "wrong"):
        yield f"{fact.subject}: {fact.value}"


def _too_early(entry: Entry) -> bool:
    """Say whether Ctrl-C came while Python itself started: that traceback has no line of ours."""
    return (
        entry.fate == "SIGINT"
        and entry.code in (1, -2, 130)
        and "KeyboardInterrupt" in entry.complaint
        and "authcli/" not in entry.complaint
    )


def _said(entry: Entry) -> str:
    return (
        f"worker {entry.worker}, command {entry.number} ({entry.operation}), {entry.fate}:"
        f" exit {entry.code}, not {entry.expected}\n    {' '.join(entry.words)}"
        f"\n    {entry.complaint.strip()}"
    )
