"""`authcli exec`: fresh credentials in a program's environment, and nowhere else."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pexpect
import pytest

from authcli.apikeys.model import Filters
from authcli.apikeys.text import display_id
from authcli.clock import now_ms
from tests.cli.harness import Cli, Result
from tests.cli.jwks import managed, opened
from tests.requirements import require

SHOW_TOKEN = ("sh", "-c", 'printf %s "$TOKEN"')
KEY_TEXT = re.compile(r"ak_[a-z]+_[0-9A-Za-z]{60}")


def payload(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def settings(cli: Cli, text: str) -> None:
    path = cli.home / ".config/authcli/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def keys_named(cli: Cli, name: str) -> list[tuple[str, str, str | None]]:
    """Return the ids, states and reasons of the keys of a name."""
    with opened(cli) as store:
        found = store.api_keys.find(Filters(name=name), at_ms=now_ms(), descending=False)
        return [
            (display_id(key.id), key.state(at_ms=now_ms()), key.revoked_reason) for key in found
        ]


def started(cli: Cli, *arguments: str, ignoring: str = "") -> subprocess.Popen[str]:
    """Start a command; with a signal that is ignored when it begins."""
    command = cli.command(*arguments)
    if ignoring:
        code = f"import os,signal,sys; signal.signal(signal.{ignoring}, signal.SIG_IGN);"
        command = [sys.executable, "-c", f"{code} os.execv(sys.argv[1], sys.argv[1:])", *command]
    return subprocess.Popen(
        command, env=cli.environment(), cwd=cli.home, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def failed(result: Result, code: int) -> str:
    """Return what was said of a failure of exec's own."""
    assert (result.code, result.out) == (code, ""), str(result)
    assert result.err.startswith("error: "), result.err
    return result.err


# --- tokens -----------------------------------------------------------------------------------


def test_a_token_is_minted_as_the_profile_says(cli: Cli) -> None:
    cli.ok("key", "generate", "Ed25519", "-o", "key.pem", "--public", "key.pub")
    settings(
        cli,
        'issuer = "https://plain.example"\n[profile.ci]\nissuer = "https://ci.example"\n'
        'audience = ["deploy"]\nlifetime = "5m"\nkey = "@key.pem"\n',
    )
    result = cli("exec", "--set", "TOKEN=jwt:ci", "-s", "robot", "--scope", "push",
                 "--", *SHOW_TOKEN)  # fmt: skip
    assert (result.code, result.err) == (0, "")
    claims = payload(result.out)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (
        "https://ci.example", "deploy", "robot",
    )  # fmt: skip
    assert (claims["scope"], claims["exp"] - claims["iat"]) == ("push", 300)
    cli.ok("jwt", "verify", result.out, "-p", "ci", "--key", "key.pub")


def test_without_a_profile_the_settings_are_those_of_the_command_line(cli: Cli) -> None:
    """`jwt:` alone is the current profile; flags win over it."""
    settings(cli, 'issuer = "https://plain.example"\n[profile.ci]\nissuer = "https://ci.example"\n')
    for flags, issuer in ((), "https://plain.example"), (("-p", "ci"), "https://ci.example"):
        result = cli("exec", *flags, "--set", "TOKEN=jwt:", "-a", "x", "-e", "1m", "-q",
                     "--", *SHOW_TOKEN)  # fmt: skip
        claims = payload(result.out)
        assert (claims["iss"], claims["aud"], claims["exp"] - claims["iat"]) == (issuer, "x", 60)


def test_managed_keys_sign_as_they_do_for_jwt_mint(cli: Cli) -> None:
    kids = managed(cli, issuer="https://login.example", max_token_ms=3_600_000)
    result = cli("exec", "--set", "TOKEN=jwt:", "--", *SHOW_TOKEN)
    assert (result.code, result.err) == (0, "")
    assert payload(result.out)["iss"] == "https://login.example"
    head = json.loads(cli.ok("jwt", "inspect", result.out, "--json"))["header"]
    assert head["kid"] == kids["active"]
    longer = failed(cli("exec", "--set", "T=jwt:", "-e", "2h", "--", "true"), 125)
    assert "live for at most 1 h, and this one longer" in longer


# --- API keys ---------------------------------------------------------------------------------


@pytest.fixture
def billing(cli: Cli) -> Cli:
    """A store with a key that a fresh one is to be like."""
    cli.ok("apikey", "issue", "billing", "--scope", "read:invoices", "--owner", "alice",
           "--rate", "100/1m", "--cidr", "127.0.0.0/8", "--prefix", "ak_test")  # fmt: skip
    return cli


def test_a_fresh_key_is_like_its_model_and_revoked_when_the_command_ends(billing: Cli) -> None:
    verify = " ".join(billing.command("apikey", "verify", "-", "--ip", "127.0.0.1", "--json"))
    script = f'printf %s "$K" | {verify}; exit 3'
    result = billing("exec", "--set", "K=apikey:billing", "--", "sh", "-c", script)
    assert (result.code, result.err) == (3, "")
    verdict = json.loads(result.out)
    assert (verdict["valid"], verdict["name"]) == (True, "billing-exec")
    ((key_id, state, reason),) = keys_named(billing, "billing-exec")
    assert (key_id, state, reason) == (verdict["id"], "revoked", "its command ended")
    fresh = json.loads(billing.ok("apikey", "show", verdict["id"], "--json"))
    model = json.loads(billing.ok("apikey", "show", "billing", "--json"))
    alike = ("scopes", "owner", "cidrs", "rate", "prefix", "environment", "metadata")
    assert {n: fresh[n] for n in alike} == {n: model[n] for n in alike}
    assert model["state"] == "live"


def test_a_fresh_key_lives_for_an_hour_or_as_long_as_asked_and_never_longer_than_its_model(
    billing: Cli,
) -> None:
    billing.ok("apikey", "issue", "short", "--expires", "10m")
    for name, flags, seconds in (
        ("billing", (), 3600), ("billing", ("-e", "5m"), 300), ("short", ("-e", "5h"), 600),
    ):  # fmt: skip
        billing("exec", "--set", f"K=apikey:{name}", *flags, "--", "true")
        key_id = keys_named(billing, f"{name}-exec")[-1][0]
        key = json.loads(billing.ok("apikey", "show", key_id, "--json"))
        with opened(billing) as store:
            row = next(store.api_keys.find(Filters(name=f"{name}-exec"), at_ms=0, descending=True))
        assert key["state"] == "revoked"
        assert row.expires_at is not None
        assert abs(row.expires_at - row.created_at - seconds * 1000) < 5000, name


def test_no_key_is_issued_like_one_that_may_not_be_used(billing: Cli) -> None:
    """Nor for a program that there is not: it is looked for first."""
    assert "no command 'nosuch'" in failed(
        billing("exec", "--set", "K=apikey:billing", "--", "nosuch"), 127
    )
    assert "'nobody'" in failed(billing("exec", "--set", "K=apikey:nobody", "--", "true"), 125)
    billing.ok("apikey", "disable", "billing")
    said = failed(billing("exec", "--set", "K=apikey:billing", "--", "true"), 125)
    assert "is disabled, and no key is issued like it" in said
    assert keys_named(billing, "*-exec") == []


def test_where_nobody_made_a_store_none_is_made(cli: Cli) -> None:
    failed(cli("exec", "--set", "K=apikey:billing", "--", "true"), 125)
    assert not list(cli.home.rglob("*.db"))


def test_of_several_credentials_none_lives_where_one_cannot_be_had(billing: Cli) -> None:
    """What can fail is read before a key is issued."""
    result = billing("exec", "--set", "K=apikey:billing", "--set", "S=env:NOT_SET", "--", "true")
    assert "no variable NOT_SET" in failed(result, 125)
    assert keys_named(billing, "*-exec") == []


def test_a_key_that_cannot_be_revoked_is_told_with_the_way_to_do_it(billing: Cli) -> None:
    """The program's exit code stays."""
    place = billing.home / ".local/share/authcli/authcli.db"
    result = billing("exec", "--set", "K=apikey:billing", "--", "sh", "-c", f"mv {place} .; exit 4")
    (billing.home / "authcli.db").rename(place)
    ((key_id, state, _),) = keys_named(billing, "billing-exec")
    assert (result.code, state) == (4, "live")
    assert f"warning: {key_id} could not be revoked" in result.err
    assert f"authcli apikey revoke {key_id}" in result.err


# --- sources, and the grammar -------------------------------------------------------------------


def test_all_sources_are_read_less_one_line_break(cli: Cli) -> None:
    (cli.home / "secret").write_bytes(b"two\nlines\r\n\n")
    (cli.home / "secret").chmod(0o600)
    cli.env["FROM"] = "gr\u00fcn"
    script = 'printf "%s|%s|%s|%s" "$A" "$B" "$C" "$FROM"'
    result = cli("exec", "--set", "A=@secret", "--set", "B=env:FROM", "--set", "C=cmd:printf =x",
                 "--", "sh", "-c", script)  # fmt: skip
    assert (result.code, result.out) == (0, "two\nlines\r\n|gr\u00fcn|=x|gr\u00fcn")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--", "true"), "nothing is to be set"),
        (("--set", "S3CRET", "--", "true"), "NAME=SOURCE"),
        (("--set", "S3-CRET=env:HOME", "--", "true"), "no variable's name"),
        (("--set", "A=S3CRET", "--", "true"), "the value of A needs a source"),
        (("--set", "A=apikey:", "--", "true"), "names no key"),
        (("--set", "A=env:HOME", "--set", "A=jwt:", "--", "true"), "A is set twice"),
        (("--set", "A=env:HOME", "--sub", "x", "--", "true"), "--sub is for tokens"),
        (("--set", "A=env:HOME", "--exp", "1h", "--", "true"), "--exp is for tokens"),
        (("--set", "A=jwt:", "--exp", "never", "--", "true"), "--exp never"),
        (("--set", "A=@nul", "--", "true"), "holds a NUL"),
        (("--set", "A=store:", "--", "true"), "store: gives managed signing keys"),
        (("--set", "A=jwt:nowhere", "--", "true"), "no configuration file has a profile"),
        (("--set", "A=env:HOME", "-o", "file", "--", "true"), "prints nothing of its own"),
        (("--set", "A=env:HOME", "true"), "stands after --"),
        (("--set", "A=env:HOME", "true", "--", "-x"), "stands after --"),
        (("--set", "A=env:HOME", "--"), "stands after --"),
        (("--set", "A=env:HOME"), "stands after --"),
        (("--set", "A=env:HOME", "--bogus", "--", "true"), "no such option"),
        (("--set", "--", "true"), ""),
        (("--set=", "--", "true"), "is empty"),
    ],
    ids=str,
)  # fmt: skip
def test_a_command_line_of_no_use_is_125_and_says_why(
    cli: Cli, words: tuple[str, ...], said: str
) -> None:
    """What may be a secret is not repeated."""
    (cli.home / "nul").write_bytes(b"a\0b")
    (cli.home / "nul").chmod(0o600)
    shown = failed(cli("exec", *words), 125)
    assert said in shown
    assert "S3" not in shown


def test_errors_are_json_where_that_was_asked_for(cli: Cli) -> None:
    for words, code in (
        (("exec", "--json", "--set", "A=x", "--", "true"), "source.unknown"),
        (("exec", "-j", "true"), "usage"),
        (("exec", "-j", "--set", "A=jwt:none", "--", "true"), "profile.not-found"),
    ):
        result = cli(*words)
        error = json.loads(result.err)["error"]
        assert (result.code, error["exit"]) == (125, 125)
        assert error["code"].startswith(code)


# --- the program --------------------------------------------------------------------------------

BOTH = pytest.mark.parametrize("variable", ["V=env:HOME", "V=apikey:billing"])


@BOTH
def test_what_follows_the_dashes_is_the_programs_own(billing: Cli, variable: str) -> None:
    words = ("--help", "", "--json", "-p", "nowhere", "--", "--set", "A=", "-V")
    result = billing("exec", "--set", variable, "--", "printf", "[%s]", *words)
    assert (result.code, result.err) == (0, "")
    assert result.out == "".join(f"[{word}]" for word in words)


@BOTH
@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 41", 41), ("kill -TERM $$", 143), ("kill -9 $$", 137)],
)
def test_its_exit_code_is_ours(billing: Cli, variable: str, script: str, code: int) -> None:
    done = billing.raw("exec", "--set", variable, "--", "sh", "-c", script)
    # Where authcli became the program, the signal ended it itself.
    assert (done.returncode if done.returncode >= 0 else 128 - done.returncode) == code
    assert {state for _, state, _ in keys_named(billing, "*-exec")} <= {"revoked"}


@BOTH
def test_what_cannot_be_run_is_126_and_what_is_not_there_127(billing: Cli, variable: str) -> None:
    home = billing.home
    (home / "plain").write_text("echo hello\n")
    (home / "bad").write_text("#!/no/such/interpreter\n")
    (home / "bare").write_text("echo no first line\n")
    (home / "folder").mkdir()
    for name in ("bad", "bare"):
        (home / name).chmod(0o755)
    for name, code in (
        ("./plain", 126), ("./bare", 126), ("./bad", 127), ("./folder", 127),
        ("./absent", 127), ("absent-program", 127), ("", 127),
    ):  # fmt: skip
        failed(billing("exec", "--set", variable, "--", name), code)
    assert {state for _, state, _ in keys_named(billing, "*-exec")} <= {"revoked"}


@BOTH
def test_stdin_is_the_programs(billing: Cli, variable: str) -> None:
    assert billing("exec", "--set", variable, "--", "cat", stdin="one\ntwo\n").out == "one\ntwo\n"


@BOTH
def test_its_signals_are_as_a_shell_would_have_them(billing: Cli, variable: str) -> None:
    """Nothing is blocked, and SIGPIPE, which Python ignores, ends a program as ever."""
    result = billing("exec", "--set", variable, "--", "grep", "^Sig", "/proc/self/status")
    masks = dict(line.split(":\t") for line in result.out.splitlines())
    # glibc has its own, 32 and 33, ignored in what it spawns.
    assert {int(masks[name], 16) & 0x7FFFFFFF for name in ("SigBlk", "SigIgn")} == {0}


@BOTH
def test_what_nohup_had_ignored_stays_ignored(billing: Cli, variable: str) -> None:
    script = ("sh", "-c", "kill -HUP $$; echo alive")
    process = started(billing, "exec", "--set", variable, "--", *script, ignoring="SIGHUP")
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "alive\n")


def test_where_nothing_is_left_to_do_authcli_becomes_the_program(cli: Cli) -> None:
    """There is no process in between."""
    process = started(cli, "exec", "--set", "V=env:HOME", "--", "sh", "-c", "echo $$")
    out, _ = process.communicate(timeout=30)
    assert int(out) == process.pid


def test_a_credential_is_in_the_programs_environment_alone(billing: Cli) -> None:
    """Not in the environment or on the command line of authcli, in no output and no file."""
    process = started(
        billing, "exec", "--set", "K=apikey:billing", "--set", "T=jwt:", "-s", "me",
        "--debug", "--", "sh", "-c", "echo $$; while :; do sleep 0.1; done",
    )  # fmt: skip
    try:
        assert process.stdout is not None
        child = Path("/proc") / process.stdout.readline().strip()
        theirs = (child / "environ").read_bytes().split(b"\0")
        key = next(row[2:] for row in theirs if row.startswith(b"K=")).decode()
        token = next(row[2:] for row in theirs if row.startswith(b"T=")).decode()
        assert KEY_TEXT.fullmatch(key)
        assert token.count(".") == 2
        ours = Path("/proc") / str(process.pid)
        seen = (ours / "cmdline").read_bytes() + (ours / "environ").read_bytes()
        seen += (child / "cmdline").read_bytes()
    finally:
        process.terminate()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 143
    kept = b"".join(p.read_bytes() for p in billing.home.rglob("*") if p.is_file())
    for secret in (key[-49:-6], token.rpartition(".")[2]):
        assert secret.encode() not in seen + out.encode() + err.encode() + kept
    assert [state for _, state, _ in keys_named(billing, "*-exec")] == ["revoked"]


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT", "USR1"])
def test_a_signal_that_we_get_is_passed_on(billing: Cli, name: str) -> None:
    """The program decides what becomes of it; the key is revoked when it has ended."""
    script = f"trap 'echo got {name}; exit 9' {name}; echo ready; while :; do sleep 0.05; done"
    process = started(billing, "exec", "--set", "K=apikey:billing", "--", "sh", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(getattr(signal, f"SIG{name}"))
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (9, f"got {name}\n", "")
    assert [state for _, state, _ in keys_named(billing, "*-exec")] == ["revoked"]


def test_a_program_that_lives_on_after_a_signal_keeps_its_key(billing: Cli) -> None:
    wait = "while [ ! -e go ]; do sleep 0.05; done"
    script = f"trap 'echo no' TERM; echo ready; {wait}; exit 6"
    process = started(billing, "exec", "--set", "K=apikey:billing", "--", "sh", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.stdout.readline() == "no\n"
    assert [state for _, state, _ in keys_named(billing, "*-exec")] == ["live"]
    (billing.home / "go").touch()
    process.communicate(timeout=30)
    assert process.returncode == 6


def test_children_are_waited_for_where_ours_had_them_ignored(billing: Cli) -> None:
    """Some launchers ignore SIGCHLD, and then the system forgets how a child ended."""
    words = ("exec", "--set", "K=apikey:billing", "--", "sh", "-c", "exit 5")
    process = started(billing, *words, ignoring="SIGCHLD")
    process.communicate(timeout=30)
    assert process.returncode == 5


# --- the terminal -------------------------------------------------------------------------------


def on_terminal(cli: Cli, *words: str) -> pexpect.spawn:
    """Run a command as the foreground job of a terminal."""
    command, *arguments = cli.command(*words)
    return pexpect.spawn(
        command, arguments, env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home),
        encoding="utf-8", timeout=30, dimensions=(33, 77),
    )  # fmt: skip


@BOTH
def test_the_program_has_the_terminal(billing: Cli, variable: str) -> None:
    script = "test -t 0 && test -t 1 && test -t 2 && stty size < /dev/tty"
    child = on_terminal(billing, "exec", "--set", variable, "--", "sh", "-c", script)
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, child.before.strip()) == (0, "33 77")


def test_ctrl_c_reaches_the_program_once(billing: Cli) -> None:
    """The keyboard sends it to both of us: passed on, it would come twice."""
    script = "trap 'echo got; n=1' INT; echo ready; while :; do sleep 0.05; done"
    child = on_terminal(billing, "exec", "--set", "K=apikey:billing", "--", "sh", "-c", script)
    child.expect("ready")
    child.sendintr()
    child.expect("got")
    time.sleep(0.5)
    child.sendcontrol("\\")
    child.expect(pexpect.EOF)
    child.close()
    assert "got" not in child.before
    assert child.exitstatus == 128 + signal.SIGQUIT
    assert [state for _, state, _ in keys_named(billing, "*-exec")] == ["revoked"]


@pytest.mark.parametrize("stop", ["the keyboard", "the program itself"])
def test_a_program_can_be_stopped_and_resumed(billing: Cli, stop: str) -> None:
    """As by Ctrl-Z; `less` and `bash` stop themselves alone, and the shell has to see it."""
    itself = "" if stop == "the keyboard" else "kill -TSTP $$; "
    (billing.home / "job").write_text(
        f'echo begun; {itself}read line; echo "resumed $line"; exit 3\n'
    )
    shell = pexpect.spawn(
        require("bash"), ["--norc", "--noprofile", "-i"],
        env=billing.environment({"TERM": "xterm", "PS1": "ready> "}), cwd=str(billing.home),
        encoding="utf-8", timeout=30,
    )  # fmt: skip
    shell.expect("ready> ")
    words = billing.command("exec", "--set", "K=apikey:billing", "--", "sh", "job")
    shell.sendline(" ".join(words))
    shell.expect("begun")
    if stop == "the keyboard":
        shell.sendcontrol("z")
    shell.expect("Stopped")
    shell.expect("ready> ")
    shell.sendline("fg")
    time.sleep(0.3)
    shell.sendline("here")
    shell.expect("resumed here")
    shell.expect("ready> ")
    shell.sendline("echo code=$?")
    shell.expect("code=3")
    shell.sendeof()
    shell.close()


def test_a_hidden_prompt_gives_a_value_and_leaves_the_terminal_as_it_was(cli: Cli) -> None:
    script = 'stty -a | grep -o " echo " | tr -d " "; echo "length ${#V}"'
    child = on_terminal(cli, "exec", "--set", "V=-", "--", "sh", "-c", script)
    child.expect("value of V: ")
    child.waitnoecho(5)
    child.sendline("hunter22")
    child.expect(pexpect.EOF)
    child.close()
    assert child.before.split() == ["echo", "length", "8"]
    assert os.WEXITSTATUS(child.status or 0) == 0


def test_tab_offers_what_may_follow_the_equals_sign() -> None:
    from authcli.cli._complete import complete

    def offered(*words: str) -> set[str]:
        return {line.partition("\t")[0] for line in complete(["exec", *words])}

    assert {"A=jwt:", "A=apikey:", "A=env:", "A=@"} <= offered("--set", "A=")
    assert offered("--set", "A=@") == {":files"}
    assert offered("--set", "9=") == set()
