"""The files: a sound database, nothing temporary, nothing that others can read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.soak.diary import Diary
from tests.soak.invariants.api_keys import histories
from tests.soak.lives import values
from tests.soak.scene import Scene

#: Beside a store: the log and its index, locks, root keys, the copy of the audit's head.
_BESIDE = ("", "-wal", "-shm", ".lock", ".lock-next", ".pepper", ".audit-key", ".kek")
_HEADS = (".audit-head", ".audit-head.lock", ".audit-head.lock-next")
_SLACK_SECONDS = 1.0


def database(diary: Diary, scene: Scene) -> Iterator[str]:
    if (path := scene.store_file) is None:
        return
    with closing(sqlite3.connect(path)) as connection:
        for pragma, right in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            found = connection.execute(f"PRAGMA {pragma}").fetchall()
            if found != right:
                yield f"{pragma}: {found[:5]}"


def leftovers(diary: Diary, scene: Scene) -> Iterator[str]:
    """What SIGKILL interrupts cannot tidy up; everything else does."""
    excused = left_by_sigkill(diary, scene)
    for path in _temporary(scene):
        if path not in excused:
            yield str(path.relative_to(scene.folder))
    if (store := scene.store_file) is not None:
        usual = {store.name + end for end in (*_BESIDE, *_HEADS)}
        for path in store.parent.iterdir():
            if path.name not in usual and path not in excused:
                yield f"{path.name} beside the store"


def left_by_sigkill(diary: Diary, scene: Scene) -> set[Path]:
    """Return the temporary files that were written last when a command was killed."""
    killed = [entry for entry in diary.entries if entry.fate == "SIGKILL"]
    return {
        path
        for path in _temporary(scene)
        if any(
            entry.began - _SLACK_SECONDS < path.stat().st_mtime < entry.ended + _SLACK_SECONDS
            for entry in killed
        )
    }


def modes(diary: Diary, scene: Scene) -> Iterator[str]:
    store = scene.store_file
    for folder in (scene.side_folder, scene.backups, *([store.parent] if store else [])):
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_mode & 0o77:
                yield f"{path.relative_to(scene.folder)} has mode {path.stat().st_mode & 0o777:o}"
    for path in scene.published.rglob("*.json"):
        if path.stat().st_mode & 0o777 != 0o644:
            yield f"{path.name} has mode {path.stat().st_mode & 0o777:o}, and is for all"


def keychain(diary: Diary, scene: Scene) -> Iterator[str]:
    listed = set(scene.ok("totp", "list", "--field", "name").lines())
    for name, facts in histories(diary, "secret").items():
        if facts[0].act == "save":  # an account of one-time codes
            if facts[0].sure and name not in listed:
                yield f"{name} was saved, and is not there"
            continue
        done = scene.run("keychain", "get", name)
        found = done.out if done.code == 0 else None
        if found not in (right := values(facts)) or done.code not in (0, 7):
            yield f"{name} is {found!r}, not of {right}: exit {done.code}"


def _temporary(scene: Scene) -> list[Path]:
    ours = [scene.home, scene.backups, scene.published]
    if scene.store_file is not None:
        ours.append(scene.store_file.parent)
    found = {path for folder in ours for path in folder.rglob(".*.tmp")}
    found |= {path for folder in ours for path in folder.rglob("*-journal")}
    return sorted(found)
