"""`password check`: taken is 0, refused is 3 with the reasons, and no reason holds the password."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.cli.harness import Cli
from tests.cli.test_password_hash import finish, spawn

GOOD = "stapler-unkempt-gravity-walnut"


def check(cli: Cli, password: str, *arguments: str) -> tuple[int, list[str]]:
    """Return the exit code, and the codes of the errors that were found."""
    result = cli("password", "check", *arguments, "--json", stdin=password)
    assert result.code in (0, 3), str(result)
    findings = json.loads(result.out)["findings"]
    return result.code, [f["code"] for f in findings if f["severity"] == "error"]


def test_a_good_one_prints_its_score(cli: Cli) -> None:
    result = cli("password", "check", stdin=GOOD)
    assert (result.code, result.out, result.err) == (0, "4\n", "")


def test_a_refused_one_prints_reasons_on_stderr_alone(cli: Cli) -> None:
    result = cli("password", "check", stdin="vK2#pQ9z")
    assert (result.code, result.out) == (3, "")
    assert (
        "  error: it has 8 characters, and policy nist wants 15"
        " (four or more random words: authcli password generate --words 6)\n"
        "error: policy nist refuses the password for 1 reason\n"
        "hint: authcli password generate makes a good one\n"
    ) in result.err
    assert cli("password", "check", "--field", "score", stdin="hunter2").out == "0\n"


def test_the_judgement_as_json(cli: Cli) -> None:
    facts = json.loads(cli("password", "check", "--json", stdin=GOOD).out)
    assert [*facts] == [
        *("schema", "valid", "code", "checks", "policy", "score", "meaning", "guesses_log10"),
        *("estimator", "parts", "times_breached", "findings"),
    ]
    assert [(c["name"], c["status"]) for c in facts["checks"]] == [
        ("length", "pass"),
        ("composition", "skipped"),
        ("known", "pass"),
        ("context", "pass"),
        ("guesses", "pass"),
    ]
    refused = cli("password", "check", "--json", stdin="password")
    assert refused.code == 3
    facts = json.loads(refused.out)
    assert (facts["valid"], facts["code"]) == (False, "password.refused")
    assert facts["checks"][2]["status"] == "fail"


@pytest.mark.parametrize(
    ("password", "policy", "refused"),
    [
        ("gumbo mitten vex", "nist", []),
        ("vK2#pQ9z", "nist", ["password.short"]),
        ("vK2#pQ9z", "nist-mfa", []),
        ("gumbo mitten vex", "classic", ["password.classes"]),
        ("Gumbo mitten 5", "classic", []),
        ("correct horse battery staple", "nist", ["password.known-bad"]),
        ("дом" * 5, "nist", ["password.guessable"]),
    ],
)
def test_policies_by_name(cli: Cli, password: str, policy: str, refused: list[str]) -> None:
    assert check(cli, password, "--policy", policy) == (3 if refused else 0, refused)


def test_a_policy_from_a_file(cli: Cli) -> None:
    (cli.home / "policy.toml").write_text('[password]\nmin_length = 40\nclasses = ["digit"]\n')
    assert check(cli, GOOD, "--policy", "policy.toml")[1] == ["password.short", "password.classes"]
    for path in ("missing", "./missing.toml", "."):
        result = cli("password", "check", "--policy", path, stdin=GOOD)
        assert (result.code, result.out) == (2, "")
    assert cli("password", "check", "--policy", "nits", stdin=GOOD).err == (
        "error: there is no policy 'nits'\nhint: nist, nist-mfa, classic, or a file\n"
    )


def test_what_is_known_of_the_owner(cli: Cli) -> None:
    about = ("--about", "Gundersen", "--about", "gunnar@example.com")
    assert check(cli, "gundersen likes hazelnuts 7", *about) == (0, [])
    code, found = check(cli, "Gundersen2026!", *about)
    assert (code, "password.context" in found) == (3, True)
    assert check(cli, "Gundersen likes hazelnuts 7!", *about, "--policy", "classic")[1] == [
        "password.context"
    ]


def test_ones_own_list_of_known_bad_ones(cli: Cli) -> None:
    lines = [*(f"word{number}" for number in range(100_000)), GOOD.upper(), "é"]
    (cli.home / "bad.txt").write_text("\r\n".join(lines))
    known = ("--known-bad", "bad.txt")
    assert check(cli, GOOD, *known) == (3, ["password.known-bad"])
    assert check(cli, GOOD + "x", *known) == (0, [])
    (cli.home / "bad.txt").write_bytes(b"\xff\xfe\n" + GOOD.encode())
    assert check(cli, GOOD, *known)[0] == 3
    for path in ("missing", "."):
        assert cli("password", "check", "--known-bad", path, stdin=GOOD).code == 2


def test_have_i_been_pwneds_list_on_this_machine(cli: Cli) -> None:
    hashes = [hashlib.sha1(f"word {n}".encode()).hexdigest().upper() for n in range(500)]
    hashes.append(hashlib.sha1(GOOD.encode()).hexdigest().upper())
    lines = [f"{digest}:{number + 1}" for number, digest in enumerate(sorted(hashes))]
    (cli.home / "pwned.txt").write_text("\n".join(lines) + "\n")
    breached = ("--breached", "pwned.txt")
    assert check(cli, GOOD, *breached) == (3, ["password.breached"])
    result = cli("password", "check", *breached, "--field", "times_breached", stdin=GOOD + "x")
    assert (result.code, result.out) == (0, "0\n")
    (cli.home / "pwned.txt").write_text("\n".join(reversed(lines)) + "\n")
    result = cli("password", "check", *breached, stdin=GOOD)
    assert (result.code, result.out) == (2, "")
    assert "it is not sorted by hash" in result.err


def test_what_is_no_text_is_2(cli: Cli) -> None:
    result = cli("password", "check", stdin=b"\xff\xfe\xfd")
    assert (result.code, result.err.splitlines()[0]) == (
        2,
        "error: the password is not UTF-8 text",
    )
    assert cli("password", "check", stdin="").code == 2


def test_no_reason_holds_the_password(cli: Cli) -> None:
    for flag in ("--json", "--debug"):
        done = cli.raw("password", "check", "--about", "planted", flag, stdin=b"planted99!")
        assert (done.returncode, b"planted" in done.stdout + done.stderr) == (3, False)


def test_a_person_is_asked_once_and_sees_a_page(cli: Cli) -> None:
    child = spawn(cli, "password", "check", "--no-color")
    child.expect("password: ")
    child.waitnoecho(5)
    child.sendline("hunter2")
    code, shown = finish(child)
    assert code == 3
    assert "hunter" not in shown
    assert "score    0 of 4: guessed at once\r\n" in shown
    assert "policy   nist: refused\r\n" in shown
    assert "guesses" not in shown
