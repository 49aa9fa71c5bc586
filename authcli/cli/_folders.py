"""Where authcli keeps its files: data, configuration and cache folders of this user.

Linux and other Unix: the XDG Base Directory variables, read directly (platformdirs costs 19 ms).
macOS and Windows: what platformdirs says.
"""

import os
import sys
from pathlib import Path

__all__ = ["cache_folder", "config_folder", "data_folder"]


def data_folder() -> Path:
    """Return the folder for keys, the store and what else must last."""
    return _folder("XDG_DATA_HOME", ".local/share", "user_data_path")


def config_folder() -> Path:
    """Return the folder that holds `config.toml`."""
    return _folder("XDG_CONFIG_HOME", ".config", "user_config_path")


def cache_folder() -> Path:
    """Return the folder for what may be deleted at any time."""
    return _folder("XDG_CACHE_HOME", ".cache", "user_cache_path")


def _folder(variable: str, below_home: str, platformdirs_name: str) -> Path:
    if sys.platform in ("darwin", "win32"):  # pragma: no cover
        import platformdirs

        path: Path = getattr(platformdirs, platformdirs_name)("authcli", appauthor=False)
        return path
    base = os.environ.get(variable, "")
    # The specification has relative paths ignored.
    return (Path(base) if base.startswith("/") else _home() / below_home) / "authcli"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # neither HOME nor an entry in the password file
        return Path("/nonexistent")
