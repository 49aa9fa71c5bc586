"""`authcli jwt edit` and `diff`: transcripts, the grammar of changes, verdicts, exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authcli.encoding import base64url_encode
from tests.cli.harness import Cli, Result
from tests.cli.test_jwt_mint import NINE, RFC_8037_KEY, TOKEN, payload_of
from tests.cli.test_terminal import finish, spawn
from tests.tokens.forging import SECRET

CLOCK = "warning: the clock is set to 2026-12-01T09:00:00Z\n"
NOT_VERIFIED = (
    "warning: NOT VERIFIED: anyone can write such tokens; verify them with: authcli jwt verify\n"
)
FOREIGN = (
    "warning: this key did not sign the original: "
    "who trusts its signer will refuse the edited token\n"
)
#: `TOKEN` with role=admin: EdDSA is deterministic, so it can be written down.
ADMIN = (
    "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJhbGljZSIsImlhdCI6MTc5NjExNTYwMCwiZXhwIjoxNzk2MTE2NTAwLCJyb2xlIjoiYWRtaW4ifQ."
    "87y6fR3_Xh6ncJTAv6fv909mwAygwcv_IowGLzBYt5dGLCSeGstnkg0_JMB8Y7TtsO3XgBgdCGjY5AdCYZHGCw"
)


def written(header: object, payload: object, signature: bytes = b"x" * 64) -> str:
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, payload)]
    return ".".join(base64url_encode(part) for part in (*parts, signature))


RICH = written(
    {"alg": "EdDSA", "kid": "k1"},
    {
        "sub": "alice",
        "aud": "api",
        "scope": "read",
        "roles": ["x"],
        "address": {"city": "Oslo", "zip": 1.0},
        "exp": 1796119200,
        "jti": "j",
    },
)


@pytest.fixture
def home(cli: Cli) -> Cli:
    """A home with the RFC's key in key.jwk."""
    (cli.home / "key.jwk").write_text(RFC_8037_KEY)
    (cli.home / "key.jwk").chmod(0o600)
    return cli


def edit(home: Cli, token: str, *changes: str, stdin: str | None = None) -> Result:
    words = ("jwt", "edit", *([token] if token else []), *changes, "-k", "key.jwk", *NINE)
    return home(*words, stdin=stdin)


def facts(home: Cli, *changes: str) -> dict[str, Any]:
    result = edit(home, RICH, *changes, "--json", "--dry-run")
    assert result.code == 0, str(result)
    found: dict[str, Any] = json.loads(result.out)
    return found


# --- edit ------------------------------------------------------------------------------------


def test_edit_transcript(home: Cli) -> None:
    assert str(edit(home, TOKEN, "role=admin")) == (
        f"exit: 0\n--- stdout\n{ADMIN}\n--- stderr\n{CLOCK}"
    )


def test_edit_json(home: Cli) -> None:
    result = edit(home, TOKEN, "role=admin", "--header", "cty=x", "--json")
    found = json.loads(result.out)
    assert found.pop("token").count(".") == 2
    assert found == {
        "schema": "authcli/jwt.edit/1",
        "clock": "overridden",
        "algorithm": "EdDSA",
        "kid": None,
        "expires_at": "2026-12-01T09:15:00Z",
        "header": {"alg": "EdDSA", "typ": "JWT", "cty": "x"},
        "payload": {"sub": "alice", "iat": 1796115600, "exp": 1796116500, "role": "admin"},
        "changed": ["role"],
        "header_changed": ["cty"],
        "same_key": True,
    }


def test_an_edit_that_changes_nothing_gives_the_token_back(home: Cli) -> None:
    note = "note: header and claims are as they were\n"
    assert str(edit(home, TOKEN)) == f"exit: 0\n--- stdout\n{TOKEN}\n--- stderr\n{CLOCK}{note}"


def test_every_kind_of_change(home: Cli) -> None:
    (home.home / "claims.json").write_text('{"team": "a", "sub": "file"}')
    found = facts(
        home,
        *("@claims.json", "sub=bob", "roles[]=y", "-c", "roles[]=z", "aud[]=web"),
        *("scope[]=write", "address.zip:=2", "a\\.b.c=d", "--remove", "address.city"),
        *("--remove", "jti", "--exp", "+2h", "--nbf", "now", "--iat", "now", "--iss", "me"),
    )
    assert json.dumps(found["payload"]) == json.dumps(
        {
            "sub": "bob",
            "aud": ["api", "web"],
            "scope": "read write",
            "roles": ["x", "y", "z"],
            "address": {"zip": 2},
            "exp": 1796122800,
            "iss": "me",
            "nbf": 1796115600,
            "iat": 1796115600,
            "team": "a",
            "a.b": {"c": "d"},
        }
    )
    changed = ["sub", "aud", "scope", "roles", "address.city", "address.zip", "exp", "jti"]
    assert found["changed"] == [*changed, "iss", "nbf", "iat", "team", "a\\.b"]
    assert found["signed"] is False


def test_flags_win_over_claims_and_replace(home: Cli) -> None:
    payload = facts(
        home, "aud[]=x", "sub=y", "--aud", "b", "--aud", "c", "--sub", "s", "--scope", "write"
    )["payload"]
    assert (payload["aud"], payload["sub"], payload["scope"]) == (["b", "c"], "s", "write")


def test_what_is_named_none_or_never_goes(home: Cli) -> None:
    found = facts(
        home, "--exp", "never", "--jti", "none", "--typ", "none", "--remove-header", "kid"
    )
    assert {"exp", "jti"} & found["payload"].keys() == set()
    assert (found["header"], found["header_changed"]) == ({"alg": "EdDSA"}, ["kid"])
    again = edit(home, TOKEN, "--jti", "none")  # there is none, which is what was asked for
    assert again.code == 0
    assert "jti" not in facts(home, "--remove", "jti", "--remove", "jti")["payload"]


def test_the_token_comes_from_a_pipe_a_file_or_stdin(home: Cli) -> None:
    (home.home / "token").write_text(f"Bearer {TOKEN}\n")
    for token, stdin in (("", TOKEN), ("-", TOKEN), ("@token", None), (f"Bearer {TOKEN}", None)):
        assert edit(home, token, "role=admin", stdin=stdin).out == f"{ADMIN}\n"


def test_a_padded_token_is_no_claim(home: Cli) -> None:
    header, rest = TOKEN.split(".", 1)
    payload, signature = rest.split(".")
    padded = f"{header}.{payload}{'=' * (-len(payload) % 4)}.{signature}=="
    assert edit(home, padded, "role=admin").code == 3
    result = edit(home, padded, "role=admin", "--lenient")
    assert (result.code, result.out) == (0, f"{ADMIN}\n")
    assert "note: forgiven: the '=' padding" in result.err


def test_stdin_gives_the_token_or_the_claims(home: Cli) -> None:
    claims = edit(home, TOKEN, "-", stdin='{"role": "admin"}')
    assert claims.out == f"{ADMIN}\n"
    both = edit(home, "-", "-", stdin=TOKEN)
    assert (both.code, both.out) == (2, "")
    assert "hint: give one of them as text or @FILE\n" in both.err
    key = home("jwt", "edit", "-", "-k", "-", stdin=TOKEN)
    assert (key.code, key.out) == (2, "")
    assert "hint: give the token as text or @FILE\n" in key.err


def test_an_endless_token_that_whoever_verifies_can_forge_is_warned_of(home: Cli) -> None:
    secret = {"kty": "oct", "k": base64url_encode(SECRET)}
    (home.home / "secret.jwk").write_text(json.dumps(secret))
    said = "warning: this token never expires, and whoever verifies it can forge it\n"
    minted = home("jwt", "mint", "--no-exp", "-k", "secret.jwk")
    edited = home("jwt", "edit", RICH, "--exp", "never", "-k", "secret.jwk")
    assert (minted.err.count(said), edited.err.count(said)) == (1, 1)
    assert "never expires\n" in edit(home, RICH, "--no-exp").err


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (("a=1", "a=2"), "claim 'a' is given twice"),
        (("a=1", "--remove", "a"), "claim 'a' is both set and removed"),
        (("a.b=1", "--remove", "a"), "claim 'a' is given both whole and by parts"),
        (("a=1", "a.b=2"), "claim 'a' is given both whole and by parts"),
        (("--exp", "5m", "--remove", "exp"), "claim 'exp' is both set and removed"),
        (("--exp", "5m", "--no-exp"), "--exp and --no-exp contradict each other"),
        (("--remove", "subject"), "there is no claim 'subject' to remove"),
        (("--remove", "roles[]"), "'roles[]' is not a claim's name"),
        (("--remove", "a..b"), "'a..b' is not a claim's name"),
        (("--remove", "sub=alice"), "'sub=alice' is not a claim's name"),
        (("sub.x=1",), "claim 'sub' is no object, so it has no 'x'"),
        (("sub[]=1",), "claim 'sub' is no list"),
        (("exp:=null",), "exp is null, not a finite number of seconds"),
        (("x:={",), "the value of claim 'x' is not JSON"),
        (("--kid", "a", "--header", "kid=b"), "the header's kid is given twice"),
        (("--typ", "a", "--header", "typ=b"), "the header's typ is given twice"),
        (("--header", "alg=HS256"), "the header's alg cannot be set"),
        (("--alg", "RS256"), "this Ed25519 key cannot sign RS256"),
    ],
)
def test_what_cannot_be_changed_is_one_usage_error(
    home: Cli, changes: tuple[str, ...], message: str
) -> None:
    result = edit(home, RICH, *changes)
    assert (result.code, result.out) == (2, "")
    assert f"error: {message}" in result.err


def test_a_token_that_cannot_be_signed_again_is_a_usage_error(home: Cli) -> None:
    token = written({"alg": "EdDSA", "crit": ["x"], "x": 1}, {"sub": "a"})
    result = edit(home, token, "sub=b", "--json")
    assert (result.code, result.out) == (2, "")
    error = json.loads(result.err.splitlines()[-1])["error"]
    assert (error["code"], error["exit"]) == ("token.uneditable", 2)


def test_a_malformed_token_is_a_verdict(home: Cli) -> None:
    for flags in ((), ("--field", "token")):
        result = edit(home, "a.b", *flags)
        assert (result.code, result.out) == (3, "")
    verdict = json.loads(edit(home, "a.b", "--json").out)
    assert (verdict["valid"], verdict["code"]) == (False, "token.malformed")


def test_an_expired_and_foreign_token_is_edited_with_warnings(home: Cli) -> None:
    result = edit(home, RICH, "--exp", "-5m")
    assert result.code == 0
    assert result.err == (
        f"{CLOCK}{FOREIGN}warning: the token is born expired: exp is 2026-12-01T08:55:00Z\n"
    )
    assert payload_of(result.out)["exp"] == 1796115300


def test_the_development_key_signs_where_none_is_named(cli: Cli) -> None:
    token = cli.ok("jwt", "mint", "--sub", "alice", "-q")
    result = cli("jwt", "edit", stdin=token)
    assert result.code == 0
    assert "warning: signed with the development key" in result.err
    assert "did not sign" not in result.err
    changed = cli.ok("jwt", "edit", "role=dev", "-q", "--field", "token", stdin=token)
    assert json.loads(cli.ok("jwt", "verify", changed))["role"] == "dev"


def test_the_tokens_kid_chooses_the_key_of_a_set(home: Cli) -> None:
    first = {**json.loads(RFC_8037_KEY), "kid": "k1"}
    second = {"kty": "oct", "k": base64url_encode(SECRET), "kid": "k2"}
    (home.home / "set.json").write_text(json.dumps({"keys": [second, first]}))
    (home.home / "set.json").chmod(0o600)
    words = ("jwt", "edit", RICH, "-k", "set.json", *NINE)
    assert home(*words, "--field", "algorithm").out == "EdDSA\n"
    result = home(*words, "--kid", "k2", "--field", "algorithm", "--field", "kid")
    assert result.out == "HS256\tk2\n"
    assert "note: alg becomes HS256: this key cannot sign 'EdDSA'" in result.err
    assert home(*words, "--kid", "k3").code == 7
    other = written({"alg": "EdDSA", "kid": "k3"}, {})
    result = home("jwt", "edit", other, "-k", "set.json")
    assert (result.code, result.out) == (2, "")
    assert "hint: choose one with --kid; it has: 'k2', 'k1'" in result.err


def test_the_edited_token_takes_the_forms_of_a_secret(home: Cli) -> None:
    result = edit(home, TOKEN, "role=admin", "--format", "export", "--var", "T")
    assert result.out == f"export T='{ADMIN}'\n"
    edit(home, TOKEN, "role=admin", "-o", "out")
    assert (home.home / "out").read_text() == f"{ADMIN}\n"


# --- diff ------------------------------------------------------------------------------------


def diff(home: Cli, first: str, second: str, *flags: str) -> Result:
    return home("jwt", "diff", first, second, *flags)


CHANGED = written(
    {"alg": "EdDSA", "kid": "k2"},
    {
        "sub": "alice",
        "aud": ["api", "web"],
        "scope": "write",
        "roles": ["x", "y"],
        "address": {"city": "Rome", "zip": 1.0},
        "exp": 1796126400,
        "new": {"a": "\x1b[31m"},
    },
    b"y" * 64,
)


def test_diff_transcript(home: Cli) -> None:
    assert str(diff(home, RICH, CHANGED)) == (
        "exit: 0\n--- stdout\n"
        '- header.kid "k1"\n'
        '+ header.kid "k2"\n'
        '+ payload.aud[] "web"\n'
        '- payload.scope[] "read"\n'
        '+ payload.scope[] "write"\n'
        '+ payload.roles[] "y"\n'
        '- payload.address.city "Oslo"\n'
        '+ payload.address.city "Rome"\n'
        "- payload.exp 1796119200\n"
        "+ payload.exp 1796126400 # expires 2 h later\n"
        '- payload.jti "j"\n'
        '+ payload.new {"a":"\\u001b[31m"}\n'
        "~ signature differs, as what was signed does\n"
        f"--- stderr\n{NOT_VERIFIED}"
    )


def test_diff_json(home: Cli) -> None:
    found = json.loads(diff(home, RICH, CHANGED, "--json").out)
    rows = found.pop("differences")
    assert found == {
        "schema": "authcli/jwt.diff/1",
        "verified": False,
        "same": False,
        "only_signature": False,
    }
    assert [row["path"] for row in rows] == [
        *("kid", "aud", "scope", "roles", "address.city", "exp", "jti", "new", "")
    ]
    assert rows[3] == {
        "part": "payload",
        "path": "roles",
        "change": "changed",
        "before": ["x"],
        "after": ["x", "y"],
        "words": "adds 'y'",
        "added": ["y"],
        "removed": [],
    }
    assert rows[6] == {
        "part": "payload",
        "path": "jti",
        "change": "removed",
        "before": "j",
        "after": None,
        "words": None,
        "added": None,
        "removed": None,
    }
    assert rows[-1]["part"] == "signature"


def test_diff_rows_and_fields(home: Cli) -> None:
    lines = diff(home, RICH, CHANGED, "--jsonl").out.splitlines()
    rows = [json.loads(line) for line in lines]
    assert rows == json.loads(diff(home, RICH, CHANGED, "--json").out)["differences"]
    shown = diff(home, RICH, CHANGED, "--field", "part", "--field", "path", "-q").out
    assert shown.splitlines()[:2] == ["header\tkid", "payload\taud"]
    assert diff(home, RICH, CHANGED, "--field", "same").out == "false\n"
    for second in (RICH, CHANGED):
        unknown = diff(home, RICH, second, "--field", "nope")
        assert (unknown.code, unknown.out) == (2, "")


def test_of_what_is_the_same_nothing_is_printed(home: Cli) -> None:
    assert str(diff(home, RICH, RICH, "--check", "-q")) == "exit: 0\n--- stdout\n--- stderr\n"
    found = json.loads(diff(home, RICH, RICH, "--json").out)
    assert (found["same"], found["differences"]) == (True, [])


def test_check_makes_a_difference_exit_10(home: Cli) -> None:
    result = diff(home, RICH, CHANGED, "--check")
    assert (result.code, result.out) == (10, diff(home, RICH, CHANGED).out)
    counted = "1 in the header, 7 in the payload, the signature"
    assert result.err == f"{NOT_VERIFIED}error: the tokens differ: {counted}\n"
    error = json.loads(diff(home, RICH, CHANGED, "--check", "--json").err.splitlines()[-1])["error"]
    assert (error["code"], error["exit"]) == ("token.differs", 10)


def test_signatures_alone(home: Cli) -> None:
    header, payload, _ = RICH.split(".")
    result = diff(home, RICH, f"{header}.{payload}.{'A' * 86}", "--check")
    assert result.out == (
        "~ signature same header and claims, different signatures: 'EdDSA' gives one for each key\n"
    )
    assert "error: the tokens differ: same header and claims, different signatures" in result.err


def test_one_signature_over_two_texts_is_warned_of(home: Cli) -> None:
    other = ".".join([*CHANGED.split(".")[:2], RICH.split(".")[2]])
    assert "one was changed after signing" in diff(home, RICH, other).err


def test_the_two_come_from_text_files_and_one_from_stdin(home: Cli) -> None:
    (home.home / "a").write_text(f"Authorization: Bearer {RICH}\n")
    whole = diff(home, RICH, CHANGED).out
    assert diff(home, "@a", CHANGED).out == whole
    assert home("jwt", "diff", "-", CHANGED, stdin=RICH).out == whole
    assert home("jwt", "diff", "@a", stdin=CHANGED).out == whole
    twice = home("jwt", "diff", "-", "-", stdin=RICH)
    assert (twice.code, twice.out) == (2, "")
    assert "stdin already gives the token A; it cannot give the token B too" in twice.err
    assert "hint: give one of them as text or @FILE\n" in twice.err


@pytest.mark.parametrize("stdin", [None, TOKEN])
def test_without_both_tokens_diff_asks_for_two(home: Cli, stdin: str | None) -> None:
    result = home("jwt", "diff", stdin=stdin)
    assert (result.code, result.out) == (2, "")
    assert "hint: give two tokens: A B" in result.err
    assert "env:" not in result.err


@pytest.mark.parametrize("prefix", ["env:T", "cmd:touch pwned", "literal:x", "key.jwk"])
def test_a_token_is_text_and_never_a_source(home: Cli, prefix: str) -> None:
    for words in (("diff", TOKEN, prefix), ("edit", prefix, "-k", "key.jwk")):
        assert home("jwt", *words, env={"T": TOKEN}).code == 3
    assert not (home.home / "pwned").exists()


def test_the_malformed_one_is_named(home: Cli) -> None:
    for first, second, name in (("x", RICH, "A"), (RICH, "x", "B")):
        result = diff(home, first, second)
        assert (result.code, result.out) == (3, "")
        assert result.err.startswith(f"error: token {name}: the token has 1 part")
    verdict = json.loads(diff(home, RICH, "x", "--json").out)
    assert verdict["checks"][0]["detail"].startswith("token B: ")
    assert diff(home, RICH, "x", "--field", "same").code == 3
    assert diff(home, RICH, " ").code == 2


def test_a_person_gets_parts_colours_and_times(home: Cli) -> None:
    (home.home / "a").write_text(RICH)
    (home.home / "b").write_text(CHANGED)
    code, shown = finish(spawn(home, "jwt", "diff", "@a", "@b", *NINE, "-q"))
    assert code == 0
    assert "\x1b[1;31mheader\x1b[0m\r\n" in shown
    assert '  \x1b[31m-\x1b[0m address.city: "Oslo"\r\n' in shown
    later = "2026-12-01T12:00:00Z (in 3 h)   expires 2 h later"
    assert f"  \x1b[32m+\x1b[0m exp: {later}\r\n" in shown
    assert '+\x1b[0m new: {"a": "\\u001b[31m"}\r\n' in shown
    code, shown = finish(
        spawn(home, "jwt", "diff", "@a", "@b", "--time", "epoch", "--no-color", "-q")
    )
    assert "  + exp: 1796126400   expires 2 h later\r\n" in shown
    assert shown.endswith("1 in the header, 7 in the payload, the signature\r\n")
    _, shown = finish(spawn(home, "jwt", "diff", "@a", "@a", "-q"))
    assert shown == "the tokens are the same, byte for byte\r\n"


def test_what_edit_changed_is_what_diff_shows(home: Cli) -> None:
    """The two commands agree on names, so that one checks the other in a script."""
    result = json.loads(edit(home, RICH, "address.city=Rome", "roles[]=y", "--json").out)
    rows = json.loads(diff(home, RICH, result["token"], "--json").out)["differences"]
    assert [row["path"] for row in rows if row["part"] == "payload"] == result["changed"]
