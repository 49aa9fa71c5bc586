"""`authcli doctor`: what is wrong with an installation, each finding with what mends it."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
import tomllib
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from authcli.cli._shells import SHELLS
from authcli.cli.doctor._checks import CHECKS
from authcli.cli.doctor._python import NEEDED
from tests.cli.harness import Cli
from tests.cli.jwks import DAY, MADE, managed

ROOT = Path(__file__).parents[2]
MARKER = "MARKER-q7Zt0b1c2d3e4f5g6h7i8j9k-KREMAR"
#: All that does not hang on the machine that the tests run on.
OURS = ("config", "store", "audit", "keys", "files", "secrets", "clock", "completion")


@pytest.fixture
def data(cli: Cli) -> Path:
    """The data folder, with a development key, and a store with a key."""
    cli.ok("jwt", "mint", "--sub", "a", "-q")
    cli.ok("apikey", "issue", "ci")
    return cli.home / ".local/share/authcli"


def found(cli: Cli, *arguments: str, code: int) -> list[dict[str, Any]]:
    """Return the findings that are more than notes."""
    result = cli("doctor", *arguments, "--json")
    assert result.code == code, str(result)
    assert MARKER not in result.out + result.err
    report = json.loads(result.out)
    assert report["valid"] == (code == 0)
    findings = [one for one in report["findings"] if one["severity"] != "note"]
    assert report["code"] == (findings[0]["code"] if findings else None)
    assert all(one["hint"] for one in findings), findings
    return findings


def notes(cli: Cli, *arguments: str) -> list[str]:
    report = json.loads(cli("doctor", *arguments, "--json").out)
    return [f"{one['code']}: {one['message']}" for one in report["findings"]]


def settings(cli: Cli, text: str) -> Path:
    path = cli.home / ".config/authcli/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


# --- the page -----------------------------------------------------------------------------------


def test_a_fresh_machine_is_well_and_stays_as_it_is(cli: Cli) -> None:
    assert str(cli("doctor", *OURS)) == (
        "exit: 0\n--- stdout\n"
        "pass  config      no files\n"
        "skip  store       none yet; the first command that needs one makes it\n"
        "skip  audit       no store yet\n"
        "skip  keys        no managed signing keys\n"
        f"pass  files       0 in {cli.home}/.local/share/authcli\n"
        "pass  secrets     0 sources of settings read\n"
        "skip  clock       not compared; --clock-against https://\u2026 does\n"
        "skip  completion  $SHELL names no shell\n"
        "--- stderr\n"
    )
    assert list(cli.home.iterdir()) == []


def test_what_wants_doing_is_exit_10_with_its_remedy(cli: Cli, data: Path) -> None:
    (data / "dev-key.jwk").chmod(0o644)
    result = cli("doctor", "files", "store")
    assert result.code == 10
    shown = f"others can read {data}/dev-key.jwk: mode 0644"
    assert re.search(f"FAIL  files       [0-9]+ in {data}\n      warning: {shown}", result.out)
    assert f"(chmod 600 {data}/dev-key.jwk)\n" in result.out
    assert result.err.startswith("error: 1 finding\nhint: ")
    assert "pass  store" in result.out  # no backup yet: a note
    (finding,) = found(cli, "files", code=10)
    assert (finding["check"], finding["code"]) == ("files", "doctor.exposed")
    os.system(finding["hint"])
    assert found(cli, "files", code=0) == []


def test_checks_are_chosen_by_name(cli: Cli) -> None:
    report = json.loads(cli.ok("doctor", "completion", "config", "--json"))
    assert [check["name"] for check in report["checks"]] == ["config", "completion"]
    assert report["schema"] == "authcli/doctor/1"
    result = cli("doctor", "stroe")
    assert (result.code, result.out) == (2, "")
    assert "checks: python, libraries, config, store" in result.err


def test_the_help_names_every_check(cli: Cli) -> None:
    text = " ".join(cli.ok("doctor", "--help").split())
    assert f"Checks: {', '.join(CHECKS)}." in text


# --- Python and libraries -----------------------------------------------------------------------


def test_the_libraries_are_those_of_the_package() -> None:
    """What `doctor` asks for is what `pip install authcli` brings, and its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {(text, None) for text in project["dependencies"]} | {
        (text, extra)
        for extra, texts in extras.items()
        if not extra.startswith("test")
        for text in texts
    }
    bare = {(re.sub(r"\[.*?\]", "", text), extra) for text, extra in wanted}
    assert {(needed.requirement, needed.extra) for needed in NEEDED} == bare


def distribution(cli: Cli, name: str, version: str) -> None:
    """Put a distribution before those that are installed."""
    folder = cli.home / "first"
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    cli.env["PYTHONPATH"] = str(folder)


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        ("typer", "0.29.1", "newer than what authcli was made for (below 0.29): each command"),
        ("typer", "0.9.4", "typer 0.9.4 is older than 0.26"),
        ("libpass", "1.9.3", "libpass 1.9.3 is older than 1.9.4"),
        ("zxcvbn", "4.4.28", "zxcvbn 4.4.28 is older than 4.5"),
    ],
)
def test_a_library_of_another_version_is_found(
    cli: Cli, name: str, version: str, said: str
) -> None:
    distribution(cli, name, version)
    (finding,) = (f for f in found(cli, "libraries", code=10) if f["subject"] == name)
    assert said in finding["message"]
    assert finding["hint"].startswith(f"pip install '{name}>=")


def test_a_passlib_in_the_place_of_libpass_is_found(cli: Cli) -> None:
    folder = cli.home / "first/passlib"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text('__version__ = "1.7.4"\n')
    cli.env["PYTHONPATH"] = str(folder.parent)
    (finding,) = (f for f in found(cli, "libraries", code=10) if f["subject"] == "libpass")
    assert finding["code"] == "password.libpass"
    assert finding["hint"].startswith("pip uninstall passlib")


def test_this_python_will_do(cli: Cli) -> None:
    report = json.loads(cli("doctor", "python", "--json").out)
    assert "Python 3." in report["checks"][0]["detail"]


# --- configuration ------------------------------------------------------------------------------


def test_a_broken_configuration_is_a_finding_and_the_rest_is_looked_at(
    cli: Cli, data: Path
) -> None:
    settings(cli, 'isuer = "x"\nlifetime = "soon"\n')
    (data / "dev-key.jwk").chmod(0o640)
    findings = found(cli, code=10)
    ours = [(one["check"], one["code"]) for one in findings if one["check"] in OURS]
    assert ours == [("config", "config.invalid")] * 2 + [("files", "doctor.exposed")]
    report = json.loads(cli("doctor", "--json").out)
    skipped = [one["name"] for one in report["checks"] if "cannot be used" in one["detail"]]
    assert skipped == ["config", "store", "audit", "keys", "keychain"]
    settings(cli, "")
    (finding,) = found(cli, "config", "-p", "nowhere", code=10)
    assert finding["code"] == "profile.not-found"


def test_a_configuration_that_others_can_write_is_found(cli: Cli) -> None:
    """It names commands that are run."""
    path = settings(cli, 'output = "json"\n')
    path.chmod(0o666)
    result = cli("doctor", "files")
    assert (result.code, json.loads(result.out)["code"]) == (10, "doctor.exposed")


# --- the store ----------------------------------------------------------------------------------


def test_a_store_that_cannot_be_used_is_a_finding_and_never_exit_9(cli: Cli, data: Path) -> None:
    (missing,) = found(cli, "store", "--store", "sqlite:nowhere.db", code=10)
    assert missing["code"] == "store.missing"
    (data / "authcli.db.pepper").rename(cli.home / "pepper")
    (finding,) = found(cli, "store", code=10)
    assert (finding["code"], finding["subject"]) == ("root.missing", "pepper")
    (data / "authcli.db.pepper").write_text("A" * 42 + "E\n")
    (data / "authcli.db.pepper").chmod(0o600)
    (finding,) = found(cli, "store", code=10)
    assert finding["code"] == "root.wrong"
    (data / "authcli.db").write_bytes(b"not a database, but long enough to be read as one" * 99)
    assert [one["check"] for one in found(cli, "store", "audit", "keys", code=10)] == ["store"]
    assert [one["check"] for one in found(cli, "audit", code=10)] == ["audit"]


def test_an_older_database_shows_in_its_audit(cli: Cli, data: Path) -> None:
    shutil.copy(data / "authcli.db", cli.home / "old")
    for file in data.glob("authcli.db-*"):
        shutil.copy(file, cli.home / f"old{file.name[10:]}")
    cli.ok("apikey", "issue", "later")
    for file in cli.home.glob("old*"):
        shutil.copy(file, data / f"authcli.db{file.name[3:]}")
    (finding,) = found(cli, "store", "audit", code=10)
    assert (finding["check"], finding["code"]) == ("audit", "audit.truncated")
    (data / "authcli.db.audit-head").unlink()
    assert any("doctor.audit-copy" in note for note in notes(cli, "audit"))


def test_signing_keys_that_wait_are_found(cli: Cli) -> None:
    managed(cli, rotate_ms=90 * DAY)
    at = str(MADE // 1000)
    assert found(cli, "keys", "--now", at, code=0) == []
    later = str((MADE + 91 * DAY) // 1000)
    findings = found(cli, "keys", "--now", later, code=10)
    assert {one["code"] for one in findings} == {"jwks.due"}
    assert all("authcli jwks rotate --publish DIR" in one["hint"] for one in findings)


def test_signing_keys_that_nobody_published_are_found(cli: Cli) -> None:
    cli.ok("jwks", "init")
    (finding,) = found(cli, "keys", code=10)
    assert "authcli jwks publish" in finding["hint"]


# --- files --------------------------------------------------------------------------------------


def test_the_modes_of_all_secret_files_are_looked_at(cli: Cli, data: Path) -> None:
    """Those of the store, of other stores, of the keychain; each is told once."""
    other = data / "stores" / "abc.pepper"
    other.parent.mkdir(exist_ok=True)
    other.write_text("x")
    (data / "keychain.sealed").write_text("x")
    (data / "link").symlink_to("/etc/passwd")
    names = {"dev-key.jwk", "keychain.sealed", "stores/abc.pepper", "authcli.db.pepper"}
    for name in names:
        (data / name).chmod(0o604)
    said = [one["message"] for one in found(cli, "files", code=10)]
    assert sorted(said) == sorted(f"others can read {data}/{name}: mode 0604" for name in names)
    both = found(cli, "files", "store", code=10)
    assert [one["check"] for one in both] == ["files"] * len(names)


def test_a_folder_that_others_can_write_is_found(cli: Cli) -> None:
    cli.ok("jwt", "mint", "-q")
    folder = cli.home / ".local/share/authcli"
    folder.chmod(0o777)
    (finding,) = found(cli, "files", code=10)
    assert finding["message"] == f"others can write the folder {folder}: mode 0777"


# --- secrets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    ["secret", "your-256-bit-secret\n", "c2VjcmV0", "736563726574", '{"kty":"oct","k":"c2VjcmV0"}'],
)
def test_a_secret_that_everybody_tries_first_is_found(cli: Cli, value: str) -> None:
    cli.env |= {"AUTHCLI_KEY": "env:SIGNING", "SIGNING": value}
    (finding,) = found(cli, "secrets", code=10)
    assert (finding["code"], finding["subject"]) == ("doctor.common-secret", "key")
    assert finding["message"].startswith("env:SIGNING holds a secret that everybody")
    assert finding["message"].count(value) == (value == "secret")


def test_weak_keys_and_exposed_files_of_settings_are_found(cli: Cli) -> None:
    (cli.home / "short").write_text("x7Zt0b1c")
    settings(cli, 'key = "@short"\npassphrase = "@gone"\n')
    codes = {(one["subject"], one["code"]) for one in found(cli, "secrets", code=10)}
    assert ("key", "doctor.exposed") in codes
    assert any(subject == "key" and code.startswith("key.weak") for subject, code in codes)
    assert ("passphrase", "source.unreadable") in codes


def test_a_good_key_is_well(cli: Cli) -> None:
    cli.ok("key", "generate", "ES256", "-o", "key.pem")
    cli.env["AUTHCLI_KEY"] = "key.pem"
    assert found(cli, "secrets", code=0) == []


@pytest.mark.parametrize("name", ["AUTHCLI_KEY", "AUTHCLI_PASSPHRASE", "AUTHCLI_KEK"])
def test_a_variable_that_holds_the_secret_itself_is_found(cli: Cli, name: str) -> None:
    """And not shown."""
    cli.env[name] = MARKER
    (finding,) = found(cli, "secrets", code=10)
    assert finding["code"] == "doctor.literal-secret"
    assert finding["message"].startswith(f"{name} names neither a source nor a file")


def test_a_literal_in_a_variable_is_found_where_it_stops_the_configuration(cli: Cli) -> None:
    cli.env["AUTHCLI_KEY"] = f"literal:{MARKER}"
    findings = found(cli, "config", "secrets", code=10)
    assert [one["code"] for one in findings] == ["config.invalid", "doctor.literal-secret"]


def test_commands_are_not_run_to_look_at_what_they_print(cli: Cli) -> None:
    cli.env["AUTHCLI_KEY"] = "cmd:touch ran"
    assert found(cli, "secrets", code=0) == []
    assert not (cli.home / "ran").exists()


def test_variables_that_nobody_reads_and_passwords_in_urls_are_noted(cli: Cli) -> None:
    cli.env |= {
        "AUTHCLI_ISUER": MARKER,
        "AUTHCLI_STORE": f"postgresql://me:{MARKER}@localhost/x",
        "AUTHCLI_OWN": MARKER,
        "AUTHCLI_KEY": "env:AUTHCLI_OWN",
    }
    said = notes(cli, "secrets")
    assert any("doctor.variable: AUTHCLI_ISUER is no setting" in text for text in said)
    assert any("doctor.password-in-url: AUTHCLI_STORE" in text for text in said)
    assert not any("AUTHCLI_OWN is no setting" in text for text in said)
    assert MARKER not in str(said)


# --- the keychain -------------------------------------------------------------------------------


def test_a_keychain_that_is_asked_for_and_is_not_there_is_found(cli: Cli) -> None:
    cli.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    assert found(cli, "keychain", code=0) == []
    assert any("keychain.unavailable" in note for note in notes(cli, "keychain"))
    cli.env["AUTHCLI_KEYCHAIN"] = "system"
    (finding,) = found(cli, "keychain", code=10)
    assert finding["code"] == "keychain.unavailable"
    cli.env["AUTHCLI_KEYCHAIN"] = "file"
    assert "the encrypted file, 0 secrets kept" in cli.ok("doctor", "keychain")


# --- the clock ----------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[dict[str, Any]]:
    """A web server whose clock is some seconds ahead; `date` None leaves it out."""
    shared: dict[str, Any] = {"ahead": 0, "asked": []}

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            shared["asked"].append(self.path)
            self.send_response_only(404)
            if shared["ahead"] is not None:
                told = formatdate(shared["ahead"] + time.time(), usegmt=True)
                self.send_header("Date", told)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    shared["url"] = f"http://127.0.0.1:{running.server_port}/time"
    yield shared
    running.shutdown()
    running.server_close()
    thread.join()


def test_the_clock_is_compared_with_a_server_that_was_named(
    cli: Cli, server: dict[str, Any]
) -> None:
    """Only where one was, and by its Date alone: any status will do."""
    words = ("clock", "--clock-against", server["url"])
    assert found(cli, "clock", code=0) == []
    assert server["asked"] == []
    assert found(cli, *words, code=0) == []
    assert server["asked"] == ["/time"]
    for ahead, severity, said in (
        (12, "warning", "s slow"), (3600, "error", "s slow"), (-3600, "error", "s fast"),
    ):  # fmt: skip
        server["ahead"] = ahead
        (finding,) = found(cli, *words, code=10)
        assert (finding["code"], finding["severity"]) == ("doctor.clock", severity)
        assert said in finding["message"]


def test_a_server_that_cannot_tell_the_time_is_a_finding(cli: Cli, server: dict[str, Any]) -> None:
    server["ahead"] = None
    (finding,) = found(cli, "clock", "--clock-against", server["url"], code=10)
    assert finding["code"] == "network.no-date"
    (gone,) = found(cli, "clock", "--clock-against", "http://127.0.0.1:9/", code=10)
    assert gone["code"] == "network.unavailable"


@pytest.mark.parametrize("url", ["http://example.com", "ftp://x", f"https://me:{MARKER}@x.example"])
def test_a_url_that_may_not_be_asked_is_refused_before_all_else(cli: Cli, url: str) -> None:
    result = cli("doctor", "--clock-against", url)
    assert (result.code, result.out) == (2, "")
    assert MARKER not in result.err


# --- completion ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shell", "place", "start"),
    [
        ("bash", ".local/share/bash-completion/completions/authcli", ".bashrc"),
        ("zsh", ".zfunc/_authcli", ".zshrc"),
        ("fish", ".config/fish/completions/authcli.fish", ".config/fish/config.fish"),
    ],
)
def test_completion_is_looked_for_where_the_shell_would(
    cli: Cli, shell: str, place: str, start: str
) -> None:
    cli.env |= {"SHELL": f"/usr/bin/{shell}", "XDG_DATA_DIRS": str(cli.home / "none")}
    assert any("TAB does not complete" in note for note in notes(cli, "completion"))
    path = cli.home / place
    path.parent.mkdir(parents=True)
    path.write_text(SHELLS[shell].script)
    assert notes(cli, "completion") == []
    path.write_text("# another\n")
    assert any("of another version" in note for note in notes(cli, "completion"))
    path.unlink()
    (cli.home / start).write_text(f"source <(authcli completion {shell})\n")
    assert notes(cli, "completion") == []
