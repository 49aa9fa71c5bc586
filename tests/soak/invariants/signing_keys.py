"""Signing keys: one signs, verifiers know it before, and what is published is whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from authcli.store import open_store
from tests.soak.diary import Diary
from tests.soak.scene import Scene

_ROW = (
    "SELECT kid, alg, state, published_at, activated_at, cache_ms + skew_ms, compromised_at,"
    " private_sealed IS NOT NULL, created_at FROM signing_keys WHERE purpose = 'jwt'"
)


def rows(scene: Scene, sql: str) -> list[tuple[Any, ...]]:
    """Ask the database itself."""
    side = scene.side_folder / "stores"  # as the command has it
    with open_store(scene.store, read_only=True, side_folder=side) as store:
        return list(store.database.rows(sql))


def one_active(diary: Diary, scene: Scene) -> Iterator[str]:
    keys = rows(scene, _ROW)
    active = Counter(alg for _, alg, state, *_ in keys if state == "active")
    if active != {"ES256": 1, "EdDSA": 1}:
        yield f"active keys: {dict(active)}"
    for kid, _, state, *_, has_private, _ in keys:
        if has_private != (state in ("next", "active")):
            yield f"{kid}, {state}, {'has' if has_private else 'lacks'} its private half"


def published_first(diary: Diary, scene: Scene) -> Iterator[str]:
    """A key signs when every cache knows it; else it is the first, or replaces a stolen one."""
    keys = rows(scene, _ROW)
    stolen = {row[6] for row in keys if row[6] is not None}
    for kid, alg, _, published, activated, ready_ms, *_, created in keys:
        if activated is None or activated == created or activated in stolen:
            continue
        if published is None or published + ready_ms > activated:
            yield f"{kid} ({alg}) signs from {activated}, and was published at {published}"


def files(diary: Diary, scene: Scene) -> Iterator[str]:
    """The file parses, has no private half, and every key of which a publication is recorded."""
    text = (scene.published / "jwks.json").read_text("utf-8")
    try:
        keys = json.loads(text)["keys"]
    except (ValueError, KeyError):
        yield f"jwks.json is cut: {text[-60:]!r}"
        return
    if any("d" in key for key in keys):
        yield "jwks.json has a private half"
    there = {key["kid"] for key in keys}
    for kid, alg, state, published, *_ in rows(scene, _ROW):
        if published and state in ("next", "active", "retiring") and kid not in there:
            yield f"{kid} ({alg}, {state}) is recorded as published, and is not in jwks.json"
