"""Every source of a key or a secret: what it gives, what it refuses, what it never says."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.cli.harness import Cli

THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
JWK = (
    '{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",'
    '"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
)
MARKER = "nWGxne"


@pytest.fixture
def key_file(cli: Cli) -> Path:
    path = cli.home / "key.jwk"
    path.write_text(JWK)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    "source",
    ["key.jwk", "@key.jwk", "./key.jwk", "env:KEY", "cmd:cat key.jwk", "cmd:cat 'key.jwk'"],
)
def test_sources_give_the_key(cli: Cli, key_file: Path, source: str) -> None:
    result = cli("key", "thumbprint", source, env={"KEY": JWK})
    assert str(result) == f"exit: 0\n--- stdout\n{THUMBPRINT}\n--- stderr\n"


def test_stdin_gives_the_key(cli: Cli) -> None:
    assert cli.ok("key", "thumbprint", "-", stdin=JWK) == THUMBPRINT
    assert cli.ok("key", "thumbprint", stdin=JWK) == THUMBPRINT


def test_a_home_relative_path_is_expanded(cli: Cli, key_file: Path) -> None:
    assert cli.ok("key", "thumbprint", "@~/key.jwk") == THUMBPRINT


def test_a_descriptor_gives_the_key(cli: Cli, key_file: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$@" 7<key.jwk', "bash", *cli.command("key", "thumbprint", "fd:7")],
        cwd=cli.home, env=cli.environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == f"{THUMBPRINT}\n"


def test_process_substitution_gives_the_key(cli: Cli, key_file: Path) -> None:
    """A pipe whose writer is slow is waited for."""
    line = '"$@" <(sleep 3; cat key.jwk)'
    done = subprocess.run(
        ["bash", "-c", line, "bash", *cli.command("key", "thumbprint")],
        cwd=cli.home, env=cli.environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (f"{THUMBPRINT}\n", "")


def test_a_literal_is_taken_with_a_warning(cli: Cli) -> None:
    result = cli("key", "inspect", "literal:0123456789abcdef0123456789abcdef", "--field", "kty")
    assert (result.code, result.out) == (0, "oct\n")
    assert result.err == (
        "warning: the key on the command line is visible to every process; use env:NAME\n"
    )


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("missing.pem", 2, "no such file"),
        ("@missing.pem", 2, "no such file"),
        ("folder", 2, "is a folder"),
        ("@", 2, "cannot read"),
        ("empty", 2, "is empty"),
        ("env:UNSET", 2, "no variable UNSET"),
        ("env:EMPTY", 2, "env:EMPTY is empty"),
        ("env:", 2, "names nothing"),
        ("fd:99", 2, "bad file descriptor"),
        ("fd:x", 2, "no descriptor"),
        ("fd:1", 2, "no descriptor"),
        ("cmd:false", 2, "exit code 1"),
        ("cmd:true", 2, "is empty"),
        ("cmd:no-such-program x", 2, "no such file"),
        ("cmd:'unclosed", 2, "no command"),
        ("cmd:", 2, "names nothing"),
        ("keychain:x", 7, "the keychain has no x"),
        ("keyring:x", 7, "the keychain has no x"),
        ("keychain:no name", 2, "a name in the keychain"),
        ("keychain:", 2, "names nothing"),
        ("store:", 7, "no managed signing keys"),
        ("store:kid", 7, "no managed signing keys"),
        ("https://example.com/jwks", 2, "--jwks URL"),
        (JWK, 2, "visible to every process"),
        ("-----BEGIN PRIVATE KEY-----\nMC4\n-----END PRIVATE KEY-----", 2, "visible to every"),
        ("ak_live_" + "0" * 60, 2, "visible to every process"),
        ("", 2, "is empty"),
        ("a" * 5000, 2, "no such file"),
        ("/dev/null", 2, "is empty"),
        ("/dev/zero", 2, "larger than"),
    ],
)
def test_what_gives_no_key_is_one_error(cli: Cli, source: str, code: int, message: str) -> None:
    (cli.home / "folder").mkdir()
    (cli.home / "empty").touch()
    start = time.monotonic()
    result = cli("key", "thumbprint", source, env={"EMPTY": ""})
    assert result.code == code, str(result)
    assert result.out == ""
    assert message in result.err
    assert result.err.count("error:") == 1
    assert MARKER not in result.err
    assert time.monotonic() - start < 3


def test_a_pipe_without_a_writer_is_given_up_in_time(cli: Cli) -> None:
    os.mkfifo(cli.home / "pipe")
    start = time.monotonic()
    result = cli("key", "thumbprint", "pipe")
    assert result.code == 2
    assert "pipe is empty" in result.err
    assert time.monotonic() - start < 3.5


def test_a_pipe_whose_writer_comes_late_is_read(cli: Cli) -> None:
    os.mkfifo(cli.home / "pipe")

    def write() -> None:
        time.sleep(0.5)
        (cli.home / "pipe").write_text(JWK)

    writer = threading.Thread(target=write)
    writer.start()
    assert cli.ok("key", "thumbprint", "pipe") == THUMBPRINT
    writer.join()


def test_a_file_of_a_gigabyte_is_refused_at_once(cli: Cli) -> None:
    with (cli.home / "big").open("wb") as file:
        file.truncate(1 << 30)
    start = time.monotonic()
    result = cli("key", "thumbprint", "big")
    assert (result.code, result.out) == (2, "")
    assert time.monotonic() - start < 3


def test_a_command_that_never_stops_writing_is_stopped(cli: Cli) -> None:
    result = cli("key", "thumbprint", "cmd:yes")
    assert result.code == 2
    assert "larger than" in result.err


def test_a_command_is_no_shell(cli: Cli) -> None:
    result = cli("key", "thumbprint", "cmd:echo x; touch pwned")
    assert not (cli.home / "pwned").exists()
    assert result.code == 0  # "x; touch pwned" is a secret like another


def test_a_key_file_that_others_can_read_draws_a_warning(cli: Cli, key_file: Path) -> None:
    key_file.chmod(0o644)
    result = cli("key", "thumbprint", "key.jwk")
    assert result.code == 0
    assert result.err == (
        "warning: key.jwk holds a secret and others can read it; chmod 600 key.jwk\n"
    )
    public = cli.ok("key", "public", "key.jwk", "-q", "--to", "jwk")
    (cli.home / "public.jwk").write_text(public)
    (cli.home / "public.jwk").chmod(0o644)
    assert cli("key", "thumbprint", "public.jwk").err == ""


def test_a_pem_whose_line_breaks_are_escapes_is_read_with_a_note(cli: Cli) -> None:
    pem = cli.ok("key", "generate", "ES256")
    result = cli("key", "inspect", "env:KEY", env={"KEY": pem.replace("\n", "\\n")})
    assert result.code == 0
    assert result.err.startswith("note: env:KEY:")


def test_a_secret_loses_one_line_break_only_if_it_is_text(cli: Cli) -> None:
    def thumbprint(data: bytes) -> str:
        return cli.ok("key", "thumbprint", "-", stdin=data)

    text, binary = b"0123456789abcdef0123456789abcdef", bytes(range(128, 160))
    assert thumbprint(text + b"\n") == thumbprint(text) == thumbprint(text + b"\r\n")
    assert thumbprint(text + b"\n\n") != thumbprint(text)
    assert thumbprint(binary + b"\n") != thumbprint(binary)


def test_secret_encodings(cli: Cli) -> None:
    raw = cli.ok("key", "thumbprint", "-", stdin=b"\x01" * 32)
    for name, text in {
        "hex": "01" * 32,
        "base64": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        "base64url": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
    }.items():
        assert cli.ok("key", "thumbprint", "-", "--secret-encoding", name, stdin=text) == raw
    assert cli("key", "thumbprint", "-", "--secret-encoding", "hex", stdin="xyz").code == 2
    assert cli("key", "thumbprint", "-", "--secret-encoding", "rot13", stdin="xyz").code == 2
