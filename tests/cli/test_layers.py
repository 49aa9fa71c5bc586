"""Flag > environment > project > user, and what the clock, times and signals do to a command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.harness import Cli
from tests.cli.test_jwt_mint import NINE, RFC_8037_KEY, TOKEN, payload_of


@pytest.fixture
def home(cli: Cli) -> Cli:
    (cli.home / ".config/authcli").mkdir(parents=True)
    (cli.home / "key.jwk").write_text(RFC_8037_KEY)
    (cli.home / "key.jwk").chmod(0o600)
    return cli


def configure(cli: Cli, user: str, project: str = "") -> None:
    (cli.home / ".config/authcli/config.toml").write_text(user)
    if project:
        (cli.home / "authcli.toml").write_text(project)


def test_an_environment_key_is_stronger_than_a_file_with_a_set(home: Cli) -> None:
    configure(home, 'jwks = "jwks.json"')
    (home.home / "jwks.json").write_text('{"keys":[]}')
    home.env["AUTHCLI_KEY"] = "key.jwk"
    assert home("jwt", "verify", TOKEN, "--now", "2026-12-01T09:05Z").code == 0


def test_a_layer_that_sets_both_a_key_and_a_set_is_refused(home: Cli) -> None:
    configure(home, 'jwks = "jwks.json"\nkey = "key.jwk"')
    result = home("jwt", "verify", TOKEN)
    assert result.code == 2
    assert "set both jwks and key" in result.err


def test_a_profile_that_was_named_is_stronger_than_a_project(home: Cli) -> None:
    configure(home, '[profile.prod]\naudience = "prod"', 'audience = "evil"')
    key = ("-k", "key.jwk", *NINE)
    assert payload_of(home.ok("jwt", "mint", *key, "-p", "prod"))["aud"] == "prod"
    assert payload_of(home.ok("jwt", "mint", *key))["aud"] == "evil"


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
def test_a_project_file_that_others_can_write_is_ignored_with_a_warning(home: Cli) -> None:
    configure(home, "", 'lifetime = "3650d"')
    (home.home / "authcli.toml").chmod(0o666)
    result = home("jwt", "mint", "-k", "key.jwk", *NINE)
    assert payload_of(result.out)["exp"] == 1796116500
    assert "authcli.toml is ignored: another user" in result.err


def test_the_clock_from_the_environment(home: Cli) -> None:
    home.env["AUTHCLI_NOW"] = "2026-12-01T09:05Z"
    result = home("jwt", "verify", TOKEN, "-k", "key.jwk", "--json")
    assert result.code == 0
    assert json.loads(result.out)["clock"] == "overridden"
    home.env["AUTHCLI_NOW"] = ""
    assert home("jwt", "verify", TOKEN, "-k", "key.jwk").code == 2


def test_a_dry_run_leaves_nothing_behind(cli: Cli) -> None:
    result = cli("jwt", "mint", "--sub", "a", "--dry-run")
    assert result.code == 0
    assert "this would be signed with the development key" in result.err
    assert list(cli.home.iterdir()) == []


def test_a_kid_that_was_asked_for_holds_for_the_development_key_too(cli: Cli) -> None:
    token = cli.ok("jwt", "mint")
    assert cli("jwt", "verify", token, "--kid", "nosuch").code == 7


@pytest.mark.parametrize("verb", ["decode", "inspect", "verify"])
def test_a_malformed_token_is_a_verdict_in_json(home: Cli, verb: str) -> None:
    more = ("-k", "key.jwk") if verb == "verify" else ()
    result = home("jwt", verb, "a.b", *more, "--json")
    verdict = json.loads(result.out)
    assert (result.code, verdict["valid"], verdict["code"]) == (3, False, "token.malformed")
    assert verdict["checks"][0]["status"] == "fail"


def test_min_ttl_is_a_check_of_the_verdict(home: Cli) -> None:
    late = ("--now", "2026-12-01T09:14Z", "--min-ttl", "5m", "--json")
    result = home("jwt", "verify", TOKEN, "-k", "key.jwk", *late)
    verdict = json.loads(result.out)
    assert (result.code, verdict["valid"], verdict["code"]) == (10, True, "token.due")
    assert verdict["checks"][-1]["name"] == "min-ttl"


def test_every_requirement_that_fails_is_named(home: Cli) -> None:
    late = ("--now", "2026-12-01T09:05Z")
    result = home("jwt", "verify", TOKEN, "-k", "key.jwk", *late, "--require", "x", "--require",
                  "sub=bob", "--require", "y")  # fmt: skip
    assert result.code == 6
    assert all(word in result.err for word in ("'x', 'y'", "alice", "bob"))
    assert home("jwt", "verify", TOKEN, "-k", "key.jwk", *late, "--require", "x:=null").code == 2


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("utc", "2026-12-01T09:15:00Z (in 10 min)"),
        ("relative", "in 10 min"),
        ("epoch", "1796116500"),
        ("local", "2026-12-01T14:45:00+05:30"),
    ],
)
def test_times_as_they_are_wanted(cli: Cli, form: str, shown: str) -> None:
    import pexpect

    command, *words = cli.command("--no-color", "jwt", "inspect", TOKEN, "--time", form,
                                  "--now", "2026-12-01T09:05Z")  # fmt: skip
    env = cli.environment({"TZ": "Asia/Kolkata", "COLUMNS": "200"})
    child = pexpect.spawn(command, words, env=env, encoding="utf-8", timeout=30)
    child.expect(pexpect.EOF)
    assert shown in child.before


def test_an_unknown_form_of_times_is_refused(cli: Cli) -> None:
    assert cli("jwt", "decode", TOKEN, "--time", "sidereal").code == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_ends_cleanly(cli: Cli, number: signal.Signals) -> None:
    process = subprocess.Popen(
        cli.command("jwt", "decode", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=cli.environment(),
    )
    time.sleep(1.5)  # it waits for stdin by now
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (128 + number, b"", b"")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--format", "bogus", "--public", "p"),
        ("-o", "k", "--format", "jwk", "--passphrase", "literal:x", "--public", "p"),
        ("-o", "missing/k", "--public", "p"),
    ],
)
def test_a_public_half_is_not_left_without_its_private_one(
    cli: Cli, arguments: tuple[str, ...]
) -> None:
    assert cli("key", "generate", "ES256", *arguments).code == 2
    assert list(cli.home.iterdir()) == []


@pytest.mark.parametrize(
    "flags",
    [
        ("--github-env", "T", "-o", "f"),
        ("--format", "curl", "--json"),
        ("--var", "T"),
        ("--var", "T", "--format", "header"),
    ],
)
def test_flags_that_would_undo_each_other_are_refused(home: Cli, flags: tuple[str, ...]) -> None:
    env = {"GITHUB_ENV": str(home.home / "env")}
    result = home("jwt", "mint", "-k", "key.jwk", *flags, env=env)
    assert (result.code, result.out) == (2, "")
    assert not Path(env["GITHUB_ENV"]).exists()


def test_usage_errors_come_before_the_network(home: Cli) -> None:
    for flags in (("--leeway", "zzz"), ("--alg", "none"), ("--require", "a[]=b")):
        result = home("jwt", "verify", TOKEN, "--issuer", "https://127.0.0.1:9", *flags)
        assert result.code == 2


def test_explain_tells_every_option(home: Cli) -> None:
    flags = ("--alg", "PS256", "--as", "access", "--kid", "k1", "--typ", "none", "--no-iat")
    code = home.ok("jwt", "mint", "-k", "key.jwk", *flags, "--exp", "never", "--explain", "python")
    for text in ("algorithm='PS256'", "as_='access'", "kid='k1'", "typ=False", "iat=False"):
        assert text in code
    line = home.ok("jwt", "mint", "-k", "key.jwk", *flags, "--exp", "never", "--explain", "curl")
    assert "--alg PS256 --kid k1 --typ none --as access --exp never --no-iat" in line


def test_a_passphrase_file_that_others_can_read_draws_a_warning(cli: Cli) -> None:
    (cli.home / "pw").write_text("secret words\n")
    (cli.home / "pw").chmod(0o644)
    result = cli("key", "generate", "ES256", "--passphrase", "@pw")
    assert result.code == 0
    assert "warning: pw holds a secret and others can read it" in result.err
