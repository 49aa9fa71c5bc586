"""Where configuration files are, and whose they are."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from authcli.cli._folders import config_folder
from authcli.errors import InvalidConfig

__all__ = ["config_files", "project_file", "shown", "user_file"]

PROJECT_NAME = "authcli.toml"


def user_file() -> Path:
    """Return the user's file: AUTHCLI_CONFIG, or `config.toml` in the configuration folder."""
    named = os.environ.get("AUTHCLI_CONFIG")
    return Path(named) if named else config_folder() / "config.toml"


def project_file() -> Path | None:
    """Return the nearest `authcli.toml`, from the current folder up to the repository's top."""
    try:
        folder = Path.cwd()
    except OSError:
        return None
    with suppress(PermissionError):  # a parent that may not be searched holds nothing of ours
        for candidate in (folder, *folder.parents):
            if (candidate / PROJECT_NAME).is_file():
                return candidate / PROJECT_NAME
            if (candidate / ".git").exists():
                return None
    return None


def config_files() -> tuple[list[tuple[Path, bool]], list[str]]:
    """The files that exist, weakest first, each with whether it is a project's; and warnings."""
    user, project = user_file(), project_file()
    try:
        found = [(user, False)] if user.is_file() else []
    except OSError as error:
        raise InvalidConfig(f"{shown(user)} cannot be read: {error.strerror}") from None
    if not found and os.environ.get("AUTHCLI_CONFIG"):
        raise InvalidConfig(f"AUTHCLI_CONFIG names {shown(user)}, which is not a file")
    if project is None:
        return found, []
    if _is_anothers(project):
        return found, [f"{shown(project)} is ignored: another user owns it or can write it"]
    return [*found, (project, True)], []


def _is_anothers(path: Path) -> bool:
    """Say whether somebody else put a project file above us, as anyone can below /tmp."""
    if os.name != "posix":
        return False
    try:
        status = path.stat()
    except OSError:
        return False
    return status.st_uid not in (os.geteuid(), 0) or bool(status.st_mode & 0o002)


def shown(path: Path) -> str:
    """Return a path fit for a message, whatever its name holds."""
    return ascii(str(path))[1:-1]
