"""The command on a real terminal, and with a stdout that fails: prompts, signals, full disks."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import stat
import subprocess
import termios
import time
from pathlib import Path

import pexpect
import pytest

from tests.cli.harness import Cli
from tests.cli.test_jwt_mint import RFC_8037_KEY, TOKEN
from tests.requirements import require

PASSPHRASE = "correct horse"


def spawn(cli: Cli, *arguments: str) -> pexpect.spawn:
    command, *words = cli.command(*arguments)
    return pexpect.spawn(
        command, words, env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home),
        encoding="utf-8", timeout=30, dimensions=(40, 100),
    )  # fmt: skip


def echoes(child: pexpect.spawn) -> bool:
    return bool(termios.tcgetattr(child.child_fd)[3] & termios.ECHO)


def finish(child: pexpect.spawn) -> tuple[int | None, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


@pytest.fixture
def encrypted(cli: Cli) -> Cli:
    cli.env["PW"] = PASSPHRASE
    cli.ok("key", "generate", "ES256", "--passphrase", "env:PW", "-o", "key.pem")
    return cli


def test_an_encrypted_key_is_asked_for_without_echo(encrypted: Cli) -> None:
    child = spawn(encrypted, "key", "thumbprint", "key.pem")
    child.expect("passphrase of key.pem: ")
    child.waitnoecho(5)
    child.sendline(PASSPHRASE)
    code, shown = finish(child)
    assert code == 0
    assert PASSPHRASE not in shown
    assert encrypted.ok("key", "thumbprint", "key.pem", "--passphrase", "env:PW") in shown


def test_the_prompt_is_not_on_stdout(encrypted: Cli) -> None:
    child = spawn(encrypted, "key", "thumbprint", "key.pem", "-o", "out.txt")
    child.expect("passphrase of key.pem: ")
    child.waitnoecho(5)
    child.sendline(PASSPHRASE)
    assert finish(child)[0] == 0
    assert "passphrase" not in (encrypted.home / "out.txt").read_text()


def test_ctrl_c_at_a_prompt_restores_the_echo_and_ends_with_130(encrypted: Cli) -> None:
    shell = pexpect.spawn(
        require("dash"), [], env=encrypted.environment({"PS1": "ready> "}), cwd=str(encrypted.home),
        encoding="utf-8", timeout=30,
    )  # fmt: skip
    shell.expect("ready> ")
    words = shlex.join(encrypted.command("key", "thumbprint", "key.pem"))
    shell.sendline(words)
    shell.expect("passphrase of key.pem: ")
    shell.waitnoecho(5)
    shell.sendintr()
    shell.expect("ready> ")
    assert "Traceback" not in shell.before
    assert echoes(shell)
    shell.sendline("echo code=$?")
    shell.expect("code=130\r\n")
    shell.close(force=True)


def test_a_wrong_passphrase_is_one_error(encrypted: Cli) -> None:
    child = spawn(encrypted, "key", "thumbprint", "key.pem")
    child.expect("passphrase of key.pem: ")
    child.waitnoecho(5)
    child.sendline("wrong")
    code, shown = finish(child)
    assert code == 2
    assert "error:" in shown.replace("\x1b[1;31m", "")
    assert PASSPHRASE not in shown


@pytest.mark.parametrize("flags", [["--no-input"], []])
def test_nobody_is_asked_where_nobody_may_be(encrypted: Cli, flags: list[str]) -> None:
    """Without a terminal, and on one with --no-input or CI=true."""
    assert encrypted("key", "thumbprint", "key.pem", *flags).code == 2
    encrypted.env["CI"] = "true" if not flags else ""
    code, shown = finish(spawn(encrypted, "key", "thumbprint", "key.pem", *flags))
    assert code == 2
    assert "--passphrase" in shown


def test_a_new_passphrase_is_asked_for_twice(cli: Cli) -> None:
    arguments = ("key", "generate", "ES256", "--passphrase", "-", "-o", "key.pem")
    child = spawn(cli, *arguments)
    child.expect("passphrase: ")
    child.waitnoecho(5)
    child.sendline("one")
    child.expect("passphrase again: ")
    child.sendline("two")
    code, shown = finish(child)
    assert code == 2
    assert "not the same" in shown
    assert not (cli.home / "key.pem").exists()


def test_a_token_on_a_terminal_is_in_one_piece(cli: Cli) -> None:
    """Nothing wraps it: 900 characters on 100 columns come out as one line to copy."""
    (cli.home / "key.jwk").write_text(RFC_8037_KEY)
    child = spawn(cli, "--no-color", "-q", "jwt", "mint", "-k", "key.jwk", "x=" + "y" * 600)
    code, shown = finish(child)
    assert code == 0
    assert shown.strip().count(".") == 2
    assert "\n" not in shown.strip()


@pytest.mark.parametrize(
    ("env", "flags", "colored"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({"TERM": "dumb"}, [], False),
        ({"FORCE_COLOR": "0"}, [], False),
        ({}, ["--no-color"], False),
        ({}, ["--color", "never"], False),
    ],
)
def test_colour(cli: Cli, env: dict[str, str], flags: list[str], colored: bool) -> None:
    command, *words = cli.command("jwt", "decode", TOKEN, *flags)
    child = pexpect.spawn(
        command, words, env=cli.environment({"TERM": "xterm", **env}), encoding="utf-8", timeout=30
    )
    _, shown = finish(child)
    assert ("\x1b[" in shown) is colored


def test_a_pipe_gets_no_colour_unless_forced(cli: Cli) -> None:
    assert "\x1b" not in cli("jwt", "inspect", TOKEN).err
    assert "\x1b" in cli("jwt", "inspect", TOKEN, env={"FORCE_COLOR": "1"}).err
    assert "\x1b" not in cli("jwt", "decode", TOKEN, env={"FORCE_COLOR": "1"}).out


COMMANDS = (
    ("jwt", "decode", TOKEN),
    ("jwt", "inspect", TOKEN),
    ("jwt", "mint"),
    ("key", "generate", "ES256"),
    ("key", "secret"),
    ("--help",),
    ("jwt", "mint", "--help"),
    ("--version",),
    ("help", "claims"),
    ("completion", "bash"),
    ("config", "path"),
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_under_stdout(cli: Cli, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            cli.command(*arguments), stdout=full, stderr=subprocess.PIPE, text=True,
            env=cli.environment(), stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "no space left on device" in done.stderr
    assert done.stderr.count("error:") == 1


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_that_went_away(cli: Cli, arguments: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        cli.command("-q", *arguments) if arguments != ("--version",) else cli.command("--version"),
        stdout=write, stderr=subprocess.PIPE, text=True, env=cli.environment(),
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_closed_stdout(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *cli.command(*arguments)],
        stderr=subprocess.PIPE, text=True, env=cli.environment(), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "stdout is closed" in done.stderr


def test_a_closed_stderr_changes_no_exit_code(cli: Cli) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&-', "sh", *cli.command("jwt", "verify", "x.y.z", "-k", "missing")],
        stdout=subprocess.PIPE, text=True, env=cli.environment(), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")


def test_a_full_disk_leaves_no_half_written_key(cli: Cli) -> None:
    (cli.home / "old.pem").write_text("the old key")
    for arguments in (
        ("key", "generate", "RS256", "-o", "new.pem"),
        ("key", "generate", "RS256", "-o", "old.pem", "--force"),
    ):
        done = subprocess.run(
            cli.command(*arguments), capture_output=True, text=True, env=cli.environment(),
            cwd=cli.home, stdin=subprocess.DEVNULL,
            preexec_fn=lambda: (
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)),
            ),
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "file too large" in done.stderr
        assert "PRIVATE KEY" not in done.stderr
    assert [p.name for p in cli.home.iterdir()] == ["old.pem"]
    assert (cli.home / "old.pem").read_text() == "the old key"


def test_ctrl_c_in_the_middle_of_work(cli: Cli) -> None:
    """RSA-16384 takes seconds; the interrupt ends it, with no file and no traceback."""
    process = subprocess.Popen(
        cli.command("jwt", "decode", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=cli.environment(), cwd=cli.home,
    )  # fmt: skip
    time.sleep(1.5)  # it waits for stdin by now
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_a_key_file_is_private_from_its_first_moment(cli: Cli) -> None:
    before = os.umask(0)
    try:
        cli.ok("key", "generate", "ES256", "-o", "key.pem", "--public", "key.pub")
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in cli.home.iterdir()}
    assert modes == {"key.pem": 0o600, "key.pub": 0o644}


def test_json_is_indented_on_a_terminal_and_compact_in_a_pipe(cli: Cli) -> None:
    code, shown = finish(spawn(cli, "-q", "jwt", "decode", TOKEN, "--json"))
    assert code == 0
    warning, _, result = shown.partition("\n")
    assert "NOT VERIFIED" in json.loads(warning)["warning"]
    assert json.loads(result)["verified"] is False
    assert '\n  "verified": false' in shown.replace("\r", "")
    assert "\n" not in cli.ok("jwt", "decode", TOKEN, "--json")
