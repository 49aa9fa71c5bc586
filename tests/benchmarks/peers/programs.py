"""Which peers are there: Debian's packages of these names, and jwt-cli of npm."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import NamedTuple

__all__ = ["Programs", "found_programs"]

#: What each is called here -> its command, and Debian's package.
_DEBIAN = {
    "argon2": "argon2",
    "htpasswd": "apache2-utils",
    "jose": "jose",
    "oathtool": "oathtool",
    "openssl": "openssl",
}


class Programs(NamedTuple):
    """The peers that are there."""

    words: Mapping[str, tuple[str, ...]]
    """Name -> the words that its command begins with."""
    left_out: tuple[str, ...]
    """Why another is not."""


def found_programs() -> Programs:
    """Look for every peer."""
    words: dict[str, tuple[str, ...]] = {}
    left_out = []
    for name, package in _DEBIAN.items():
        if shutil.which(name):
            words[name] = (name,)
        else:
            left_out.append(f"{name} is not installed: apt-get install {package}")
    others: dict[str, Callable[[], tuple[str, ...] | str]] = {
        "golang-jwt": _golang_jwt,
        "jwt-cli": _jwt_cli,
    }
    for name, look in others.items():
        there = look()
        if isinstance(there, str):
            left_out.append(there)
        else:
            words[name] = there
    return Programs(words, tuple(left_out))


def _golang_jwt() -> tuple[str, ...] | str:
    if shutil.which("jwt") is None:
        return "golang-jwt is not installed: apt-get install jwt"
    usage = subprocess.run(["jwt", "-help"], capture_output=True).stderr
    if b"path to claims object to sign" not in usage:
        return "golang-jwt: another program has its name, jwt"
    return ("jwt",)


def _jwt_cli() -> tuple[str, ...] | str:
    """Return jwt-cli as npm's own link runs it; a link in PATH may be another program's."""
    node = shutil.which("node")
    if node is None:
        return "jwt-cli: Node is not installed"
    look = [node, "-p", "require.resolve('jwt-cli')"]
    found = subprocess.run(look, capture_output=True, text=True)
    if found.returncode:
        return "jwt-cli is not installed: npm install jwt-cli, and NODE_PATH"
    return (node, found.stdout.strip())
