"""`password generate`: the bare secret in a pipe, its entropy beside it, every form of a secret."""

from __future__ import annotations

import json
import re

import pytest

from authcli import passwords
from tests.cli.harness import Cli
from tests.cli.test_password_hash import finish, spawn


def test_a_pipe_gets_the_bare_password_and_stderr_its_entropy(cli: Cli) -> None:
    result = cli("password", "generate")
    assert (result.code, result.err) == (0, "note: 129.8 bits of entropy\n")
    assert re.fullmatch(r"\S{20}\n", result.out)
    assert cli("password", "generate", "-q").err == ""
    assert passwords.check(result.out.removesuffix("\n")).accepted


@pytest.mark.parametrize(
    ("arguments", "pattern", "bits"),
    [
        (("--length", "32", "--alphabet", "alphanumeric"), r"[A-Za-z0-9]{32}", 190.5),
        (("--alphabet", "hex", "--length", "16"), r"[0-9a-f]{16}", 64.0),
        (("--alphabet", "abcdefgh", "--length", "30"), r"[a-h]{30}", 90.0),
        (("--words", "6"), r"[a-z-]+", 77.5),
        (("--words", "8", "--word-list", "bip39", "--separator", " "), r"([a-z]+ ){7}[a-z]+", 88.0),
        (("--every-class",), r"\S{20}", 129.6),
    ],
)
def test_what_is_made_of_what(
    cli: Cli, arguments: tuple[str, ...], pattern: str, bits: float
) -> None:
    facts = json.loads(cli.ok("password", "generate", *arguments, "--json"))
    assert facts.keys() == {"schema", "password", "entropy_bits"}
    assert re.fullmatch(pattern, facts["password"])
    assert facts["entropy_bits"] == bits


def test_little_chance_draws_a_warning(cli: Cli) -> None:
    result = cli("password", "generate", "--length", "6", "--alphabet", "digits")
    assert re.fullmatch(r"\d{6}\n", result.out)
    assert result.err == (
        "warning: 19.9 bits of entropy: for where guesses are counted, as a PIN\n"
    )


def test_many_are_a_line_each_and_all_different(cli: Cli) -> None:
    lines = cli.ok("password", "generate", "--count", "1000").splitlines()
    assert len({*lines}) == 1000
    rows = cli.ok("password", "generate", "--count", "3", "--words", "4", "--jsonl").splitlines()
    assert [json.loads(row)["entropy_bits"] for row in rows] == [51.6] * 3
    whole = json.loads(cli.ok("password", "generate", "--count", "2", "--json"))
    assert (whole["schema"], len(whole["items"])) == ("authcli/password.generate/1", 2)


def test_every_form_of_a_secret(cli: Cli) -> None:
    made = cli.ok("password", "generate", "--format", "dotenv", "--var", "DB", "--words", "4")
    assert re.fullmatch(r"DB=[a-z-]+", made)
    exported = cli.ok("password", "generate", "--format", "export", "--alphabet", "hex")
    assert re.fullmatch(r"export PASSWORD='[0-9a-f]{20}'", exported)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--length", "7"),
        ("--length", "513"),
        ("--words", "2"),
        ("--words", "6", "--length", "20"),
        ("--words", "6", "--every-class"),
        ("--separator", "_"),
        ("--words", "6", "--word-list", "klingon"),
        ("--words", "6", "--separator", "\n"),
        ("--alphabet", "aab"),
        ("--alphabet", "hex", "--every-class"),
        ("--count", "0"),
        ("--count", "1000001"),
        ("--count", "2", "--format", "export"),
        ("--count", "2", "--copy"),
    ],
)
def test_what_cannot_be_is_2_and_prints_nothing(cli: Cli, arguments: tuple[str, ...]) -> None:
    result = cli("password", "generate", *arguments)
    assert (result.code, result.out) == (2, "")


def test_a_file_of_a_password_is_the_owners_alone(cli: Cli) -> None:
    cli.ok("password", "generate", "-o", "pw")
    assert (cli.home / "pw").stat().st_mode & 0o777 == 0o600
    assert cli("password", "generate", "-o", "pw").code == 8


def test_a_person_sees_it_with_its_entropy(cli: Cli) -> None:
    code, shown = finish(spawn(cli, "password", "generate", "--words", "6", "--no-color"))
    assert code == 0
    assert re.fullmatch(r"note: 77.5 bits of entropy\r\n[a-z-]+\r\n", shown)
