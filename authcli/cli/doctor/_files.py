"""Who else can read secret files: all that is in the data folder, and the store's, wherever."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from authcli.cli._folders import data_folder
from authcli.cli._places import shown, user_file
from authcli.cli.doctor._model import Context, Result, passed, skipped
from authcli.cli.doctor._stores import ABOUT_FILES
from authcli.errors import AuthError
from authcli.findings import Finding

__all__ = ["files"]

MAX_FILES = 10_000
MAX_TOLD = 20
_DEEPEST = 3


def files(context: Context) -> Result:
    """Whether anyone but the user can read secrets, or write what is believed."""
    if os.name != "posix":
        return skipped("modes are not how this system keeps others out")
    told, known = _of_the_store(context)
    folder, number = data_folder(), 0
    found = list(told)
    if not any(finding.subject == "folder" for finding in told):
        found += _folder(folder)
    for path, status in _below(folder):
        number += 1
        if path not in known:
            found += _doubts(path, status)
    found += _configuration()
    if len(found) > MAX_TOLD:
        text = f"{len(found) - MAX_TOLD} more files like these"
        found = [*found[:MAX_TOLD], Finding("doctor.exposed", "warning", text)]
    return passed(f"{number} in {shown(folder)}", *found)


def _of_the_store(context: Context) -> tuple[list[Finding], set[Path]]:
    """Return what its status says of its files, and which these are."""
    if context.wrong:
        return [], set()
    try:
        status = context.status
    except AuthError:  # said by the check of the store
        status = None
    if status is None:
        return [], set()
    told = [finding for finding in status.findings if finding.code in ABOUT_FILES]
    return told, {file.path for file in status.files}


def _below(folder: Path, depth: int = 0) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the regular files of a folder and of those in it; links lead nowhere."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)[:MAX_FILES]
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False) and depth < _DEEPEST:
                yield from _below(Path(entry.path), depth + 1)
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path), entry.stat(follow_symlinks=False)
        except OSError:  # it went away meanwhile
            continue


def _doubts(path: Path, status: os.stat_result) -> Iterator[Finding]:
    mode, name = stat.S_IMODE(status.st_mode), shown(path)
    if mode & 0o077:
        others = "others can read" if mode & 0o044 else "others can use"
        text = f"{others} {name}: mode {mode:04o}"
        yield Finding("doctor.exposed", "warning", text, f"chmod 600 {_quoted(path)}")
    if status.st_uid not in (os.geteuid(), 0):
        text = f"{name} belongs to user {status.st_uid}, not to {os.geteuid()}"
        yield Finding("doctor.owner", "warning", text, "whose is it? Look before you use it")


def _folder(folder: Path) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError:
        return
    if mode & 0o022:
        text = f"others can write the folder {shown(folder)}: mode {mode:04o}"
        yield Finding("doctor.exposed", "warning", text, f"chmod 700 {_quoted(folder)}")


def _configuration() -> Iterator[Finding]:
    """A configuration names commands that are run, so whoever writes it is the user."""
    path = user_file()
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return
    if mode & 0o022:
        text = f"others can write {shown(path)}, and have commands run: mode {mode:04o}"
        yield Finding("doctor.exposed", "error", text, f"chmod go-w {_quoted(path)}")


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(shown(path))
