"""`authcli jwt fixtures`, its manifest run against ourselves and against services over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import socketserver
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest

from authcli import keys
from authcli.cli._errors import exit_code
from authcli.cli._run import Run
from authcli.cli.jwt._manifest import run_manifest
from authcli.encoding import base64url_encode
from authcli.errors import AuthError, InvalidInput, Rejected
from authcli.tokens.fixtures import NAMES
from authcli.tokens.policy import Policy
from authcli.tokens.verifier import Verifier
from tests.cli.harness import Cli
from tests.cli.test_terminal import finish, spawn
from tests.requirements import require

ROOT = Path(__file__).parents[2]

#: What docs/guide/testing.md shows; it runs below as it stands there.
PYTEST = """\
import json, os, pathlib, urllib.error, urllib.request
import pytest

FOLDER, URL = pathlib.Path("fixtures"), os.environ["SERVICE_URL"]
ROWS = json.loads((FOLDER / "manifest.json").read_text())["tokens"]
MINE = [row for row in ROWS if row["alg"] == "ES256" and row["demand"] == "must"]


@pytest.mark.parametrize("row", MINE, ids=lambda row: row["name"])
def test_the_service_decides_rightly(row):
    token = (FOLDER / row["file"]).read_text()
    request = urllib.request.Request(URL, headers={"Authorization": f"Bearer {token}"})
    try:
        status = urllib.request.urlopen(request).status
    except urllib.error.HTTPError as refusal:
        status = refusal.code
    assert status == (200 if row["valid"] else 401), row["reason"]
"""
SHELL = """\
jq -r '.tokens[] | select(.alg == "ES256" and .demand == "must")
       | [.file, if .valid then 200 else 401 end, .reason] | @tsv' fixtures/manifest.json |
while IFS=$'\\t' read -r file expected reason; do
  status=$(printf 'Authorization: Bearer %s\\n' "$(cat "fixtures/$file")" |
    curl -s -o /dev/null -w '%{http_code}' -H @- "$SERVICE_URL")
  [ "$status" = "$expected" ] || echo "$file: $status, not $expected: $reason"
done | tee wrong.txt
[ ! -s wrong.txt ]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of fixtures, made by the command, in the folder `fixtures` of its parent."""
    home = tmp_path_factory.mktemp("made")
    Cli(home).ok("jwt", "fixtures", "-o", "fixtures")
    return home / "fixtures"


# --- the command --------------------------------------------------------------------------------


def test_a_pipe_gets_the_path_of_the_manifest(cli: Cli) -> None:
    result = cli("jwt", "fixtures", "-o", "out", "-A", "EdDSA")
    assert str(result) == "exit: 0\n--- stdout\nout/manifest.json\n--- stderr\n"
    manifest = json.loads((cli.home / "out" / "manifest.json").read_text())
    assert manifest["algorithm"] == "EdDSA"
    assert [row["name"] for row in manifest["tokens"] if not row["valid"]] == list(NAMES)


def test_json_says_what_was_written(cli: Cli) -> None:
    arguments = "-o out --json --now 2026-12-01T09:00Z --valid-for 30d --aud api --typ at+jwt"
    result = cli("jwt", "fixtures", *arguments.split(), "-i", "https://me.example", "-s", "bob")
    facts = json.loads(result.out)
    assert result.code == 0
    assert facts["schema"] == "authcli/jwt.fixtures/1"
    assert facts["clock"] == "overridden"
    assert facts["manifest"] == "out/manifest.json"
    assert facts["bad"] == len(NAMES)
    assert facts["valid_until"] - facts["now"] == 30 * 86_400
    assert facts["expires_at"] == "2026-12-31T09:00:00Z"
    assert facts["expect"] == {
        "issuer": "https://me.example",
        "audience": "api",
        "subject": "bob",
        "typ": "at+jwt",
    }


def test_fields_and_quiet(cli: Cli) -> None:
    assert cli.ok("jwt", "fixtures", "-o", "out", "-q", "--field", "algorithm") == "ES256"


def test_each_token_verifies_as_a_user_would_verify_it(cli: Cli, folder: Path) -> None:
    """The exit codes and codes of the manifest are those of the command."""
    manifest = json.loads((folder / "manifest.json").read_text())
    rows = {row["name"]: row for row in manifest["tokens"]}
    expect = manifest["expect"]
    for name in ("good", "good-hs256", "expired", "wrong-aud", "header-jwk", "payload-utf16"):
        row = rows[name]
        result = cli(
            *("jwt", "verify", f"@{folder / row['file']}", "--jwks", str(folder / row["keys"])),
            *("--iss", expect["issuer"], "--aud", expect["audience"], "--typ", expect["typ"]),
            *("--sub", expect["subject"], "--require", "exp", "--json"),
        )
        assert result.code == row["exit"], str(result)
        assert json.loads(result.out)["code"] == row["code"]


def test_a_key_of_ones_own_signs_and_draws_a_warning(cli: Cli, keyring_folder: Path) -> None:
    key = keyring_folder / "RS256.pem"
    result = cli("jwt", "fixtures", "-o", "out", "-k", str(key), "--valid-for", "1h")
    assert result.code == 0
    assert "warning: the good tokens are genuine until" in result.err
    verified = cli(
        *("jwt", "verify", "@out/good/good.jwt", "-k", str(keyring_folder / "RS256.pub")),
        *("--field", "valid"),
    )
    assert verified.out == "true\n"
    modes = {
        name: stat.S_IMODE((cli.home / "out" / name).stat().st_mode)
        for name in ("good/good.jwt", "bad/expired.jwt", "hmac.jwks.json", "jwks.json")
    }
    assert list(modes.values()) == [0o600, 0o600, 0o600, 0o644]


def test_a_configured_key_signs_nothing(cli: Cli, keyring_folder: Path) -> None:
    """Ten years of good tokens of a real key are made only where that key was named."""
    key = keyring_folder / "ES256.pem"
    environment = {"AUTHCLI_KEY": str(key), "AUTHCLI_ISSUER": "https://configured.example"}
    result = cli("jwt", "fixtures", "-o", "out", "--json", env=environment)
    facts = json.loads(result.out)
    assert facts["kid"] != keys.thumbprint(keys.read(key.read_bytes()))
    assert facts["expect"]["issuer"] == "https://configured.example"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "no folder was named"),
        ("-o -", "no folder was named"),
        ("-o json", "looks like a format"),
        ("-o out --valid-for never", "never"),
        ("-o out --valid-for 0s", "must live for a while"),
        ("-o out --valid-for 9000y", "9000y"),
        ("-o out --alg none", "no signature algorithm"),
        ("-o out --alg RS256 --key ES256.pem", "cannot sign RS256"),
        ("-o out --key ES256.pub", "public key"),
        ("-o out --key nowhere.pem", "no such file"),
        ("-o out --typ=", "empty"),
        ("-o out --aud=", "empty"),
        ("-o out --aud a -a b", "--aud was given twice"),
        ("-o out --aud a -a a", "--aud was given twice"),
        ("-o out --iss=", "empty"),
        ("-o out --sub=", "empty"),
    ],
)
def test_what_cannot_be_made_is_exit_2_and_makes_nothing(
    arguments: str, message: str, cli: Cli, keyring_folder: Path
) -> None:
    words = [word.replace("ES256.p", f"{keyring_folder}/ES256.p") for word in arguments.split()]
    result = cli("jwt", "fixtures", *words)
    assert result.code == 2, str(result)
    assert message in result.err
    assert result.out == ""
    assert not (cli.home / "out").exists()


def test_a_folder_in_use_is_a_conflict_until_forced(cli: Cli) -> None:
    (cli.home / "out").mkdir()
    assert cli("jwt", "fixtures", "-o", "out").code == 0  # an empty one is free
    first = (cli.home / "out" / "jwks.json").read_bytes()
    result = cli("jwt", "fixtures", "-o", "out")
    assert str(result) == (
        "exit: 8\n--- stdout\n--- stderr\n"
        "error: out is not empty\n"
        "hint: --force replaces an older set of fixtures\n"
    )
    assert (cli.home / "out" / "jwks.json").read_bytes() == first
    assert cli("jwt", "fixtures", "-o", "out", "--force").code == 0
    assert (cli.home / "out" / "jwks.json").read_bytes() != first
    (cli.home / "out" / "mine.txt").write_text("mine")
    assert cli("jwt", "fixtures", "-o", "out", "--force").code == 2
    assert (cli.home / "out" / "mine.txt").read_text() == "mine"


def test_force_spares_what_is_no_set(cli: Cli) -> None:
    """Keys and tokens of one's own, under names that a set has too."""
    for name in ("jwks.json", "public.pem", "good/x.jwt/file"):
        (cli.home / "own" / name).parent.mkdir(parents=True, exist_ok=True)
        (cli.home / "own" / name).write_text("mine")
    result = cli("jwt", "fixtures", "-o", "own", "--force")
    assert (result.code, result.out) == (2, "")
    assert (cli.home / "own" / "good" / "x.jwt" / "file").read_text() == "mine"
    (cli.home / "own" / "good" / "x.jwt" / "file").unlink()
    (cli.home / "own" / "good" / "x.jwt").rmdir()
    assert str(cli("jwt", "fixtures", "-o", "own", "--force")) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: own is no set of fixtures: it has no manifest of one\n"
        "hint: name a folder of its own\n"
    )


def test_several_configured_audiences_give_tokens_for_the_first(cli: Cli) -> None:
    """A service that accepts several accepts them."""
    (cli.home / "authcli.toml").write_text('audience = ["https://one.example", "two"]\n')
    facts = json.loads(cli.ok("jwt", "fixtures", "-o", "out", "--json"))
    assert facts["expect"]["audience"] == "https://one.example"


def test_help_says_what_o_does_here_and_how_it_ends(cli: Cli) -> None:
    """-o is a folder, in which not all is mode 0600."""
    shown = cli.ok("jwt", "fixtures", "--help")
    assert re.search(r"-o, --output DIR +Write to DIR, which is made\.\n", shown)
    assert "0600" not in shown
    assert "Exit codes: 0 written, 2 no folder, or one with other files, 8 not empty." in shown
    assert re.search(r"-o, --output FILE +Write to FILE, mode 0600\.\n", cli.ok("jwt", "--help"))


def test_the_groups_help_says_the_whole_line(cli: Cli) -> None:
    shown = cli.ok("jwt", "--help")
    assert re.search(r" fixtures +Write good and bad tokens, with the verdicts\.\n", shown)
    assert "..." not in shown.partition("Commands:")[2].partition("Common options:")[0]


def test_a_full_disk_leaves_nothing(cli: Cli) -> None:
    command = " ".join(map(_quoted, cli.command("jwt", "fixtures", "-o", "out")))
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 40; exec {command}"],
        cwd=cli.home,
        env=cli.environment({"PYTHONDONTWRITEBYTECODE": "1"}),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: cannot write out: file too large\n"
    assert list(cli.home.iterdir()) == []


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


# --- the manifest against ourselves -------------------------------------------------------------


def test_every_verdict_is_as_expected(cli: Cli, folder: Path) -> None:
    result = cli("jwt", "verify", "--manifest", str(folder / "manifest.json"))
    lines = result.out.splitlines()
    assert result.code == 0
    assert result.err == f"note: {len(lines)} tokens, each with the verdict of the manifest\n"
    assert lines[0] == "ok\tgood\tvalid"
    assert "ok\texpired\ttoken.expired" in lines
    assert len(lines) == len(list(folder.glob("*/*.jwt")))
    assert not [line for line in lines if not line.startswith("ok\t")]


def test_a_person_gets_a_summary(cli: Cli, folder: Path) -> None:
    """On a terminal: what the folder holds; one line where all agrees, else the differences."""
    code, shown = finish(spawn(cli, "jwt", "fixtures", "-o", "out"))
    assert code == 0
    assert f"bad/            {len(NAMES)} tokens to refuse, most of them ES256" in shown
    code, shown = finish(spawn(cli, "jwt", "verify", "--manifest", "out"))
    assert (code, shown.count("tokens, each with the verdict")) == (0, 1)
    (cli.home / "out" / "bad" / "wrong-aud.jwt").write_bytes(
        (folder / "bad/oversize.jwt").read_bytes()
    )
    code, shown = finish(spawn(cli, "jwt", "verify", "--manifest", "out"))
    assert code == 3
    assert "wrong-aud  token.audience  token.malformed  the token is" in shown
    assert "expired" not in shown


def test_json_lists_every_token(folder: Path, capfdbinary: Any) -> None:
    run_manifest(Run("jwt.verify", json=True), str(folder))
    facts = json.loads(capfdbinary.readouterr().out)
    assert (facts["schema"], facts["passed"], facts["failed"]) == ("authcli/jwt.verify/1", True, 0)
    assert (facts["valid"], facts["code"], facts["count"]) == (True, None, len(facts["items"]))
    item = next(item for item in facts["items"] if item["name"] == "wrong-aud")
    assert item == {
        "name": "wrong-aud",
        "passed": True,
        "expected": "token.audience",
        "got": "token.audience",
        "code": "token.audience",
        "expected_code": "token.audience",
        "verdict": "denied",
        "exit": 6,
        "detail": "the token's audience is 'https://other.example', not 'https://api.example'",
        "reason": "it is for another audience",
    }


def test_jsonl_and_fields_are_a_line_a_token(folder: Path, capfdbinary: Any) -> None:
    run_manifest(Run("jwt.verify", json=True, jsonl=True), str(folder))
    lines = capfdbinary.readouterr().out.decode().splitlines()
    first = json.loads(lines[0])
    assert (first["name"], first["code"], first["expected_code"]) == ("good", None, None)
    run_manifest(Run("jwt.verify", fields=("name", "exit")), str(folder))
    assert capfdbinary.readouterr().out.decode().splitlines()[0] == "good\t0"
    assert len(lines) == len(list(folder.glob("*/*.jwt")))


def test_a_difference_is_exit_3_and_says_which(folder: Path, capfdbinary: Any) -> None:
    """Were a verdict otherwise, be it for a wrong reason, the run says so."""
    kept = (folder / "bad" / "expired.jwt").read_bytes()
    try:
        (folder / "bad" / "expired.jwt").write_bytes((folder / "good" / "good.jwt").read_bytes())
        with pytest.raises(Rejected) as caught:
            run_manifest(Run("jwt.verify"), str(folder))
    finally:
        (folder / "bad" / "expired.jwt").write_bytes(kept)
    assert (exit_code(caught.value), caught.value.code) == (3, "manifest.mismatch")
    assert "1 of" in caught.value.message
    assert "expired" in caught.value.message
    out = capfdbinary.readouterr().out.decode()
    wrong = [line for line in out.splitlines() if not line.startswith("ok\t")]
    assert wrong == ["FAIL\texpired\texpected token.expired\tgot valid: every check passed"]


def test_the_same_verdict_for_another_reason_is_a_difference(
    cli: Cli, folder: Path, capfdbinary: Any
) -> None:
    """Both tokens are denied: one for its issuer, one for its audience."""
    shutil.copytree(folder, cli.home / "swapped")
    bad = cli.home / "swapped" / "bad"
    (bad / "wrong-iss.jwt").write_bytes((folder / "bad" / "wrong-aud.jwt").read_bytes())
    with pytest.raises(Rejected) as caught:
        run_manifest(Run("jwt.verify", json=True), str(cli.home / "swapped"))
    assert caught.value.code == "manifest.mismatch"
    facts = json.loads(capfdbinary.readouterr().out)
    item = next(item for item in facts["items"] if not item["passed"])
    assert (facts["valid"], facts["passed"], facts["failed"]) == (False, False, 1)
    assert (item["name"], item["verdict"]) == ("wrong-iss", "denied")
    assert (item["code"], item["expected_code"]) == ("token.audience", "token.issuer")


def test_another_clock_gives_other_verdicts(folder: Path, capfdbinary: Any) -> None:
    """The manifest's own time is used unless --now says another."""
    with pytest.raises(Rejected):
        run_manifest(Run("jwt.verify", now=4_000_000_000), str(folder))
    assert "FAIL\tgood\texpected valid\tgot token.expired" in capfdbinary.readouterr().out.decode()


def test_a_strangers_manifest_is_one_clear_error(cli: Cli) -> None:
    (cli.home / "manifest.json").write_text('{"schema": "\\u001b[2J"}')
    result = cli("jwt", "verify", "--manifest", "manifest.json", "--json")
    assert (result.code, result.out) == (2, "")
    assert json.loads(result.err)["error"]["code"] == "manifest.malformed"


def test_a_manifest_that_is_none_is_exit_2(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    for path in ("", str(tmp_path), str(tmp_path / "nowhere")):
        with pytest.raises(InvalidInput) as caught:
            run_manifest(Run("jwt.verify"), path)
        assert exit_code(caught.value) == 2


# --- somebody else's service --------------------------------------------------------------------

Accepts = Callable[[str], object]


@contextmanager
def service(accepts: Accepts) -> Iterator[str]:
    """Serve on the loopback: 200 where a token is accepted, else 401; yields the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                accepts(token)
                status = 200
            except Exception:  # noqa: BLE001 - a service says 401, whatever its library raises
                status = 401
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def sound(folder: Path) -> Accepts:
    """A service that verifies with authcli."""
    trusted = keys.read_set((folder / "jwks.json").read_bytes())
    policy = Policy(issuer="https://issuer.example", audience="https://api.example", require="exp")
    return Verifier(trusted, policy=policy).verify


def sloppy(folder: Path) -> Accepts:
    """A service with the mistakes that are made with PyJWT: it lets the token choose.

    The algorithm comes from the header, a secret is whatever text the key file holds, an embedded
    key is believed, and neither audience nor issuer is asked for.
    """
    pem = (folder / "public.pem").read_text()

    def accepts(token: str) -> object:
        header = jwt.get_unverified_header(token)
        algorithm = header["alg"]
        if algorithm.lower() == "none":
            return jwt.decode(token, options={"verify_signature": False})
        if algorithm.startswith("HS"):
            message, _, signature = token.rpartition(".")
            digest = hmac.new(
                pem.encode(), message.encode(), getattr(hashlib, "sha" + algorithm[2:])
            )
            assert base64url_encode(digest.digest()) == signature
            return jwt.decode(token, options={"verify_signature": False})
        key = jwt.PyJWK(header["jwk"]).key if "jwk" in header else pem
        return jwt.decode(token, key, algorithms=[algorithm], options={"verify_aud": False})

    return accepts


#: What that service lets pass, of the tokens that every service must refuse.
CAUGHT = {
    *("alg-none-lower", "alg-none-title", "alg-none-upper", "alg-none-mixed", "alg-none-signed"),
    *("hmac-by-public-pem", "hmac-by-public-pem-hs384", "hmac-by-public-pem-hs512"),
    *("header-jwk", "header-jwk-own-kid"),
    *("wrong-aud", "aud-missing", "aud-others", "wrong-iss", "iss-missing", "iss-prolonged"),
}


PYTEST_OPTIONS = ("-q", "-rf", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist")


def run_pytest(folder: Path, url: str) -> tuple[int, set[str]]:
    """Run the guide's pytest in a process of its own; return its exit code and what failed."""
    (folder.parent / "test_service.py").write_text(PYTEST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *PYTEST_OPTIONS, "test_service.py"],
        cwd=folder.parent,
        env={**os.environ, "SERVICE_URL": url, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    names = {
        line.partition("[")[2].partition("]")[0]
        for line in done.stdout.splitlines()
        if line.startswith("FAILED")
    }
    return done.returncode, names


def run_shell(folder: Path, url: str) -> tuple[int, set[str]]:
    """Run the guide's loop of shell; return its exit code and what was listed."""
    require("jq")
    require("curl")
    done = subprocess.run(
        ["bash", "-c", SHELL],
        cwd=folder.parent,
        env={**os.environ, "SERVICE_URL": url},
        capture_output=True,
        text=True,
    )
    return done.returncode, {Path(line.partition(":")[0]).stem for line in done.stdout.splitlines()}


RUNNERS = [run_pytest, run_shell]


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_sound_service_passes(
    runner: Callable[[Path, str], tuple[int, set[str]]], folder: Path
) -> None:
    with service(sound(folder)) as url:
        assert runner(folder, url) == (0, set())


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_sloppy_service_is_caught(
    runner: Callable[[Path, str], tuple[int, set[str]]], folder: Path
) -> None:
    with service(sloppy(folder)) as url:
        code, caught = runner(folder, url)
    assert code == 1
    assert caught >= CAUGHT
    assert not [name for name in caught if name.startswith("good")]


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_service_that_refuses_everything_is_caught(
    runner: Callable[[Path, str], tuple[int, set[str]]], folder: Path
) -> None:
    def refuses(token: str) -> object:
        raise AuthError(token[:0])

    with service(refuses) as url:
        code, caught = runner(folder, url)
    assert code == 1
    assert caught >= {"good", "good-aud-array", "good-unknown-header"}
    assert not caught & set(NAMES)


def test_the_guide_shows_what_runs_here() -> None:
    page = (ROOT / "docs" / "guide" / "testing.md").read_text("utf-8")
    assert PYTEST in page
    assert SHELL in page
