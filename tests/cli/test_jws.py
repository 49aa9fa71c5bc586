"""`authcli jws`: payloads byte for byte, verdicts, and what may be on stdout."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from authcli import keys
from authcli.encoding import base64url_decode, base64url_encode
from authcli.keys import KeySet
from authcli.tokens import jws
from tests.cli.harness import Cli, Result
from tests.cli.test_jwt_mint import RFC_8037_KEY
from tests.cli.test_jwt_read import PUBLIC
from tests.cli.test_network import Server, age_the_cache, published, serve

#: RFC 8037, appendix A.4: deterministic, so that transcripts are exact.
SIGNED = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)
TEXT = "Example of Ed25519 signing"
BINARY = bytes(range(256)) + b"\r\n\n"


@pytest.fixture
def files(cli: Cli) -> Cli:
    """A home with the RFC's key in key.jwk, its public half in public.jwk, and a binary file."""
    (cli.home / "key.jwk").write_text(RFC_8037_KEY)
    (cli.home / "key.jwk").chmod(0o600)
    (cli.home / "public.jwk").write_text(PUBLIC)
    (cli.home / "data.bin").write_bytes(BINARY)
    return cli


def sign(cli: Cli, *arguments: str, stdin: str | bytes | None = None) -> str:
    return cli.ok("jws", "sign", *arguments, "-k", "key.jwk", stdin=stdin)


def verify(cli: Cli, *arguments: str, stdin: str | bytes | None = None) -> Result:
    return cli("jws", "verify", *arguments, "-k", "public.jwk", stdin=stdin)


def general(*texts: str) -> str:
    """Return compact ones, all of the same payload, as one of several signatures."""
    parts = [text.split(".") for text in texts]
    signatures = [{"protected": header, "signature": value} for header, _, value in parts]
    return json.dumps({"payload": parts[0][1], "signatures": signatures})


# sign


def test_the_example_of_the_standard_is_signed_again(files: Cli) -> None:
    result = files("jws", "sign", TEXT, "-k", "key.jwk")
    assert str(result) == f"exit: 0\n--- stdout\n{SIGNED}\n--- stderr\n"


def test_sign_json(files: Cli) -> None:
    assert json.loads(sign(files, TEXT, "--json")) == {
        "schema": "authcli/jws.sign/1",
        "jws": SIGNED,
        "algorithm": "EdDSA",
        "kid": None,
        "detached": False,
        "header": {"alg": "EdDSA"},
        "payload_bytes": 26,
    }


def test_a_payload_is_text_a_file_or_piped_and_every_byte_counts(files: Cli) -> None:
    (files.home / "text").write_text(TEXT)
    assert sign(files, "@text") == sign(files, "-", stdin=TEXT) == sign(files, stdin=TEXT) == SIGNED
    assert sign(files, stdin=f"{TEXT}\n") != SIGNED
    assert base64url_decode(sign(files, "@data.bin").split(".")[1]) == BINARY
    assert base64url_decode(sign(files, stdin=BINARY).split(".")[1]) == BINARY


@pytest.mark.parametrize(
    "text", ["env:SECRET", "cmd:touch pwned", "literal:x", "{}", ".", "report.pdf"]
)
def test_a_payload_is_data_and_never_a_source(files: Cli, text: str) -> None:
    files.env["SECRET"] = "planted"
    assert base64url_decode(sign(files, text).split(".")[1]).decode() == text
    assert not (files.home / "pwned").exists()


@pytest.mark.parametrize("flags", [(), ("--detached",), ("--json",)])
def test_the_bare_name_of_a_file_is_not_signed(files: Cli, flags: tuple[str, ...]) -> None:
    """Its letters would be, and detached nobody could see it."""
    (files.home / "a report.pdf").write_bytes(BINARY)
    result = files("jws", "sign", "a report.pdf", *flags, "-k", "key.jwk")
    assert (result.code, result.out) == (2, "")
    assert "'a report.pdf' would be signed as text, and that is a file" in result.err
    assert "write '@a report.pdf', or pipe the text in" in result.err
    assert sign(files, "-", stdin="a report.pdf") != sign(files, "@a report.pdf")


def test_the_pipe_that_a_shell_names_is_not_signed_by_its_name(files: Cli) -> None:
    os.mkfifo(files.home / "63")
    result = files("jws", "sign", "63", "-k", "key.jwk")
    assert (result.code, result.out) == (2, "")
    assert "write @63" in result.err


def test_the_header_is_chosen(files: Cli) -> None:
    text = sign(files, "x", "--kid", "k1", "--typ", "hook+json", "--header", "cty=text/plain")
    assert json.loads(base64url_decode(text.split(".", 1)[0])) == {
        "alg": "EdDSA",
        "typ": "hook+json",
        "kid": "k1",
        "cty": "text/plain",
    }


def test_the_development_key_signs_with_a_warning_and_verifies(cli: Cli) -> None:
    result = cli("jws", "sign", "hello")
    assert result.code == 0
    assert "warning: signed with the development key" in result.err
    assert cli("jws", "verify", result.out.strip()).out == "hello"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "stdin is empty; the payload was to come from it"),
        (("",), "is empty"),
        (("@nothing",), "no such file"),
        (("a.b", "--unencoded"), "RFC 7797, section 5.2"),
        (("x", "--header", "crit:=[]"), "crit cannot be set"),
        (("x", "--header", "alg=none"), "alg cannot be set"),
        (("x", "--alg", "ES256"), "cannot sign ES256"),
    ],
)
def test_what_cannot_be_signed_is_a_usage_error(
    files: Cli, arguments: tuple[str, ...], words: str
) -> None:
    result = files("jws", "sign", *arguments, "-k", "key.jwk")
    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_a_public_key_cannot_sign(files: Cli) -> None:
    result = files("jws", "sign", "x", "-k", "public.jwk")
    assert result.code == 2
    assert "signing needs the private half" in result.err


def test_a_payload_is_bounded(files: Cli) -> None:
    with (files.home / "large").open("wb") as file:
        file.truncate((64 << 20) + 1)
        file.seek(0)
        file.write(b"x")
    for command in (("sign", "@large"), ("verify", SIGNED, "--payload", "large")):
        result = files("jws", *command, "-k", "key.jwk")
        assert (result.code, result.out) == (2, "")
        assert "larger than 64 MiB" in result.err


# verify


def test_verify_prints_the_payload_and_nothing_else(files: Cli) -> None:
    assert str(verify(files, SIGNED)) == f"exit: 0\n--- stdout\n{TEXT}--- stderr\n"


def test_a_binary_payload_comes_out_as_it_went_in(files: Cli) -> None:
    text = sign(files, "@data.bin")
    done = files.raw("jws", "verify", text, "-k", "public.jwk")
    assert (done.returncode, done.stdout, done.stderr) == (0, BINARY, b"")
    assert verify(files, text, "-o", "out.bin").code == 0
    assert (files.home / "out.bin").read_bytes() == BINARY
    shown = json.loads(verify(files, text, "--json").out)
    assert (shown["payload"], shown["payload_base64url"]) == (None, base64url_encode(BINARY))


def test_a_file_signed_detached_is_verified_against_the_file(files: Cli) -> None:
    """The webhook: a signature in a header, the body beside it."""
    text = sign(files, "@data.bin", "--detached")
    assert text.split(".")[1] == ""
    for source in ("data.bin", "@data.bin"):
        result = verify(files, text, "--payload", source)
        assert str(result) == "exit: 0\n--- stdout\n--- stderr\nnote: valid: EdDSA\n"
    piped = verify(files, text, "--payload", "-", stdin=BINARY)
    assert (piped.code, piped.out) == (0, "")
    changed = verify(files, text, "--payload", "-", stdin=BINARY + b"\n")
    assert (changed.code, changed.out) == (3, "")
    assert "FAIL  signature" in changed.err


@pytest.mark.parametrize("flags", [("--json",), ("--field", "valid"), ("--json", "-o", "out")])
def test_what_is_said_on_stdout_is_not_said_again(files: Cli, flags: tuple[str, ...]) -> None:
    text = sign(files, "@data.bin", "--detached")
    result = verify(files, text, "--payload", "data.bin", *flags)
    assert (result.code, result.err) == (0, "")


def test_an_unencoded_payload_is_what_was_asked_for(files: Cli) -> None:
    """RFC 7797: whole where the text allows, detached always."""
    whole = sign(files, "a text, with blanks", "--unencoded")
    assert whole.split(".")[1] == "a text, with blanks"
    assert verify(files, whole).out == "a text, with blanks"
    apart = sign(files, "@data.bin", "--unencoded", "--detached")
    assert verify(files, apart, "--payload", "data.bin").code == 0
    assert verify(files, apart, "--payload", "key.jwk").code == 3


def test_verdict_as_json(files: Cli) -> None:
    shown = json.loads(verify(files, SIGNED, "--json").out)
    checks = shown.pop("checks")
    (signature,) = shown.pop("signatures")
    assert shown == {
        "schema": "authcli/jws.verify/1",
        "valid": True,
        "code": None,
        "form": "compact",
        "detached": False,
        "payload": TEXT,
        "payload_base64url": None,
        "payload_bytes": 26,
    }
    assert [check["name"] for check in checks] == [
        *("format", "header", "algorithm", "critical", "key", "strength", "signature")
    ]
    assert {(check["signature"], check["status"]) for check in checks} == {(1, "pass")}
    assert (signature["number"], signature["valid"], signature["algorithm"]) == (1, True, "EdDSA")
    assert signature["key"]["thumbprint"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_refusal_as_json(files: Cli) -> None:
    header, _, value = SIGNED.split(".")
    result = verify(files, f"{header}.QUJD.{value}", "--json")
    shown = json.loads(result.out)
    assert result.code == 3
    assert (shown["valid"], shown["code"]) == (False, "token.signature")
    assert shown["unverified"] == {"payload": "ABC", "payload_base64url": None}
    assert "payload" not in shown
    assert json.loads(result.err)["error"]["exit"] == 3


def test_refusal_leaves_stdout_empty_and_the_file_unwritten(files: Cli) -> None:
    forged = SIGNED.replace(".RXh", ".AAA")
    result = verify(files, forged, "-o", "out")
    assert (result.code, result.out) == (3, "")
    assert not (files.home / "out").exists()
    assert verify(files, forged, "--field", "payload").out == ""
    assert verify(files, forged, "--field", "code").out == "token.signature\n"
    unknown = verify(files, forged, "--field", "nothing")
    assert unknown.code == 2
    assert "fields: valid, code" in unknown.err


@pytest.fixture
def several(files: Cli) -> str:
    """A payload with the RFC's signature, and one of a foreign key."""
    foreign = jws.sign(TEXT.encode(), key=keys.generate("ES256"), kid="theirs")
    return general(foreign, SIGNED)


def test_of_several_signatures_one_suffices_and_is_named(files: Cli, several: str) -> None:
    result = verify(files, several)
    assert (result.code, result.out) == (0, TEXT)
    assert result.err == (
        "warning: of 2 signatures 1 verified: number 2 (EdDSA); --all demands each\n"
    )
    shown = json.loads(verify(files, "-", "--json", stdin=several).out)
    assert [(one["number"], one["valid"], one["code"]) for one in shown["signatures"]] == [
        (1, False, "token.algorithm"),
        (2, True, None),
    ]
    assert {check["signature"] for check in shown["checks"]} == {1, 2}


def test_all_demands_every_signature(files: Cli, several: str) -> None:
    result = verify(files, several, "--all")
    assert (result.code, result.out) == (3, "")
    assert "signature 1 of 2: refused" in result.err
    assert "signature 2 of 2: valid" in result.err
    assert "error: 1 of the 2 signatures do not verify; signature 1:" in result.err
    assert verify(files, general(SIGNED, SIGNED), "--all").code == 0


def test_json_is_read_from_a_file_a_pipe_or_an_argument(files: Cli, several: str) -> None:
    (files.home / "signed.json").write_text(f"\n  {several}\n\n")
    for arguments, stdin in (((several,), None), (("@signed.json",), None), ((), several)):
        assert verify(files, *arguments, stdin=stdin).out == TEXT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.b.c.d.e", "JWE"),
        ('{"ciphertext":"QQ"}', "JWE"),
        ('{"payload":"QQ","signatures":[]}', "at least one"),
        ('{"payload":"QQ","signature":"QQ","signatures":[{}]}', "two forms"),
        ("hello", "the JWS has 1 part;"),
        ("env:SECRET", "1 part"),
        ("cmd:touch pwned", "1 part"),
        ("key.jwk", "the JWS has 2 parts;"),
        ("..QQ", "the JWS's header is empty"),
        ("e30..QQ", "the header has no alg"),
    ],
)
def test_what_is_no_jws_is_a_verdict(files: Cli, text: str, words: str) -> None:
    for verb in ("verify", "inspect"):
        flags = ("-k", "public.jwk") if verb == "verify" else ()
        result = files("jws", verb, text, *flags, "--json", env={"SECRET": SIGNED})
        verdict = json.loads(result.out)
        assert (result.code, verdict["valid"], verdict["code"]) == (3, False, "token.malformed")
        assert words in json.loads(result.err)["error"]["message"]
    assert not (files.home / "pwned").exists()


def test_what_is_no_jws_leaves_stdout_empty(files: Cli) -> None:
    for result in (verify(files, "a.b.c.d.e"), files("jws", "inspect", "a.b.c.d.e")):
        assert (result.code, result.out) == (3, "")
        assert "error: this token is encrypted (JWE, 5 parts)" in result.err


@pytest.mark.parametrize("verb", ["verify", "inspect"])
def test_the_bare_name_of_a_file_gets_the_hint(files: Cli, verb: str) -> None:
    (files.home / "report.jws").write_text(SIGNED)
    flags = ("-k", "public.jwk") if verb == "verify" else ()
    result = files("jws", verb, "report.jws", *flags)
    assert (result.code, result.out) == (3, "")
    assert "error: the JWS has 2 parts; a signed one has 3\n" in result.err
    assert "hint: that is a file; write @report.jws\n" in result.err
    assert files("jws", verb, "@report.jws", *flags).code == 0
    (files.home / SIGNED).touch()  # what is a JWS is one, whatever files there are
    assert files("jws", verb, SIGNED, *flags).code == 0


@pytest.mark.parametrize("flags", [(), ("--json",), ("--field", "valid")])
def test_a_payload_comes_once(files: Cli, flags: tuple[str, ...]) -> None:
    """A flag that was forgotten, or one too many, is the command line's fault: no forgery."""
    (files.home / "text").write_text(TEXT)
    for source in ("data.bin", "text"):
        twice = verify(files, SIGNED, "--payload", source, *flags)
        assert (twice.code, twice.out) == (2, "")
        assert "twice" in twice.err
    header, _, value = SIGNED.split(".")
    apart = {"protected": header, "signature": value}
    for text in (f"{header}..{value}", json.dumps(apart), json.dumps({"signatures": [apart]})):
        missing = verify(files, text, *flags)
        assert (missing.code, missing.out) == (2, "")
        assert "the JWS is detached" in missing.err
        assert "give it with --payload FILE" in missing.err
        assert verify(files, text, "--payload", "text", *flags).code == 0


def test_what_is_no_jws_is_a_verdict_with_a_payload_too(files: Cli) -> None:
    assert verify(files, "a.b", "--payload", "data.bin").code == 3


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("sign", "0 signed, 2 the payload, the header or the key"),
        ("verify", "0 valid, 2 no usable key, or a payload that is missing or there twice, 3"),
        ("inspect", "0 readable, 3 malformed"),
    ],
)
def test_the_exit_codes_stand_in_the_help(cli: Cli, verb: str, words: str) -> None:
    assert f"Exit codes: {words}" in " ".join(cli.ok("jws", verb, "--help").split())


def test_a_detached_jws_has_nothing_for_a_file(files: Cli) -> None:
    text = sign(files, "@data.bin", "--detached")
    result = verify(files, text, "--payload", "data.bin", "-o", "out")
    assert result.code == 2
    assert "nothing to write" in result.err
    assert verify(files, text, "--payload", "data.bin", "-o", "out", "--json").code == 0
    assert json.loads((files.home / "out").read_text())["valid"] is True


def test_stdin_gives_one_thing_only(files: Cli) -> None:
    result = verify(files, "-", "--payload", "-", stdin=SIGNED)
    assert result.code == 2
    assert "stdin already gives the JWS" in result.err


def test_the_usual_flags_choose_keys_and_algorithms(files: Cli) -> None:
    assert verify(files, SIGNED, "--alg", "EdDSA").code == 0
    assert verify(files, SIGNED, "--alg", "Ed25519").code == 3
    assert verify(files, SIGNED, "--alg", "ES256").code == 2
    assert verify(files, SIGNED, "--kid", "other").code == 7
    secret = {"HOOK": "secret of some length, but hardly of enough!"}
    signed = files("jws", "sign", "x", "-k", "env:HOOK", "-A", "HS256", env=secret).out.strip()
    assert files("jws", "verify", signed, "-k", "env:HOOK", env=secret).out == "x"
    weak = {"HOOK": "short"}
    refused = files("jws", "verify", signed, "-k", "env:HOOK", env=weak)
    assert refused.code == 3
    assert "short" not in refused.out
    both = files("jws", "verify", SIGNED, "-k", "public.jwk", "--jwks", "public.jwk")
    assert both.code == 2


def test_a_token_is_verified_as_such_only_by_jwt(files: Cli) -> None:
    """Its exp is years ago, and nothing here looks at it."""
    result = verify(files, sign(files, '{"sub":"alice","exp":1}'))
    assert result.code == 0
    assert "warning: this is a token: its times and audience were not checked" in result.err


@pytest.fixture
def server() -> Iterator[Server]:
    shared = Server()
    _, stop = serve(shared)
    yield shared
    stop()


def test_a_rotated_key_is_fetched_again_for_whatever_form(cli: Cli, server: Server) -> None:
    """The kid of a detached or JSON serialisation says that the cached set is too old."""
    url = f"{server.origin}/jwks.json"
    server.pages["/jwks.json"] = published(cli, "one")
    first = cli.ok("jws", "sign", "x", "-k", "one.pem", "--kid", "one")
    assert cli("jws", "verify", first, "--jwks", url).code == 0
    age_the_cache(cli, 30)
    server.pages["/jwks.json"] = published(cli, "one", "two")
    second = cli.ok("jws", "sign", "x", "-k", "two.pem", "--kid", "two")
    assert cli("jws", "verify", general(second), "--jwks", url).out == "x"
    assert len(server.asked) == 2
    assert cli("jws", "verify", second, "--jwks", url, "--offline").code == 0


# inspect


def test_inspect_json(files: Cli) -> None:
    result = files("jws", "inspect", SIGNED)
    assert result.code == 0
    assert "NOT VERIFIED" in result.err
    assert json.loads(result.out) == {
        "schema": "authcli/jws.inspect/1",
        "verified": False,
        "form": "compact",
        "detached": False,
        "b64": True,
        "size_bytes": len(SIGNED),
        "signatures": [
            {
                "algorithm": "EdDSA",
                "kid": None,
                "protected": {"alg": "EdDSA"},
                "unprotected": {},
                "signature_bytes": 64,
            }
        ],
        "payload_kind": "text",
        "payload_bytes": 26,
        "payload": TEXT,
        "payload_base64url": None,
        "findings": [],
    }


def test_inspect_tells_what_is_unwise(files: Cli, several: str) -> None:
    loose = json.loads(several)
    loose["signatures"][0] = {"header": {"alg": "HS256"}, "signature": "QQ"}
    shown = json.loads(files.ok("jws", "inspect", stdin=json.dumps(loose)))
    assert (shown["form"], shown["signatures"][0]["unprotected"]) == ("general", {"alg": "HS256"})
    (finding,) = shown["findings"]
    assert (finding["code"], finding["subject"]) == ("token.lint.unprotected-alg", "signature 1")
    apart = json.loads(files.ok("jws", "inspect", sign(files, "x", "--detached")))
    assert (apart["detached"], apart["payload"], apart["payload_kind"]) == (True, None, None)


# on a terminal


def shown(cli: Cli, *arguments: str) -> tuple[int | None, str]:
    """Run the command on a terminal; return its exit code and what the person sees."""
    command, *words = cli.command("--no-color", *arguments)
    child = pexpect.spawn(
        command, words, env=cli.environment({"TERM": "xterm"}), cwd=str(cli.home),
        encoding="utf-8", timeout=30, dimensions=(60, 200),
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before.replace("\r\n", "\n")


def test_a_person_sees_every_check_and_the_payload(files: Cli) -> None:
    code, page = shown(files, "jws", "verify", SIGNED, "-k", "public.jwk")
    assert code == 0
    assert page.startswith("valid\n  pass  format ")
    assert page.endswith(f"payload\n{TEXT}\n")
    code, page = shown(files, "jws", "verify", sign(files, "@data.bin", "--detached"),
                       "-k", "public.jwk", "--payload", "data.bin")  # fmt: skip
    assert code == 0
    assert "compact, detached" in page
    assert "payload\n" not in page


def test_a_binary_payload_is_not_for_a_terminal(files: Cli) -> None:
    text = sign(files, "@data.bin")
    code, page = shown(files, "jws", "verify", text, "-k", "public.jwk")
    assert code == 2
    assert "add -o FILE" in page
    code, page = shown(files, "jws", "inspect", text)
    assert code == 0
    assert "259 bytes: binary" in page


@pytest.mark.parametrize("verb", ["verify", "inspect"])
def test_nothing_in_a_jws_acts_on_a_terminal(files: Cli, verb: str) -> None:
    """Signed or not: every control, bidi and invisible character is an escape."""
    hostile = "\x1b[2J\x07 \u202emoc \u200b [red]x[/red] \r\n\tend"
    (files.home / "text").write_text(hostile, newline="")
    text = sign(files, "@text", "--header", f"x={hostile[:8]}", "--kid", "\u202ekid")
    flags = ("-k", "public.jwk") if verb == "verify" else ()
    code, page = shown(files, "jws", verb, text, *flags)
    assert code == 0
    bad = [c for c in page if c not in "\n\t" and (not c.isprintable() or c in "\u202e\u200b")]
    assert bad == []
    escape = "\\x1b[2J" if verb == "verify" else "\\u001b[2J"
    assert escape in page
    assert ("[red]x[/red]" in page) is (verb == "verify")  # inspect calls it binary


def test_inspect_on_a_terminal_explains(files: Cli) -> None:
    named = KeySet((keys.read(Path(files.home / "key.jwk").read_bytes()),))
    text = jws.sign(b'{"sub":"a"}', key=named.keys[0], typ="JWT")
    code, page = shown(files, "jws", "inspect", text)
    assert code == 0
    for words in (
        "a compact JWS",
        "alg  ",
        "algorithm of the signature",
        "64 bytes, NOT VERIFIED",
        "11 bytes: the claims of a JSON Web Token; authcli jwt inspect explains them",
    ):
        assert words in page
