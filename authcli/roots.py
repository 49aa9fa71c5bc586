"""The root keys: what is kept outside the database so that a stolen copy of it is worth little.

    pepper   keys the digests of API keys and        <db>.pepper
             recovery codes
    audit    keys the chain of the audit             <db>.audit-key
    kek      seals the private signing keys          <db>.kek

Each has a source: a file beside the database (mode 0600, one key a line), or whatever its setting
names. The database holds, for each key, an id and a check value, HMAC-SHA-256(key,
"authcli-<root>-check"): by it a wrong key is noticed before anything is keyed with it, and files
need no ids. A key is made silently for a store that has none yet, and never again: a new one in
the place of a lost one would make every stored digest worthless without a word.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from authcli.errors import Unavailable
from authcli.root_sources import (
    KEY_BYTES,
    FileSource,
    FixedSource,
    RootSource,
    first_key,
    new_root_key,
    read_root_text,
)

__all__ = [
    "KEY_BYTES",
    "ROOTS",
    "FileSource",
    "FixedSource",
    "Root",
    "RootKeys",
    "RootSource",
    "check_mac",
    "first_key",
    "new_root_key",
    "read_root_text",
]


class Root(NamedTuple):
    """One kind of root key."""

    setting: str
    """The setting that names its source: `AUTHCLI_<SETTING>`."""
    suffix: str
    """What its file adds to an SQLite database's name; without the dot, its name elsewhere."""
    help: str
    """What it is for, as the end of a sentence."""

    def beside(self, database: Path) -> Path:
        """Return the path of its file beside an SQLite database."""
        return database.with_name(database.name + self.suffix)

    def within(self, folder: Path) -> Path:
        """Return the path of its file in the side folder of another store."""
        return folder / self.suffix[1:]


ROOTS: dict[str, Root] = {
    "pepper": Root("pepper", ".pepper", "the pepper, which keys the digests of API keys"),
    "audit": Root("audit_key", ".audit-key", "the audit key, which keys the audit's chain"),
    "kek": Root("kek", ".kek", "the key that seals signing keys"),
}


def check_mac(root: str, key: bytes) -> str:
    """Return the value by which a store knows a key again without holding it."""
    return hmac.digest(key, f"authcli-{root}-check".encode(), "sha256").hex()


class RootKeys:
    """The keys of one root of one open store, read when the first one is needed.

    Args:
        root: a name of `ROOTS`.
        rows: gives (id, state, check_mac) of the store's rows of this root.
        source: where its keys are held.
    """

    def __init__(
        self, root: str, *, rows: Callable[[], Iterable[Sequence[object]]], source: RootSource
    ) -> None:
        self.root = root
        self.source = source
        self._read_rows = rows
        self._rows: dict[int, tuple[str, str]] | None = None
        self._held: list[bytes] | None = None
        self._keys: dict[int, bytes] = {}

    @property
    def ids(self) -> list[int]:
        """The ids of all keys that the store knows and has not retired."""
        return [key_id for key_id, (state, _) in self._known().items() if state != "retired"]

    @property
    def active_id(self) -> int:
        """The id of the key that new things are keyed with.

        Raises:
            Unavailable: the store has none yet (`code` "root.none"), or its list of them is
                damaged ("store.corrupt").
        """
        for key_id, (state, _) in self._known().items():
            if state == "active":
                return key_id
        if self._known():
            raise _damaged(self.root)
        raise Unavailable(
            f"the store has no active key of its root {self.root!r} yet",
            hint="authcli store init",
            code="root.none",
        )

    def key(self, key_id: int) -> bytes:
        """Return a key.

        Raises:
            Unavailable: it is not held ("root.missing"), what is held is another ("root.wrong") or
                no key ("root.damaged"), or the store's list of them is damaged ("store.corrupt").
            InvalidInput: what a setting names holds no key at all ("root.malformed").
        """
        key = self._keys.get(key_id)
        return key if key is not None else self._found(key_id)

    def is_retired(self, key_id: int) -> bool:
        """Say whether the store has given a key up, and all that hung on it."""
        return self._known().get(key_id, ("",))[0] == "retired"

    def check(self) -> None:
        """Raise what `key` would, if the store has an active key and it is not held."""
        if self.ids:
            self.key(self.active_id)

    def refresh(self) -> None:
        """Forget what was read: another process may have added a key."""
        self._rows = self._held = None
        self._keys = {}

    def renew(self, rows: Iterable[Sequence[object]]) -> None:
        """Take over the store's rows as a change has just read them: others may have added a key.

        What is held is read again only where they are not what they were.
        """
        known = _listed(self.root, rows)
        if known != self._rows:
            self.refresh()
            self._rows = known

    def __repr__(self) -> str:
        return f"RootKeys({self.root!r}, source={self.source.name!r})"

    def _known(self) -> dict[int, tuple[str, str]]:
        if self._rows is None:
            self._rows = _listed(self.root, self._read_rows())
        return self._rows

    def _found(self, key_id: int) -> bytes:
        """Find a key by its check value; look again once, since a rekey may have added it."""
        for again in (False, True):
            if again:
                self._rows = self._held = None
            _, mac = self._known().get(key_id, ("", ""))
            if self._held is None:
                self._held = self.source.read()
            for key in self._held:
                if hmac.compare_digest(check_mac(self.root, key), mac):
                    self._keys[key_id] = key
                    return key
        raise self._not_held(key_id)

    def _not_held(self, key_id: int) -> Unavailable:
        root = ROOTS[self.root]
        hint = (
            f"put back {self.source.name} from a backup, or name the right key: "
            f"AUTHCLI_{root.setting.upper()}=@FILE"
        )
        if key_id not in self._known():
            return Unavailable(
                f"the store names the {self.root} key {ascii(key_id)[:40]}, which it does not list",
                hint="its list was damaged; put back the last backup: authcli store restore",
                code="root.missing",
            )
        if not self._held:
            return Unavailable(
                f"{root.help}, is not there: {self.source.name}", hint=hint, code="root.missing"
            )
        return Unavailable(
            f"{self.source.name} holds another key than the {self.root} key {key_id} of this store",
            hint=hint,
            code="root.wrong",
        )


def _listed(root: str, rows: Iterable[Sequence[object]]) -> dict[int, tuple[str, str]]:
    """Return id -> (state, check value) of a store's rows, which a damaged file makes anything.

    Raises:
        Unavailable: they are not what we wrote (`code` "store.corrupt").
    """
    known = {}
    for key_id, state, mac in rows:
        if (
            type(key_id) is not int
            or state not in ("active", "verify_only", "retired")
            or not (isinstance(mac, str) and re.fullmatch("[0-9a-f]{64}", mac))
        ):
            raise _damaged(root)
        known[key_id] = (str(state), mac)
    return known


def _damaged(root: str) -> Unavailable:
    return Unavailable(
        f"the store's list of its {root} keys is damaged",
        hint="keep a copy of it, then put back the last backup: authcli store restore",
        code="store.corrupt",
    )
