"""Stores of very many API keys, ours and a naive one, made fast: only some of the keys are real.

A filler has all that a key has, but nobody knows its text: its digest is random. So 10^7 rows take
two minutes instead of ten, and a look-up cannot tell.
"""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from authcli.apikeys.digests import digest
from authcli.apikeys.text import build, display_id, id_of, new_id, new_secret
from authcli.store import open_store
from authcli.store.store import Store

__all__ = ["fill", "hex_index", "make_store"]

_LIFE_MS = 10**10


def make_store(path: Path, *, rows: int, real: int) -> list[str]:
    """Make an SQLite store of so many keys; return the texts of those that are real."""
    with open_store(f"sqlite:{path}", create=True) as store:
        return fill(store, rows=rows, real=real)


def fill(store: Store, *, rows: int, real: int) -> list[str]:
    """Add keys to a store, in one transaction and without events; return the real ones' texts."""
    texts: list[str] = []
    with store.change():
        pass  # the first change gives a store its root keys
    # Before the rows: while they are sent, the connection answers nothing else.
    pepper_id = store.peppers.active_id
    pepper = store.peppers.key(pepper_id)
    every = max(1, rows // real)
    with store.database.writing():
        store.api_keys.add(_keys(texts, pepper_id, pepper, rows=rows, every=every))
    return texts


def _keys(
    texts: list[str], pepper_id: int, pepper: bytes, *, rows: int, every: int
) -> Iterator[dict[str, object]]:
    first_ms = time.time_ns() // 1_000_000 - rows
    # One of each so many, anywhere among them: at regular steps they would all be first in a page.
    offset, draw = 0, random.Random(3)
    for number in range(rows):
        if number % every == 0:
            offset = draw.randrange(every)
        key_id = new_id(now_ms=first_ms + number)
        if number % every == offset:
            texts.append(build(prefix="ak_live", key_id=key_id, secret=new_secret()))
            stored = digest(texts[-1], pepper)
        else:
            stored = os.urandom(32).hex()
        yield {
            "id": key_id,
            "prefix": "ak_live",
            "secret_hash": stored,
            "hash_alg": "hmac-sha256",
            "pepper_id": pepper_id,
            "hint": "abcd",
            "name": f"key {number}",
            "owner": "somebody",
            "environment": "live",
            "scopes": "read:* write:invoices",
            "lineage_id": key_id,
            "created_at": first_ms,
            "expires_at": first_ms + _LIFE_MS,
        }


def hex_index(path: Path, *, rows: int, texts: list[str]) -> None:
    """Make what is often made: a table whose keys are found by an index over hex digests."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE api_keys (id INTEGER PRIMARY KEY, digest TEXT NOT NULL,"
            " shown TEXT NOT NULL, name TEXT NOT NULL, owner TEXT, scopes TEXT NOT NULL,"
            " expires_at INTEGER, revoked_at INTEGER, last_used_at INTEGER)"
        )
        insert = (
            "INSERT INTO api_keys (digest, shown, name, owner, scopes, expires_at)"
            " VALUES (?, ?, 'a key', 'somebody', 'read:* write:invoices', 9e12)"
        )
        connection.executemany(insert, (_naive(text) for text in texts))
        connection.executemany(
            insert, ((os.urandom(32).hex(), "ak_00000000000") for _ in range(rows - len(texts)))
        )
        connection.execute("CREATE UNIQUE INDEX ux_digest ON api_keys(digest)")


def _naive(text: str) -> tuple[str, str]:
    return hashlib.sha256(text.encode()).hexdigest(), display_id(id_of(text) or 0)
