"""`authcli totp recovery`: shown once, good once, and never lost on the way."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from pathlib import Path

import pexpect
import pytest

from authcli.cli._run import Run
from authcli.cli.totp.recovery._making import Wanted, make
from authcli.errors import Unavailable
from authcli.otp.recovery import verify
from authcli.store import open_store
from authcli.store.audit_journal import ChainJournal
from tests.cli.harness import Cli

DATA = ".local/share/authcli/authcli.db"
CODE = re.compile("[0-9a-z]{4}(?:-[0-9a-z]{4}){3}")
NOTE = "note: 10 recovery codes of alice, shown once: keep them where the phone is not\n"


def new(cli: Cli, *arguments: str) -> list[str]:
    """Make codes of alice, and return them."""
    return cli.ok("totp", "recovery", "new", "alice", "--yes", *arguments).splitlines()


def test_ten_codes_a_line_each(cli: Cli) -> None:
    done = cli("totp", "recovery", "new", "alice")
    assert (done.code, done.err) == (0, NOTE)
    codes = done.out.splitlines()
    assert len(codes) == 10
    assert all(CODE.fullmatch(code) for code in codes)


def test_the_whole_life_of_a_code(cli: Cli) -> None:
    code, other = new(cli)[:2]
    assert str(cli("totp", "recovery", "verify", "alice", code)) == (
        "exit: 0\n--- stdout\n--- stderr\n"
    )
    assert str(cli("totp", "recovery", "verify", "alice", code)) == (
        "exit: 3\n--- stdout\n--- stderr\n"
        "error: this recovery code was used already\nhint: use another one\n"
    )
    left = cli("totp", "recovery", "verify", "alice", "--field", "left", stdin=f"{other.upper()}\n")
    assert (left.code, left.out) == (0, "8\n")


def test_a_verdict_is_json_whatever_it_is(cli: Cli) -> None:
    code = new(cli)[0]
    expected = {
        code: (0, None, ["pass", "pass", "pass", "pass"]),
        code.upper(): (3, "recovery.used", ["pass", "pass", "pass", "fail"]),
        "0000-0000-0000-0000": (3, "recovery.mismatch", ["pass", "pass", "fail", "skipped"]),
        "123456": (3, "recovery.malformed", ["fail", "skipped", "skipped", "skipped"]),
    }
    for text, (exit_code, name, statuses) in expected.items():
        done = cli("totp", "recovery", "verify", "alice", text, "--json")
        told = json.loads(done.out)
        assert (done.code, told["schema"]) == (exit_code, "authcli/totp.recovery.verify/1")
        assert (told["valid"], told["code"]) == (exit_code == 0, name)
        assert [check["status"] for check in told["checks"]] == statuses
        assert told.get("left") == (9 if exit_code == 0 else None)
    with open_store(str(cli.home / DATA)) as store:
        for _ in range(9):
            store.one_time.note_failure("recovery:alice")
    done = cli("totp", "recovery", "verify", "alice", code, "--json")
    assert (done.code, json.loads(done.out)["code"]) == (6, "recovery.blocked")


def test_json_holds_the_codes(cli: Cli) -> None:
    told = json.loads(cli.ok("totp", "recovery", "new", "alice", "--count", "2", "--json"))
    assert told["schema"] == "authcli/totp.recovery.new/1"
    assert (told["name"], told["count"], told["replaced"]) == ("alice", 2, 0)
    assert cli("totp", "recovery", "verify", "alice", told["codes"][1]).code == 0


def test_a_file_is_private_and_whole(cli: Cli) -> None:
    assert new(cli, "-o", "codes.txt") == []
    path = cli.home / "codes.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    codes = path.read_text().splitlines()
    assert cli("totp", "recovery", "verify", "alice", codes[9]).code == 0
    again = cli("totp", "recovery", "new", "alice", "--yes", "-o", "codes.txt")
    assert again.code == 8
    assert cli("totp", "recovery", "verify", "alice", codes[8]).code == 0  # those before stay
    (cli.home / "code").write_text(codes[7])
    assert cli("totp", "recovery", "verify", "alice", "@code").code == 0


@pytest.mark.parametrize("device", ["/dev/full", "closed", "no/such/folder"])
def test_codes_that_cannot_be_shown_replace_none(cli: Cli, device: str) -> None:
    """Who has lost the phone has nothing but the codes before."""
    before = new(cli)
    words = cli.command("totp", "recovery", "new", "alice", "--yes")
    if device == "closed":
        reader, writer = os.pipe()
        os.close(reader)
    else:
        words += ["-o", "no/such/folder"] if device != "/dev/full" else []
        writer = os.open("/dev/full" if device == "/dev/full" else os.devnull, os.O_WRONLY)
    done = subprocess.run(
        words, stdout=writer, stderr=subprocess.PIPE, env=cli.environment(), cwd=cli.home
    )
    os.close(writer)
    assert done.returncode != 0
    assert cli("totp", "recovery", "verify", "alice", before[0]).code == 0


def test_codes_that_were_shown_and_could_not_be_kept_are_said_to_be_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The disk fills between the last code and the commit; nobody may rely on what was shown."""

    def refuse(journal: object) -> None:
        raise Unavailable("no room", code="store.full")

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    run, wanted = Run("totp.recovery.new"), Wanted("alice", 10, None, None)
    make(run, wanted, yes=True)
    kept = capfd.readouterr().out.splitlines()
    (tmp_path / "mine").write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(ChainJournal, "write", refuse)
        with pytest.raises(Unavailable):
            make(run, wanted, yes=True)
        for name, forced in (("new", False), ("mine", True)):
            into = run._replace(output=tmp_path / name, force=forced, quiet=True)
            with pytest.raises(Unavailable):
                make(into, wanted, yes=True)
    assert (tmp_path / "mine").exists()
    assert not (tmp_path / "new").exists()
    told = capfd.readouterr()
    assert len(told.out.splitlines()) == 10
    void = "warning: the codes that were shown are void: the store could not keep them\n"
    assert told.err == void
    with open_store(str(tmp_path / "authcli" / "authcli.db")) as store:
        assert verify(store.one_time, "alice", kept[0], at_ms=1).left == 9


def test_it_asks_before_it_replaces_codes(cli: Cli) -> None:
    before = new(cli)
    refused = cli("totp", "recovery", "new", "alice")
    assert str(refused) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: nobody to answer: replace 10 recovery codes that alice has left?\n"
        "hint: add --yes\n"
    )
    words = cli.command("totp", "recovery", "new", "alice")
    for answer, code in (("n", 130), ("y", 0)):
        terminal = pexpect.spawn(
            words[0],
            words[1:],
            env=cli.environment({"TERM": "dumb"}),
            cwd=str(cli.home),
            encoding="utf-8",
            timeout=30,
        )
        terminal.expect_exact("replace 10 recovery codes that alice has left? [y/N] ")
        terminal.sendline(answer)
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert terminal.exitstatus == code
        kept = cli("totp", "recovery", "verify", "alice", before[0], "--json")
        assert json.loads(kept.out)["code"] == (None if code else "recovery.mismatch")
        before = before[1:] if code == 0 else new(cli)


def test_a_dry_run_makes_nothing(cli: Cli) -> None:
    plan = cli("totp", "recovery", "new", "alice", "--dry-run")
    assert (plan.code, plan.out) == (0, "would make 10 recovery codes of alice\n")
    assert list(cli.home.rglob("authcli.db")) == []
    code = new(cli)[0]
    plan = cli("totp", "recovery", "new", "alice", "-n")
    assert plan.out == "would make 10 recovery codes of alice, and replace 10 that are left\n"
    assert cli("totp", "recovery", "verify", "alice", code).code == 0


def test_of_the_last_codes_the_person_hears(cli: Cli) -> None:
    codes = new(cli, "--count", "3")
    said = [cli("totp", "recovery", "verify", "alice", code).err for code in codes]
    hint = "; make new ones: authcli totp recovery new NAME\n"
    assert said == [
        f"warning: {left} left{hint}"
        for left in ("2 recovery codes are", "1 recovery code is", "0 recovery codes are")
    ]
    # None is lost by new ones, so nobody is asked.
    assert cli("totp", "recovery", "new", "alice").code == 0


def test_a_name_without_codes(cli: Cli) -> None:
    """Also where nobody ever made a store; then none is made."""
    for _ in range(2):
        done = cli("totp", "recovery", "verify", "bob", "0000-0000-0000-0000")
        assert str(done) == (
            "exit: 7\n--- stdout\n--- stderr\n"
            "error: there are no recovery codes of 'bob'\n"
            "hint: authcli totp recovery new NAME\n"
        )
        assert list(cli.home.rglob("authcli.db")) == []
    new(cli)
    assert cli("totp", "recovery", "verify", "bob", "0000-0000-0000-0000").code == 7


UNUSABLE: list[tuple[tuple[str, ...], str | None]] = [
    (("verify", "alice", ""), None),
    (("verify", "alice"), " \n"),
    (("verify", "a\tb", "0000-0000-0000-0000"), None),
    (("verify", "alice", "@none"), None),
    (("verify", "alice", "CODE", "--field", "nothing"), None),
    (("new", "alice", "--yes", "--count", "0"), None),
    (("new", "alice", "--yes", "--field", "nothing"), None),
    (("new", "\x1b[2J"), None),
]


def test_what_cannot_be_is_a_usage_error_and_spends_nothing(cli: Cli) -> None:
    code = new(cli)[0]
    for arguments, stdin in UNUSABLE:
        words = [code if word == "CODE" else word for word in arguments]
        done = cli("totp", "recovery", *words, stdin=stdin)
        assert (done.code, done.out) == (2, ""), words
        assert "\x1b" not in done.err
    assert cli.ok("totp", "recovery", "verify", "alice", code, "--field", "left") == "9"


def test_a_code_is_never_taken_for_a_source(cli: Cli) -> None:
    """Nobody's code runs a command or reads a variable."""
    code = new(cli)[0]
    cli.env["RECOVERY"] = code
    for text in (f"cmd:echo {code}", "env:RECOVERY", f"literal:{code}"):
        assert cli("totp", "recovery", "verify", "alice", text).code == 3


def test_no_code_is_in_a_message_or_in_the_store(cli: Cli) -> None:
    code = new(cli, "-q")[0]
    cli("totp", "recovery", "verify", "alice", code)
    said = "".join(
        cli.raw("totp", "recovery", "verify", "alice", text, *flags).stderr.decode()
        for text, *flags in ((code, "--debug"), (code[:-1], "--json"), ("f" + code[1:], "--debug"))
    )
    for shape in (code, code[:-1], code.replace("-", "")):
        assert shape not in said
        for path in cli.home.rglob("authcli.db*"):
            assert shape.encode() not in path.read_bytes()


def test_a_spent_code_is_found_in_the_audit(cli: Cli) -> None:
    """With all that happened to the same name; the audit keeps a keyed digest."""
    code = new(cli, "--actor", "maker")[0]
    cli.ok("totp", "recovery", "verify", "alice", code, "--actor", "door")
    (cli.home / "code").write_text(code)
    found = json.loads(cli.ok("audit", "find", "--secret", "@code", "--json"))
    assert [(e["event"], e["actor"]) for e in found["items"]] == [
        ("recovery.created", "maker"),
        ("recovery.spent", "door"),
    ]


def test_a_pretended_clock_dates_them(cli: Cli) -> None:
    done = cli("totp", "recovery", "new", "alice", "--now", "2030-01-01", "--json")
    assert json.loads(done.out)["clock"] == "overridden"
