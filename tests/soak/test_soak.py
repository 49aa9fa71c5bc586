"""A few seconds of the soak: three processes on one store, killed at random, and all holds."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.soak.battle import fight, report
from tests.soak.commands import FATES, Fate, run
from tests.soak.operations import OPERATIONS
from tests.soak.scene import prepared

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits as POSIX has them")


def test_three_processes_under_fire_break_nothing(tmp_path: Path) -> None:
    scene = prepared(tmp_path, shared=1)
    battle = fight(scene, processes=3, seconds=3, seed=7, least=8)
    said = report(battle)
    assert battle.findings == [], said
    workers = Counter(entry.worker for entry in battle.diary.entries)
    assert sorted(workers) == [0, 1, 2], said
    assert len(battle.diary.entries) >= 3 * 8, said
    assert any(fact.sure for fact in battle.diary.facts), said


def test_each_operation_is_named_for_its_command() -> None:
    """So that the report can be read; and each can be picked."""
    groups = {name.split()[0] for name in OPERATIONS}
    stores = {"apikey", "jwt", "jwks", "totp", "audit", "store"}
    assert stores | {"keychain", "password", "jwks.json"} == groups
    assert all(row.weight > 0 for row in OPERATIONS.values())


@pytest.mark.parametrize("fate", ["none", "SIGKILL", "SIGTERM", "SIGINT", "full disk"])
def test_a_fate_befalls_a_command(tmp_path: Path, fate: str) -> None:
    """A command that would wait is stopped; one that writes finds the disk full."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AUTHCLI_COLOR": "never"}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    quick = {"none", "full disk"}
    words = ["key", "generate", "ES256", "-o", "key.pem"]
    waiting = ["audit", "list", "--follow", "--store", "sqlite:auth.db"]
    run(["store", "init", "--store", "sqlite:auth.db"], environment=environment, folder=tmp_path)
    done = run(
        words if fate in quick else waiting,
        environment=environment,
        folder=tmp_path,
        fate=Fate(fate, 0.0 if fate in quick else 1.0),
        usual_seconds=1.5,
    )
    assert done.fate == fate
    assert done.code in ({0} if fate == "none" else FATES[fate][2])
    assert done.unknown == (fate != "none")
    assert (tmp_path / "key.pem").exists() == (fate == "none")
