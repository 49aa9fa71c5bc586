"""`authcli jwt mint --refresh` and `authcli jwt refresh`: a sign-in that lives."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from typing import Any

import pytest

from authcli.signing.model import Times
from authcli.signing.rotation import init
from tests.cli.harness import Cli
from tests.cli.jwks import DAY, HOUR, MADE, managed, opened, told

ISSUER = "https://login.example"
REFRESH = re.compile(r"rt_[0-9A-Za-z]{60}")


def signed_in(cli: Cli, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = told(cli, "jwt", "mint", "--sub", "alice", "--refresh", *words)
    return found


def exchanged(cli: Cli, text: str, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cli.ok("jwt", "refresh", *words, "--json", stdin=text))
    return found


def living(cli: Cli) -> list[str]:
    return cli.ok("jwt", "issued", "--families").splitlines()


def test_two_tokens_are_printed_and_the_second_is_exchanged_for_two(cli: Cli) -> None:
    managed(cli, issuer=ISSUER)
    access, refresh = cli.ok("jwt", "mint", "--sub", "alice", "--refresh").splitlines()
    assert REFRESH.fullmatch(refresh)
    (cli.home / "refresh.txt").write_text(refresh + "\n")
    second, after = cli.ok("jwt", "refresh", "@refresh.txt").splitlines()
    assert REFRESH.fullmatch(after)
    assert after != refresh
    claims = [json.loads(cli.ok("jwt", "verify", token)) for token in (access, second)]
    assert [claim["sub"] for claim in claims] == ["alice", "alice"]
    assert claims[0]["family"] == claims[1]["family"] == living(cli)[0]
    assert claims[0]["jti"] != claims[1]["jti"]


def test_json_says_whose_they_are_and_until_when(cli: Cli) -> None:
    managed(cli, issuer=ISSUER)
    found = signed_in(
        cli, "--exp", "10m", "--idle", "2d", "--absolute", "9d", "--now", "1800000000"
    )
    assert (found["refresh_expires_at"], found["family_expires_at"], found["repeated"]) == (
        "2027-01-17T08:00:00Z",
        "2027-01-24T08:00:00Z",
        False,
    )
    assert found["payload"]["exp"] == 1_800_000_600
    again = exchanged(cli, found["refresh_token"], "--now", "1800000300", "-q")
    assert again["payload"]["exp"] == 1_800_000_900
    assert again["family"] == found["family"]


def test_what_the_first_token_said_the_next_ones_say(cli: Cli) -> None:
    """The header too: resource servers ask for the type of an access token."""
    cli.ok("key", "generate", "ES384", "-o", "key.pem")
    words = ["--aud", "a", "--aud", "b", "--scope", "r", "--scope", "w", "team.id:=7"]
    found = signed_in(cli, *words, "--typ", "at+jwt", "--header", "x=1", "-k", "key.pem")
    after = exchanged(cli, found["refresh_token"], "-k", "key.pem")
    assert after["header"] == found["header"]
    assert (after["header"]["typ"], after["header"]["x"]) == ("at+jwt", "1")
    varied = {"jti", "iat", "exp"}
    assert {name: found["payload"][name] for name in found["payload"].keys() - varied} == {
        name: after["payload"][name] for name in after["payload"].keys() - varied
    }


def test_a_token_that_comes_again_later_ends_the_family(cli: Cli) -> None:
    managed(cli)
    first = signed_in(cli, "--now", str(MADE // 1000), "-q")
    after = exchanged(cli, first["refresh_token"], "--now", str(MADE // 1000), "-q")
    result = cli("jwt", "refresh", stdin=first["refresh_token"])
    assert (result.code, result.out) == (5, "")
    assert "the family was revoked, since somebody else holds it" in result.err
    assert "hint: sign in again" in result.err
    assert cli("jwt", "refresh", stdin=after["refresh_token"]).code == 5
    assert living(cli) == []
    at = ["--now", str(MADE // 1000)]
    assert cli("jwt", "verify", after["token"], *at).code == 5


def test_a_lost_answer_is_given_again(cli: Cli) -> None:
    managed(cli)
    text = signed_in(cli)["refresh_token"]
    first = exchanged(cli, text)
    again = json.loads(cli.ok("jwt", "refresh", "--json", "--grace", "10m", stdin=text))
    assert again["repeated"]
    assert again["refresh_token"] == first["refresh_token"]
    assert again["token"] != first["token"]
    assert cli("jwt", "refresh", "--grace", "2h", stdin=text).code == 2


def test_too_old_is_4(cli: Cli) -> None:
    managed(cli)
    text = signed_in(cli, "--now", str(MADE // 1000), "-q")["refresh_token"]
    for later, said in ((15 * DAY, "not used for too long"), (91 * DAY, "the family of this")):
        result = cli("jwt", "refresh", "--now", str((MADE + later) // 1000), stdin=text)
        assert (result.code, said in result.err) == (4, True), str(result)


def test_the_token_is_never_an_argument_and_never_repeated(cli: Cli) -> None:
    managed(cli)
    text = signed_in(cli)["refresh_token"]
    damaged = text[:-1] + ("A" if text[-1] != "A" else "B")
    for words, stdin, code in (
        (["jwt", "refresh", text], None, 2),
        (["jwt", "refresh", "--grace", text], text, 2),
        (["jwt", "refresh", "--key", text], text, 2),
        (["jwt", "refresh", "-o", text], text, 2),
        (["jwt", "refresh"], damaged, 3),
        (["jwt", "verify", text], None, 3),
        (["jwt", "inspect", text], None, 3),
        (["inspect", text], None, 0),
        (["jwt", "revoke", "--family", text, "--json"], None, 7),
        (["jwt", "revoke", "--sub", "x", "--reason", text, "--yes"], None, 2),
    ):
        result = cli(*words, stdin=stdin)
        assert result.code == code, str(result)
        for piece in (text, damaged, text[3:30], text[14:40]):
            assert piece not in result.out + result.err, str(result)
    traced = cli.raw("jwt", "refresh", "--debug", stdin=damaged.encode())
    assert damaged[3:30].encode() not in traced.stdout + traced.stderr
    assert exchanged(cli, text)["repeated"] is False  # none of that used it


def test_commands_that_read_tokens_say_what_it_is(cli: Cli) -> None:
    text = signed_in(cli, "-q")["refresh_token"]
    for verb in ("verify", "inspect", "decode"):
        result = cli("jwt", verb, "-", stdin=text)
        assert (result.code, "looks like a refresh token" in result.err) == (3, True)
    assert json.loads(cli("inspect", stdin=text).out)["kind"] == "refresh token"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--count", "2"], "--refresh keeps one token"),
        (["--lines"], "--refresh keeps one token"),
        (["--explain", "curl"], "--explain cannot"),
        (["--dry-run"], "--dry-run changes nothing"),
        (["--jti", "1"], "--jti is one token's"),
        (["--nbf", "1h"], "--nbf is one token's"),
        (["jti=1"], "get a jti of their own"),
        (["family=x"], "get a family of their own"),
        (["--no-exp"], "ends, and later than now"),
        (["--exp", "-5m"], "ends, and later than now"),
        (["--exp", "20d"], "lives shorter than"),
        (["--idle", "1m"], "lives shorter than"),
        (["--format", "header"], "two tokens are printed"),
        (["--copy"], "two tokens are printed"),
        (["--field", "nosuch"], "no field 'nosuch'"),
        (["--aud", "a b"], "a word without blanks"),
    ],
)
def test_what_cannot_be_refreshed_is_refused_before_anything_is_kept(
    cli: Cli, words: list[str], said: str
) -> None:
    result = cli("jwt", "mint", "--refresh", *words)
    assert (result.code, result.out) == (2, ""), str(result)
    assert said in result.err
    assert not (cli.home / ".local/share/authcli/authcli.db").exists() or living(cli) == []


def test_lives_of_refresh_tokens_need_one(cli: Cli) -> None:
    for flag in ("--idle", "--absolute"):
        result = cli("jwt", "mint", flag, "1d")
        assert (result.code, "hint: add --refresh" in result.err) == (2, True)


def test_what_cannot_be_shown_does_not_live(cli: Cli) -> None:
    """A full disk, a reader who left, a file that is there: no family is left that nobody holds."""
    managed(cli)
    (cli.home / "there").write_text("x")
    assert cli("jwt", "mint", "--refresh", "-o", "there").code == 8
    assert living(cli) == []
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            cli.command("jwt", "mint", "--refresh"),
            stdout=full,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=cli.environment(),
            cwd=cli.home,
        )
    assert done.returncode == 1
    assert b"was revoked: what cannot be shown must not live" in done.stderr
    assert living(cli) == []
    line = " ".join(cli.command("jwt", "mint", "--refresh")) + " >&-"
    done = subprocess.run(
        line, shell=True, env=cli.environment(), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert (done.returncode, b"stdout is closed" in done.stderr) == (1, True)
    with opened(cli) as store:
        row = store.database.row("SELECT count(*), count(revoked_at) FROM token_families")
        assert row is not None
        assert tuple(row) == (1, 1)


def test_an_exchange_that_cannot_be_shown_uses_nothing_up(cli: Cli) -> None:
    managed(cli)
    text = signed_in(cli)["refresh_token"]
    (cli.home / "there").write_text("x")
    for words in (["-o", "there"], ["--field", "nosuch"], ["--alg", "RS256"], ["-k", "gone.pem"]):
        result = cli("jwt", "refresh", *words, stdin=text)
        assert (result.code in (2, 7, 8), result.out) == (True, ""), str(result)
    assert exchanged(cli, text)["repeated"] is False


def test_a_reader_who_left_may_ask_again(cli: Cli) -> None:
    managed(cli)
    text = signed_in(cli)["refresh_token"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        cli.command("jwt", "refresh"),
        input=text.encode(),
        stdout=writer,
        stderr=subprocess.PIPE,
        env=cli.environment(),
        cwd=cli.home,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")
    assert exchanged(cli, text)["repeated"] is True


def test_a_token_that_lives_longer_than_its_new_key_allows_is_shortened(cli: Cli) -> None:
    """Nobody is sent back to the sign-in because a key's times were changed."""
    managed(cli)
    text = signed_in(cli, "--exp", "20h")["refresh_token"]
    cli.ok("key", "generate", "ES384", "-o", "key.pem")
    with opened(cli) as store:
        init(store.signing_keys, "EdDSA", times=Times(max_token_ms=HOUR), at_ms=MADE)
    result = cli("jwt", "refresh", "--json", "--alg", "EdDSA", stdin=text)
    payload = json.loads(result.out)["payload"]
    assert payload["exp"] - payload["iat"] == 3600
    assert "the token lives for 1 h, as its key allows no longer" in result.err


def test_refresh_and_record_keep_each_access_token(cli: Cli) -> None:
    managed(cli)
    first = signed_in(cli, "--record")
    after = exchanged(cli, first["refresh_token"], "--record")
    listed = json.loads(cli.ok("jwt", "issued", "--json"))["items"]
    assert {item["jti"] for item in listed} == {
        first["payload"]["jti"],
        after["payload"]["jti"],
    }
    assert {item["family"] for item in listed} == {first["family"]}


def test_without_a_store_there_is_nothing_to_refresh(cli: Cli) -> None:
    from authcli.revocation.refresh_text import new_text

    result = cli("jwt", "refresh", stdin=new_text())
    assert (result.code, result.out) == (9, "")
    assert not (cli.home / ".config").exists()
    assert cli("jwt", "refresh").code == 2
    assert cli("jwt", "refresh", stdin="").code == 2


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_no_signal_leaves_a_family_that_nobody_holds(cli: Cli) -> None:
    """Ctrl-C at any moment: either the tokens were printed, or the family is revoked."""
    managed(cli)
    shown = 0
    for milliseconds in (60, 120, 160, 200, 260):
        process = subprocess.Popen(
            cli.command("jwt", "mint", "--refresh"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env=cli.environment(),
            cwd=cli.home,
        )
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        shown += out.count(b"rt_")
    assert len(living(cli)) <= shown
