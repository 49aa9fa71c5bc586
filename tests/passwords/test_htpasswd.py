"""Files of users: Apache's own program understands ours, we its, and no writer's line is lost."""

from __future__ import annotations

import multiprocessing
import os
import stat
import subprocess
import time
from pathlib import Path

import pytest

from authcli.errors import HashUnusable, InvalidInput, NotFound, PasswordMismatch, Unavailable
from authcli.passwords import htpasswd, turns
from authcli.passwords.limits import Limits
from tests import requirements

PASSWORD = "sécret: 1"

# The command has one thread when it forks; the runner of these tests has several.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* multi-threaded:DeprecationWarning")


def add(path: Path, user: str, password: str = PASSWORD) -> str:
    return htpasswd.add(path, user, password, cost=4)


def apache(*arguments: str) -> int:
    """Run Apache's htpasswd; return its exit code."""
    command = [requirements.require("htpasswd"), *arguments]
    return subprocess.run(command, capture_output=True).returncode


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users"


def test_apache_verifies_what_is_added(file: Path) -> None:
    assert add(file, "alice") == "created"
    assert add(file, "büb") == "added"
    htpasswd.add(file, "carol", PASSWORD, scheme="sha512-crypt", rounds=1000)
    for user in ("alice", "büb", "carol"):
        assert apache("-vb", str(file), user, PASSWORD) == 0
        assert apache("-vb", str(file), user, PASSWORD + "x") == 3


@pytest.mark.parametrize("option", ["-m", "-B", "-s", "-d", "-2", "-5"])
def test_what_apache_adds_is_verified(file: Path, option: str) -> None:
    assert apache("-cb", option, str(file), "alice", "secret 1") == 0
    assert htpasswd.verify(file, "alice", "secret 1").scheme in htpasswd.APACHE_SCHEMES
    with pytest.raises(PasswordMismatch):
        htpasswd.verify(file, "alice", "secret 2")


def test_apache_and_we_change_the_same_file(file: Path) -> None:
    assert apache("-cbB", str(file), "alice", "one") == 0
    add(file, "bob")
    assert apache("-bB", str(file), "bob", "two") == 0
    assert add(file, "alice") == "changed"
    assert [user.name for user in htpasswd.users(file)] == ["alice", "bob"]
    htpasswd.verify(file, "bob", "two")
    assert apache("-vb", str(file), "alice", PASSWORD) == 0
    assert apache("-D", str(file), "alice") == 0
    assert [user.name for user in htpasswd.users(file)] == ["bob"]


def test_hashes_are_bcrypts_at_cost_12_unless_asked(file: Path) -> None:
    htpasswd.add(file, "alice", PASSWORD)
    assert file.read_text().startswith("alice:$2y$12$")
    htpasswd.add(file, "alice", PASSWORD, scheme="argon2id", memory_kib=64, lanes=1)
    assert file.read_text().startswith("alice:$argon2id$")


def test_what_bcrypt_would_cut_is_refused(file: Path) -> None:
    """Apache's program cuts at 72 bytes and says nothing."""
    with pytest.raises(InvalidInput, match="73 bytes"):
        add(file, "alice", "x" * 73)
    assert not file.exists()


def test_everything_else_stays_as_it_is(file: Path) -> None:
    before = b"# staff\n\n bob:{SHA}x\r\nno colon\n\tcarol:\xff:rest\n:nobody\nlast:*"
    file.write_bytes(before)
    add(file, "alice")
    lines = file.read_bytes().split(b"\n")
    assert b"\n".join(lines[:-2]) == before
    assert lines[-2].startswith(b"alice:$2y$04$")
    add(file, "bob")
    assert file.read_bytes().split(b"\n")[2].startswith(b"bob:$2y$04$")
    htpasswd.remove(file, "alice")
    htpasswd.remove(file, "bob")
    assert file.read_bytes() == before.replace(b" bob:{SHA}x\r\n", b"") + b"\n"


def test_lines_that_end_in_cr_lf_get_one_more(file: Path) -> None:
    file.write_bytes(b"bob:*\r\n")
    add(file, "alice")
    assert file.read_bytes().endswith(b"\r\n")
    assert file.read_bytes().count(b"\r\n") == 2


def test_a_user_who_is_there_twice(file: Path) -> None:
    """Servers take the first line, so a changed password must not leave the old one behind it."""
    add(file, "alice", "old")
    file.write_bytes(file.read_bytes() * 2 + b"bob:*\n")
    assert add(file, "alice") == "changed"
    assert [line.split(b":")[0] for line in file.read_bytes().splitlines()] == [b"alice", b"bob"]
    htpasswd.verify(file, "alice", PASSWORD)


def test_owner_mode_and_attributes_stay(file: Path) -> None:
    add(file, "alice")
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 12345, 54321)
    before = file.stat()
    try:
        os.setxattr(file, "user.kept", b"yes")
        kept = True
    except OSError:
        kept = False
    umask = os.umask(0o077)
    try:
        add(file, "bob")
        htpasswd.remove(file, "alice")
    finally:
        os.umask(umask)
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    if kept:
        assert os.getxattr(file, "user.kept") == b"yes"
    assert [path.name for path in file.parent.iterdir()] == ["users"]


def test_a_new_file_is_its_owners_alone(file: Path) -> None:
    umask = os.umask(0)
    try:
        add(file, "alice")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_followed(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    add(link, "alice")
    add(link, "bob")
    assert link.is_symlink()
    assert len(htpasswd.users(file)) == 2


@pytest.mark.parametrize(
    "user", ["", "a:b", "a\nb", "a\0", "#a", " a", "a ", "x" * 256, "é" * 128, "\x9b", "a\ud800"]
)
def test_a_name_that_servers_would_misread_is_refused(file: Path, user: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(file, user)
    assert caught.value.code == "htpasswd.user"
    assert not file.exists()


def test_only_users_can_be_removed(file: Path) -> None:
    add(file, "alice")
    before = file.read_bytes()
    for user in ("bob", "ali", "alice:", ""):
        with pytest.raises(NotFound):
            htpasswd.remove(file, user)
    htpasswd.remove(file, "alice", dry_run=True)
    assert file.read_bytes() == before
    with pytest.raises(InvalidInput, match="no such file"):
        htpasswd.remove(file.with_name("other"), "alice")
    assert not file.with_name("other").exists()


def test_what_is_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"SQLite\0")
    os.mkfifo(tmp_path / "pipe")
    for name in (".", "binary", "pipe", "/dev/null"):
        with pytest.raises(InvalidInput) as caught:
            add(tmp_path / name, "alice")
        assert caught.value.code == "htpasswd.file"
    with pytest.raises(InvalidInput, match="no such file"):
        add(tmp_path / "none" / "users", "alice")
    assert (tmp_path / "binary").read_bytes() == b"SQLite\0"


def test_another_text_file_is_no_file_of_users(tmp_path: Path) -> None:
    """Else a slip of the finger would write a line into a private key."""
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n")
    before = key.read_bytes()
    for attempt in (
        lambda: add(key, "alice"),
        lambda: htpasswd.users(key),
        lambda: htpasswd.verify(key, "alice", "x"),
    ):
        with pytest.raises(InvalidInput, match="none of its lines is user:hash") as caught:
            attempt()
        assert caught.value.code == "htpasswd.file"
    assert key.read_bytes() == before
    notes = tmp_path / "notes"
    notes.write_text("# nobody yet\n\n")
    assert htpasswd.users(notes) == []
    add(notes, "alice")
    assert notes.read_text().startswith("# nobody yet\n\nalice:")


def _refusal(file: Path, user: str, password: str) -> tuple[str, str, float]:
    """Return the error of verifying, and the processor time that it took."""
    begun = time.process_time()
    with pytest.raises(PasswordMismatch) as caught:
        htpasswd.verify(file, user, password)
    return caught.value.message, caught.value.code, time.process_time() - begun


@pytest.mark.parametrize("kind", ["bcrypt", "pbkdf2-sha256"])
def test_an_unknown_user_is_answered_as_a_wrong_password_is(file: Path, kind: str) -> None:
    """The same words, after as long: who there is remains unsaid."""
    cost = {"bcrypt": {"cost": 8}, "pbkdf2-sha256": {"rounds": 40_000}}[kind]
    for user in ("alice", "bob"):
        htpasswd.add(file, user, PASSWORD, scheme=kind, **cost)  # type: ignore[arg-type]
    known = [_refusal(file, "alice", "wrong") for _ in range(4)]
    unknown = [_refusal(file, "mallory", PASSWORD) for _ in range(4)]
    assert {row[:2] for row in known} == {row[:2] for row in unknown}
    ratio = min(row[2] for row in unknown) / min(row[2] for row in known)
    assert 0.6 < ratio < 1.7


def test_of_a_file_without_users_everyone_is_refused_after_a_while(file: Path) -> None:
    file.write_text("# nobody\nold:*\n")
    _, code, seconds = _refusal(file, "alice", PASSWORD)
    assert code == "password.mismatch"
    assert seconds > 0.03


def test_a_hash_that_cannot_be_used_is_no_wrong_password(file: Path) -> None:
    file.write_text("broken:$2y$05$short\ndear:$2y$31$" + "C" * 21 + "." + "C" * 31 + "\n")
    for user in ("broken", "dear"):
        with pytest.raises(HashUnusable):
            htpasswd.verify(file, user, PASSWORD, limits=Limits())


def _add_some(path: str, name: int) -> None:
    for number in range(5):
        add(Path(path), f"user{name}-{number}")


def test_eight_processes_that_add_at_once_lose_nothing(file: Path) -> None:
    """From no file on, while a ninth removes and a reader looks."""
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_add_some, args=(str(file), n)) for n in range(8)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        if file.exists():
            assert all(user.hash.startswith("$2y$04$") for user in htpasswd.users(file))
            add(file, "shaky")
            htpasswd.remove(file, "shaky")
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    names = {user.name for user in htpasswd.users(file)}
    assert names == {f"user{n}-{number}" for n in range(8) for number in range(5)}
    assert [path.name for path in file.parent.iterdir()] == ["users"]


def test_who_holds_the_lock_for_ever_is_not_waited_for(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(turns, "_PATIENCE_SECONDS", 0.05)
    add(file, "alice")
    with file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unavailable) as caught:
            add(file, "bob")
    assert caught.value.code == "htpasswd.locked"
    add(file, "bob")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_who_cannot_keep_the_owner_changes_nothing(file: Path) -> None:
    """A replaced file would be the writer's own, and the server's no more."""
    add(file, "alice")
    os.chown(file, 12345, 12345)
    file.chmod(0o666)
    file.parent.chmod(0o777)
    before = file.read_bytes()
    # The folders above are root's alone: the child starts in this one.
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chdir(file.parent)
            os.setgroups([])
            os.setgid(54321)
            os.setuid(54321)
            try:
                turns._replace(Path("users"), os.open("users", os.O_RDWR), b"x")
            except InvalidInput as error:
                code = 0 if error.code == "htpasswd.owner" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["users"]
