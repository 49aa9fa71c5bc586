"""`authcli jwt mint`: transcripts, claims, forms, the development key."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.harness import Cli

#: RFC 8037, appendix A.1: EdDSA is deterministic, so a token of it can be written down.
RFC_8037_KEY = (
    '{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",'
    '"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
)
NINE = ("--now", "2026-12-01T09:00Z")
HEADER = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9"
TOKEN = (
    f"{HEADER}.eyJzdWIiOiJhbGljZSIsImlhdCI6MTc5NjExNTYwMCwiZXhwIjoxNzk2MTE2NTAwfQ."
    "9n_sExStoVr8XAN7tf-tg6IZTTXRd5rfcIGP_p93_Jt0Nd7ZGL2MkOCLsnxWguGckW1lu3-hfKG73DOCAs8OAw"
)


@pytest.fixture
def key(cli: Cli) -> str:
    """The RFC's key in a file of the home folder."""
    path = cli.home / "key.jwk"
    path.write_text(RFC_8037_KEY)
    path.chmod(0o600)
    return "key.jwk"


def payload_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_transcript(cli: Cli, key: str) -> None:
    result = cli("jwt", "mint", "--sub", "alice", "--jti", "none", "-k", key, *NINE)
    assert str(result) == (
        f"exit: 0\n--- stdout\n{TOKEN}\n"
        "--- stderr\nwarning: the clock is set to 2026-12-01T09:00:00Z\n"
    )


def test_json_transcript(cli: Cli, key: str) -> None:
    result = cli("jwt", "mint", "--sub", "alice", "--jti", "none", "-k", key, *NINE, "--json")
    assert result.code == 0
    assert json.loads(result.out) == {
        "schema": "authcli/jwt.mint/1",
        "clock": "overridden",
        "token": TOKEN,
        "algorithm": "EdDSA",
        "kid": None,
        "expires_at": "2026-12-01T09:15:00Z",
        "header": {"alg": "EdDSA", "typ": "JWT"},
        "payload": {"sub": "alice", "iat": 1796115600, "exp": 1796116500},
    }
    assert result.out.count("\n") == 1
    assert json.loads(result.err) == {"warning": "the clock is set to 2026-12-01T09:00:00Z"}


def test_dry_run_signs_nothing(cli: Cli, key: str) -> None:
    result = cli("jwt", "mint", "--sub", "alice", "-k", key, "--dry-run")
    shown = json.loads(result.out)
    assert shown["signed"] is False
    assert "token" not in shown
    assert shown["payload"]["sub"] == "alice"
    assert "note: nothing was signed" in result.err


@pytest.mark.parametrize(
    ("arguments", "claims"),
    [
        (["role=admin"], {"role": "admin"}),
        (["-c", "role=admin"], {"role": "admin"}),
        (["-P", "role=admin"], {"role": "admin"}),
        (["age:=42", "ok:=true", "none:=null"], {"age": 42, "ok": True, "none": None}),
        (["address.city=Oslo", "address.zip:=1"], {"address": {"city": "Oslo", "zip": 1}}),
        (["roles[]=a", "roles[]=b"], {"roles": ["a", "b"]}),
        (["ids[]:=1", "ids[]:=2"], {"ids": [1, 2]}),
        (["a\\.b=x"], {"a.b": "x"}),
        (["x=\\@y"], {"x": "@y"}),
        (["https://ex.org/a.b=x"], {"https://ex.org/a.b": "x"}),
        (["empty="], {"empty": ""}),
        (["eq=a=b"], {"eq": "a=b"}),
        (['{"a":1,"b":{"c":2}}', "b.c:=3"], {"a": 1, "b": {"c": 3}}),
        (['{"r":["x"]}', "r[]=y"], {"r": ["x", "y"]}),
        (['{"aud":"a"}', "aud[]=b"], {"aud": ["a", "b"]}),
        (['{"scope":"read"}', "scope[]=write"], {"scope": "read write"}),
        (["--sub", "flag", "sub=claim"], {"sub": "flag"}),
        (["--scope", "read", "--scope", "write"], {"scope": "read write"}),
        (["-a", "one"], {"aud": "one"}),
        (["-a", "one", "-a", "two"], {"aud": ["one", "two"]}),
        (["-i", "https://me.example"], {"iss": "https://me.example"}),
        (["--nbf", "+1h"], {"nbf": 1796119200}),
        (["--exp", "2026-12-02"], {"exp": 1796169600}),
        (["--ttl", "1h"], {"exp": 1796119200}),
        (["--expires", "1h"], {"exp": 1796119200}),
        (["-e", "1h"], {"exp": 1796119200}),
        (['{"exp":1796999999}'], {"exp": 1796999999}),
    ],
)
def test_claims(cli: Cli, key: str, arguments: list[str], claims: dict[str, object]) -> None:
    payload = payload_of(cli.ok("jwt", "mint", "-k", key, *NINE, *arguments))
    assert {name: payload[name] for name in claims} == claims


GIVEN = {"aud": "a", "scope": "read", "x": 1, "roles": ["r"], "at": {"city": "Oslo"}}


@pytest.mark.parametrize(
    "change",
    [
        *("aud[]=b", "scope[]=write", "x.y=2", "x[]=2", "roles[]=s", "roles=s", "new[]=1"),
        *("at.city=Rome", "at.zip:=1", "at.city.x=1", "at[]=1", "new.deep=1"),
    ],
)
def test_a_change_means_the_same_to_mint_and_to_edit(cli: Cli, key: str, change: str) -> None:
    given, flags = json.dumps(GIVEN), ("-k", key, *NINE, "--exp", "1h", "-q")
    minted = cli("jwt", "mint", given, change, "--jti", "none", *flags)
    token = cli.ok("jwt", "mint", given, "--jti", "none", *flags)
    edited = cli("jwt", "edit", token, change, "-k", key, "-q", *NINE)
    lines = cli("jwt", "mint", "--lines", change, "--jti", "none", *flags, stdin=given)
    assert (minted.code, edited.code) in ((0, 0), (2, 2)), (minted, edited)
    assert lines.code == minted.code, lines
    if minted.code == 0:
        assert payload_of(minted.out) == payload_of(edited.out) == payload_of(lines.out)
    else:
        assert minted.err == edited.err


def test_claims_from_files_and_stdin(cli: Cli, key: str) -> None:
    (cli.home / "claims.json").write_text('{"a": 1, "sub": "file"}\n')
    (cli.home / "bio.txt").write_text("two\nlines\n")
    payload = payload_of(
        cli.ok("jwt", "mint", "-k", key, "@claims.json", "-", "bio=@bio.txt", stdin='{"b": 2}')
    )
    assert payload["a"] == 1
    assert payload["b"] == 2
    assert payload["sub"] == "file"
    assert payload["bio"] == "two\nlines"


@pytest.mark.parametrize("flags", [["--no-exp"], ["--exp", "never"], ["--ttl", "NEVER"]])
def test_a_token_without_an_end_says_so(cli: Cli, key: str, flags: list[str]) -> None:
    result = cli("jwt", "mint", "-k", key, *flags)
    assert "exp" not in payload_of(result.out)
    assert "warning: this token never expires" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["role"], "'role' is not a claim"),
        (["a=1", "a=2"], "claim 'a' is given twice"),
        (["a=1", "a.b=2"], "given both whole and by parts"),
        (["a.b=1", "a=2"], "given both whole and by parts"),
        (['{"x":1}', "x.y=2"], "claim 'x' is no object, so it has no 'y'"),
        (['{"x":1}', "x[]=2"], "claim 'x' is no list"),
        (["exp=15m"], "exp"),
        (["--exp", "3600"], "3600 is no plausible instant"),
        (["--exp", "15m", "--no-exp"], "contradict"),
        (["--alg", "none"], "none"),
        (["--alg", "RS256"], "cannot sign RS256"),
        (["--header", "alg=HS256"], "alg"),
        (["--header", "crit:=[]"], "crit"),
        (["--as", "access"], "needs iss"),
        (["--as", "nonsense"], "nonsense"),
        (["-c", ""], "-c is empty"),
        (["--sub="], "--sub is empty"),
        (["x:=NaN"], "NaN"),
        (["x:={"], "not JSON"),
        (["@missing.json"], "cannot read the claims"),
        (["--format", "json"], "no --format 'json'"),
        (["--format", "export", "--var", "A B"], "no variable's name"),
        (["-o", "json"], "-o names a file"),
        (["-sub", "alice"], "-sub has one dash too few: write --sub"),
        (["--github-env", "T"], "GITHUB_ENV is not set"),
        (["--now", "soon"], "neither an instant nor a duration"),
    ],
)
def test_what_cannot_be_minted_is_a_usage_error(
    cli: Cli, key: str, arguments: list[str], message: str
) -> None:
    result = cli("jwt", "mint", "-k", key, *arguments)
    assert result.code == 2, str(result)
    assert result.out == ""
    assert message in result.err
    assert result.err.count("error:") == 1


def test_access_tokens_follow_rfc_9068(cli: Cli, key: str) -> None:
    token = cli.ok(
        "jwt", "mint", "-k", key, "--as", "access", "-i", "https://i.example", "-s", "alice",
        "-a", "api", "-c", "client_id=app", "--scope", "read",
    )  # fmt: skip
    shown = json.loads(cli.ok("jwt", "decode", token, "--json"))
    assert shown["header"]["typ"] == "at+jwt"
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= set(shown["payload"])


# The development key


def test_without_a_key_the_development_key_signs_and_verifies(cli: Cli) -> None:
    minted = cli("jwt", "mint", "--sub", "alice", "-c", "role=admin")
    path = cli.home / ".local/share/authcli/dev-key.jwk"
    assert minted.code == 0
    assert f"warning: signed with the development key {path}" in minted.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    verified = cli("jwt", "verify", stdin=minted.out)
    assert verified.code == 0
    assert json.loads(verified.out)["role"] == "admin"
    stored = json.loads(path.read_text())
    assert stored["kid"] == cli.ok("key", "thumbprint", str(path))


def test_a_refusal_under_the_development_key_says_so(cli: Cli) -> None:
    token = cli.ok("jwt", "mint")
    result = cli("jwt", "verify", token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"))
    assert result.code == 3
    assert "from the development key" in result.err


def test_verifying_does_not_make_a_development_key(cli: Cli) -> None:
    result = cli("jwt", "verify", TOKEN)
    assert result.code == 2
    assert "no key was named, and there is no development key" in result.err
    assert list(cli.home.iterdir()) == []


def test_of_racing_first_runs_one_makes_the_key_and_all_use_it(cli: Cli) -> None:
    with ThreadPoolExecutor(6) as pool:
        tokens = list(pool.map(lambda _: cli.ok("jwt", "mint"), range(6)))
    headers = {token.split(".")[0] for token in tokens}
    assert len(headers) == 1
    assert [p.name for p in (cli.home / ".local/share/authcli").iterdir()] == ["dev-key.jwk"]


def test_a_data_folder_that_cannot_be_written_is_said(cli: Cli) -> None:
    (cli.home / ".local").write_text("a file where a folder should be")
    result = cli("jwt", "mint")
    assert result.code == 1
    assert "cannot make the development key" in result.err


# Forms


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_export_is_what_the_shell_reads(cli: Cli, key: str, shell: str) -> None:
    from tests.requirements import require

    require(shell)
    line = cli.ok("jwt", "mint", "-k", key, *NINE, "--jti", "none", "-s", "alice", "--format",
                  "export", "--var", "T")  # fmt: skip
    done = subprocess.run(
        [shell, "-c", f'{line}\nprintf %s "$T"'], capture_output=True, text=True, check=True
    )
    assert done.stdout == TOKEN


def test_forms(cli: Cli, key: str) -> None:
    def mint(*flags: str) -> str:
        return cli.ok("jwt", "mint", "-k", key, *NINE, "--jti", "none", "-s", "alice", *flags)

    assert mint("--format", "header") == f"Authorization: Bearer {TOKEN}"
    assert mint("--format", "curl") == f'header = "Authorization: Bearer {TOKEN}"'
    assert mint("--format", "fish", "--var", "T") == f"set -gx T '{TOKEN}'"
    assert mint("--format", "powershell", "--var", "T") == f"$env:T = '{TOKEN}'"
    assert mint("--format", "dotenv", "--var", "T") == f"T={TOKEN}"
    encoded = base64.b64encode(TOKEN.encode()).decode()
    assert f"\n  API_TOKEN: {encoded}" in mint("--format", "k8s-secret", "--var", "API_TOKEN")


def test_github_env_and_output(cli: Cli, key: str) -> None:
    """The value goes to the runner's file alone; the mask goes to stderr, with -q too."""
    files = {"GITHUB_ENV": str(cli.home / "env"), "GITHUB_OUTPUT": str(cli.home / "out")}
    result = cli("-q", "jwt", "mint", "-k", key, *NINE, "--jti", "none", "-s", "alice",
                 "--github-env", "TOKEN", "--github-output", "token", env=files)  # fmt: skip
    assert result.code == 0
    assert result.out == ""
    assert result.err == f"::add-mask::{TOKEN}\n"
    for name, file in (("TOKEN", "env"), ("token", "out")):
        first, value, last = (cli.home / file).read_text().splitlines()
        assert value == TOKEN
        assert first == f"{name}<<{last}"
        assert last.startswith("authcli_")


def test_mask_keeps_stdout_pure(cli: Cli, key: str) -> None:
    result = cli("-q", "jwt", "mint", "-k", key, "--mask")
    assert result.err == f"::add-mask::{result.out}"


def test_output_file_is_private_and_never_overwritten_unasked(cli: Cli, key: str) -> None:
    target = cli.home / "token.txt"
    assert cli("jwt", "mint", "-k", key, "-o", "token.txt").code == 0
    first = target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    refused = cli("jwt", "mint", "-k", key, "-o", "token.txt")
    assert refused.code == 8
    assert "hint: --force overwrites it" in refused.err
    assert target.read_text() == first
    assert cli("jwt", "mint", "-k", key, "-o", "token.txt", "--force").code == 0
    assert target.read_text() != first


def test_explain_prints_python_that_runs(cli: Cli) -> None:
    cli.ok("key", "generate", "ES256", "-o", "PRIVATE_KEY.pem")
    code = cli.ok("jwt", "mint", "--sub", "alice", "roles[]=admin", "--explain", "python")
    done = subprocess.run(
        [cli.command()[0], "-P", "-c", code],
        cwd=cli.home, env=cli.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    verified = cli.ok("jwt", "verify", done.stdout.strip(), "-k", "PRIVATE_KEY.pem")
    assert json.loads(verified)["roles"] == ["admin"]


def test_explain_curl_holds_placeholders_and_no_key(cli: Cli, key: str) -> None:
    text = cli.ok("jwt", "mint", "-k", key, "--sub", "a'b", "--explain", "curl")
    assert "PRIVATE_KEY.pem" in text
    assert "curl -K -" in text
    assert "nWGxne" not in text


def test_every_algorithm_mints_and_verifies(cli: Cli, keyring_folder: Path) -> None:
    for name, algorithms in {
        "RS256.pem": ("RS256",),
        "ES384.pem": ("ES384",),
        "Ed25519.pem": ("EdDSA", "Ed25519"),
        "ML-DSA-44.jwk": ("ML-DSA-44",),
        "HS256.jwk": ("HS256",),
    }.items():
        for algorithm in algorithms:
            token = cli.ok("jwt", "mint", "-k", str(keyring_folder / name), "-A", algorithm)
            shown = json.loads(
                cli.ok("jwt", "verify", token, "-k", str(keyring_folder / name), "--json")
            )
            assert shown["algorithm"] == algorithm
