"""The folder of a fixture set: whole or not there, nothing private in public, nothing followed."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from authcli import keys
from authcli.cli._errors import ExitCode
from authcli.errors import AuthError, Conflict, InvalidInput
from authcli.tokens.fixtures import FixtureSet, make_fixtures, reading
from authcli.tokens.fixtures.folder import check_folder, write_folder
from authcli.tokens.fixtures.manifest import EXITS, MAX_MANIFEST_BYTES, File, files_of
from authcli.tokens.fixtures.reading import read_folder
from tests.tokens.forging import NOW, key_for


@pytest.fixture(scope="module")
def made() -> FixtureSet:
    return make_fixtures(key=key_for("ES256"), at=NOW)


@pytest.fixture(scope="module")
def files(made: FixtureSet) -> dict[str, File]:
    return files_of(made)


@pytest.fixture
def written(files: dict[str, File], tmp_path: Path) -> Path:
    write_folder(files, tmp_path / "fixtures")
    return tmp_path / "fixtures"


@pytest.fixture
def small(made: FixtureSet, tmp_path: Path) -> Path:
    """A folder of few tokens, where it does not matter which."""
    few = made._replace(fixtures=(*made.good[:1], *made.bad[:1]))
    write_folder(files_of(few), tmp_path / "fixtures")
    return tmp_path / "fixtures"


def tree(path: Path) -> dict[str, bytes]:
    """Return every file below a folder with its contents."""
    return {
        str(found.relative_to(path)): found.read_bytes()
        for found in sorted(path.rglob("*"))
        if found.is_file()
    }


def test_what_was_written_is_read_again(made: FixtureSet, written: Path) -> None:
    for path in (written, written / "manifest.json"):
        again = read_folder(path)
        assert again._replace(keys=made.keys, secrets=made.secrets) == made
        for before, after in ((made.keys, again.keys), (made.secrets, again.secrets)):
            assert [(k.kid, k.alg) for k in after] == [(k.kid, k.alg) for k in before]
            assert [keys.thumbprint(k) for k in after] == [keys.thumbprint(k) for k in before]


def test_each_token_is_a_file_of_its_own(made: FixtureSet, written: Path) -> None:
    for fixture in made.fixtures:
        path = written / ("good" if fixture.valid else "bad") / f"{fixture.name}.jwt"
        assert path.read_bytes() == fixture.token.encode()
    assert len(tree(written)) == len(made.fixtures) + 4


def test_the_manifest_reads_without_authcli(made: FixtureSet, written: Path) -> None:
    """What is promised to scripts in other languages."""
    manifest = json.loads((written / "manifest.json").read_text("ascii"))
    assert manifest["schema"] == "authcli/jwt.fixtures/1"
    assert manifest["now"] == NOW
    assert manifest["made_at"] == "2026-12-01T09:00:00Z"
    assert manifest["expect"] == {
        "issuer": made.issuer,
        "audience": made.audience,
        "subject": made.subject,
        "typ": made.typ,
        "require": ["exp"],
    }
    rows = {row["name"]: row for row in manifest["tokens"]}
    assert rows["expired"] == {
        "name": "expired",
        "file": "bad/expired.jwt",
        "valid": False,
        "verdict": "expired",
        "exit": 4,
        "code": "token.expired",
        "reason": "exp was a month ago",
        "demand": "must",
        "alg": "ES256",
        "keys": "jwks.json",
        "source": "RFC 7519, section 4.1.4",
    }
    assert rows["good-hs384"]["keys"] == "hmac.jwks.json"


def test_exits_are_those_of_the_command_line() -> None:
    assert {verdict: ExitCode(code).name.lower() for verdict, code in EXITS.items()} == {
        "valid": "ok",
        "rejected": "rejected",
        "expired": "expired",
        "denied": "denied",
    }


def test_nothing_private_is_in_a_public_file(written: Path) -> None:
    for name in ("jwks.json", "public.pem"):
        found = keys.read_set((written / name).read_bytes())
        assert [key for key in found if key.private] == []
    private = {"d", "p", "q", "dp", "dq", "qi", "k", "priv"}
    for jwk in json.loads((written / "jwks.json").read_bytes())["keys"]:
        assert not private & jwk.keys()
        assert {"kid", "alg"} <= jwk.keys()


def test_tokens_and_secrets_are_their_owners_alone(written: Path) -> None:
    modes = {
        str(path.relative_to(written)): stat.S_IMODE(path.stat().st_mode)
        for path in written.rglob("*")
        if path.is_file()
    }
    public = {"jwks.json", "manifest.json", "public.pem"}
    assert {name for name, mode in modes.items() if mode == 0o644} == public
    assert {mode for name, mode in modes.items() if name not in public} == {0o600}


def test_a_set_of_a_shared_secret_publishes_no_pem(tmp_path: Path) -> None:
    write_folder(files_of(make_fixtures(algorithm="HS256", at=NOW)), tmp_path / "out")
    assert not (tmp_path / "out" / "public.pem").exists()
    assert read_folder(tmp_path / "out").find("expired").shared


def test_a_folder_in_use_is_not_oversmall(files: dict[str, File], small: Path) -> None:
    before = tree(small)
    with pytest.raises(Conflict, match="is not empty"):
        write_folder(files, small)
    assert tree(small) == before


def test_an_older_set_is_replaced_whole(files: dict[str, File], written: Path) -> None:
    """Names that the new set no longer has are gone, and the folder itself stays the same."""
    (written / "bad" / "of-an-older-version.jwt").write_text("x")
    inode = written.stat().st_ino
    write_folder(files, written, replace=True)
    assert tree(written) == {name: file.data for name, file in files.items()}
    assert written.stat().st_ino == inode


def test_an_empty_folder_is_filled(files: dict[str, File], tmp_path: Path) -> None:
    inode = tmp_path.stat().st_ino
    write_folder(files, tmp_path)
    assert tree(tmp_path) == {name: file.data for name, file in files.items()}
    assert tmp_path.stat().st_ino == inode


@pytest.mark.parametrize("name", ["precious.txt", "bad/notes.md"])
def test_a_folder_with_other_files_is_never_replaced(
    name: str, files: dict[str, File], small: Path
) -> None:
    (small / name).write_text("mine")
    with pytest.raises(InvalidInput, match="other files"):
        write_folder(files, small, replace=True)
    assert (small / name).read_text() == "mine"


OWN = {"jwks.json": "mine", "public.pem": "mine", "good/x.jwt": "mine"}


@pytest.mark.parametrize(
    ("manifest", "nested"),
    [(None, False), ('{"schema": "of/another"}', False), ("link", False), (None, True)],
)
def test_names_like_ours_make_no_set(
    manifest: str | None, nested: bool, files: dict[str, File], tmp_path: Path
) -> None:
    """Keys and tokens of one's own may have these names; only a manifest of ours tells."""
    target = tmp_path / "own"
    for name, text in OWN.items():
        path = target / name / "file" if nested and "/" in name else target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if manifest == "link":
        (tmp_path / "elsewhere").write_bytes(files["manifest.json"].data)
        (target / "manifest.json").symlink_to("../elsewhere")
    elif manifest:
        (target / "manifest.json").write_text(manifest)
    before = tree(target)
    for attempt in (check_folder, lambda path, **options: write_folder(files, path, **options)):
        with pytest.raises(InvalidInput) as caught:
            attempt(target, replace=True)
        assert caught.value.code == "file.kind"
    assert tree(target) == before


@pytest.mark.parametrize("name", ["good/x.jwt", "bad/x.jwt", "jwks.json", "good"])
@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_a_set_holds_regular_files_alone(
    name: str, kind: str, files: dict[str, File], small: Path
) -> None:
    path = small / name
    if path.is_dir():
        path.rename(small.parent / "moved")
        if kind == "folder":
            path = path / "x.jwt"
            path.parent.mkdir()
    path.unlink(missing_ok=True)
    if kind == "folder":
        path.mkdir()
        (path / "file").write_text("mine")
    elif kind == "link":
        path.symlink_to(small.parent)
    else:
        os.mkfifo(path)
    before = tree(small)
    with pytest.raises(InvalidInput, match="other files than fixtures"):
        write_folder(files, small, replace=True)
    assert tree(small) == before
    assert os.path.lexists(path)


def test_a_damaged_manifest_is_still_of_a_set(files: dict[str, File], written: Path) -> None:
    """`help manifest.malformed` says to replace it."""
    path = written / "manifest.json"
    path.write_bytes(path.read_bytes()[:5000])
    write_folder(files, written, replace=True)
    assert tree(written) == {name: file.data for name, file in files.items()}


@pytest.mark.parametrize(
    "name",
    [
        *("mine", "new/mine.txt", "old/good/mine.txt", "new/good/deep/x.jwt", "older/x.jwt"),
        "../.fixtures.mine.tmp/new/jwks.json",
    ],
)
def test_only_what_a_killed_writer_leaves_is_cleared(
    name: str, files: dict[str, File], small: Path
) -> None:
    inside = small / ".fixtures.0123456789ab.tmp"
    for part in ("new", "old/good"):
        (inside / part).mkdir(parents=True)
    (inside / "old" / "good" / "x.jwt").write_text("x")
    path = inside / name
    path.resolve().parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    with pytest.raises(InvalidInput, match="other files than fixtures"):
        write_folder(files, small, replace=True)
    assert path.read_text() == "mine"
    path.unlink()


def test_a_writer_at_work_is_not_taken_for_a_killed_one(
    files: dict[str, File], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that replace a set at once, the second is refused."""
    rename, refused = Path.rename, []

    def meets_another(self: Path, target: Path) -> Path:
        if not refused:
            refused.append(None)
            with pytest.raises(InvalidInput, match=r"other files than fixtures: '\.fixtures\."):
                check_folder(small, replace=True)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", meets_another)
    write_folder(files, small, replace=True)
    assert refused
    assert tree(small) == {name: file.data for name, file in files.items()}


def test_a_link_or_a_file_is_no_folder(files: dict[str, File], tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "file").write_text("x")
    for name in ("link", "dangling", "file"):
        with pytest.raises(InvalidInput, match="is not a folder"):
            write_folder(files, tmp_path / name, replace=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dangling",
        "file",
        "link",
        "there",
    ]


@pytest.mark.parametrize("replace", [False, True])
def test_a_full_disk_leaves_what_was_there(
    replace: bool, files: dict[str, File], tmp_path: Path
) -> None:
    """No file may grow beyond 40 KiB in the process that writes."""
    target = tmp_path / "fixtures"
    if replace:
        write_folder(files, target)
    before = tree(tmp_path)
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from authcli.errors import AuthError\n"
        "from authcli.tokens.fixtures import make_fixtures\n"
        "from authcli.tokens.fixtures.folder import write_folder\n"
        "from authcli.tokens.fixtures.manifest import files_of\n"
        "files = files_of(make_fixtures())\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40960, 40960))\n"
        "try:\n"
        "    write_folder(files, Path(sys.argv[1]), replace=True)\n"
        "except AuthError as error:\n"
        "    print(type(error).__name__, error.code, error.message)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(target)], capture_output=True, text=True)
    assert done.stdout == f"AuthError output.failed cannot write {target}: file too large\n"
    assert done.stderr == ""
    assert tree(tmp_path) == before
    assert sorted(tmp_path.iterdir()) == ([target] if replace else [])


def test_a_failure_while_moving_puts_the_old_set_back(
    files: dict[str, File], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(small)
    rename = Path.rename

    def fails_once(self: Path, target: Path) -> Path:
        if self.parent.name == "new" and self.name == "bad" and not broken:
            broken.append(self)
            raise OSError(5, "Input/output error")
        return rename(self, target)

    broken: list[Path] = []
    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(AuthError, match="input/output error"):
        write_folder(files, small, replace=True)
    assert broken
    assert tree(small) == before


#: Write a set over another; be killed at the rename whose number is given.
KILLED = """\
import os, signal, sys
from pathlib import Path
from authcli.tokens.fixtures.folder import write_folder
from authcli.tokens.fixtures.manifest import File

text = b'{"schema": "authcli/jwt.fixtures/1", "is": "new"}'
names = ("jwks.json", "hmac.jwks.json", "good/good.jwt", "bad/bad.jwt", "manifest.json")
files = {name: File(text, private=False) for name in names}
renames = 0

def count(event, arguments):
    global renames
    if event == "os.rename":
        renames += 1
        if renames == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
write_folder(files, Path(sys.argv[1]), replace=True)
"""


def test_while_a_manifest_stands_the_set_is_whole(tmp_path: Path) -> None:
    """Killed at any rename, the folder has the old set, the new one, or no manifest."""
    names = ("jwks.json", "hmac.jwks.json", "good/good.jwt", "bad/bad.jwt", "manifest.json")
    old, new = (
        b'{"schema": "authcli/jwt.fixtures/1", "is": "%s"}' % state for state in (b"old", b"new")
    )
    states = {old: "old", new: "new", None: "none"}
    files = {name: File(old, private=False) for name in names}
    left: list[str] = []
    while not left or left[-1] != "done":
        folder = tmp_path / str(len(left))
        write_folder(files, folder)
        command = [sys.executable, "-c", KILLED, str(folder), str(len(left) + 1)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.returncode, done.stderr) in ((0, ""), (-9, ""))
        found = {name: text for name, text in tree(folder).items() if ".tmp/" not in name}
        if "manifest.json" in found:
            assert found in (dict.fromkeys(names, old), dict.fromkeys(names, new)), left
        left.append("done" if not done.returncode else states[found.get("manifest.json")])
        # Whatever was left, the next writer replaces, and clears it away.
        write_folder(files, folder, replace=True)
        assert tree(folder) == dict.fromkeys(names, old)
        assert sorted(os.listdir(folder)) == sorted({name.partition("/")[0] for name in names})
    # Five names go away and five come: after the first of them and before the last, no manifest.
    assert left[:2] == ["old"] * 2
    assert set(left[2:-1]) == {"none"}
    assert len(left) > 10


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_disk_at_fault_is_no_usage_error(
    number: int, files: dict[str, File], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *options: object, **more: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(AuthError) as caught:
        write_folder(files, tmp_path / "fixtures")
    assert (type(caught.value), caught.value.code) == (AuthError, "output.failed")


@pytest.mark.parametrize("there", [False, True])
def test_every_file_is_on_the_disk_before_the_set_is_in_its_place(
    there: bool, small: Path, made: FixtureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = files_of(made._replace(fixtures=(*made.good[:1], *made.bad[:1])))
    target = small if there else small.with_name("other")
    synced: set[int] = set()
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    write_folder(few, target, replace=True)
    monkeypatch.undo()
    assert {path.stat().st_ino for path in (target, *target.rglob("*"))} <= synced


def test_an_unwritable_place_is_a_usage_error(files: dict[str, File], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput, match="cannot write"):
        write_folder(files, tmp_path / "file" / "fixtures")
    with pytest.raises(InvalidInput, match="cannot"):
        write_folder(files, tmp_path / ("x" * 300))


# --- manifests of strangers ---------------------------------------------------------------------


def spoil(small: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = small / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def first(manifest: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = manifest["tokens"][0]
    return row


HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "another schema": lambda m: m.update(schema="authcli/jwt.fixtures/2"),
    "no schema": lambda m: m.pop("schema"),
    "no tokens": lambda m: m.update(tokens=[]),
    "tokens are an object": lambda m: m.update(tokens={}),
    "a token is a string": lambda m: m.update(tokens=["good"]),
    "a file twice": lambda m: m["tokens"].append({**first(m), "name": "another"}),
    "a file twice, spelled otherwise": lambda m: m["tokens"].append(
        {**first(m), "name": "another", "file": f"./{first(m)['file']}".replace("/", "//")}
    ),
    "too many tokens": lambda m: m["tokens"].extend(
        {**first(m), "name": f"n{number}", "file": f"good/{number}.jwt"} for number in range(2000)
    ),
    "a name twice": lambda m: m["tokens"].append(first(m)),
    "a name with a slash": lambda m: first(m).update(name="../x"),
    "a name that repaints": lambda m: first(m).update(name="\u202egood"),
    "valid is a string": lambda m: first(m).update(valid="true"),
    "valid contradicts": lambda m: first(m).update(valid=False, code="token.expired"),
    "no such verdict": lambda m: first(m).update(verdict="fine"),
    "another exit": lambda m: first(m).update(exit=3),
    "no such demand": lambda m: first(m).update(demand="maybe"),
    "no reason": lambda m: first(m).pop("reason"),
    "a code that repaints": lambda m: m["tokens"][-1].update(code="token.x\x1b[2J"),
    "no code": lambda m: m["tokens"][-1].update(code=None),
    "now is true": lambda m: m.update(now=True),
    "now is a string": lambda m: m.update(now="now"),
    "now is absurd": lambda m: m.update(now=10**18),
    "now is infinite": lambda m: m.update(now=1e300),
    "other claims are required": lambda m: m["expect"].update(require=["exp", "nonce"]),
    "an empty audience": lambda m: m["expect"].update(audience=""),
    "no keys": lambda m: m.pop("keys"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_malformed_manifest_is_one_clear_error(name: str, small: Path) -> None:
    spoil(small, HOSTILE[name])
    with pytest.raises(InvalidInput) as caught:
        read_folder(small)
    assert caught.value.code == "manifest.malformed"
    assert caught.value.message.isascii()
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "path",
    [
        "../outside.jwt",
        "bad/../../outside.jwt",
        "/etc/hostname",
        "C:\\outside.jwt",
        "..\\outside.jwt",
        "bad/link.jwt",
        "linked/outside.jwt",
    ],
)
@pytest.mark.parametrize("member", ["token", "keys"])
def test_a_manifest_names_no_file_elsewhere(path: str, member: str, small: Path) -> None:
    (small.parent / "outside.jwt").write_text("secret")
    (small / "bad" / "link.jwt").symlink_to(small.parent / "outside.jwt")
    (small / "linked").symlink_to("..")
    if member == "token":
        spoil(small, lambda m: first(m).update(file=path))
    else:
        spoil(small, lambda m: m["keys"].update(public=path))
    with pytest.raises(InvalidInput, match="outside its folder") as caught:
        read_folder(small)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("swapped", ["good/good.jwt", "good"])
def test_a_link_put_there_after_the_look_is_not_followed(
    swapped: str, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = small.parent / "outside"
    outside.mkdir()
    (outside / "good.jwt").write_text("secret")
    resolve = Path.resolve

    def swaps(self: Path, strict: bool = False) -> Path:
        found = resolve(self, strict)
        if self.name == "good.jwt":
            (small / swapped).rename(small.parent / "away")
            (small / swapped).symlink_to(outside / "good.jwt" if "/" in swapped else outside)
        return found

    monkeypatch.setattr(Path, "resolve", swaps)
    with pytest.raises(InvalidInput, match="cannot read"):
        read_folder(small)
    assert (small / swapped).is_symlink()


def test_a_link_within_the_folder_is_followed(made: FixtureSet, small: Path) -> None:
    (small / "good" / "good.jwt").rename(small / "kept.jwt")
    (small / "good" / "good.jwt").symlink_to("../kept.jwt")
    assert read_folder(small).find("good") == made.find("good")


def test_a_pipe_is_not_waited_for(small: Path) -> None:
    os.mkfifo(small / "bad" / "pipe.jwt")
    spoil(small, lambda m: first(m).update(file="bad/pipe.jwt"))
    with pytest.raises(InvalidInput, match="not a regular file"):
        read_folder(small)


@pytest.mark.parametrize("path", ["missing.jwt", "bad", "x\0y"])
def test_a_file_that_cannot_be_read_is_a_usage_error(path: str, small: Path) -> None:
    spoil(small, lambda m: first(m).update(file=path))
    with pytest.raises(InvalidInput):
        read_folder(small)


def test_sizes_are_bounded(small: Path) -> None:
    (small / "good" / "good.jwt").write_bytes(b"x" * (reading._MAX_FILE_BYTES + 1))
    with pytest.raises(InvalidInput, match="larger than"):
        read_folder(small)
    with (small / "manifest.json").open("ab") as file:
        file.truncate(MAX_MANIFEST_BYTES + 1)
    with pytest.raises(InvalidInput, match="larger than"):
        read_folder(small)


def test_all_files_together_are_bounded(small: Path) -> None:
    """Each is small enough; a thousand of them would fill the memory."""
    many = [f"bad/big-{number}.jwt" for number in range(20)]
    for name in many:
        with (small / name).open("wb") as file:
            file.truncate(1_000_000)
    rows = [{"name": f"big-{number}", "file": name} for number, name in enumerate(many)]
    spoil(small, lambda m: m["tokens"].extend({**m["tokens"][-1], **row} for row in rows))
    with pytest.raises(InvalidInput, match="larger than 16777216 bytes together") as caught:
        read_folder(small)
    assert caught.value.code == "source.too-large"


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b"{" * 10_000, b'{"schema":1,"schema":2}'])
def test_bytes_that_are_no_manifest(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(text)
    with pytest.raises(InvalidInput) as caught:
        read_folder(tmp_path)
    assert caught.value.code == "manifest.malformed"


def test_no_manifest_at_all(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.json"):
        with pytest.raises(InvalidInput, match="cannot read"):
            read_folder(path)
