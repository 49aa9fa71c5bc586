"""Backups: each that was acknowledged can be put back, and has what was there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.soak.diary import Diary, Fact
from tests.soak.invariants.api_keys import asked, histories
from tests.soak.lives import key_states
from tests.soak.scene import Scene


def restore(diary: Diary, scene: Scene) -> Iterator[str]:
    """Each once; a folder that stays says that it was."""
    for fact in diary.of("backup", "write"):
        folder = scene.folder / "restored" / Path(fact.subject).name
        if fact.sure and not folder.exists():
            folder.mkdir(parents=True)
            yield from _restored(diary, scene, fact, folder)
            shutil.rmtree(folder)
            folder.mkdir()


def _restored(diary: Diary, scene: Scene, backup: Fact, folder: Path) -> Iterator[str]:
    name = folder.name
    url = ("--store", f"sqlite:///{str(folder / 'auth.db').lstrip('/')}")
    roots = ("--roots", backup.value, "--passphrase", "env:SOAK_PASSPHRASE")
    done = scene.run("store", "restore", backup.subject, *roots, "--yes", *url)
    if done.code != 0:
        yield f"{name}: restore exits {done.code}: {done.err[:500]}"
        return
    verified = scene.run("audit", "verify", *url)
    if verified.code != 0:
        yield f"{name}: its audit: exit {verified.code}: {verified.err[:500]}"
    texts = [
        facts[0].value["text"]
        for facts in histories(diary, "key").values()
        if facts[0].ended < backup.began
        and key_states(facts) <= {"live", "disabled"}
        and not facts[0].value["ends"]
    ]
    lost = sum(code == 3 for code in asked(scene, texts, *url))
    if lost:
        yield f"{name}: {lost} of {len(texts)} API keys that were issued before are not in it"
