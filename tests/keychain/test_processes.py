"""Several processes at once, a full disk and a kill: nothing that was kept is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from authcli.secret import Secret
from tests.keychain.conftest import Open

ROOT = Path(__file__).resolve().parents[2]

#: A process of its own: cheap Argon2id, the file, and then what the test wants.
BEGIN = """\
import sys
from pathlib import Path
from authcli import passphrase_kdf
passphrase_kdf.MEMORY_KIB, passphrase_kdf.PASSES = passphrase_kdf.MIN_MEMORY_KIB, 1
from authcli.errors import AuthError
from authcli.keychain import open_keychain
from authcli.secret import Secret
folder, who = Path(sys.argv[1]), sys.argv[2]
keychain = open_keychain(folder, backend="file", passphrase=lambda new: Secret("correct"))
"""


def started(code: str, folder: Path, who: str = "0") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", BEGIN + code, str(folder), who],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_eight_processes_that_set_at_once_lose_nothing(opened: Open, folder: Path) -> None:
    """From a folder that does not exist: each of them may be the one that makes the file."""
    code = """
for number in range(5):
    keychain.set(f"n{who}-{number}", Secret(f"value {who} {number}"))
"""
    for process in [started(code, folder, str(who)) for who in range(8)]:
        finished(process)
    keychain = opened()
    names = [f"n{who}-{number}" for who in range(8) for number in range(5)]
    assert [entry.name for entry in keychain.entries()] == names
    assert keychain.get("n7-4") == Secret("value 7 4")
    assert {address.name for address, _ in keychain._file.entries()} == {*names}


def test_of_eight_that_want_one_name_one_gets_it(opened: Open, folder: Path) -> None:
    code = """
try:
    keychain.set("one", Secret(who), replace=False)
    print("mine")
except AuthError as error:
    print(error.code)
"""
    outcomes = [finished(p).strip() for p in [started(code, folder, str(n)) for n in range(8)]]
    assert sorted(outcomes) == ["keychain.exists"] * 7 + ["mine"]
    assert opened().get("one") == Secret(str(outcomes.index("mine")))


def test_a_lock_that_is_held_for_ever_is_said_to_be(
    opened: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    from authcli.errors import Unavailable
    from authcli.keychain import locking

    monkeypatch.setattr(locking, "PATIENCE_SECONDS", 0.1)
    opened().set("deploy", Secret("x"))
    with (folder / "keychain.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unavailable) as caught:
            opened().set("deploy", Secret("second"))
        assert caught.value.code == "keychain.busy"
        assert opened().get("deploy") == Secret("x")  # who reads does not wait


@pytest.mark.parametrize("limit", [0, 200, 400, 900])
def test_a_full_disk_changes_nothing(opened: Open, folder: Path, limit: int) -> None:
    """Wherever the disk fills: at the names, at the file, or never."""
    keychain = opened()
    keychain.set("deploy", Secret("first"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
for name in ("deploy", "new"):
    try:
        keychain.set(name, Secret("second" * 100))
        print("kept")
    except AuthError as error:
        print(error.code)
"""
    assert finished(started(code, folder)).split() == ["keychain.unwritable"] * 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert opened().get("deploy") == Secret("first")


def test_a_kill_leaves_the_old_or_the_new(opened: Open, folder: Path) -> None:
    """At fifteen moments; every value that was said to be kept is there."""
    opened().set("deploy", Secret("start"))
    code = """
import itertools
for number in itertools.count():
    keychain.set("deploy", Secret(f"{number} " * 500))
    keychain.set(f"n{number % 7}", Secret(str(number)))
    print(number, flush=True)
"""
    for round_ in range(15):
        process = started(code, folder)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.003 * round_)
        process.send_signal(signal.SIGKILL)
        last = int((process.communicate()[0].split() or ["0"])[-1])
        value = opened().get("deploy").reveal_text().split(" ")
        assert len({*value} - {""}) == 1
        assert int(value[0]) >= last
        keychain = opened()
        assert all(keychain.get(entry.name) for entry in keychain.entries())
    keychain.set("after", Secret("kill"))
    assert keychain.get("after") == Secret("kill")
