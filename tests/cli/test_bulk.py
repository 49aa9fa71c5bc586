"""`--lines` and `--count`: every line once and in order, a bad one by its number, one exit code."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pexpect
import pytest

from tests.cli.harness import Cli, Result

AT = ("--now", "2026-12-01T09:00Z")
LATER = ("--now", "2026-12-01T09:05Z")


@pytest.fixture
def home(cli: Cli, keyring_folder: Path) -> Cli:
    """A home with keys."""
    for name in ("ES256.pem", "ES256.pub", "HS256.jwk"):
        (cli.home / name).write_bytes((keyring_folder / name).read_bytes())
        (cli.home / name).chmod(0o600)
    return cli


def minted(cli: Cli, *flags: str) -> str:
    return cli.ok("jwt", "mint", "-k", "HS256.jwk", *AT, *flags, "-q")


def verify(cli: Cli, lines: str | bytes, *flags: str) -> Result:
    return cli("jwt", "verify", "--lines", "-k", "HS256.jwk", *LATER, "-q", *flags, stdin=lines)


def test_count_mints_so_many_tokens_each_with_its_own_jti(home: Cli) -> None:
    result = home("jwt", "mint", "--sub", "load", "--count", "1200", "-k", "HS256.jwk", *AT, "-q")
    assert (result.code, result.err) == (0, "")
    tokens = result.out.splitlines()
    assert len(tokens) == len(set(tokens)) == 1200
    payloads = [json.loads(line) for line in verify(home, result.out).out.splitlines()]
    assert len({payload["jti"] for payload in payloads}) == 1200
    assert {payload["sub"] for payload in payloads} == {"load"}


def test_claims_come_a_line_each_and_flags_stand_over_them(home: Cli) -> None:
    lines = '{"sub":"a","roles":["x"],"x":{"y":1}}\n{"sub":"b"}\r\n{"exp":1796116000}'
    given = ("--iss", "me", "--no-iat", "--jti", "none", "x.z=2", "-c", "roles[]=dev")
    result = home("jwt", "mint", "--lines", "-k", "HS256.jwk", *AT, "-q", *given, stdin=lines)
    assert result.code == 0, str(result)
    assert verify(home, result.out).out == (
        '{"iss":"me","sub":"a","roles":["x","dev"],"x":{"y":1,"z":"2"},"exp":1796116500}\n'
        '{"iss":"me","sub":"b","x":{"z":"2"},"roles":["dev"],"exp":1796116500}\n'
        '{"iss":"me","exp":1796116000,"x":{"z":"2"},"roles":["dev"]}\n'
    )


def test_bad_claims_lines_are_reported_by_number_and_the_others_are_minted(home: Cli) -> None:
    lines = '{"sub":"a"}\n[1]\n{"sub":1}\n\n{"sub":"b","sub":"c"}\n{"sub":"d"}\n'
    result = home("jwt", "mint", "--lines", "-", "-k", "HS256.jwk", *AT, stdin=lines)
    assert result.code == 2
    assert [json.loads(line)["sub"] for line in verify(home, result.out).out.splitlines()] == [
        "a",
        "d",
    ]
    assert result.err == (
        "warning: the clock is set to 2026-12-01T09:00:00Z\n"
        "error: line 2: the claims object is not a JSON object\n"
        "error: line 3: sub is a number, not a string\n"
        "error: line 4: the claims object is not JSON: expecting value at character 1\n"
        "error: line 5: the claims object has the member 'sub' twice\n"
        "error: 4 unusable of 6 lines\n"
    )


def test_verify_transcript(home: Cli) -> None:
    """Bearer labels, CRLF and a missing last line break are as good as without."""
    good, expired = minted(home, "--sub", "alice", "--jti", "none"), minted(home, "--exp", "1m")
    lines = f"{good}\nBearer {good}\r\n{expired}\n\n{good[:-4]}AAAA\n{good}"
    result = home("jwt", "verify", "--lines", "-k", "HS256.jwk", *LATER, stdin=lines)
    payload = '{"sub":"alice","iat":1796115600,"exp":1796116500}\n'
    assert str(result) == (
        f"exit: 3\n--- stdout\n{payload * 3}--- stderr\n"
        "warning: the clock is set to 2026-12-01T09:05:00Z\n"
        "error: line 3: the token expired 4 min ago (2026-12-01T09:01:00Z)\n"
        "error: line 4: the token is empty\n"
        "error: line 5: the signature does not match the key\n"
        "error: 1 expired, 2 rejected of 6 lines\n"
    )


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        (["good"], 0),
        (["good", "expired"], 4),
        (["denied", "expired"], 4),
        (["denied", "good"], 6),
        (["expired", "denied", "forged"], 3),
    ],
)
def test_the_exit_code_is_the_first_of_3_5_4_6_over_all_lines(
    home: Cli, kinds: list[str], code: int
) -> None:
    tokens = {
        "good": minted(home, "--aud", "api"),
        "denied": minted(home, "--aud", "web"),
        "expired": minted(home, "--aud", "api", "--exp", "1m"),
        "forged": minted(home, "--aud", "api")[:-4] + "AAAA",
    }
    result = verify(home, "".join(f"{tokens[kind]}\n" for kind in kinds), "--aud", "api")
    assert result.code == code
    assert len(result.out.splitlines()) == kinds.count("good")


def test_json_lines_hold_a_verdict_for_every_line(home: Cli) -> None:
    good, bad = minted(home, "--sub", "alice"), "nonsense"
    result = verify(home, f"{good}\n{bad}\n{good}\n", "--jsonl")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(r["line"], r["valid"], r["code"]) for r in rows] == [
        (1, True, None),
        (2, False, "token.malformed"),
        (3, True, None),
    ]
    assert rows[0]["payload"]["sub"] == "alice"
    assert "payload" not in rows[1]
    assert rows[1]["checks"][0]["status"] == "fail"
    said = [json.loads(line)["error"] for line in result.err.splitlines() if "error" in line]
    assert [(error.get("line"), error["code"], error["exit"]) for error in said] == [
        (2, "token.malformed", 3),
        (None, "lines.failed", 3),
    ]


def test_json_is_one_object_around_all_lines(home: Cli) -> None:
    good = minted(home)
    document = json.loads(verify(home, f"{good}\nx\n" + f"{good}\n" * 800, "--json").out)
    assert document["schema"] == "authcli/jwt.verify/1"
    assert document["clock"] == "overridden"
    assert [item["line"] for item in document["items"]] == [*range(1, 803)]
    assert document["counts"] == {"ok": 801, "rejected": 1}


def test_json_of_bad_lines_alone_is_whole(home: Cli) -> None:
    document = json.loads(home("jwt", "mint", "--lines", "--json", stdin="[]\n").out)
    fault = {"code": "encoding.invalid", "message": "the claims object is not a JSON object"}
    assert document["items"] == [{"line": 1, **fault, "exit": 2}]
    assert document["counts"] == {"unusable": 1}


def test_fields_are_a_row_a_line_and_an_unknown_one_is_said_before_any(home: Cli) -> None:
    good = minted(home, "--sub", "alice")
    lines = f"{good}\nx\n"
    result = verify(home, lines, "--field", "line", "--field", "code", "--field", "payload.sub")
    assert result.out == "1\t\talice\n2\ttoken.malformed\t\n"
    unknown = verify(home, lines, "--field", "nope")
    assert (unknown.code, unknown.out) == (2, "")
    assert "no field 'nope' here; fields: line, code, message, exit, valid" in unknown.err


def test_decode_reads_every_line_and_believes_none(home: Cli) -> None:
    token = minted(home, "--sub", "alice", "--jti", "none", "--exp", "1m")
    result = home("jwt", "decode", "--lines", *LATER, stdin=f"{token}\nx.y\n")
    assert str(result) == (
        'exit: 3\n--- stdout\n{"sub":"alice","exp":1796115660,"iat":1796115600}\n--- stderr\n'
        "warning: the clock is set to 2026-12-01T09:05:00Z\n"
        "warning: NOT VERIFIED: anyone can write these; "
        "verify them with: authcli jwt verify --lines\n"
        "error: line 2: the token has 2 parts; a signed one has 3\n"
        "error: 1 rejected of 2 lines\n"
    )


def test_too_little_time_left_is_due(home: Cli) -> None:
    long, short = minted(home), minted(home, "--exp", "6m")
    for verb in (("verify", "-k", "HS256.jwk"), ("decode",)):
        result = home(
            "jwt", *verb, "--lines", *LATER, "-q", "--min-ttl", "5m", stdin=f"{long}\n{short}\n"
        )
        assert result.code == 10
        assert len(result.out.splitlines()) == 2
        assert "line 2: 60 s are left of 300 s asked for" in result.err


def test_fail_fast_writes_nothing_after_the_first_bad_line(home: Cli) -> None:
    good = minted(home)
    lines = f"{good}\n" * 3000 + "x\n" + f"{good}\n" * 3000
    for jobs in ("1", "3"):
        result = verify(home, lines, "--fail-fast", "--jobs", jobs)
        assert result.code == 3
        assert len(result.out.splitlines()) == 3000
        assert result.err.startswith("error: line 3001: ")
        assert result.err.endswith("error: 1 rejected of 3001 lines\n")


def test_the_number_of_processes_changes_nothing(home: Cli) -> None:
    tokens = [minted(home, "--count", "700"), minted(home, "--exp", "1m"), "", "Ünïcode"]
    lines = "\n".join(tokens * 6)
    results = {str(verify(home, lines, "--jobs", jobs)) for jobs in ("1", "2", "7")}
    assert len(results) == 1


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        (("verify", "--lines"), "", "stdin is empty; the tokens were to come from it"),
        (("decode", "--lines"), "", "stdin is empty; the tokens were to come from it"),
        (("mint", "--lines"), "", "stdin is empty; the claims were to come from it"),
        (("verify", "--lines", "a.b.c"), None, "--lines reads tokens from @FILE, from - or"),
        (("verify", "--lines", "@none"), None, "cannot read the tokens from none: no such file"),
        (("verify", "--lines", "@."), None, ". is a folder, not a file"),
        (("verify", "a.b.c", "--jobs", "2"), None, "--jobs is for many items"),
        (("decode", "a.b.c", "--fail-fast"), None, "--fail-fast is for many items"),
        (("verify", "--lines", "--jobs", "0"), "x", "--jobs 0 is not between 1 and 256"),
        (("mint", "--count", "0"), None, "--count 0 is not between 1 and 1000000000"),
        (("mint", "--count", "2", "--lines"), "{}", "--lines mints a token a line, and --count"),
        (("mint", "--count", "2", "--copy"), None, "--copy is for one item, not for many"),
        (("mint", "--count", "2", "--format", "curl"), None, "--format is for one item"),
        (("mint", "--lines", "--dry-run"), "{}", "--dry-run is for one item, not for many"),
        (("mint", "--lines", "--explain", "curl"), "{}", "--explain is for one item"),
        (("mint", "--count", "5", "--explain", "curl"), None, "--explain is for one item"),
        (("mint", "--count", "5", "--var", "X"), None, "--var is for one item"),
        (("mint", "--count", "5", "--fail-fast"), None, "--fail-fast is for --lines"),
        (("mint", "--jobs", "5"), None, "hint: add --lines or --count N"),
        (("mint", "--count", "9999", "x=@long"), None, "bytes long, over the limit"),
        (("verify", "--lines", "--time", "utc"), "x", "--time is for one item"),
        (("decode", "--lines", "--time", "utc"), "x", "--time is for one item"),
        (("mint", "--lines", "-", "@x"), "{}", "--lines reads claims from one place"),
    ],
)
def test_what_cannot_be_is_a_usage_error(
    home: Cli, words: tuple[str, ...], stdin: str | None, message: str
) -> None:
    (home.home / "long").write_text("y" * 300_000)
    result = home("jwt", *words, *(() if "-k" in words else ("-k", "HS256.jwk")), stdin=stdin)
    if words[0] == "decode":
        result = home("jwt", *words, stdin=stdin)
    assert (result.code, result.out) == (2, ""), str(result)
    assert message in result.err


def test_stdin_gives_the_key_or_the_lines_and_not_both(home: Cli) -> None:
    key = (home.home / "HS256.jwk").read_bytes()
    result = home("jwt", "mint", "--lines", "-", "-k", "-", stdin=key)
    assert (result.code, result.out) == (2, "")
    assert "stdin already gives the signing key; it cannot give the claims too" in result.err


def test_tokens_that_all_say_the_same_draw_a_warning(home: Cli) -> None:
    result = home("jwt", "mint", "--count", "2", "--jti", "none", "-k", "HS256.jwk", *AT)
    first, second = result.out.splitlines()
    assert first == second
    assert "warning: without a jti of their own these tokens all say the same\n" in result.err


def test_what_a_person_must_know_of_lines_is_said_once_with_their_number(home: Cli) -> None:
    meant_for_others = "the token is for the audience 'web', and none was asked for (--aud)"
    endless, meant = minted(home, "--exp", "never"), minted(home, "--aud", "web")
    lines = f"{endless}\n" * 700 + f"{meant}\n{minted(home)}\n" * 2
    for flags in ((), ("--jobs", "1")):
        result = home("jwt", "verify", "--lines", "-k", "HS256.jwk", *LATER, *flags, stdin=lines)
        assert (result.code, len(result.out.splitlines())) == (0, 704)
        assert result.err.splitlines()[1:] == [
            "warning: the token has no exp: it never expires (700 of 704 lines)",
            f"warning: {meant_for_others} (2 of 704 lines)",
        ]


def test_warnings_that_all_differ_fill_no_memory(home: Cli) -> None:
    lines = "".join(f'{{"aud":"a{n}"}}\n' for n in range(200))
    tokens = home("jwt", "mint", "--lines", "-k", "HS256.jwk", *AT, "-q", stdin=lines).out
    said = home("jwt", "verify", "--lines", "-k", "HS256.jwk", *LATER, stdin=tokens).err
    assert said.count("warning: ") == 12
    assert "warning: other warnings (190 of 200 lines)" in said


def test_tokens_that_are_born_expired_draw_a_warning(home: Cli) -> None:
    lines = '{"exp":1}\n{}\n{"exp":1}\n'
    said = home("jwt", "mint", "--lines", "-k", "HS256.jwk", *AT, stdin=lines).err
    assert "born expired: exp is 1970-01-01T00:00:01Z (2 of 3 lines)\n" in said


def test_one_id_for_all_and_no_end_draw_warnings(home: Cli) -> None:
    flags = ("--jti", "x", "--exp", "never", "-k", "HS256.jwk", *AT)
    said = home("jwt", "mint", "--lines", *flags, stdin="{}\n{}\n").err
    assert "warning: --jti gives every token the same id\n" in said
    assert "never expires, and whoever verifies it can forge it (2 of 2 lines)\n" in said
    assert "never expires" in home("jwt", "mint", "--count", "2", *flags).err


@pytest.mark.parametrize("ending", [" ", "\t", '"', "' ", "\r", " \r"])
def test_a_line_may_end_as_a_single_token_may(home: Cli, ending: str) -> None:
    token = minted(home)
    result = verify(home, f"{token}{ending}\n{token}")
    assert (result.code, len(result.out.splitlines())) == (0, 2), str(result)


def test_a_claim_ends_no_row_and_no_cell(home: Cli) -> None:
    lines = '{"sub":"a\\n2\\tadmin\\r"}\n{"sub":"b"}\n'
    tokens = home("jwt", "mint", "--lines", "-k", "HS256.jwk", *AT, "-q", stdin=lines).out
    for verb in (("verify", "-k", "HS256.jwk"), ("decode",)):
        fields = ("--field", "line", "--field", "payload.sub")
        shown = home("jwt", *verb, "--lines", *LATER, "-q", *fields, stdin=tokens).out
        assert shown == "1\ta\\n2\\tadmin\\r\n2\tb\n"


@pytest.mark.parametrize("unbuffered", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_reader_that_is_slow_gets_every_line(home: Cli, unbuffered: dict[str, str]) -> None:
    """Through a pipe that does not block, too, and whatever Python does with its buffers."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    process = subprocess.Popen(
        home.command("jwt", "mint", "--count", "5000", "-k", "HS256.jwk"),
        stdout=writing,
        env=home.environment(unbuffered),
        cwd=home.home,
    )
    os.close(writing)
    time.sleep(1)
    with os.fdopen(reading) as shown:
        lines = shown.read().splitlines()
    assert process.wait(timeout=10) == 0
    assert len(lines) == len(set(lines)) == 5000


@pytest.mark.parametrize("flags", [(), ("-o", "out")])
def test_a_full_disk_is_an_error_whatever_python_does_with_its_buffers(
    home: Cli, flags: tuple[str, ...]
) -> None:
    with (home.home / "all").open("wb") as out:
        done = subprocess.run(
            home.command("jwt", "mint", "--count", "2000", "-k", "HS256.jwk", *flags),
            stdout=out,
            stderr=subprocess.PIPE,
            env=home.environment({"PYTHONUNBUFFERED": "1"}),
            cwd=home.home,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        )
    assert done.returncode == 1
    assert b"file too large" in done.stderr


def test_where_no_process_can_be_made_the_work_is_done_all_the_same(home: Cli) -> None:
    """Each worker takes two descriptors of its parent: with few of them there are few workers."""
    for limit in (9, 16):
        done = subprocess.run(
            home.command("jwt", "mint", "--count", "3000", "-k", "HS256.jwk", "--jobs", "50"),
            capture_output=True,
            env=home.environment(),
            cwd=home.home,
            preexec_fn=lambda limit=limit: resource.setrlimit(
                resource.RLIMIT_NOFILE, (limit, limit)
            ),
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert len(set(done.stdout.splitlines())) == 3000


def test_a_pipe_that_nobody_writes_to_is_an_error_soon(home: Cli) -> None:
    os.mkfifo(home.home / "pipe")
    result = home("jwt", "verify", "--lines", "@pipe", "-k", "HS256.jwk")
    assert (result.code, result.out) == (2, "")
    assert result.err == "error: pipe is a pipe that nobody writes to\n"


def test_a_pipe_whose_writer_takes_his_time_is_waited_for(home: Cli) -> None:
    token = minted(home)
    (home.home / "t").write_text(f"{token}\n{token}")
    os.mkfifo(home.home / "pipe")
    writer = subprocess.Popen(["sh", "-c", "(sleep 3; cat t) > pipe"], cwd=home.home)
    result = home("jwt", "verify", "--lines", "@pipe", "-k", "HS256.jwk", *LATER, "-q")
    assert (writer.wait(), result.code, len(result.out.splitlines())) == (0, 0, 2)


def test_a_line_without_an_end_ends_the_command(home: Cli) -> None:
    result = home("jwt", "verify", "--lines", "@/dev/zero", "-k", "HS256.jwk")
    assert (result.code, result.out) == (2, "")
    assert "line 1 of /dev/zero has no end" in result.err


def test_what_is_read_is_not_what_is_written(home: Cli) -> None:
    (home.home / "tokens").write_text("x\n")
    with (home.home / "tokens").open("ab") as out:
        done = subprocess.run(
            home.command("jwt", "verify", "--lines", "--jsonl", "@tokens", "-k", "HS256.jwk"),
            stdout=out,
            stderr=subprocess.PIPE,
            env=home.environment(),
            cwd=home.home,
        )
    assert done.returncode == 2
    assert b"the output goes to the file that is read" in done.stderr
    assert (home.home / "tokens").read_text() == "x\n"


def test_a_file_that_exists_is_refused_before_any_work(home: Cli) -> None:
    (home.home / "out").write_text("mine")
    done = home.raw("jwt", "verify", "--lines", "-k", "HS256.jwk", "-o", "out", stdin=b"x\n" * 9)
    assert done.returncode == 8
    assert b"line 1" not in done.stderr
    assert (home.home / "out").read_text() == "mine"


def test_a_file_of_results_is_whole_or_not_there(home: Cli) -> None:
    assert home("jwt", "mint", "--count", "2000", "-k", "HS256.jwk", "-o", "tokens.txt").code == 0
    file = home.home / "tokens.txt"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().splitlines()) == 2000
    again = home("jwt", "mint", "--count", "2000", "-k", "HS256.jwk", "-o", "tokens.txt")
    assert again.code == 8
    full = subprocess.run(
        home.command("jwt", "mint", "--count", "9000", "-k", "HS256.jwk", "-o", "more.txt"),
        env=home.environment(),
        cwd=home.home,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        timeout=60,
    )
    assert full.returncode == 1, full.stderr
    assert full.stderr.startswith("error: cannot write more.txt: file too large")
    assert sorted(p.name for p in home.home.iterdir() if "more" in p.name) == []


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the worker processes of a command, once it has some."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if found := path.read_text().split():
            return [int(pid) for pid in found]
        time.sleep(0.01)
    raise AssertionError("no worker started")


def test_a_killed_worker_is_one_clear_error_and_no_line_is_lost_or_doubled(home: Cli) -> None:
    tokens = minted(home, "--count", "20000").splitlines()
    (home.home / "tokens.txt").write_text("\n".join(tokens))
    expected = home.ok("jwt", "decode", "--lines", "@tokens.txt", "-q").splitlines()
    with (home.home / "out").open("wb") as out, (home.home / "err").open("wb") as err:
        process = subprocess.Popen(
            home.command("jwt", "verify", "--lines", "-", "-k", "HS256.jwk", *AT, "--jobs", "3"),
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            env=home.environment(),
            cwd=home.home,
        )
        assert process.stdin is not None
        half = "\n".join(tokens[:9000]) + "\n"
        os.write(process.stdin.fileno(), half.encode())
        os.kill(workers_of(process)[1], signal.SIGKILL)
        with suppress(BrokenPipeError):
            os.write(process.stdin.fileno(), "\n".join(tokens[9000:]).encode())
        process.stdin.close()
        assert process.wait(timeout=30) == 1
    said = (home.home / "err").read_text().partition("error: ")[2]
    assert said.startswith("a worker process ended (signal 9) over items ")
    found = (home.home / "out").read_text().splitlines()
    assert found == expected[: len(found)]
    first_lost = int(said.partition("over items ")[2].split()[0])
    assert len(found) == first_lost - 1


def test_a_reader_that_goes_away_ends_all_workers_at_once(home: Cli) -> None:
    process = subprocess.Popen(
        home.command("jwt", "mint", "--count", "900000000", "-k", "HS256.jwk", "--jobs", "3"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=home.environment(),
        cwd=home.home,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        assert process.stdout.readline().startswith(b"ey")
        workers = workers_of(process)
        assert len(workers) == 3
        process.stdout.close()
        assert process.wait(timeout=20) == 141
        assert process.stderr.read() == b""
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_interrupting_ends_quietly_and_a_bar_goes_with_it(home: Cli) -> None:
    """On a terminal there is a bar on stderr, and Ctrl-C reaches parent and workers alike."""
    words = " ".join(home.command("jwt", "mint", "--count", "900000000", "-k", "HS256.jwk"))
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f"exec {words} > tokens.txt"],
        env={**home.environment(), "TERM": "xterm"},
        cwd=str(home.home),
        dimensions=(24, 90),
        timeout=20,
    )
    child.expect(rb"\d\d,\d\d\d")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert b"Traceback" not in child.before


def test_no_bar_where_stderr_is_no_terminal(home: Cli) -> None:
    result = home("jwt", "mint", "--count", "300000", "-k", "HS256.jwk")
    assert (result.code, result.err) == (0, "")


def test_memory_stays_constant(home: Cli) -> None:
    """A hundred thousand tokens cost no more memory than a hundred, within some megabytes."""

    def peak(*words: str) -> int:
        # In a process between, because a child's peak begins with its parent's size.
        between = (
            "import resource, subprocess, sys\n"
            "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        )
        command = home.command("jwt", *words, "-k", "HS256.jwk", "--jobs", "2")
        return int(
            subprocess.check_output(
                [sys.executable, "-c", between, *command], env=home.environment(), cwd=home.home
            )
        )

    few = peak("mint", "--count", "100")
    assert peak("mint", "--count", "100000") < few + 15_000
    tokens = minted(home, "--count", "100000")
    assert len(tokens) > 25_000_000
    (home.home / "tokens.txt").write_text(tokens)
    assert peak("verify", "--lines", "@tokens.txt", *LATER, "-q") < few + 15_000


def test_one_worker_that_stands_still_does_not_pile_up_the_work_of_the_others(home: Cli) -> None:
    process = subprocess.Popen(
        home.command("jwt", "mint", "--count", "900000000", "-k", "HS256.jwk", "--jobs", "2"),
        stdout=subprocess.DEVNULL,
        env=home.environment(),
        cwd=home.home,
    )
    workers = workers_of(process)
    os.kill(workers[0], signal.SIGSTOP)
    time.sleep(0.5)
    before = resident_kib(process.pid)
    time.sleep(1)
    after = resident_kib(process.pid)
    process.terminate()
    assert process.wait(timeout=10) == 143
    assert after < before + 8000
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
