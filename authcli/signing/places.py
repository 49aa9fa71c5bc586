"""Where keys are published: what may be replaced there, and how.

Publishing replaces what it wrote before without being asked, since rotation lives on that. What it
could not have written stays: a file of something else, private keys, a discovery document that
says more of another issuer.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli import files
from authcli.encoding import json_object
from authcli.errors import Conflict, InvalidEncoding

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["discovery_at", "put", "require_own_jwks", "require_same_issuer"]

MAX_BYTES = 1 << 20
#: Members of a JWK that no public key has (RFC 7518, section 6; RFC 9964 for "priv").
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}


def require_own_jwks(path: Path) -> None:
    """Refuse a place where something other than a JWKS of public keys stands.

    Raises:
        Conflict: it does ("file.exists").
    """
    found = _object_at(path, what="JWKS")
    if not found:
        return
    keys = found.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise _foreign(path, "is no JWKS")
    if any(_PRIVATE & key.keys() for key in keys):
        raise _foreign(path, "holds private keys")


def discovery_at(path: Path) -> dict[str, Any]:
    """Return the discovery document that stands at a place; nothing where none does.

    Raises:
        Conflict: something else stands there ("file.exists").
    """
    found = _object_at(path, what="discovery document")
    if found and not isinstance(found.get("issuer"), str):
        raise _foreign(path, "is no discovery document")
    return found


def require_same_issuer(
    path: Path, held: Mapping[str, Any], *, issuer: str, own: Mapping[str, Any]
) -> None:
    """Refuse to replace a document of another issuer that says more than ours do.

    Raises:
        Conflict: it does ("file.exists").
    """
    if held and held["issuer"] != issuer and held.keys() - own.keys():
        raise _foreign(path, "speaks for another issuer, and authcli did not write it")


def put(path: Path, data: bytes) -> None:
    """Write what everybody may read, whole or not at all; what is there already stays.

    A web server that could not read the new file would be as good as none, so the mode does not
    hang on the umask of whoever rotates.

    Raises:
        AuthError: the folder or the disk refuses; what was there is whole.
    """
    try:
        if _same(path, data):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.made_beside(path, force=True, mode=files.PUBLIC) as beside:
            beside.write_bytes(data)
            beside.chmod(files.PUBLIC)
    except (OSError, ValueError) as error:
        raise files.cannot_write(str(path), error) from None


def _same(path: Path, data: bytes) -> bool:
    """Say whether a file of ours holds that already: its date, which some ETags are of, stays."""
    try:
        status = path.lstat()
        whole = stat.S_ISREG(status.st_mode) and status.st_size == len(data)
        return whole and stat.S_IMODE(status.st_mode) == files.PUBLIC and path.read_bytes() == data
    except OSError:
        return False


def _object_at(path: Path, *, what: str) -> dict[str, Any]:
    """Return the JSON object in a file; an empty one where there is no file, or nothing in it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return {}  # writing says what is wrong with it
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise files.cannot_write(str(path), error) from None
    if not data.strip():
        return {}
    try:
        return json_object(data, what=what, max_bytes=MAX_BYTES)
    except InvalidEncoding:
        raise _foreign(path, f"is no {what}") from None


def _foreign(path: Path, problem: str) -> Conflict:
    return Conflict(
        f"{ascii(str(path))[1:-1]} exists already, and {problem}",
        hint="publish elsewhere, or --force overwrites it",
        code="file.exists",
    )
