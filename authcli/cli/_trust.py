"""Which project files the user has approved: `authcli config trust`.

A record is a line: the SHA-256 of the file's content, a blank, the file's path. Both must match,
so an approved file that changes, or that is copied into another checkout, is asked about again.
"""

from __future__ import annotations

from pathlib import Path

from authcli.cli._folders import data_folder

__all__ = ["forget", "is_trusted", "trust", "trust_file"]


def trust_file() -> Path:
    """Return the file that holds the records."""
    return data_folder() / "trusted-projects"


def is_trusted(path: Path, content: bytes) -> bool:
    """Say whether this very content was approved at this place."""
    return _record(path, content) in _records()


def trust(path: Path, content: bytes) -> None:
    """Record the approval of a project file; what was approved there before is forgotten."""
    _write([*_others(path), _record(path, content)])


def forget(path: Path) -> bool:
    """Take back the approval of a project file, and say whether there was one."""
    kept = _others(path)
    if len(kept) == len(_records()):
        return False
    _write(kept)
    return True


def _record(path: Path, content: bytes) -> str:
    import hashlib

    return f"{hashlib.sha256(content).hexdigest()} {_place(path)}"


def _place(path: Path) -> str:
    # ASCII: a line break in a folder's name must not make a record of its own.
    return ascii(str(path.resolve()))


def _records() -> list[str]:
    try:
        return trust_file().read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _others(path: Path) -> list[str]:
    place = _place(path)
    return [record for record in _records() if record.partition(" ")[2] != place]


def _write(records: list[str]) -> None:
    from authcli import files

    files.private_folder(trust_file().parent)
    files.replace(trust_file(), "".join(f"{record}\n" for record in records).encode("ascii"))
