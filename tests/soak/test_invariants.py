"""Each invariant can be broken, and its check says so.

By a diary that the store belies, or by a store that was tampered with.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.soak.diary import Diary, Entry, Fact
from tests.soak.invariants import INVARIANTS
from tests.soak.operations.api_keys import id_of
from tests.soak.scene import Scene, prepared


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return prepared(tmp_path_factory.mktemp("scene"), shared=1)


@pytest.fixture
def scene(untouched: Scene, tmp_path: Path) -> Scene:
    """A copy, for one test to break."""
    shutil.copytree(untouched.folder, tmp_path / "copy")
    url = untouched.store.replace(str(untouched.folder), str(tmp_path / "copy"))
    return untouched._replace(folder=tmp_path / "copy", store=url)


def facts(*told: Fact) -> Diary:
    return Diary([], list(told))


def entry(code: int, complaint: str = "") -> Diary:
    ran = Entry(0, 1, "jwt mint", ["jwt", "mint"], "none", code, [0], 0.0, 1.0, complaint)
    return Diary([ran], [])


def changed(scene: Scene, sql: str) -> Diary:
    """Change the database behind the store's back."""
    assert scene.store_file is not None
    with closing(sqlite3.connect(scene.store_file)) as connection:
        assert connection.execute(sql).rowcount == 1
        connection.commit()
    return facts()


def issued(scene: Scene) -> Fact:
    """The fact of the one API key that there is."""
    value = {"text": scene.quota_key, "ends": None}
    return Fact("key", id_of(scene.quota_key), "issue", value)


def minted(scene: Scene, **other: Any) -> Fact:
    """The fact of a token that the store signed."""
    words = ("jwt", "mint", "-A", "ES256", "--sub", "s", "--exp", "1h", "--json")
    answer = scene.ok(*words).json()
    token = {"text": answer["token"], "kid": answer["kid"], "recorded": False, "family": None}
    token |= {name: answer["payload"][name] for name in ("jti", "sub", "exp")} | other
    return Fact("token", token["jti"], "mint", token)


def cut_jwks(scene: Scene) -> Diary:
    path = scene.published / "jwks.json"
    path.write_text(path.read_text("utf-8")[:100], "utf-8")
    return facts()


def leave(path: Path, mode: int = 0o600) -> Diary:
    path.touch()
    path.chmod(mode)
    return facts()


def spent(text: str, following: str) -> Fact:
    return Fact("refresh", text, "spend", {"next": following, "family": "tf_1"})


def revoked(scene: Scene) -> Diary:
    """A revocation of a token that the store knows nothing of."""
    token = minted(scene)
    return facts(token, Fact("token", token.subject, "revoke"))


#: Invariant -> what breaks it: changes the scene, or returns the diary that it belies.
DEFECTS: dict[str, Callable[[Scene], Diary]] = {
    "no exit code but those that an operation may have": lambda scene: entry(9),
    "no traceback": lambda scene: entry(0, "Traceback (most recent call last)"),
    "no answer that contradicts an earlier one": lambda scene: facts(
        Fact("answer", "jwt mint", "wrong", "two keys sign")
    ),
    "an API key verifies until it was revoked, disabled or over": lambda scene: facts(
        issued(scene), issued(scene)._replace(act="revoke")
    ),
    "an API key has the metadata that it was given": lambda scene: facts(
        Fact("meta", id_of(scene.quota_key), "set", "7")
    ),
    "a quota is counted once a use": lambda scene: facts(Fact("quota", "quota", "passed")),
    "a refresh token is spent once": lambda scene: facts(spent("rt_1", "rt_2"), spent("rt_1", "3")),
    "families have no gap and no fork": lambda scene: changed(
        scene, "UPDATE refresh_tokens SET used_at = 5"
    ),
    "a one-time or recovery code passes once": lambda scene: facts(
        *[Fact("code", "race-0 17", "pass")] * 2
    ),
    "one key an algorithm signs": lambda scene: changed(
        scene, "UPDATE signing_keys SET state = 'retired' WHERE alg = 'EdDSA' AND state = 'active'"
    ),
    "no key signs that verifiers cannot know": lambda scene: changed(
        scene,
        "UPDATE signing_keys SET activated_at = published_at + 1999"
        " WHERE alg = 'EdDSA' AND state = 'next'",
    ),
    "what is published is what was recorded": cut_jwks,
    "a token verifies against the JWKS": lambda scene: facts(minted(scene, text="e30.e30.e30")),
    "a token verifies by the store, and a revoked one never": revoked,
    "the audit verifies": lambda scene: changed(
        scene, "UPDATE audit_events SET actor = 'mallory' WHERE seq = 3"
    ),
    "every change has its event": lambda scene: facts(issued(scene)._replace(act="revoke")),
    "the database is sound": lambda scene: changed(
        scene, "INSERT INTO api_key_usage VALUES (404, 0, 'ok', 1)"
    ),
    "nothing temporary is left": lambda scene: leave(
        scene.folder / "store" / ".auth.db.audit-head.0123456789ab.tmp"
    ),
    "files are their owner's alone": lambda scene: leave(scene.backups / "one", 0o640),
    "the keychain holds what was put there": lambda scene: facts(
        Fact("secret", "secret-0-1", "set", "v")
    ),
    "a backup restores": lambda scene: facts(
        Fact("backup", str(scene.backups / "one"), "write", str(scene.backups / "one.roots"))
    ),
}


def test_every_invariant_has_a_defect_here() -> None:
    assert DEFECTS.keys() == INVARIANTS.keys()


def test_nothing_is_found_where_nothing_is_wrong(scene: Scene) -> None:
    """The diary tells of a command, a key and a token, and the store bears it out."""
    told = Diary(entry(0).entries, [issued(scene), minted(scene)])
    found = {name: list(check(told, scene)) for name, check in INVARIANTS.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(scene: Scene, name: str) -> None:
    diary = DEFECTS[name](scene)
    assert list(INVARIANTS[name](diary, scene)) != []


def test_only_sigkill_excuses_what_is_left(scene: Scene) -> None:
    """What lies there from the time of another command, it did not leave."""
    leave(scene.backups / ".one.0123456789ab.tmp")
    now = time.time()
    [ran] = entry(-9).entries
    killed = ran._replace(fate="SIGKILL", began=now - 1, ended=now)
    left = INVARIANTS["nothing temporary is left"]
    assert list(left(Diary([killed], []), scene)) == []
    assert list(left(Diary([killed._replace(fate="SIGTERM")], []), scene)) != []
    assert list(left(Diary([killed._replace(began=0, ended=1)], []), scene)) != []


def test_an_account_that_was_saved_has_to_be_there(scene: Scene) -> None:
    held = INVARIANTS["the keychain holds what was put there"]
    assert list(held(facts(Fact("secret", "race-0", "save")), scene)) == []
    assert list(held(facts(Fact("secret", "race-1", "save")), scene)) != []


def test_ctrl_c_is_excused_only_while_python_itself_starts(scene: Scene) -> None:
    """A traceback that has a line of ours is a bug, whenever it came."""
    said = 'Traceback (most recent call last):\n  File "{}", line 1\nKeyboardInterrupt\n'
    for file, excused in (("<frozen site>", True), ("/x/authcli/cli/_root.py", False)):
        [ran] = entry(1, said.format(file)).entries
        diary = Diary([ran._replace(fate="SIGINT")], [])
        for name in ("no traceback", "no exit code but those that an operation may have"):
            assert (list(INVARIANTS[name](diary, scene)) == []) == excused
