"""`authcli apikey issue`: the key is shown once, or it does not live."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import pexpect
import pytest

from authcli.apikeys.text import build, parse
from tests.cli.harness import Cli

STORE = ".local/share/authcli/authcli.db"
KEY = r"ak_live_[0-9A-Za-z]{60}"


def rows(cli: Cli, columns: str, where: str = "1 = 1") -> list[tuple[object, ...]]:
    """What the store says of its keys, read without authcli."""
    with closing(sqlite3.connect(cli.home / STORE)) as database:
        return database.execute(
            f"SELECT {columns} FROM api_keys WHERE {where} ORDER BY id"
        ).fetchall()


def wait_for_keys(cli: Cli, count: int) -> None:
    """Wait until a command that runs has issued so many."""
    deadline = time.monotonic() + 30
    found = 0
    while found < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        with suppress(sqlite3.OperationalError):  # it has not got that far
            found = len(rows(cli, "1"))


def run(
    cli: Cli, line: str, *words: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a shell's line in which "$@" is `authcli` with its words."""
    return subprocess.run(
        ["bash", "-c", line, "bash", *cli.command(*words)],
        cwd=cli.home, env=cli.environment(env), capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_fresh_machine_needs_no_set_up(cli: Cli) -> None:
    """The key stands alone on stdout; what is said of it, on stderr."""
    result = cli("apikey", "issue", "ci", "--scope", "read:invoices", "--expires", "90d")
    assert result.code == 0
    assert re.fullmatch(KEY + "\n", result.out)
    assert re.fullmatch(
        r"note: ak_\w{11} expires \S+Z \(in 90 days\); the key is shown once\n", result.err
    )
    assert parse(result.out.strip()).prefix == "ak_live"
    folder = (cli.home / STORE).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert cli.ok("apikey", "verify", result.out.strip()) == result.err[6:20]


def test_json_has_the_key_and_all_that_is_known_of_it(cli: Cli) -> None:
    out = cli.ok(
        "apikey", "issue", "web", "--scope", "read:* write:orders", "--scope", "read:*",
        "--rate", "100/1m", "--quota", "500", "--owner", "alice", "--meta", "team=billing",
        "--meta", "cost:=42", "--meta", "a.b=c", "--cidr", "10.0.0.0/8", "--prefix", "acme_test",
        "--not-before", "2099-01-01", "--expires", "2100-01-01", "--actor", "robot", "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert found["schema"] == "authcli/apikey.issue/1"
    assert found["key"].startswith("acme_test_")
    expected = {
        "name": "web", "prefix": "acme_test", "owner": "alice", "environment": "test",
        "scopes": ["read:*", "write:orders"], "cidrs": ["10.0.0.0/8"], "rate": "100/1m",
        "metadata": {"team": "billing", "cost": 42, "a": {"b": "c"}}, "state": "pending",
        "quota": 500, "quota_remaining": 500, "not_before": "2099-01-01T00:00:00Z",
        "expires_at": "2100-01-01T00:00:00Z", "created_by": "robot", "revoked_at": None,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert rows(cli, "created_by, hint") == [("robot", found["key"][-4:])]


def test_fields_print_bare_values(cli: Cli) -> None:
    out = cli.ok("apikey", "issue", "a", "--scope", "x", "--field", "id", "--field", "key")
    key_id, key = out.split("\t")
    assert key_id[3:] == key[-60:-49]


@pytest.mark.parametrize(
    "words",
    [
        ("issue", "a", "--no-exp", "--field", "expires_at"),
        ("update", "b", "--no-exp", "--field", "expires_at"),
        ("rotate", "b", "--no-exp", "--field", "new.expires_at"),
    ],
)
def test_no_exp_is_never_and_nothing_beside_it(cli: Cli, words: tuple[str, ...]) -> None:
    cli.ok("apikey", "issue", "b", "-q")
    assert cli.ok("apikey", *words) == ""
    both = cli("apikey", *words, "--expires", "1d")
    assert (both.code, both.out) == (2, "")
    assert "--expires and --no-exp contradict each other" in both.err


@pytest.mark.parametrize("verb", ["create", "add", "generate", "new"])
def test_issue_has_other_names(cli: Cli, verb: str) -> None:
    assert re.fullmatch(KEY, cli.ok("apikey", verb, "a"))


def test_words_that_are_too_many_are_named(cli: Cli) -> None:
    result = cli("apikey", "issue", "my", "key")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: unexpected extra words: 'key'\nhint: what belongs ")
    secret = "correct-horse"
    assert secret not in cli("apikey", "verify", "x", secret).err
    assert not list(cli.home.rglob("*.db"))


def test_a_time_that_is_none_is_said_with_its_flag(cli: Cli) -> None:
    cli.ok("apikey", "issue", "a", "-q")
    for words in (("rotate", "a", "--grace", "-1h"), ("issue", "b", "--not-before", "soon")):
        assert cli("apikey", *words).err.startswith(f"error: {words[2]}: '{words[3]}' is ")


@pytest.mark.parametrize("flag", ["--expires", "--exp", "-e", "--ttl"])
def test_a_life_has_other_names(cli: Cli, flag: str) -> None:
    out = cli.ok("apikey", "issue", "a", flag, "2099-01-01", "--field", "expires_at")
    assert out == "2099-01-01T00:00:00Z"


def test_what_a_person_should_know_is_said(cli: Cli) -> None:
    result = cli("apikey", "new", "a", "--expires", "never")
    assert result.code == 0
    first, second = result.err.splitlines()
    assert first == "note: without --scope the key grants none"
    assert second.endswith("never expires; the key is shown once")
    assert "the key never expires" in cli("apikey", "issue", "a", "--no-exp", "-n").err
    assert "warning: the key grants everything" in cli("apikey", "issue", "a", "--scope", "*").err
    assert cli("apikey", "issue", "a", "-q").err == ""


def test_without_expires_it_lives_for_90_days_from_its_beginning(cli: Cli) -> None:
    words = ("apikey", "issue", "a", "--now", "2030-01-01", "--field", "expires_at")
    assert cli.ok(*words) == "2030-04-01T00:00:00Z"
    assert cli.ok(*words, "--not-before", "2031-01-01") == "2031-04-01T00:00:00Z"


def test_a_dry_run_makes_nothing(cli: Cli) -> None:
    result = cli("apikey", "issue", "ci", "--scope", "a b", "--rate", "5/1s", "--dry-run")
    assert result.code == 0
    assert json.loads(result.out)["scopes"] == ["a", "b"]
    assert result.err == "note: nothing was issued (--dry-run)\n"
    assert not (cli.home / ".local").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--count", "-1"), ("--count", "0"), ("--count", str(10**30)), ("--store", "nonsense:x"),
        ("--store", "sqlite:none.db"), ("--store", ""), ("--actor", "a\nb"), ("--actor", "\x1b[2J"),
    ],
)  # fmt: skip
def test_a_dry_run_refuses_what_the_run_refuses(cli: Cli, words: tuple[str, ...]) -> None:
    run = cli("apikey", "issue", "a", "--scope", "x", *words)
    assert run.code in (2, 9)
    assert cli("apikey", "issue", "a", "--scope", "x", *words, "--dry-run") == run


def test_the_help_says_what_lives_when_a_reader_leaves(cli: Cli) -> None:
    assert "a thousand keys are made at a time" in cli.ok("apikey", "issue", "--help")


@pytest.mark.parametrize("flag", ["--scope", "--environment", "--owner", "--meta"])
def test_a_key_is_kept_in_no_other_place_of_the_store(cli: Cli, flag: str) -> None:
    """Neither a bare one nor one that a line of a .env holds."""
    key = build(prefix="ak", key_id=5, secret=bytes(range(32)))
    for text in (key, f"API_KEY_{key}"):
        refused = cli("apikey", "issue", "ci", flag, f"leak={text}" if flag == "--meta" else text)
        assert (refused.code, refused.out) == (2, "")
        assert key[-40:] not in refused.err
    assert not (cli.home / ".local").exists()


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("raw", KEY),
        ("header", f"Authorization: Bearer {KEY}"),
        ("curl", f'header = "Authorization: Bearer {KEY}"'),
        ("export", f"export API_KEY='{KEY}'"),
        ("fish", f"set -gx API_KEY '{KEY}'"),
        ("powershell", rf"\$env:API_KEY = '{KEY}'"),
        ("dotenv", f"API_KEY={KEY}"),
        ("k8s-secret", r"apiVersion: v1\nkind: Secret\n(.*\n)*  API_KEY: [0-9A-Za-z+/=]+"),
    ],
)
def test_every_form_of_a_secret(cli: Cli, form: str, expected: str) -> None:
    assert re.fullmatch(expected, cli.ok("apikey", "issue", "a", "--format", form))


def test_github_gets_it_masked_and_through_its_file(cli: Cli) -> None:
    file = cli.home / "env"
    result = cli("apikey", "issue", "a", "-q", "--github-env", "KEY", env={"GITHUB_ENV": str(file)})
    key = re.findall(KEY, file.read_text())[0]
    assert str(result) == f"exit: 0\n--- stdout\n--- stderr\n::add-mask::{key}\n"
    assert cli("apikey", "verify", key).code == 0
    masked = cli("apikey", "issue", "a", "-q", "--mask")
    assert masked.err == f"::add-mask::{masked.out}"


def test_a_file_is_owner_only_and_never_overwritten(cli: Cli) -> None:
    cli.ok("apikey", "issue", "a", "-o", "key")
    assert stat.S_IMODE((cli.home / "key").stat().st_mode) == 0o600
    assert cli("apikey", "issue", "a", "-o", "key").code == 8
    assert rows(cli, "count(*)") == [(1,)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-o", "there"), 8),
        (("--count", "3", "-o", "there"), 8),
        (("-o", "here", "--copy"), 2),
        (("--format", "export", "--json"), 2),
        (("--github-env", "KEY"), 2),
        (("--field", "nonsense"), 2),
        (("--count", "0"), 2),
        (("--count", "3", "--copy"), 2),
        (("--rate", "0/1m"), 2),
        (("--quota", "0"), 2),
        (("--cidr", "10.0.0.300"), 2),
        (("--scope", "a,\u2028b"), 2),
        (("--prefix", "Bad"), 2),
        (("--expires", "-1d"), 2),
        (("--expires", "90"), 2),
        (("--meta", "novalue"), 2),
        (("--owner", "a\x1b[2Jb"), 2),
        (("--actor", "a\nb"), 2),
        (("--environment", "a b"), 2),
        (("--store", ""), 2),
        (("--store", "redis://x"), 2),
        (("--store", "env:NOTSET"), 2),
        (("--store", "sqlite:missing.db"), 9),
    ],
)
def test_what_cannot_be_makes_no_key(cli: Cli, words: tuple[str, ...], code: int) -> None:
    (cli.home / "there").write_text("kept")
    result = cli("apikey", "issue", "a", *words)
    assert (result.code, result.out) == (code, "")
    assert result.err.count("error") == 1
    assert not (cli.home / STORE).exists()
    assert (cli.home / "there").read_text() == "kept"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a" * 300, "\udcff"])
def test_a_name_is_a_bounded_line(cli: Cli, name: str) -> None:
    assert cli("apikey", "issue", name).code == 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('"$@" > /dev/full', 1),
        ('"$@" >&-', 1),
        ('"$@" -o missing/key', 2),
        ('"$@" -o .', 8),
        ('"$@" --copy', 9),
        ('GITHUB_ENV=/dev/full "$@" --github-env KEY', 1),
        ('GITHUB_OUTPUT=/missing/file "$@" --github-output KEY', 1),
        ('"$@" --json > /dev/full', 1),
        ('"$@" --count 5 > /dev/full', 1),
        ('"$@" --count 5 --jsonl >&-', 1),
        ('"$@" --count 5 -o missing/keys', 2),
        ('{ "$@"; echo $? >&2; } | true', 0),
        ('{ "$@" --count 3000; echo $? >&2; } | true', 0),
    ],
)
def test_a_key_that_cannot_be_written_does_not_live(cli: Cli, line: str, code: int) -> None:
    cli.ok("apikey", "issue", "other")
    if "| true" in line:  # the reader must be gone before the key comes
        line = line.replace('"$@"', 'sleep 0.2; "$@"')
    done = run(cli, line, "apikey", "issue", "lost", env={"DISPLAY": "", "WAYLAND_DISPLAY": ""})
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert re.search(KEY, done.stderr.replace("::add-mask::", "")) is None or "GITHUB" in line
    if "| true" in line:
        assert done.stderr.splitlines()[-1] == "141"
    lost = rows(cli, "revoked_at IS NOT NULL, revoked_reason", "name = 'lost'")
    assert set(lost) <= {(1, "could not be shown")}
    assert rows(cli, "count(*)", "revoked_at IS NULL") == [(1,)]


def test_a_key_that_is_revoked_unseen_is_said_so(cli: Cli) -> None:
    done = run(cli, '"$@" > /dev/full', "apikey", "issue", "lost", "--scope", "a")
    assert re.fullmatch(
        r"note: ak_\w{11} was revoked: what cannot be shown must not live\n"
        r"error: cannot write stdout: no space left on device\n", done.stderr,
    )  # fmt: skip


def stuck_pipe() -> tuple[int, int]:
    """A pipe that is full, so that whoever writes to it waits."""
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, 4096)
    try:
        while True:
            os.write(writes, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writes, True)
    return reads, writes


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_a_key_that_is_interrupted_on_its_way_does_not_live(
    cli: Cli, number: signal.Signals, code: int
) -> None:
    reads, writes = stuck_pipe()
    process = subprocess.Popen(
        cli.command("apikey", "issue", "lost"),
        cwd=cli.home, env=cli.environment(), stdin=subprocess.DEVNULL, stdout=writes,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(writes)
    wait_for_keys(cli, 1)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    os.close(reads)
    assert process.returncode == code
    assert b"was revoked" in said
    assert rows(cli, "revoked_reason") == [("could not be shown",)]


def test_a_file_of_many_that_is_interrupted_leaves_none(cli: Cli) -> None:
    """All batches are revoked, not the last alone; no file, and no part of one, is there."""
    process = subprocess.Popen(
        cli.command("apikey", "issue", "lost", "--count", "1000000", "-o", "keys"),
        cwd=cli.home, env=cli.environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_for_keys(cli, 1500)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert rows(cli, "count(*)", "revoked_at IS NULL") == [(0,)]
    assert [path.name for path in cli.home.iterdir() if "keys" in path.name] == []


def test_a_full_disk_under_the_store_issues_nothing(cli: Cli) -> None:
    """Exit 9, and the keys that were there live on."""
    key = cli.ok("apikey", "issue", "old", "-q")
    size = (cli.home / STORE).stat().st_size // 1024 + 8
    done = run(cli, f'ulimit -f {size}; "$@"', "apikey", "issue", "a", "--count", "2000")
    assert done.returncode == 9, done.stderr
    printed = done.stdout.split()
    assert rows(cli, "count(*)", "revoked_at IS NULL") == [(1 + len(printed),)]
    assert cli("apikey", "verify", "--lines", stdin="\n".join([key, *printed])).code == 0


def test_many_are_printed_one_a_line(cli: Cli) -> None:
    result = cli("apikey", "issue", "device", "--count", "2500", "--scope", "a")
    keys = result.out.split()
    assert result.code == 0
    assert result.err == "note: 2500 keys issued; they are shown once\n"
    assert len({parse(key).id for key in keys}) == 2500
    assert rows(cli, "count(*), count(revoked_at)") == [(2500, 0)]
    assert cli("apikey", "verify", "--lines", stdin=result.out).code == 0
    assert cli("audit", "verify").code == 0


def test_many_as_json_lines_and_fields(cli: Cli) -> None:
    out = cli.ok("apikey", "issue", "device", "--count", "3", "--jsonl")
    found = [json.loads(line) for line in out.splitlines()]
    assert [item["line"] for item in found] == [1, 2, 3]
    assert {item["name"] for item in found} == {"device"}
    assert all(item["key"][-60:-49] == item["id"][3:] for item in found)
    whole = json.loads(cli.ok("apikey", "issue", "device", "--count", "2", "--json"))
    assert (len(whole["items"]), whole["counts"]) == (2, {"ok": 2})
    cells = cli.ok("apikey", "issue", "d", "--count", "2", "--field", "line", "--field", "name")
    assert cells == "1\td\n2\td"


def test_many_go_into_one_owner_only_file(cli: Cli) -> None:
    cli.ok("apikey", "issue", "device", "--count", "1200", "-o", "keys")
    assert stat.S_IMODE((cli.home / "keys").stat().st_mode) == 0o600
    assert len((cli.home / "keys").read_text().split()) == 1200


def test_a_key_stands_nowhere_but_on_stdout(cli: Cli) -> None:
    """Not in the database, its WAL, the root files, what is said, or the audit."""
    result = cli("apikey", "issue", "planted", "--meta", "a=b", "--debug")
    secret = result.out.strip()[-49:-6].encode()
    files = [path for path in cli.home.rglob("*") if path.is_file()]
    assert [path.name for path in files if secret in path.read_bytes()] == []
    assert secret.decode() not in result.err
    assert secret.decode() not in str(cli("audit", "export"))
    assert secret.decode() not in str(cli("audit", "list", "--json"))


def test_a_terminal_shows_the_key_and_what_it_is(cli: Cli) -> None:
    command, *words = cli.command("apikey", "issue", "ci", "--scope", "read:invoices")
    child = pexpect.spawn(
        command, words, env=cli.environment({"TERM": "xterm", "NO_COLOR": "1"}),
        cwd=str(cli.home), encoding="utf-8", timeout=30, dimensions=(40, 100),
    )  # fmt: skip
    child.expect(pexpect.EOF)
    lines = child.before.replace("\r", "").splitlines()
    assert re.fullmatch(KEY, lines[0])
    assert re.fullmatch(r"  id +ak_\w{11}", lines[1])
    assert [line.split()[0] for line in lines[2:5]] == ["name", "grants", "expires"]
    assert lines[5] == "the key is shown once: keep it now"


def test_a_store_is_chosen_by_flag_environment_and_configuration(cli: Cli) -> None:
    """A store that was named must be there: a slip of the pen is not a new store."""
    for name in ("flag", "variable", "file"):
        cli.ok("store", "init", "--store", f"sqlite:{name}.db")
    config = cli.home / ".config/authcli/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'store = "sqlite:///{cli.home}/file.db"\n')
    cli.ok("apikey", "issue", "by-file", "-q")
    cli.env["AUTHCLI_STORE"] = "env:URL"
    cli.env["URL"] = "sqlite:variable.db"
    cli.ok("apikey", "issue", "by-variable", "-q")
    cli.ok("apikey", "issue", "by-flag", "-q", "--store", "flag.db")
    for name in ("flag", "variable", "file"):
        with closing(sqlite3.connect(cli.home / f"{name}.db")) as database:
            found = database.execute("SELECT name FROM api_keys").fetchall()
        assert found == [(f"by-{name}",)]


def test_a_password_in_a_url_is_masked_and_warned_of(cli: Cli) -> None:
    url = "postgresql://user:hunter2@127.0.0.1:1/db"
    result = cli("apikey", "issue", "a", "--store", url)
    assert result.code == 9
    assert "warning: the password in --store is visible to every process" in result.err
    assert "hunter2" not in result.err
    quiet = cli("apikey", "issue", "a", env={"AUTHCLI_STORE": url})
    assert "visible" not in quiet.err
    assert "hunter2" not in quiet.err


def test_root_keys_come_from_their_settings(cli: Cli) -> None:
    """A pepper that is named is read from there; a wrong one is noticed, not used."""
    cli.env["PEPPER"] = "00" * 32
    cli.env["AUTHCLI_PEPPER"] = "env:PEPPER"
    key = cli.ok("apikey", "issue", "a", "-q")
    assert not (cli.home / f"{STORE}.pepper").exists()
    assert cli("apikey", "verify", key).code == 0
    wrong = cli("apikey", "verify", key, env={"PEPPER": "11" * 32})
    assert (wrong.code, wrong.out) == (9, "")
    assert "11" * 32 not in wrong.err
    assert cli("apikey", "issue", "b", env={"PEPPER": "11" * 32}).code == 9
    unset = cli("apikey", "verify", key, env={"AUTHCLI_PEPPER": "env:NOTSET"})
    assert unset.code == 2


def test_a_root_file_that_others_can_read_draws_a_warning(cli: Cli) -> None:
    key = cli.ok("apikey", "issue", "a", "-q")
    (cli.home / f"{STORE}.pepper").chmod(0o644)
    result = cli("apikey", "verify", key)
    assert result.code == 0
    assert "others can read it; chmod 600" in result.err
    assert cli("apikey", "list").err == ""  # which reads no pepper


def test_the_audit_says_who_and_what(cli: Cli, tmp_path: Path) -> None:
    cli.ok("apikey", "issue", "a", "-q")
    with closing(sqlite3.connect(cli.home / STORE)) as database:
        events = database.execute(
            "SELECT actor, process, request_id FROM audit_events ORDER BY seq"
        ).fetchall()
    assert all("@" in actor for actor, _, _ in events)
    assert all(re.fullmatch(r"authcli apikey issue \[\d+\]", text) for _, text, _ in events)
    assert len({request for _, _, request in events}) == 1
