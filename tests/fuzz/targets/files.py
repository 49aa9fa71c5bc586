"""Files of authcli's own that strangers may have written: settings, audit, seals, backups."""

from __future__ import annotations

import json
import re
import tempfile
from functools import cache
from pathlib import Path

from authcli.audit.chain import (
    GENESIS,
    event_text,
    head_from_text,
    head_to_text,
    is_genuine,
    keyed,
    made_head,
)
from authcli.audit.model import Event, Head
from authcli.audit.verification import Copy, verify_chain
from authcli.cli._config import read_layer
from authcli.cli._settings import SETTINGS, checked_value
from authcli.sealing import PassphraseKey, seal, unseal, unseal_with_passphrase
from authcli.secret import Secret
from authcli.store.upkeep.backup_check import checked_backup
from tests.fuzz.model import Target, attempt, memory_folder, promise
from tests.fuzz.targets.encodings import JSON_WORDS

__all__ = ["TARGETS"]

_KEY, _CONTEXT, _PLAIN = bytes(range(32)), "fuzz/1", b"what was sealed"
_MAC = keyed(_KEY)
_AT_MS = 1_796_086_800_000


def _config(data: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        path = Path(folder) / "authcli.toml"
        path.write_bytes(data)
        layer = attempt(read_layer, path, project=False)
    for table in layer.tables.values() if layer else ():
        for name, value in table.items():
            checked = attempt(checked_value, name, value, "a file") if name in SETTINGS else None
            promise(checked is None or "literal:" not in str(checked)[:8], "no secret in a file")


def _audit_head(data: bytes) -> None:
    head = attempt(head_from_text, data, name="a file")
    if head is None:
        return
    promise(head_from_text(head_to_text(head), name="a file") == head, "a head is written as read")
    promise(not is_genuine(head, [_MAC]) or head == _head(), "no other head is genuine")


def _head() -> Head:
    return made_head(_MAC, seq=2, row_mac=_events()[-1][-1], at=_AT_MS)


def _audit_events(data: bytes) -> None:
    """Rows as a database may hold them: of any type, in any order."""
    try:
        rows = [json.loads(line) for line in data.split(b"\n") if line]
    except (ValueError, RecursionError):
        return
    rows = [row for row in rows if isinstance(row, list) and len(row) == len(Event._fields)]
    macs = lambda key_id: _MAC if key_id == 1 else None  # noqa: E731
    copy = Copy("copy", _head())
    found = verify_chain(rows, head=_head(), copy=copy, macs=macs, head_macs=[_MAC])
    same = json.dumps(rows) == json.dumps([list(event) for event in _events()])
    promise(found.valid == same, "a chain is valid as it was written, and no other way")
    for row in rows:
        promise(isinstance(Event(*row).members, dict), "a detail is an object, or nothing")


@cache
def _events() -> tuple[Event, ...]:
    found: list[Event] = []
    previous = GENESIS
    for seq in (1, 2):
        row = (seq, _AT_MS, "apikey.issued", "ok", "alice@host", "authcli", "apikey")
        row += ("ak_1", "r1", None, '{"name":"n"}', 1)
        previous = _MAC(event_text((*row, ""), previous))
        found.append(Event(*row, previous))  # type: ignore[arg-type]
    return tuple(found)


def _sealed(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    opened = attempt(unseal, text, key=_KEY, context=_CONTEXT)
    promise(opened in (None, _PLAIN), "what opens was sealed")
    opened = attempt(_passphrase_key().unseal, text, context=_CONTEXT)
    promise(opened in (None, _PLAIN), "what opens was sealed under this passphrase")
    # What deriving a key costs is bounded; here all but the refusals would cost too much.
    costly = re.match(r"\s*authcli-seal-[sa]1\.[0-9]{2,7}\.[0-9]{1,7}\.[0-9]{1,7}\.", text)
    if not costly:
        found = attempt(unseal_with_passphrase, text, passphrase=b"x", context=_CONTEXT)
        promise(found is None, "another passphrase opens nothing")


@cache
def _passphrase_key() -> PassphraseKey:
    return PassphraseKey("authcli-seal-s1.14.8.1.AAAAAAAAAAAAAAAAAAAAAA", Secret(_KEY))


def _sealed_texts() -> list[bytes]:
    own = seal(_PLAIN, key=_KEY, context=_CONTEXT)
    by_passphrase = _passphrase_key().seal(_PLAIN, context=_CONTEXT)
    return [own.encode(), by_passphrase.encode(), by_passphrase.replace("s1.14", "a1.1").encode()]


def _backup(data: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        path = Path(folder) / "backup.db"
        path.write_bytes(data)
        attempt(_looked_at, path)
        promise(path.read_bytes() == data, "a backup stays as it is")


def _looked_at(path: Path) -> None:
    with checked_backup(path) as found:
        promise(found.identity is not None, "a backup has an identity")


def _backups() -> list[bytes]:
    from authcli.store.upkeep.blank import make_blank

    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        path = Path(folder) / "auth.db"
        make_blank(str(path))
        whole = path.read_bytes()
    return [whole, whole[:4096], whole[:100]]


TARGETS = {
    "config": Target(
        _config,
        lambda: [
            b'issuer = "https://a"\naudience = ["a", "b"]\nlifetime = "15m"\noutput = "json"\n',
            b'[profile.ci]\nkey = "env:KEY"\nstore = "postgresql://u@h/d"\ntime = "utc"\n',
            b'key = "literal:x"\nstore = "postgresql://u:pw@h/d"\naudience = []\n',
        ],
        (
            b"[profile.",
            b"]\n",
            b"a.b.c.d.e",
            b'"""',
            b"'''",
            b"[[",
            b"= {",
            b"issuer",
            b"lifetime",
            b"= 1979-05-27T07:32:00Z",
            b"= nan",
            b"= 0xff",
            b"literal:",
            b"# ",
            b"\\u0000",
            b"\\x",
        ),
    ),
    "audit-head": Target(
        _audit_head,
        lambda: [head_to_text(_head()), b"{}"],
        (b'"schema":"authcli/audit.head/1"', b'"seq":', b'"row_mac":', b'"mac":', *JSON_WORDS),
    ),
    "audit-events": Target(
        _audit_events,
        lambda: [b"\n".join(json.dumps(list(event)).encode() for event in _events())],
        (b"\n", b"null", b"1.0", b"true", b'""', b"[", b"]", b",", b"1e3", b'{"a":1}', b"\\ud800"),
    ),
    "sealed": Target(
        _sealed,
        _sealed_texts,
        (b"authcli-seal-1.", b"authcli-seal-s1.", b"authcli-seal-a1.", b".8.1.", b".", b"14"),
    ),
    "backup": Target(_backup, _backups, (b"SQLite format 3\0", b"CREATE TABLE", b"meta", b"\0\0")),
}
