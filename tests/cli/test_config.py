"""`authcli config`, and the layers that every command reads."""

from __future__ import annotations

import hashlib
import shlex
import stat
from pathlib import Path

import pexpect
import pytest

from authcli.cli.config.show import masked
from tests.cli.harness import Cli

PROJECT = """\
issuer = "https://project.example"
audience = ["api", "web"]
lifetime = "1h"

[profile.ci]
issuer = "https://ci.example"
"""
WITH_KEY = f'key = "env:SIGNING_KEY"\n{PROJECT}'


@pytest.fixture
def project(cli: Cli) -> Path:
    """A project's file in the current folder, which sets what a checkout may set."""
    path = cli.home / "authcli.toml"
    path.write_text(PROJECT)
    return path


@pytest.fixture
def user(cli: Cli) -> Path:
    """The user's file."""
    path = cli.home / ".config/authcli/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('issuer = "https://user.example"\ntime = "local"\n\n[profile.home]\n')
    return path


def test_show_says_each_value_and_its_origin(cli: Cli, project: Path, user: Path) -> None:
    """Variable over project over user; what is not set is left out of a pipe."""
    shown = cli("config", "show", "--origin", env={"AUTHCLI_LIFETIME": "5m"})
    assert str(shown) == (
        "exit: 0\n--- stdout\n"
        'profiles=["home","ci"]\n'
        f"issuer=https://project.example\t{project}\n"
        f'audience=["api","web"]\t{project}\n'
        "lifetime=5m\tAUTHCLI_LIFETIME\n"
        f"time=local\t{user}\n"
        "--- stderr\n"
    )


def test_show_takes_a_profile(cli: Cli, project: Path) -> None:
    shown = cli.ok("config", "show", "--profile", "ci", "--field", "setting", "--field", "value")
    assert "profile\tci\n" in shown
    assert "issuer\thttps://ci.example\n" in shown
    assert cli("config", "show", env={"AUTHCLI_PROFILE": "ci"}).out.startswith("profile=ci\n")


def test_show_has_every_setting_in_json(cli: Cli) -> None:
    from authcli.cli._settings import SETTINGS

    shown = cli.ok("config", "show", "--field", "setting").splitlines()
    assert shown == ["profile", "profiles", *SETTINGS]
    assert cli.ok("config", "show", "--json").startswith('{"schema":"authcli/config.show/1"')


def test_show_masks_passwords_in_urls(cli: Cli) -> None:
    """A store's URL may hold one; it appears in no output."""
    store = "postgresql://app:s3cr:e@t/x@db.example/auth?sslpassword=hunter2"
    for how in ([], ["--json"], ["--field", "value"], ["--origin"]):
        shown = cli("config", "show", *how, env={"AUTHCLI_STORE": store})
        assert shown.code == 0
        assert "postgresql://app:****@db.example/auth?sslpassword=****" in shown.out
        assert "s3cr" not in str(shown)
        assert "hunter2" not in str(shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgresql://app@db/x", "postgresql://app@db/x"),
        ("redis://:pass@host:6379/0", "redis://:****@host:6379/0"),
        ("https://token@host/jwks", "https://****@host/jwks"),
        ("https://host:8443/a?mail=x@y", "https://host:8443/a?mail=x@y"),
        ("https://host/a?access_token=abc&b=1", "https://host/a?access_token=****&b=1"),
        ("cmd:curl https://u:p@host", "cmd:curl https://u:****@host"),
        ("sqlite:///var/lib/auth.db", "sqlite:///var/lib/auth.db"),
        (None, None),
    ],
)
def test_what_is_masked(value: str | None, shown: str | None) -> None:
    assert masked(value) == shown


def test_path_prints_the_user_file_and_the_project_file(cli: Cli, project: Path) -> None:
    """The project's file is found from a folder below, and not beyond the repository's top."""
    below = cli.home / "a" / "b"
    below.mkdir(parents=True)
    user = cli.home / ".config/authcli/config.toml"
    assert cli("config", "path", cwd=below).out == f"{user}\n{project}\n"
    (cli.home / "a" / ".git").mkdir()
    assert cli("config", "path", cwd=below).out == f"{user}\n"
    facts = ("--field", "file", "--field", "exists", "--field", "trusted")
    assert cli.ok("config", "path", *facts) == "user\tfalse\ttrue\nproject\ttrue\tfalse"


def test_path_and_help_work_with_a_broken_file(cli: Cli, project: Path) -> None:
    project.write_text("= broken")
    assert cli("config", "path").code == 0
    assert cli("help").code == 0
    assert cli("completion", "bash").code == 0
    assert cli("config", "show").code == 2


def test_check_is_silent_when_nothing_is_wrong(cli: Cli, project: Path, user: Path) -> None:
    assert str(cli("config", "check")) == "exit: 0\n--- stdout\n--- stderr\n"
    assert cli.ok("config", "check", "--field", "profiles") == '["home","ci"]'


def test_check_lists_every_problem_with_its_file_and_setting(
    cli: Cli, project: Path, user: Path
) -> None:
    user.write_text('isuer = "x"\ntime = "lunar"\n[profile.p]\naudience = []\nlifetime = 5\n')
    project.write_text('key = "cmd:id"\n[profile.q]\nlifetime = "soon"\n')
    checked = cli("config", "check", env={"AUTHCLI_COLOR": "pink", "AUTHCLI_PROFILE": " "})
    errors = [line for line in checked.err.splitlines() if line.startswith("error: ")]
    assert checked.code == 2
    assert errors == [
        f"error: {user}: unknown setting 'isuer'",
        f"error: {user}: time is one of utc, local, relative, epoch",
        f"error: {user} [profile.p]: audience is an empty list",
        f"error: {user} [profile.p]: lifetime is a text in quotes, and not empty",
        f"error: {project} sets 'key', which a checkout may not do unasked",
        f"error: {project} [profile.q]: lifetime: 'soon' is not a duration",
        "error: AUTHCLI_COLOR is one of auto, always, never",
        "error: AUTHCLI_PROFILE is set but empty",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"= x", "is not TOML"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"x = " + b"[" * 20_000, "is nested too deeply"),
        (b"#" * 70_000, "is larger than 64 KiB"),
        (b"profile = 1", "profile is not a table"),
        (b"[profile]\nci = 1", "profile.ci is not a table"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(
    content: bytes, problem: str, cli: Cli, project: Path
) -> None:
    project.write_bytes(content)
    for words in (["config", "check"], ["config", "show"]):
        result = cli(*words)
        assert result.code == 2
        assert f"{project}" in result.err
        assert problem in result.err


def test_no_setting_may_be_a_secret_itself(cli: Cli, user: Path) -> None:
    """And the message does not repeat it."""
    user.write_text('key = "literal:s3cret"\n')
    checked = cli("config", "check")
    assert checked.code == 2
    assert "key holds a literal secret" in checked.err
    assert "s3cret" not in checked.err


def test_check_warns_of_a_file_that_others_can_write(cli: Cli, user: Path) -> None:
    user.chmod(0o666)
    checked = cli("config", "check")
    assert checked.code == 0
    assert checked.err == (
        f"warning: others can write {user}, and so choose your keys; chmod go-w {user}\n"
    )


def test_check_suspects_a_misspelt_variable(cli: Cli) -> None:
    checked = cli("config", "check", env={"AUTHCLI_ISUER": "x"})
    assert checked.err == "warning: AUTHCLI_ISUER is no setting; did you mean AUTHCLI_ISSUER?\n"


def test_check_knows_whether_the_chosen_profile_exists(cli: Cli) -> None:
    assert cli("config", "check", env={"AUTHCLI_PROFILE": "nowhere"}).code == 7


def test_a_checkout_names_no_key_until_it_is_trusted(cli: Cli, project: Path) -> None:
    """A source can run a command; cloning a repository must not."""
    project.write_text('key = "cmd:touch pwned"\n')
    refused = cli("jwt", "mint", "--sub", "alice")
    assert refused.code == 2
    assert "which a checkout may not do unasked" in refused.err
    assert not (cli.home / "pwned").exists()


def test_trust_shows_what_is_trusted_and_lasts_until_the_file_changes(
    cli: Cli, project: Path
) -> None:
    project.write_text(WITH_KEY)
    trusted = cli("config", "trust", "--yes")
    assert str(trusted) == (
        "exit: 0\n--- stdout\n--- stderr\n"
        f"{project} sets:\n"
        "  key                  = env:SIGNING_KEY          <- needs trust\n"
        "  issuer               = https://project.example\n"
        '  audience             = ["api","web"]\n'
        "  lifetime             = 1h\n"
        "  [profile.ci] issuer  = https://ci.example\n"
        f"note: {project} is trusted\n"
    )
    assert "key=env:SIGNING_KEY" in cli.ok("config", "show").splitlines()
    assert cli.ok("config", "trust", "--field", "changed") == "false"
    project.write_text(WITH_KEY.replace("SIGNING_KEY", "OTHER_KEY"))
    assert cli("config", "show").code == 2
    project.write_text(WITH_KEY)
    assert cli("config", "show").code == 0


def test_trust_belongs_to_one_place(cli: Cli, project: Path) -> None:
    """A copy of a trusted file in another checkout is asked about again."""
    project.write_text(WITH_KEY)
    cli.ok("config", "trust", "--yes")
    other = cli.home / "other"
    other.mkdir()
    (other / "authcli.toml").write_text(WITH_KEY)
    assert cli("config", "show", cwd=other).code == 2


def test_a_folder_cannot_forge_a_record_by_its_name(cli: Cli, project: Path) -> None:
    """A line break in a path must not write the record of another file."""
    project.write_text(WITH_KEY)
    digest = hashlib.sha256(WITH_KEY.encode()).hexdigest()
    hostile = Path(f"{cli.home}/x\n{digest} {project.parent}")
    hostile.mkdir(parents=True)
    (hostile / "authcli.toml").write_text("issuer = 'x'")
    assert cli("config", "trust", "--yes", cwd=hostile).code == 0
    assert cli("config", "show").code == 2


def test_trust_can_be_taken_back(cli: Cli, project: Path) -> None:
    project.write_text(WITH_KEY)
    cli.ok("config", "trust", "--yes")
    records = cli.home / ".local/share/authcli/trusted-projects"
    assert stat.S_IMODE(records.stat().st_mode) == 0o600
    assert stat.S_IMODE(records.parent.stat().st_mode) == 0o700
    assert cli.ok("config", "trust", "--remove", "--field", "changed") == "true"
    assert cli("config", "show").code == 2
    assert cli.ok("config", "trust", "--remove", "--field", "changed") == "false"
    assert records.read_text() == ""


def test_trust_without_an_answer_names_the_flag(cli: Cli, project: Path) -> None:
    project.write_text(WITH_KEY)
    asked = cli("config", "trust", "--no-input")
    assert asked.code == 2
    assert asked.err.endswith("error: nobody to answer: trust it?\nhint: add --yes\n")
    assert cli("config", "show").code == 2


def test_trust_without_a_project_says_so(cli: Cli) -> None:
    assert cli("config", "trust", "--yes").code == 7


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 130), ("", 130), ("\x04", 130)])
def test_trust_asks_on_a_terminal(answer: str, code: int, cli: Cli, project: Path) -> None:
    """Only a yes is a yes; what the file sets is seen before the question."""
    project.write_text(WITH_KEY)
    command, *arguments = cli.command("config", "trust")
    terminal = pexpect.spawn(
        command,
        arguments,
        env=cli.environment(),  # type: ignore[arg-type]  # its annotation wants os.environ's type
        cwd=str(cli.home),
        encoding="utf-8",
        timeout=20,
    )
    terminal.expect_exact("trust it? [y/N] ")
    assert "env:SIGNING_KEY" in terminal.before
    terminal.send(answer if answer == "\x04" else f"{answer}\r")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == code
    assert cli("config", "show").code == (0 if code == 0 else 2)


@pytest.mark.parametrize(
    "url", ["postgresql://alice:s3cret@db/auth", "postgresql://db/auth?user=a&password=s3cret"]
)
def test_a_file_holds_no_password_of_the_store(cli: Cli, user: Path, url: str) -> None:
    user.write_text(f'store = "{url}"\n')
    listed = cli("apikey", "list")
    assert listed.code == 2
    assert "store holds a password" in listed.err
    assert "s3cret" not in listed.err
    user.write_text('store = "env:AUTH_STORE"\n')
    place = f"sqlite:///{cli.home}/auth.db"
    assert cli("store", "init", env={"AUTH_STORE": place}).code == 0
    assert cli("apikey", "list", env={"AUTH_STORE": place}).code == 0


def test_names_out_of_a_file_never_reach_the_terminal_raw(cli: Cli, project: Path) -> None:
    project.write_bytes(b'[profile."a\\u001b[2J"]\nissuer = "x\\u001b[2J"\n')
    command, *arguments = cli.command("config", "trust", "--yes")
    output = pexpect.run(
        shlex.join([command, *arguments]),
        env=cli.environment(),
        cwd=str(cli.home),  # type: ignore[arg-type]
    )
    assert b"[2J" in output
    assert b"\x1b[2J" not in output


def test_the_table_on_a_terminal(cli: Cli, project: Path) -> None:
    command, *arguments = cli.command("config", "show", "--origin", "--color", "never")
    output = pexpect.run(
        shlex.join([command, *arguments]),
        env=cli.environment(),
        cwd=str(cli.home),  # type: ignore[arg-type]
    ).decode()
    lines = output.replace("\r\n", "\n").splitlines()
    assert lines[0].split() == ["SETTING", "VALUE", "ORIGIN"]
    assert any(line.split()[:2] == ["issuer", "https://project.example"] for line in lines)
    assert any(line.split() == ["store"] for line in lines)
