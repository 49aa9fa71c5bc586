"""`authcli jwt decode`, `verify` and `inspect`: verdicts, exit codes, what may be on stdout."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from authcli.cli.jwt._pages import member_table
from authcli.encoding import base64url_encode
from tests.cli.harness import Cli, Result
from tests.cli.test_jwt_mint import NINE, RFC_8037_KEY, TOKEN

PUBLIC = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
LATE = ("--now", "2026-12-01T10:00Z")
FIVE_PAST = ("--now", "2026-12-01T09:05Z")


@pytest.fixture
def files(cli: Cli) -> Cli:
    """A home with the RFC's key in key.jwk, and its public half in public.jwk."""
    (cli.home / "key.jwk").write_text(RFC_8037_KEY)
    (cli.home / "key.jwk").chmod(0o600)
    (cli.home / "public.jwk").write_text(PUBLIC)
    return cli


def minted(cli: Cli, *flags: str) -> str:
    return cli.ok("jwt", "mint", "-k", "key.jwk", *NINE, *flags)


def verify(cli: Cli, token: str, *flags: str) -> Result:
    return cli("jwt", "verify", token, "-k", "public.jwk", *FIVE_PAST, *flags)


def test_decode_transcript(cli: Cli) -> None:
    assert str(cli("jwt", "decode", TOKEN)) == (
        'exit: 0\n--- stdout\n{"sub":"alice","iat":1796115600,"exp":1796116500}\n--- stderr\n'
        "warning: NOT VERIFIED: anyone can write this; verify it with: authcli jwt verify\n"
    )


def test_decode_json(cli: Cli) -> None:
    result = cli("jwt", "decode", TOKEN, "--json")
    assert json.loads(result.out) == {
        "schema": "authcli/jwt.decode/1",
        "verified": False,
        "header": {"alg": "EdDSA", "typ": "JWT"},
        "payload": {"sub": "alice", "iat": 1796115600, "exp": 1796116500},
        "expires_at": "2026-12-01T09:15:00Z",
    }
    assert "NOT VERIFIED" in json.loads(result.err)["warning"]


@pytest.mark.parametrize(
    "given",
    [
        f"  {TOKEN}\n",
        f"Bearer {TOKEN}",
        f"Authorization: Bearer {TOKEN}",
        f"authorization: bearer {TOKEN}",
        f'"{TOKEN}"',
        f"'Bearer {TOKEN}'\r\n",
    ],
)
def test_a_token_is_taken_as_it_is_pasted(cli: Cli, given: str) -> None:
    assert cli("jwt", "decode", given).code == 0
    assert cli("jwt", "decode", "-", stdin=given).code == 0
    assert cli("jwt", "decode", stdin=given).code == 0
    (cli.home / "t.txt").write_text(given)
    assert cli("jwt", "decode", "@t.txt").code == 0


@pytest.mark.parametrize("prefix", ["env:T", "cmd:touch pwned", "fd:3", "literal:x", "key.jwk"])
def test_a_token_is_text_and_never_a_source(files: Cli, prefix: str) -> None:
    """What is under test is untrusted: nobody's token runs a command or names a file."""
    result = files("jwt", "decode", prefix, env={"T": TOKEN})
    assert result.code == 3
    assert not (files.home / "pwned").exists()


def test_fields_are_raw(cli: Cli) -> None:
    assert cli.ok("jwt", "decode", TOKEN, "--field", "payload.sub") == "alice"
    assert cli.ok("jwt", "decode", TOKEN, "--field", "payload.exp", "--field", "verified",
                  "--field", "payload.absent", "--field", "header") == (
        '1796116500\tfalse\t\t{"alg":"EdDSA","typ":"JWT"}'
    )  # fmt: skip
    unknown = cli("jwt", "decode", TOKEN, "--field", "sub")
    assert unknown.code == 2
    assert "fields: verified, header, payload, expires_at" in unknown.err
    assert "hint: write payload.sub" in unknown.err


def test_min_ttl(cli: Cli) -> None:
    due = cli("jwt", "decode", TOKEN, "--min-ttl", "15m", *FIVE_PAST)
    assert due.code == 10
    assert "600 s are left of 900 s" in due.err
    assert cli("jwt", "decode", TOKEN, "--min-ttl", "600", *FIVE_PAST).code == 0


def test_verify_prints_the_payload_and_nothing_else(files: Cli) -> None:
    result = verify(files, TOKEN)
    assert str(result) == (
        'exit: 0\n--- stdout\n{"sub":"alice","iat":1796115600,"exp":1796116500}\n'
        "--- stderr\nwarning: the clock is set to 2026-12-01T09:05:00Z\n"
    )


def test_verdict_as_json(files: Cli) -> None:
    shown = json.loads(verify(files, TOKEN, "--json").out)
    assert shown["valid"] is True
    assert shown["code"] is None
    assert shown["payload"]["sub"] == "alice"
    assert shown["key"] == {
        "source": "public.jwk",
        "kid": None,
        "thumbprint": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    }
    assert {check["status"] for check in shown["checks"]} == {"pass", "skipped"}
    assert "unverified" not in shown


def test_all_failures_at_once_and_the_first_of_3_4_6_decides(files: Cli) -> None:
    token = minted(files, "--aud", "api", "--iss", "https://a.example", "-s", "alice")
    result = files("jwt", "verify", token, "-k", "public.jwk", *LATE, "--aud", "other",
                   "--iss", "https://b.example", "--sub", "bob", "--typ", "at+jwt",
                   "--scope", "read", "--require", "tenant", "--json")  # fmt: skip
    shown = json.loads(result.out)
    failed = {
        check["name"]: check["code"] for check in shown["checks"] if check["status"] == "fail"
    }
    assert failed == {
        "typ": "token.typ",
        "expiry": "token.expired",
        "issuer": "token.issuer",
        "audience": "token.audience",
        "subject": "token.subject",
        "scope": "token.scope",
        "required": "token.claim-missing",
    }
    assert (result.code, shown["code"]) == (4, "token.expired")
    assert "payload" not in shown
    assert shown["unverified"]["payload"]["sub"] == "alice"
    error = json.loads(result.err.splitlines()[-1])["error"]
    assert (error["code"], error["exit"]) == ("token.expired", 4)


@pytest.mark.parametrize(
    ("flags", "asked", "code"),
    [
        (["--exp", "2026-12-01T09:01Z"], [], 4),
        (["--nbf", "2026-12-01T10:00Z", "--exp", "2h"], [], 4),
        (["--exp", "2026-12-01T09:01Z"], ["--leeway", "10m"], 0),
        (["--aud", "api"], ["--aud", "api"], 0),
        (["--aud", "api"], ["--aud", "x", "--aud", "api"], 0),
        (["--aud", "api"], ["--aud", "API"], 6),
        (["--iss", "https://a"], ["--iss", "https://a/"], 6),
        (["--sub", "a"], ["--sub", "b"], 6),
        (["--typ", "at+jwt"], ["--typ", "application/at+jwt"], 0),
        ([], ["--typ", "at+jwt"], 6),
        (["--scope", "read write"], ["--scope", "write"], 0),
        (["--scope", "read"], ["--scope", "write"], 6),
        (["tenant=acme"], ["--require", "tenant"], 0),
        (["tenant=acme"], ["--require", "tenant=acme"], 0),
        (["tenant=acme"], ["--require", "tenant=other"], 6),
        (["n:=1"], ["--require", "n:=1"], 0),
        ([], ["--require", "tenant"], 6),
        (["n:=1"], ["--require", "n", "--require", "n"], 0),
        ([], ["--alg", "ES256"], 2),
        ([], ["--alg", "Ed25519"], 3),
        ([], ["--alg", "none"], 2),
        ([], ["--leeway", "2h"], 2),
        ([], ["--kid", "other"], 7),
        ([], ["--min-ttl", "1h"], 10),
    ],
)
def test_verdicts(files: Cli, flags: list[str], asked: list[str], code: int) -> None:
    result = verify(files, minted(files, *flags), *asked)
    assert result.code == code, str(result)
    assert bool(result.out) is (code in (0, 10))


def test_a_difference_is_shown_with_a_caret(files: Cli) -> None:
    token = minted(files, "--aud", "https://api.example/v1")
    result = verify(files, token, "--aud", "https://api.exampel/v1")
    lines = result.err.splitlines()
    row = next(n for n, line in enumerate(lines) if "expected" in line)
    assert lines[row].endswith("https://api.exampel/v1")
    assert lines[row + 1].endswith("https://api.example/v1")
    assert lines[row + 2].index("^") == lines[row].index("el/v1")


def test_an_audience_that_nobody_asked_for_draws_a_warning(files: Cli) -> None:
    result = verify(files, minted(files, "--aud", "api"))
    assert result.code == 0
    assert "warning: the token is for the audience 'api', and none was asked for" in result.err


def test_lenient_forgives_padding_and_says_so(files: Cli) -> None:
    padded = f"{TOKEN}=="
    assert verify(files, padded).code == 3
    result = verify(files, padded, "--lenient")
    assert result.code == 0
    assert "warning: forgiven:" in result.err


def test_a_weak_key_verifies_only_when_it_is_allowed(cli: Cli) -> None:
    """A secret of 8 bytes, and a token of it that another tool made."""
    import hashlib
    import hmac

    from authcli.encoding import base64url_encode

    text = ".".join(base64url_encode(part) for part in (b'{"alg":"HS256"}', b'{"sub":"x"}'))
    signature = hmac.digest(b"shortkey", text.encode(), hashlib.sha256)
    token = f"{text}.{base64url_encode(signature)}"
    secret = {"SECRET": "shortkey"}
    refused = cli("jwt", "verify", token, "-k", "env:SECRET", env=secret)
    assert refused.code == 3
    assert "shortkey" not in refused.err + refused.out
    allowed = cli("jwt", "verify", token, "-k", "env:SECRET", "--allow-weak", env=secret)
    assert allowed.code == 0
    assert "weak key was allowed" in allowed.err
    assert cli("jwt", "mint", "-k", "env:SECRET", env=secret).code == 2


def test_keys_of_a_set_are_chosen_by_kid(cli: Cli, keyring_folder: Path) -> None:
    names = ("ES256", "RS256")
    jwks = {"keys": []}
    for name in names:
        text = cli.ok("key", "convert", str(keyring_folder / f"{name}.pub"), "--to", "jwk")
        jwks["keys"].append({**json.loads(text), "kid": name})
    (cli.home / "jwks.json").write_text(json.dumps(jwks))
    for name in names:
        key = str(keyring_folder / f"{name}.pem")
        token = cli.ok("jwt", "mint", "-k", key, "--kid", name)
        assert cli("jwt", "verify", token, "--jwks", "jwks.json").code == 0
        assert cli("jwt", "verify", token, "--key", "jwks.json").code == 0
        foreign = cli.ok("jwt", "mint", "-k", key, "--kid", "unknown")
        refused = cli("jwt", "verify", foreign, "--jwks", "jwks.json", "--json")
        assert refused.code == 3
        assert json.loads(refused.out)["code"] == "token.kid-unknown"
    both = cli("jwt", "verify", token, "--jwks", "jwks.json", "--key", "jwks.json")
    assert both.code == 2


def test_stdin_gives_one_thing_only(files: Cli) -> None:
    result = files("jwt", "verify", "-", "-k", "-", stdin=TOKEN)
    assert result.code == 2
    assert "stdin already gives the" in result.err
    assert "hint: give the token as text or @FILE\n" in result.err


@pytest.mark.parametrize("exp", ["1e20", "true", '"soon"', "null", "-1e300"])
def test_of_what_is_no_time_there_is_no_text_of_the_expiry(files: Cli, exp: str) -> None:
    payload = base64url_encode(f'{{"exp":{exp}}}'.encode())
    token = ".".join((TOKEN.split(".")[0], payload, TOKEN.split(".")[2]))
    shown = json.loads(files.ok("jwt", "decode", token, "--json"))
    assert shown["expires_at"] is None
    assert shown["payload"] == {"exp": json.loads(exp)}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("role=a", "role=b"), "claim 'role' is given twice"),
        (("at.city=Oslo", "at"), "claim 'at' is given both whole and by parts"),
    ],
)
def test_no_demand_is_dropped_for_another(files: Cli, asked: tuple[str, str], message: str) -> None:
    flags = [word for text in asked for word in ("--require", text)]
    result = files("jwt", "verify", TOKEN, "-k", "public.jwk", *flags)
    assert (result.code, result.out) == (2, "")
    assert f"error: {message}" in result.err


def test_refusal_with_a_field_keeps_stdout_empty_and_the_code(files: Cli) -> None:
    result = files("jwt", "verify", TOKEN, "-k", "public.jwk", *LATE, "--field", "payload.sub")
    assert (result.code, result.out) == (4, "")
    result = files("jwt", "verify", TOKEN, "-k", "public.jwk", *LATE, "--field", "code")
    assert (result.code, result.out) == (4, "token.expired\n")


# inspect


def test_inspect_explains_and_does_not_vouch(cli: Cli) -> None:
    result = cli("jwt", "inspect", TOKEN, *FIVE_PAST)
    shown = json.loads(result.out)
    assert result.code == 0
    assert shown["verified"] is False
    assert "NOT VERIFIED" in result.err
    assert shown["claims"][0] == {
        "name": "sub",
        "kind": "registered",
        "meaning": "subject: whom the token is about",
        "source": "RFC 7519, section 4.1",
    }


def test_inspect_with_a_key_is_a_verdict(files: Cli) -> None:
    good = files("jwt", "inspect", TOKEN, "-k", "public.jwk", *FIVE_PAST)
    assert (good.code, json.loads(good.out)["verified"]) == (0, True)
    late = files("jwt", "inspect", TOKEN, "-k", "public.jwk", *LATE)
    assert (late.code, json.loads(late.out)["code"]) == (4, "token.expired")


def test_inspect_finds_a_common_secret(cli: Cli) -> None:
    """The token of jwt.io's front page, whose secret everybody knows."""
    token = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwi"
        "aWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )
    findings = json.loads(cli.ok("jwt", "inspect", token))["findings"]
    assert findings[0]["severity"] == "error"
    assert {"token.lint.common-secret", "token.lint.no-exp"} <= {f["code"] for f in findings}


def test_the_single_command_recognises_tokens_and_keys(files: Cli) -> None:
    assert json.loads(files.ok("inspect", TOKEN))["schema"] == "authcli/jwt.inspect/1"
    assert json.loads(files.ok("inspect", f"Bearer {TOKEN}"))["payload"]["sub"] == "alice"
    assert json.loads(files.ok("inspect", "public.jwk"))["schema"] == "authcli/key.inspect/1"
    assert json.loads(files.ok("inspect", stdin=PUBLIC))["crv"] == "Ed25519"
    unknown = files("inspect", "hello")
    assert (unknown.code, unknown.out) == (2, "")
    assert files("inspect", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA").code == 2  # cut


HOSTILE = {
    "control": "\x1b[2J\x07",
    "bidi": "\u202emoc.elpmaxe",
    "markup": "[red]x[/red]",
    "invisible": "a\u200bb\ufeff",
    "surrogate": "\ud800",
}


@pytest.mark.parametrize("verb", ["decode", "inspect"])
def test_nothing_in_a_token_acts_on_a_terminal(cli: Cli, verb: str, tmp_path: Path) -> None:
    """Shown on a real terminal: every control, bidi and invisible character is an escape."""
    import pexpect

    from authcli.encoding import base64url_encode

    payload = json.dumps({**HOSTILE, "\x1b]0;title\x07": 1}).encode()
    token = ".".join(base64url_encode(part) for part in (b'{"alg":"ES256"}', payload, b"abc"))
    command, *arguments = cli.command("--no-color", "jwt", verb, token)
    child = pexpect.spawn(command, arguments, env=cli.environment(), encoding="utf-8", timeout=30)
    child.expect(pexpect.EOF)
    shown = child.before.replace("\r\n", "\n")
    bad = [c for c in shown if c != "\n" and (not c.isprintable() or c in "\u202e\u200b\ufeff")]
    assert bad == []
    assert "[red]x[/red]" in shown
    child.close()
    assert child.exitstatus == 0


@pytest.mark.parametrize("columns", [60, 80])
def test_an_anatomy_keeps_to_the_width_of_the_terminal(cli: Cli, columns: int) -> None:
    """The development key's kid and a jti are long: what they mean stands below them."""
    import pexpect

    token = cli.ok("jwt", "mint", "--sub", "alice").strip()
    command = shlex.join(cli.command("--no-color", "jwt", "inspect", token))
    # The terminal's size is set after the fork: here before the command starts.
    shown = pexpect.run(
        shlex.join(["sh", "-c", f"stty cols {columns}; exec {command}"]),
        env=cli.environment(),
        encoding="utf-8",
        dimensions=(60, columns),
    )
    assert isinstance(shown, str)
    page = shown.replace("\r\n", "\n").partition("header\n")[2].partition("\nsignature\n")[0]
    assert [line for line in page.splitlines() if len(line) > columns] == []
    kid = next(line for line in page.splitlines() if line.startswith("  kid"))
    assert kid.endswith('"'), "what it means stands below"
    assert " ".join(page.split()).count("which key signed: chooses among trusted keys") == 1


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_value_of_any_length_leaves_room_for_what_it_means(width: int) -> None:
    """In words a time is a second longer or shorter: no length may push the meanings out."""
    for length in range(1, width):
        rows = [
            ("sub", '"alice"', "subject: whom the token is about"),
            ("iat", "x" * length, "issued at: when the token was made, in words"),
        ]
        page = member_table(rows, width=width, colored=False)
        meanings = [line for line in page.splitlines() if "xx" not in line]
        assert [line for line in meanings if len(line) > width] == [], length
