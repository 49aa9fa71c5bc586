"""`password hash`, `tune` and `schemes`: costs as flags, prompts without echo, nothing cut."""

from __future__ import annotations

import json
import os
import shlex
import stat
import sys
import termios
import time

import pexpect
import pytest

from authcli import passwords
from authcli.cli.password._costs import as_flags
from authcli.passwords.schemes import SCHEMES
from tests.cli.harness import Cli
from tests.passwords.cheap import COSTS
from tests.requirements import require

PASSWORD = "correct horse battery staple"
#: Costs that take no time; each draws a warning.
CHEAP = {name: tuple(as_flags(name, cost)) for name, cost in COSTS.items()}
#: It takes a quarter of a minute.
DEAR = "$2b$18$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"


@pytest.fixture
def cli(cli: Cli) -> Cli:
    cli.env["PW"] = PASSWORD
    return cli


def spawn(cli: Cli, *arguments: str) -> pexpect.spawn:
    command, *words = cli.command(*arguments)
    return pexpect.spawn(
        command, words, env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home),
        encoding="utf-8", timeout=30, dimensions=(40, 120),
    )  # fmt: skip


def finish(child: pexpect.spawn) -> tuple[int | None, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


def test_the_default_is_rfc_9106s_second_choice_and_silent(cli: Cli) -> None:
    result = cli("password", "hash", "env:PW")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.verify(PASSWORD, result.out.strip()).outdated is False


@pytest.mark.parametrize("scheme", [name for name, row in SCHEMES.items() if row.makes])
def test_every_scheme_that_is_made_has_its_costs_as_flags(cli: Cli, scheme: str) -> None:
    made = cli.ok("password", "hash", "env:PW", "--scheme", scheme, *CHEAP[scheme])
    assert passwords.verify(PASSWORD, made).scheme == scheme


def test_json_says_scheme_and_cost_and_warns_of_a_low_one(cli: Cli) -> None:
    result = cli("password", "hash", "env:PW", "--scheme", "bcrypt", "-C", "5", "--json")
    facts = json.loads(result.out)
    assert facts.pop("hash").startswith("$2b$05$")
    assert facts == {
        "schema": "authcli/password.hash/1",
        "scheme": "bcrypt",
        "cost": {"cost": 5},
    }
    assert json.loads(result.err) == {"warning": "below the policy: cost 5 is less than cost 12"}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ("--cost", "12"),
            (
                "error: argon2id has no --cost; it has --memory, --iterations, --lanes\n"
                "hint: --cost is for --scheme bcrypt, bcrypt-sha256\n"
            ),
        ),
        (
            ("--scheme", "bcrypt", "--memory", "64MiB"),
            (
                "error: bcrypt has no --memory; it has --cost\n"
                "hint: --memory is for --scheme argon2id\n"
            ),
        ),
        (
            ("--scheme", "bcrypt", "-C", "31"),
            "error: --cost 31 is out of the bounds of bcrypt\nhint: 4 to 18; by default 12\n",
        ),
        (
            ("--memory", "16GiB"),
            (
                "error: --memory 16 GiB is out of the bounds of argon2id\n"
                "hint: 8 KiB to 4 GiB; by default 64 MiB\n"
            ),
        ),
        (
            ("--memory", "64 megs"),
            "error: '64 megs' is no size of memory\nhint: as in 64MiB, 1GiB or 19456KiB\n",
        ),
        (
            ("--scheme", "md5-crypt"),
            (
                "error: md5-crypt hashes are read and verified, and not made\n"
                "hint: argon2id is the choice for new ones\n"
            ),
        ),
        (
            ("--normalize", "nfd"),
            "error: 'nfd' is no normalization\nhint: one of nfc, nfkc, none\n",
        ),
        (("--jobs", "2"), None),
        (("--column", "user=a"), None),
    ],
)
def test_what_cannot_be_is_a_usage_error(
    cli: Cli, arguments: tuple[str, ...], error: str | None
) -> None:
    result = cli("password", "hash", "env:PW", *arguments)
    assert (result.code, result.out) == (2, "")
    assert error is None or result.err == error
    assert "error: " in result.err


def test_one_line_break_at_the_end_is_no_part_of_the_password(cli: Cli) -> None:
    (cli.home / "pw").write_bytes(b"  one two \r\n")
    (cli.home / "pw").chmod(0o600)
    made = cli.ok("password", "hash", "@pw", *CHEAP["argon2id"])
    assert passwords.verify("  one two ", made)
    made = cli.ok("password", "hash", *CHEAP["argon2id"], stdin="one\n\n")
    assert passwords.verify("one\n", made)
    made = cli.ok("password", "hash", *CHEAP["argon2id"], stdin=b"\xff\xfe\n")
    assert passwords.verify(b"\xff\xfe\n", made)


def test_a_table_piped_in_by_mistake_draws_a_warning(cli: Cli) -> None:
    result = cli("password", "hash", *CHEAP["argon2id"], stdin="one\ntwo\n")
    assert "the password has a line break in it; for many, one a line, there is --lines" in (
        result.err
    )


def test_what_bcrypt_would_cut_is_refused_with_the_count(cli: Cli) -> None:
    bcrypt = ("password", "hash", "--scheme", "bcrypt", "-C", "4", "-q")
    assert cli(*bcrypt, stdin="é" * 36).code == 0
    result = cli(*bcrypt, stdin="é" * 36 + "x")
    assert result.code == 2
    assert result.err == "error: the password has 73 bytes and bcrypt takes 72 at most\n"


@pytest.mark.parametrize("stdin", ["", "\n", "x" * 5000, "x" * 100_000])
def test_nothing_and_too_much_are_no_passwords(cli: Cli, stdin: str) -> None:
    result = cli("password", "hash", stdin=stdin)
    assert (result.code, result.out) == (2, "")
    assert "x" * 20 not in result.err


def test_a_password_on_the_command_line_is_refused_and_not_repeated(cli: Cli) -> None:
    done = cli.raw("password", "hash", "hunter2hunter2", "--debug")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"hunter2" not in done.stderr


def test_unicode_is_normalised_as_nist_says(cli: Cli) -> None:
    """SP 800-63B-4, section 3.1.1.2: NFC; both ways of typing é are one password."""
    made = cli.ok("password", "hash", *CHEAP["argon2id"], stdin="cafe\u0301")
    assert passwords.verify("café", made, normalization="none")
    raw = cli.ok("password", "hash", *CHEAP["argon2id"], "--normalize", "none", stdin="cafe\u0301")
    assert passwords.verify("cafe\u0301", raw, normalization="none")


def test_a_policy_says_how_and_flags_are_stronger(cli: Cli) -> None:
    (cli.home / "policy.toml").write_text('[hash]\nscheme = "bcrypt"\ncost = 5\n')
    policy = ("--policy", "policy.toml")
    result = cli("password", "hash", "env:PW", *policy)
    assert (result.out[:7], result.err) == ("$2b$05$", "")
    lower = cli("password", "hash", "env:PW", *policy, "-C", "4")
    assert lower.out.startswith("$2b$04$")
    assert "below the policy: cost 4 is less than cost 5" in lower.err
    other = cli.ok("password", "hash", "env:PW", *policy, "--scheme", "scrypt", "--log-n", "4")
    assert other.startswith("$scrypt$")
    (cli.home / "policy.toml").write_text('[hash]\nschema = "bcrypt"\n')
    assert cli("password", "hash", "env:PW", *policy).code == 2


def test_a_file_of_a_hash_is_the_owners_alone_and_not_overwritten(cli: Cli) -> None:
    into = ("password", "hash", "env:PW", "-o", "hash", *CHEAP["argon2id"])
    assert cli(*into).code == 0
    assert stat.S_IMODE((cli.home / "hash").stat().st_mode) == 0o600
    assert cli(*into).code == 8


def test_the_prompt_asks_twice_without_echo(cli: Cli) -> None:
    child = spawn(cli, "password", "hash", *CHEAP["argon2id"], "-o", "hash")
    child.expect("password: ")
    child.waitnoecho(5)
    child.sendline("sécret")
    child.expect("password again: ")
    child.sendline("sécret")
    code, shown = finish(child)
    assert (code, "cret" in shown) == (0, False)
    assert passwords.verify("sécret", (cli.home / "hash").read_text())


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("one", "two"), "error: the two are not the same; nothing was done"),
        (("",), "error: no password was typed"),
        ((b"caf\xe9",), "error: the password that was typed is not UTF-8"),
    ],
)
def test_a_slip_at_the_prompt_is_one_error(
    cli: Cli, typed: tuple[str | bytes, ...], message: str
) -> None:
    child = spawn(cli, "password", "hash", "--no-color")
    for text in typed:
        child.expect("password(?: again)?: ")
        child.waitnoecho(5)
        os.write(child.child_fd, (text if isinstance(text, bytes) else text.encode()) + b"\n")
    code, shown = finish(child)
    assert code == 2
    assert message in shown


def test_ctrl_c_at_the_prompt_restores_the_echo_and_ends_with_130(cli: Cli) -> None:
    shell = pexpect.spawn(
        require("dash"), [], env=cli.environment({"PS1": "ready> "}), cwd=str(cli.home),
        encoding="utf-8", timeout=30,
    )  # fmt: skip
    shell.expect("ready> ")
    shell.sendline(shlex.join(cli.command("password", "hash")))
    shell.expect("password: ")
    shell.waitnoecho(5)
    shell.send("half a sec")
    shell.sendintr()
    shell.expect("ready> ")
    assert "Traceback" not in shell.before
    assert "half" not in shell.before
    assert termios.tcgetattr(shell.child_fd)[3] & termios.ECHO
    shell.sendline("echo code=$?")
    shell.expect("code=130\r\n")
    shell.close(force=True)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells of threads")
@pytest.mark.parametrize(
    "words",
    [
        ("hash", "env:PW", "--scheme", "bcrypt", "--cost", "18"),
        ("verify", DEAR, "env:PW", "--max-seconds", "90"),
        ("tune", "--target", "10s"),
    ],
    ids=lambda words: words[0],
)
def test_ctrl_c_is_heard_while_a_hash_is_computed(cli: Cli, words: tuple[str, ...]) -> None:
    """It would take a quarter of a minute; C code hears no signal."""
    child = spawn(cli, "password", *words)
    end = time.monotonic() + 10
    while len(os.listdir(f"/proc/{child.pid}/task")) < 2:
        assert time.monotonic() < end, "nothing is computed beside the main thread"
        time.sleep(0.01)
    begun = time.monotonic()
    child.sendintr()
    code, shown = finish(child)
    assert (code, "Traceback" in shown) == (130, False)
    assert time.monotonic() - begun < 5


def test_nobody_is_asked_where_nobody_may_be(cli: Cli) -> None:
    for extra in (("--no-input",), ()):
        cli.env["CI"] = "" if extra else "true"
        code, shown = finish(spawn(cli, "password", "hash", *extra, "--no-color"))
        assert code == 2
        assert "hint: name its source, such as @FILE or env:NAME, or pipe it in" in shown


def test_tune_prints_flags_that_hash_takes(cli: Cli) -> None:
    flags = cli.ok("password", "tune", "--target", "20ms", "--max-memory", "16MiB")
    assert flags.startswith("--scheme argon2id --memory ")
    made = cli.ok("password", "hash", "env:PW", *flags.split(), "-q")
    assert made.startswith("$argon2id$")
    facts = json.loads(cli.ok("password", "tune", "--target", "0.02s", "--scheme", "bcrypt", "-j"))
    assert facts["flags"] == f"--scheme bcrypt --cost {facts['cost']['cost']}"
    assert facts["target_ms"] == 20


@pytest.mark.parametrize(
    "arguments",
    [
        *(("--target", text) for text in ("250", "0ms", "11s")),
        ("--scheme", "md5-crypt"),
        ("--max-memory", "lots"),
    ],
)
def test_what_cannot_be_tuned_for_is_a_usage_error(cli: Cli, arguments: tuple[str, str]) -> None:
    result = cli("password", "tune", *arguments)
    assert (result.code, result.out) == (2, "")


def test_schemes_lists_what_there_is(cli: Cli) -> None:
    assert cli.ok("password", "schemes").splitlines() == list(SCHEMES)
    items = json.loads(cli.ok("password", "schemes", "--json"))["items"]
    (default,) = (item for item in items if item["default"])
    assert default["flags"] == "--scheme argon2id --memory 64MiB --iterations 3 --lanes 4"
    assert {item["name"] for item in items if item["makes"]} == CHEAP.keys()
    code, shown = finish(spawn(cli, "password", "schemes", "--no-color"))
    assert code == 0
    assert "bcrypt                made  current" in shown
