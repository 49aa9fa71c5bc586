"""Whether TAB works in the user's shell: the script is where the shell looks, or is loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from authcli.cli.doctor._model import Context, Result, passed, skipped
from authcli.findings import Finding

__all__ = ["completion"]

MAX_BYTES = 1 << 20
#: What a start-up file says that loads the script itself.
_LOADS = "authcli completion"


def completion(context: Context) -> Result:
    """Whether completion is installed, and is this version's."""
    from authcli.cli._shells import SHELLS

    shell = Path(os.environ.get("SHELL", "")).name.removesuffix(".exe")
    name = {"pwsh": "powershell"}.get(shell, shell)
    if name not in SHELLS:
        return skipped(f"none for the shell {shell[:40]!a}" if shell else "$SHELL names no shell")
    script = SHELLS[name].script
    for path in _places(name, SHELLS[name].file_name):
        text = _read(path)
        if text is None:
            continue
        if text.strip() == script.strip():
            return passed(f"{name}: {ascii(str(path))[1:-1]}")
        hint = f"authcli completion {name} > {path}"
        return passed(
            f"{name}: {ascii(str(path))[1:-1]}",
            Finding("doctor.completion", "note", "it is of another version of authcli", hint),
        )
    for path in _start_files(name):
        if _LOADS in (_read(path) or ""):
            return passed(f"{name}: loaded by {ascii(str(path))[1:-1]}")
    text = f"TAB does not complete authcli in {name}, as far as can be seen"
    hint = "authcli completion --help says how"
    return passed(f"{name}: not installed", Finding("doctor.completion", "note", text, hint))


def _places(name: str, file_name: str) -> Iterator[Path]:
    """Yield where a shell looks for the script."""
    home = Path(os.environ.get("HOME", "/nonexistent"))
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    shared = [
        data,
        *map(Path, (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")),
    ]
    if name == "bash":
        for folder in shared:
            yield folder / "bash-completion/completions/authcli"
            yield folder / "bash-completion/completions/authcli.bash"
        yield Path("/etc/bash_completion.d/authcli")
    elif name == "zsh":
        # $fpath is the shell's own: these are the folders that most have in it.
        yield from (home / folder / file_name for folder in (".zfunc", ".zsh/completions", ".zsh"))
        for folder in shared:
            yield folder / "zsh/site-functions" / file_name
            yield folder / "zsh/vendor-completions" / file_name
    elif name == "fish":
        yield config / "fish/completions" / file_name
        for folder in shared:
            yield folder / "fish/vendor_completions.d" / file_name


def _start_files(name: str) -> list[Path]:
    home = Path(os.environ.get("HOME", "/nonexistent"))
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    if name == "bash":
        return [
            home / part for part in (".bashrc", ".bash_profile", ".profile", ".bash_completion")
        ]
    if name == "zsh":
        dots = Path(os.environ.get("ZDOTDIR") or home)
        return [dots / ".zshrc", dots / ".zprofile"]
    if name == "fish":
        return [config / "fish/config.fish"]
    return sorted((config / "powershell").glob("*profile.ps1"))


def _read(path: Path) -> str | None:
    """Return a text file of the user's, or None."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
