"""`authcli keychain`, and keychain:NAME wherever a secret is asked for."""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from authcli import passphrase_kdf
from authcli.cli.keychain._entries import _without_line_break
from authcli.keychain import open_keychain
from authcli.secret import Secret
from tests.cli.harness import Cli
from tests.keychain import secret_service

ROOT = Path(__file__).resolve().parents[2]
MARKER = "MARKER-q7Zt0b1c2d3e4f5g-KREMAR"


@pytest.fixture
def fresh(cli: Cli) -> Cli:
    """The command where there is no system's keychain, and the file's passphrase has a source."""
    cli.env |= {
        "AUTHCLI_KEYCHAIN": "file",
        "AUTHCLI_KEYCHAIN_PASSPHRASE": "env:OPENER",
        "OPENER": "correct horse",
        "MARKER": MARKER,
    }
    return cli


@pytest.fixture
def filed(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The same with a file that is there, and is cheap to open: its cost stays what it was."""
    monkeypatch.setattr(passphrase_kdf, "MEMORY_KIB", passphrase_kdf.MIN_MEMORY_KIB)
    monkeypatch.setattr(passphrase_kdf, "PASSES", 1)
    keychain = open_keychain(
        fresh.home / ".local/share/authcli",
        backend="file",
        passphrase=lambda new: Secret("correct horse"),
    )
    keychain.set("x", Secret("x"))
    keychain.remove("x")
    return fresh


@contextmanager
def terminal(cli: Cli, *words: str, **env: str) -> Iterator[pexpect.spawn]:
    """The command on a terminal."""
    program, *arguments = cli.command(*words)
    environment = cli.environment({"TERM": "xterm", "NO_COLOR": "1", **env})
    child = pexpect.spawn(
        program, arguments, env=environment, cwd=str(cli.home), encoding="utf-8", timeout=20,
        dimensions=(24, 100),
    )  # fmt: skip
    child.delaybeforesend = None
    try:
        yield child
    finally:
        child.close(force=True)


def finish(child: pexpect.spawn) -> tuple[int | None, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, str(child.before)


def prompted(child: pexpect.spawn, question: str) -> None:
    """Wait for a hidden prompt: the question is there, and the terminal does not echo."""
    child.expect_exact(question)
    deadline = time.monotonic() + 10
    while child.getecho():
        assert time.monotonic() < deadline, "what is typed is shown"
        time.sleep(0.01)


def test_set_get_list_remove(filed: Cli) -> None:
    assert str(filed("keychain", "set", "deploy", "env:MARKER")) == (
        "exit: 0\n--- stdout\n--- stderr\n"
    )
    assert filed.raw("keychain", "get", "deploy").stdout == MARKER.encode()
    assert str(filed("keychain", "list")) == "exit: 0\n--- stdout\ndeploy\n--- stderr\n"
    assert str(filed("keychain", "remove", "deploy")) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: nobody to answer: remove deploy from the keychain?\nhint: add --yes\n"
    )
    assert str(filed("keychain", "remove", "deploy", "--yes")) == (
        "exit: 0\n--- stdout\ndeploy\n--- stderr\n"
    )
    assert str(filed("keychain", "get", "deploy")) == (
        "exit: 7\n--- stdout\n--- stderr\n"
        "error: the keychain has no deploy\nhint: authcli keychain list\n"
    )


def test_json_says_where_and_when_and_never_what_but_for_get(filed: Cli) -> None:
    made = json.loads(
        filed.ok("keychain", "set", "deploy", "env:MARKER", "--json", "--now", "2026-02-03")
    )
    assert made == {
        "schema": "authcli/keychain.set/1",
        "clock": "overridden",
        "name": "deploy",
        "backend": "file",
        "saved_at": "2026-02-03T00:00:00Z",
    }
    listed = json.loads(filed.ok("keychain", "list", "--json"))
    assert listed["items"] == [{k: made[k] for k in ("name", "backend", "saved_at")}]
    assert filed.ok("keychain", "list", "--field", "name", "--field", "backend") == "deploy\tfile"
    shown = json.loads(filed.ok("keychain", "get", "deploy", "--json"))
    assert (shown["value"], shown["base64"]) == (MARKER, None)
    gone = json.loads(filed.ok("keychain", "remove", "deploy", "--yes", "--json"))
    assert (gone["names"], gone["removed"]) == (["deploy"], 1)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (b"geheim\n", b"geheim"),
        (b"geheim\r\n", b"geheim"),
        (b"geheim\n\n", b"geheim\n\n"),
        (b" blanks \n", b" blanks "),
        (b"-----BEGIN\nx\n-----END\n", b"-----BEGIN\nx\n-----END\n"),
        (b"\x00\xff\n", b"\x00\xff\n"),
        ("Grüße\n".encode(), "Grüße".encode()),
    ],
)
def test_one_line_of_text_loses_its_line_break_and_nothing_else_does(
    given: bytes, kept: bytes
) -> None:
    assert _without_line_break(given) == kept


def test_what_is_piped_in_comes_out_byte_for_byte(filed: Cli) -> None:
    for given, kept in ((b"geheim\n", b"geheim"), (b"\x00\xff\n", b"\x00\xff\n")):
        assert filed.raw("keychain", "set", "a", "-", "--replace", stdin=given).returncode == 0
        assert filed.raw("keychain", "get", "a").stdout == kept
        filed.ok("keychain", "get", "a", "-o", "file", "--force")
        assert (filed.home / "file").read_bytes() == kept
        shown = json.loads(filed.ok("keychain", "get", "a", "--json"))
        assert (shown["value"] or "").encode() + base64.b64decode(shown["base64"] or "") == kept


def test_a_secret_comes_in_every_form(filed: Cli) -> None:
    filed.ok("keychain", "set", "deploy-key.2", stdin="it's\n")
    get = ("keychain", "get", "deploy-key.2")
    assert filed.ok(*get, "--format", "export") == "export DEPLOY_KEY_2='it'\\''s'"
    assert filed.ok(*get, "--format", "dotenv", "--var", "X") == 'X="it\'s"'
    assert filed.ok(*get, "--field", "value") == "it's"
    filed.ok("keychain", "set", "binary", stdin=b"\xff\xfe")
    refused = filed("keychain", "get", "binary", "--format", "export")
    assert refused.code == 2
    assert "is bytes and no text" in refused.err


def test_a_name_is_not_replaced_unasked(filed: Cli) -> None:
    filed.ok("keychain", "set", "deploy", "env:MARKER")
    taken = filed("keychain", "set", "deploy", stdin="second")
    assert str(taken) == (
        "exit: 8\n--- stdout\n--- stderr\n"
        "error: the keychain has a deploy already\nhint: --replace overwrites it\n"
    )
    assert filed.ok("keychain", "get", "deploy") == MARKER
    filed.ok("keychain", "set", "deploy", "--replace", stdin="second")
    assert filed.ok("keychain", "get", "deploy") == "second"


def test_all_names_are_removed_or_none(filed: Cli) -> None:
    for name in ("a", "b"):
        filed.ok("keychain", "set", name, stdin=name)
    assert filed("keychain", "remove", "a", "missing", "b", "--yes").code == 7
    assert filed.ok("keychain", "remove", "a", "b", "a", "--dry-run") == "a\nb"
    assert filed.ok("keychain", "list") == "a\nb"
    filed.ok("keychain", "remove", "a", "b", "--yes")
    assert filed.ok("keychain", "list") == ""


def test_it_is_a_source_wherever_a_secret_is_asked_for(filed: Cli) -> None:
    """A key, a passphrase, and another name's secret."""
    filed.ok("key", "generate", "ES256", "--passphrase", "env:MARKER", "-o", "key.pem")
    filed.ok("keychain", "set", "signing", "@key.pem")
    filed.ok("keychain", "set", "opener", "env:MARKER")
    filed.ok("keychain", "set", "copy", "keyring:opener")
    words = ("jwt", "mint", "--sub", "a", "--key", "keychain:signing", "-q")
    token = filed.ok(*words, "--passphrase", "keychain:copy")
    filed.ok("jwt", "verify", token, "--key", "key.pem", "--passphrase", "env:MARKER")


def test_a_source_is_bounded_as_every_other(filed: Cli) -> None:
    """A password of a mebibyte is refused where it comes from the keychain, too."""
    filed.ok("keychain", "set", "big", "-", stdin=b"x" * (1 << 20))
    result = filed("password", "hash", "keychain:big")
    assert result.code == 2, str(result)
    assert "keychain:big is larger than" in result.err


def test_without_a_keychain_the_file_is_used_and_said_so(filed: Cli) -> None:
    filed.env |= {"AUTHCLI_KEYCHAIN": "auto"}
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    assert str(filed("keychain", "set", "deploy", stdin="x", env=env)) == (
        "exit: 0\n--- stdout\n--- stderr\n"
        "note: there is no system's keychain here: deploy goes into the encrypted file "
        f"{filed.home}/.local/share/authcli/keychain.sealed\n"
    )
    env = {"AUTHCLI_KEYCHAIN": "system", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    refused = filed("keychain", "set", "other", stdin="x", env=env)
    assert refused.code == 9
    assert "keeps nothing" in refused.err


def test_without_a_passphrase_nobody_is_asked_where_nobody_sits(fresh: Cli) -> None:
    del fresh.env["AUTHCLI_KEYCHAIN_PASSPHRASE"]
    result = fresh("keychain", "set", "deploy", "env:MARKER")
    assert str(result) == (
        "exit: 9\n--- stdout\n--- stderr\n"
        "error: the keychain's encrypted file needs a passphrase, and nobody can be asked\n"
        "hint: name its source: AUTHCLI_KEYCHAIN_PASSPHRASE=env:NAME or @FILE\n"
    )
    with terminal(fresh, "keychain", "set", "deploy", "env:MARKER", "--no-input") as child:
        assert finish(child)[0] == 9
    assert fresh.ok("keychain", "list") == ""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("keychain:deploy", "names the keychain that it is to open"),
        ("keyring:deploy", "names the keychain that it is to open"),
        ("cmd:{authcli} keychain get deploy", "asks for the keychain that it is to open"),
        ("literal:x", "holds a literal secret"),
        ("env:UNSET", "no variable UNSET"),
    ],
)
def test_a_passphrase_that_leads_to_itself_is_refused(
    filed: Cli, source: str, message: str
) -> None:
    filed.ok("keychain", "set", "deploy", "env:MARKER")
    text = source.format(authcli=" ".join(filed.command()))
    result = filed("keychain", "get", "deploy", env={"AUTHCLI_KEYCHAIN_PASSPHRASE": text})
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_a_wrong_passphrase_changes_nothing(filed: Cli) -> None:
    filed.ok("keychain", "set", "deploy", "env:MARKER")
    for words in (
        ("get", "deploy"),
        ("set", "deploy", "env:HOME", "--replace"),
        ("remove", "deploy", "--yes"),
    ):
        result = filed("keychain", *words, env={"OPENER": "incorrect horse"})
        assert result.code == 2
        assert "the passphrase does not open" in result.err
        assert "horse" not in result.err
    assert filed.ok("keychain", "get", "deploy") == MARKER


def test_a_terminal_asks_twice_when_setting_and_first_when_showing(fresh: Cli) -> None:
    del fresh.env["AUTHCLI_KEYCHAIN_PASSPHRASE"]
    with terminal(fresh, "keychain", "set", "deploy") as child:
        for question in ("secret to keep as deploy: ", "secret to keep as deploy again: "):
            prompted(child, question)
            child.sendline(MARKER)
        for question in ("new passphrase of the keychain: ", "of the keychain again: "):
            prompted(child, question)
            child.sendline("correct")
        code, shown = finish(child)
    assert (code, "deploy is kept in the encrypted file" in shown) == (0, True)
    assert MARKER not in shown
    for answer, expected in (("y", 0), ("", 130)):
        with terminal(fresh, "keychain", "get", "deploy") as child:
            child.expect_exact("show the secret deploy on this terminal? [y/N] ")
            child.sendline(answer)
            if answer:
                prompted(child, "passphrase of the keychain: ")
                child.sendline("correct")
            code, shown = finish(child)
            assert code == expected
            assert (MARKER in shown) == bool(answer)
    with terminal(fresh, "keychain", "remove", "deploy") as child:
        child.expect_exact("remove deploy from the keychain? [y/N] ")
        child.sendline("n")
        assert finish(child)[0] == 130
    with terminal(fresh, "keychain", "list") as child:
        shown = finish(child)[1]
    assert shown.split("\r\n")[0].split() == ["NAME", "KEPT", "IN", "SAVED"]
    assert "deploy    the encrypted file  " in shown


def test_two_secrets_that_differ_are_not_kept(filed: Cli) -> None:
    with terminal(filed, "keychain", "set", "deploy") as child:
        for number, question in enumerate(("as deploy: ", "again: ")):
            prompted(child, question)
            child.sendline(f"{MARKER}{number}")
        code, shown = finish(child)
    assert (code, MARKER in shown) == (2, False)
    assert filed.ok("keychain", "list") == ""


def test_ctrl_c_at_a_prompt_restores_the_terminal(filed: Cli) -> None:
    with terminal(filed, "keychain", "set", "deploy") as child:
        prompted(child, "secret to keep as deploy: ")
        child.sendintr()
        code, shown = finish(child)
    assert (code, "Traceback" in shown) == (130, False)


def test_what_a_stranger_wrote_is_shown_on_no_terminal_raw(filed: Cli) -> None:
    filed.raw("keychain", "set", "a", "-", stdin=b"red \x1b[31m \xe2\x80\xae text")
    filed.raw("keychain", "set", "b", "-", stdin=b"\xff\x00")
    with terminal(filed, "keychain", "get", "a", "--yes") as child:
        code, shown = finish(child)
    assert (code, "\x1b" in shown, "\\x1b[31m" in shown) == (0, False, True)
    with terminal(filed, "keychain", "get", "b", "--yes") as child:
        code, shown = finish(child)
    assert (code, "-o FILE" in shown) == (2, True)


def test_a_secret_is_in_no_error(filed: Cli) -> None:
    """Damaged, taken, wrongly named, unopened: with --debug."""
    filed.ok("keychain", "set", "deploy", "env:MARKER")
    sealed = filed.home / ".local/share/authcli/keychain.sealed"
    tries: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("set", "deploy", "env:MARKER"), {}),
        (("set", f"{MARKER} x", "env:MARKER"), {}),
        (("get", f"{MARKER} x"), {}),
        (("set", "new", MARKER), {}),
        (("get", "deploy"), {"OPENER": f"{MARKER}x"}),
        (("set", "new", "env:MARKER"), {"OPENER": f"{MARKER}x"}),
        (
            ("set", "new", "env:MARKER"),
            {
                "AUTHCLI_KEYCHAIN": "system",
                "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            },
        ),
    ]
    for damage in (False, True):
        if damage:
            sealed.write_bytes(sealed.read_bytes()[:-5])
            tries = [(("get", "deploy"), {}), (("set", "new", "env:MARKER", "--json"), {})]
        for words, env in tries:
            result = filed.raw("keychain", *words, "--debug", env=env)
            assert result.returncode in (2, 8, 9)
            assert MARKER.encode() not in result.stdout + result.stderr, words


PLUG_IN = """
import os, pathlib, time
from keyring.backend import KeyringBackend

class Watching(KeyringBackend):
    "Keeps nothing for long, and writes down every command line of this machine while it does."
    priority = 1
    held = None

    def get_password(self, service, username):
        return self.held

    def set_password(self, service, username, password):
        self.held = password
        lines = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                lines.append(path.read_bytes())
            except OSError:
                pass
        pathlib.Path(os.environ["SEEN"]).write_bytes(b"\\n".join(lines))

class Hanging(Watching):
    def get_password(self, service, username):
        from authcli.keychain import system
        system.LIMIT_SECONDS = 0.3  # of the test's patience; the other call has ten
        time.sleep(3600 if self.held else 0)

    def set_password(self, service, username, password):
        self.held = password
"""


@pytest.fixture
def plug_in(filed: Cli) -> Cli:
    """The command, which finds a plug-in of `keyring` called plugged."""
    (filed.home / "plugged.py").write_text(PLUG_IN)
    filed.env |= {
        "PYTHONPATH": f"{filed.home}{os.pathsep}{ROOT}",
        "AUTHCLI_KEYCHAIN": "system",
        "SEEN": str(filed.home / "seen"),
    }
    return filed


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_secret_is_on_no_command_line_of_the_machine(plug_in: Cli) -> None:
    # Other tests, at the same time, put MARKER on their command lines on purpose.
    marker = f"own-{MARKER}".swapcase()
    env = {"PYTHON_KEYRING_BACKEND": "plugged.Watching", "MARKER": marker}
    for words in (("watched", "-"), ("watched", "env:MARKER", "--replace")):
        result = plug_in("keychain", "set", *words, stdin=marker, env=env)
        assert result.code == 0, str(result)
        seen = (plug_in.home / "seen").read_bytes()
        assert b"keychain\0set\0watched" in seen  # it saw the process that held it
        assert marker.encode() not in seen


def test_a_keychain_that_hangs_holds_up_nobody_for_ever(plug_in: Cli) -> None:
    """The thread that waits for it does not keep the process, either."""
    env = {"PYTHON_KEYRING_BACKEND": "plugged.Hanging"}
    started = time.monotonic()
    result = plug_in("keychain", "set", "deploy", "env:MARKER", env=env)
    assert result.code == 9
    assert "did not answer within" in result.err
    env["AUTHCLI_KEYCHAIN"] = "auto"
    result = plug_in("keychain", "set", "deploy", "env:MARKER", env=env)
    assert result.code == 0
    assert result.err.count("note:") == 1
    assert time.monotonic() - started < 8
    assert plug_in.ok("keychain", "get", "deploy") == MARKER


def test_a_real_secret_service_is_used_without_a_word(cli: Cli) -> None:
    with secret_service.running() as service:
        cli.env |= service.environment
        assert str(cli("keychain", "set", "deploy", stdin="geheim\n")) == (
            "exit: 0\n--- stdout\n--- stderr\n"
        )
        assert cli.ok("keychain", "list", "--field", "backend") == "system"
        assert cli.raw("keychain", "get", "deploy").stdout == b"geheim"
        assert cli.ok("keychain", "remove", "deploy", "--yes") == "deploy"
        assert cli("keychain", "get", "deploy").code == 7
    folder = cli.home / ".local/share/authcli"
    assert {path.name for path in folder.iterdir()} == {"keychain.lock", "keychain.names"}


def test_tab_offers_names(filed: Cli) -> None:
    for name in ("deploy", "signing@work.2"):
        filed.ok("keychain", "set", name, stdin="x")
    names = ("deploy", "signing@work.2")
    for typed, offered in {
        ("keychain", "get", ""): [f"{name}\t" for name in names],
        ("keychain", "remove", "deploy", "s"): ["signing@work.2\t"],
        ("jwt", "mint", "--key", "keychain:"): [f"keychain:{name}\t" for name in names],
        ("jwt", "mint", "--key", "keyring:d"): ["keyring:deploy\t"],
        ("jwt", "mint", "--key", "keyc"): ["keychain:\ta secret of the keychain"],
    }.items():
        done = filed.raw("--", *typed, env={"_AUTHCLI_COMPLETE": "1"})
        lines = [line for line in done.stdout.decode().splitlines() if ":files" not in line]
        assert lines == offered, typed
