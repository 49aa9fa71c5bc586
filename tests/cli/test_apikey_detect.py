"""`authcli apikey detect`: where keys stand, which are live, and never the key itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from pathlib import Path

import pexpect
import pytest

from authcli.apikeys.text import build, display_id, new_id, new_secret, parse
from authcli.clock import now_ms
from tests import requirements
from tests.cli.harness import Cli, Result

KEY = re.compile(r"ak_live_[0-9A-Za-z]{60}")


def foreign(prefix: str = "ak_live") -> str:
    """A key that no store has."""
    return build(prefix=prefix, key_id=new_id(now_ms=now_ms()), secret=new_secret())


def id_of(text: str) -> str:
    return display_id(parse(text).id)


def detect(cli: Cli, *words: str, stdin: str | bytes | None = None) -> Result:
    """Run it; whatever it says, it says no key."""
    result = cli("apikey", "detect", *words, stdin=stdin)
    assert not KEY.search(result.out + result.err)
    return result


def issued(cli: Cli, name: str = "ci") -> str:
    return cli.ok("apikey", "issue", name)


def items(result: Result) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(result.out)["items"]
    return found


# --- what is said -------------------------------------------------------------------------------


def test_places_in_a_pipe(cli: Cli) -> None:
    """On a machine that has no store: PATH:LINE:COLUMN:ID, and exit code 3."""
    one, other = foreign(), foreign("acme_test")
    (cli.home / "b").mkdir()
    (cli.home / "b" / "x.py").write_text(f'\nKEY = "{one}"\n')
    (cli.home / "a.bin").write_bytes(b"\0\xff\n\x01MY_" + other.encode() + b"\0")
    assert str(detect(cli, ".")) == (
        "exit: 3\n--- stdout\n"
        f"./a.bin:2:5:{id_of(other)}\n"
        f"./b/x.py:2:8:{id_of(one)}\n"
        "--- stderr\nerror: 2 API keys found in 2 places\n"
    )
    assert not (cli.home / ".local").exists()


def test_nothing_found_is_0(cli: Cli) -> None:
    (cli.home / "x").write_text(foreign()[:-1])
    assert str(detect(cli, "x")) == "exit: 0\n--- stdout\n--- stderr\n"
    facts = json.loads(detect(cli, "x", "--json").out)
    assert facts["items"] == []
    assert facts["counts"] == {"files": 1, "keys": 0, "places": 0, "live": None, "unread": 0}


def test_json_says_what_the_store_knows(cli: Cli) -> None:
    mine, other = issued(cli), foreign()
    (cli.home / "x").write_text(f"{mine}\n{other}\n")
    result = detect(cli, "x", "--json")
    assert result.code == 3
    assert items(result) == [
        {
            "path": "x", "line": 1, "column": 1, "id": id_of(mine), "prefix": "ak_live",
            "masked": f"ak_live_…{mine[-4:]}", "state": "live", "name": "ci", "owner": None,
            "live": True, "commit": None, "file": None,
        },
        {
            "path": "x", "line": 2, "column": 1, "id": id_of(other), "prefix": "ak_live",
            "masked": f"ak_live_…{other[-4:]}", "state": None, "name": None, "owner": None,
            "live": False, "commit": None, "file": None,
        },
    ]  # fmt: skip
    error = json.loads(result.err)["error"]
    assert (error["code"], error["exit"]) == ("apikey.found", 3)
    assert error["message"] == "2 API keys found in 2 places, 1 live"
    lines = detect(cli, "x", "--jsonl").out.splitlines()
    assert [json.loads(line)["line"] for line in lines] == [1, 2]
    fields = detect(cli, "x", "--field", "name", "--field", "live").out
    assert fields == "ci\ttrue\n\tfalse\n"
    assert "live" in detect(cli, "x", "--field", "key").err


def test_without_the_store_nothing_is_known(cli: Cli) -> None:
    (cli.home / "x").write_text(issued(cli))
    [item] = items(detect(cli, "x", "--no-store", "--json"))
    assert (item["live"], item["name"]) == (None, None)


def test_a_forged_key_tells_no_name_and_revokes_nothing(cli: Cli) -> None:
    """Everybody can write an id that he saw in a log, and its checksum."""
    mine = issued(cli)
    forged = build(prefix="ak_live", key_id=parse(mine).id, secret=new_secret())
    (cli.home / "x").write_text(forged)
    [item] = items(detect(cli, "x", "--json"))
    assert (item["id"], item["live"], item["name"]) == (id_of(mine), False, None)
    assert detect(cli, "x", "--revoke", "--yes").code == 3
    assert cli("apikey", "verify", mine).code == 0


def test_a_terminal_gets_words(cli: Cli) -> None:
    mine = issued(cli)
    (cli.home / "x").write_text(f"{mine}\n{foreign()}\n")
    child = pexpect.spawn(
        cli.command("apikey", "detect", "x")[0], cli.command("apikey", "detect", "x")[1:],
        env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home), encoding="utf-8",
    )  # fmt: skip
    child.expect(pexpect.EOF)
    said = re.sub("\x1b\\[[0-9;]*m", "", child.before or "").replace("\r", "")
    assert f"x:1:1  ak_live_…{mine[-4:]}  {id_of(mine)}  live  ci\n" in said
    assert "not in the store\n" in said
    assert "note: 1 file searched" in said


def test_names_of_files_hold_no_key_and_repaint_nothing(cli: Cli) -> None:
    """A name comes from whoever made the file, and may be the key itself."""
    key = foreign()
    (cli.home / f"{key}.txt").write_text(key)
    (cli.home / "a\x1b[2J\nb").write_text(key)
    result = detect(cli, ".")
    assert result.out == (
        f"./a\\x1b[2J\\nb:1:1:{id_of(key)}\n./ak_live_…{key[-4:]}.txt:1:1:{id_of(key)}\n"
    )


def test_prefixes_narrow_the_search(cli: Cli) -> None:
    (cli.home / "x").write_text(f"{foreign('ak_test')} {foreign()}")
    assert detect(cli, "x", "--prefix", "ak_test", "--field", "prefix").out == "ak_test\n"
    none = detect(cli, "x", "--prefix", "nope")
    assert (none.code, none.err) == (0, "note: no key of the prefix nope was found\n")


# --- what is read -------------------------------------------------------------------------------


def test_stdin_is_read_as_it_comes(cli: Cli) -> None:
    """`tail -f log | detect` tells of a key while the log goes on."""
    child = subprocess.Popen(
        cli.command("apikey", "detect", "-"), env=cli.environment(), cwd=cli.home,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    key = foreign()
    child.stdin.write(f"one\n two {key}\n".encode() + b"x" * 100)
    child.stdin.flush()
    assert child.stdout.readline().decode() == f"-:2:6:{id_of(key)}\n"
    child.stdin.close()
    assert child.wait(10) == 3
    child.stdout.close()


def test_piped_in_without_a_word(cli: Cli) -> None:
    key = foreign()
    assert detect(cli, stdin=key).out == f"-:1:1:{id_of(key)}\n"


def test_git_log_tells_commit_and_file(cli: Cli) -> None:
    git = requirements.require("git")
    key = foreign()

    def run(*words: str) -> str:
        done = subprocess.run(
            [git, "-c", "user.name=n", "-c", "user.email=e@x.example", *words],
            cwd=cli.home, env=cli.environment(), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    run("init", "-q")
    for text in (f"key = {key}\n", "key =\n"):
        (cli.home / "ü.ini").write_text(text)
        run("add", ".")
        run("commit", "-qm", f"commit {'0' * 40}\n\ndiff --git a/x b/x\n+++ b/x\n@@")
    removed, added = run("log", "--format=%H").split()
    told = items(detect(cli, "-", "--json", stdin=run("log", "-p")))
    assert [(item["commit"], item["file"]) for item in told] == [
        (removed, "ü.ini"),
        (added, "ü.ini"),
    ]


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
def test_a_named_pipe_that_was_named_is_read(cli: Cli) -> None:
    """As a shell's <(git log -p) is; in a folder it would be left alone."""
    key, pipe = foreign(), cli.home / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        time.sleep(0.3)
        pipe.write_text(key)

    writer = threading.Thread(target=write)
    writer.start()
    assert detect(cli, "pipe").out == f"pipe:1:1:{id_of(key)}\n"
    writer.join()
    assert detect(cli, ".").code == 0


def test_what_cannot_be_read_is_no_all_clear(cli: Cli) -> None:
    """0 says that everything was read; a finding says more than a gap."""
    (cli.home / "x").write_text("nothing")
    result = detect(cli, "x", "missing", "/dev/null")
    assert str(result) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "warning: cannot read missing: no such file or directory\n"
        "warning: cannot read /dev/null: neither a file nor a folder\n"
        "error: nothing was found, but 2 of the files and folders could not be read\n"
        "hint: --exclude leaves out what need not be read\n"
    )
    (cli.home / "x").write_text(foreign())
    assert detect(cli, "missing", "x").code == 3


def test_globs_leave_out(cli: Cli) -> None:
    for name in ("a.txt", "b.log", "node_modules/c.txt"):
        (cli.home / name).parent.mkdir(exist_ok=True)
        (cli.home / name).write_text(foreign())
    words = ("--exclude", "node_modules", "--exclude", "*.log", "--field", "path")
    assert detect(cli, ".", *words).out == "./a.txt\n"
    assert detect(cli, "b.log", *words).code == 0


@pytest.fixture
def large(cli: Cli) -> tuple[Path, list[tuple[str, int, int, str]]]:
    """Many files, and one that is read in parts; what stands in them."""
    tree, expected = cli.home / "tree", []
    for number in range(300):
        path = tree / f"{number % 7}" / f"{number:03}"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "_a b\n" * (number % 50)
        if number % 11 == 0:
            key = foreign()
            expected.append((f"tree/{number % 7}/{number:03}", number % 50 + 1, 3, id_of(key)))
            text += f"x={key}"
        path.write_text(text)
    with (tree / "large").open("wb") as file:
        for number in range(40):
            key = foreign()
            file.write(f"{key}\n".encode() + b"\n" * 500_000 + b"y" * 13 + b"\n")
            expected.append(("tree/large", number * 500_002 + 1, 1, id_of(key)))
    return tree, sorted(expected)


def test_processes_share_the_work_and_keep_the_order(
    cli: Cli, large: tuple[Path, list[tuple[str, int, int, str]]]
) -> None:
    """Also of one large file: lines go on over its parts."""
    _, expected = large
    lines = "".join(f"{path}:{line}:{column}:{id_}\n" for path, line, column, id_ in expected)
    assert len(expected) == 68
    for jobs in ("1", "3"):
        assert detect(cli, "tree", "--jobs", jobs).out == lines


def test_the_result_in_a_file(cli: Cli) -> None:
    (cli.home / "x").write_text(foreign())
    assert detect(cli, "x", "-o", "found.txt").out == ""
    assert (cli.home / "found.txt").read_text().startswith("x:1:1:ak_")
    assert detect(cli, "x", "-o", "found.txt").code == 8


# --- revoking -----------------------------------------------------------------------------------


@pytest.fixture
def leaked(cli: Cli) -> list[str]:
    """Keys of the store in files, some twice, and one of no store."""
    keys = [issued(cli, name) for name in ("one", "two", "three")]
    cli.ok("apikey", "disable", id_of(keys[1]))
    (cli.home / "a").write_text("\n".join([keys[0], keys[1], foreign()]))
    (cli.home / "b").write_text(f"{keys[0]} {keys[0]}")
    return keys


def test_revoking_takes_the_stores_own_once(cli: Cli, leaked: list[str]) -> None:
    """All places are told; a disabled key could be enabled again, and goes too."""
    result = detect(cli, "a", "b", "--revoke", "--yes", "--json")
    assert result.code == 3
    facts = json.loads(result.out)
    assert len(facts["items"]) == 5
    assert facts["revoked"] == [id_of(leaked[0]), id_of(leaked[1])]
    assert facts["counts"] == {"files": 2, "keys": 3, "places": 5, "live": 1, "unread": 0}
    assert [cli("apikey", "verify", key).code for key in leaked] == [5, 5, 0]
    shown = json.loads(cli.ok("apikey", "show", id_of(leaked[0]), "--json"))
    assert shown["revoked_reason"] == "found by detect in a:1"
    events = json.loads(cli.ok("audit", "list", "--json"))["items"]
    assert [event["event"] for event in events].count("apikey.revoked") == 2
    again = detect(cli, "a", "--revoke", "--yes")
    assert (again.code, again.err.splitlines()[0]) == (3, "note: 0 keys to revoke")


def test_a_dry_run_revokes_nothing(cli: Cli, leaked: list[str]) -> None:
    result = detect(cli, "a", "b", "--revoke", "--dry-run")
    assert (result.code, result.err.splitlines()[0]) == (
        3, "note: 2 keys would be revoked (--dry-run)"
    )  # fmt: skip
    assert cli("apikey", "verify", leaked[0]).code == 0


@pytest.mark.parametrize(("answer", "code"), [("y", 3), ("n", 130)])
def test_revoking_asks(cli: Cli, leaked: list[str], answer: str, code: int) -> None:
    words = cli.command("apikey", "detect", "a", "--revoke")
    child = pexpect.spawn(
        words[0], words[1:], env=cli.environment(), cwd=str(cli.home), encoding="utf-8", timeout=20
    )
    child.expect_exact("revoke 2 keys? [y/N] ")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code
    assert cli("apikey", "verify", leaked[0]).code == (5 if answer == "y" else 0)


# --- what contradicts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["x", "--yes"], 2, "error: --yes is for --revoke"),
        (["x", "--dry-run"], 2, "error: --dry-run is for --revoke"),
        (["x", "--no-store", "--revoke", "--yes"], 2, "error: --no-store contradicts"),
        (["x", "--no-store", "--store", "sqlite:x.db"], 2, "error: --no-store contradicts"),
        (["x", "--revoke"], 2, "error: nobody to answer"),
        (["x", "--revoke", "--yes"], 9, "error: there is no store"),
        (["x", "--store", "sqlite:no.db"], 9, "error: there is no store"),
        (["x", "--prefix", "A"], 2, "error: 'A' is no prefix"),
        (["x", "--jobs", "0"], 2, "error: --jobs 0"),
        (["-", "-"], 2, "error: stdin already gives"),
        ([foreign()], 2, "error: key text on the command line"),
    ],
)
def test_what_contradicts_is_refused_before_any_work(
    cli: Cli, words: list[str], code: int, said: str
) -> None:
    (cli.home / "x").write_text(foreign())
    result = detect(cli, *words)
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith(said)


def test_a_broken_store_of_ones_own_is_done_without(cli: Cli) -> None:
    """Nobody named it, and finding keys needs none; to revoke one needs it."""
    (cli.home / "x").write_text(issued(cli))
    store = cli.home / ".local/share/authcli/authcli.db"
    (store.parent / "authcli.db.pepper").unlink()
    result = detect(cli, "x")
    assert result.code == 3
    assert result.err.startswith("warning: the store was not asked which keys are live: ")
    assert detect(cli, "x", "--revoke", "--yes").code == 9
    assert detect(cli, "x", "--store", str(store)).code == 9
