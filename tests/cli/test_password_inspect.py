"""`password inspect`: what a hash says of itself, and whether the policy wants it made anew."""

from __future__ import annotations

import json

import pytest

from tests.cli.harness import Cli
from tests.cli.test_password_hash import finish, spawn

BCRYPT_10 = "$2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
BCRYPT_12 = BCRYPT_10.replace("$10$", "$12$")
MD5 = "$1$abcdefgh$GHIiTfkPrNrNTuLYcX7Jd."
ARGON2 = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQxMjM0NQ$" + "A" * 43


def test_json_has_the_scheme_its_costs_and_the_policys_findings(cli: Cli) -> None:
    facts = json.loads(cli.ok("password", "inspect", BCRYPT_10, "--json"))
    assert facts == {
        "schema": "authcli/password.inspect/1",
        "scheme": "bcrypt",
        "form": "crypt",
        "variant": "2y",
        "standing": "current",
        "cost": {"cost": 10},
        "salt_bits": 128,
        "digest_bits": 184,
        "work": {"memory_kib": 4, "seconds": 0.0635, "lanes": 1},
        "outdated": True,
        "findings": [
            {
                "severity": "warning",
                "code": "password.hash-weak",
                "message": "cost 10 is less than cost 12",
                "hint": "hash the password anew when its owner next shows it: verify --rehash",
            }
        ],
    }
    assert json.loads(cli.ok("password", "inspect", BCRYPT_10)) == facts


@pytest.mark.parametrize(
    ("hash", "fields"),
    [
        (ARGON2, "argon2id\t65536\tfalse"),
        (BCRYPT_12, "bcrypt\t\tfalse"),
        (MD5, "md5-crypt\t\ttrue"),
        ("{SSHA}" + "A" * 40, "ldap-ssha\t\ttrue"),
    ],
)
def test_fields(cli: Cli, hash: str, fields: str) -> None:
    wanted = ("--field", "scheme", "--field", "cost.memory_kib", "--field", "outdated")
    assert cli.ok("password", "inspect", hash, *wanted) == fields


def test_the_hash_is_text_a_file_a_variable_or_piped_in(cli: Cli) -> None:
    (cli.home / "hash").write_text(f"{BCRYPT_12}\n")
    cli.env["HASH"] = BCRYPT_12
    for given in ("@hash", "env:HASH"):
        assert cli.ok("password", "inspect", given, "--field", "scheme") == "bcrypt"
    for given in ((), ("-",)):
        result = cli("password", "inspect", *given, "--field", "scheme", stdin=f"{BCRYPT_12}\n")
        assert (result.code, result.out) == (0, "bcrypt\n")


def test_check_is_10_where_the_hash_is_outdated(cli: Cli) -> None:
    for hash, code in ((ARGON2, 0), (BCRYPT_12, 0), (BCRYPT_10, 10), (MD5, 10)):
        result = cli("password", "inspect", hash, "--check", "--json")
        assert result.code == code
        facts = json.loads(result.out)
        assert facts["valid"] is True
        assert facts["code"] == ("password.outdated" if code else None)
        assert facts["checks"][0]["status"] == ("fail" if code else "pass")
    assert json.loads(result.err)["error"] == {
        "code": "password.outdated",
        "message": "the hash is outdated: md5-crypt is broken: billions of guesses a second",
        "hint": "hash the password anew when its owner next shows it: verify --rehash",
        "exit": 10,
    }


def test_a_policys_file_says_what_is_outdated(cli: Cli) -> None:
    (cli.home / "policy.toml").write_text("[accept]\nbcrypt = { cost = 10 }\n")
    check = ("--check", "--policy", "policy.toml")
    assert cli("password", "inspect", BCRYPT_10, *check).code == 0
    assert cli("password", "inspect", MD5, *check).code == 10
    (cli.home / "policy.toml").write_text("[accept]\nbcrypt = { costs = 10 }\n")
    assert cli("password", "inspect", BCRYPT_10, *check).code == 2
    assert cli("password", "inspect", BCRYPT_10, "--policy", "missing.toml").code == 2


def test_a_cost_beyond_all_limits_is_shown_and_not_spent(cli: Cli) -> None:
    hostile = BCRYPT_10.replace("$10$", "$31$")
    facts = json.loads(cli.ok("password", "inspect", hostile))
    assert facts["work"]["seconds"] > 100_000


@pytest.mark.parametrize("hash", ["nonsense", BCRYPT_10[:-1], "\x1b[31m", "a" * 9000, "env:NONE"])
def test_what_is_no_hash_is_2(cli: Cli, hash: str) -> None:
    result = cli("password", "inspect", hash)
    assert (result.code, result.out) == (2, "")
    assert "\x1b" not in result.err


def test_a_person_sees_a_page(cli: Cli) -> None:
    code, shown = finish(spawn(cli, "password", "inspect", BCRYPT_10, "--no-color"))
    assert code == 0
    assert shown.replace("\r\n", "\n") == (
        "scheme     bcrypt (fit for new hashes)\n"
        "variant    2y\n"
        "cost       10\n"
        "salt       128 bits\n"
        "digest     184 bits\n"
        "verifying  63 ms on a slow server\n"
        "policy     outdated\n"
        "  warning: cost 10 is less than cost 12 (hash the password anew when its owner next"
        " shows it: verify --rehash)\n"
    )


def test_neither_salt_nor_digest_is_shown(cli: Cli) -> None:
    for arguments in ((), ("--json",), ("--check",)):
        result = cli("password", "inspect", MD5, *arguments)
        for part in MD5.split("$")[2:]:
            assert part not in result.out + result.err


def test_a_hash_that_verify_refuses_is_called_that(cli: Cli) -> None:
    """Four gibibytes are no sign of strength where nobody would compute them."""
    costly = "$argon2id$v=19$m=4194304,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43
    found = json.loads(cli.ok("password", "inspect", costly, "--json"))
    assert [finding["code"] for finding in found["findings"]] == ["password.hash-cost"]
    assert "4 GiB" in found["findings"][0]["message"]
    assert found["outdated"] is False
