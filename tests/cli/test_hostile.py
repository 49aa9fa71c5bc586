# ruff: noqa: E501 - tables of bad input are read by their columns
"""Bad input to the real process: every end is an exit code of the contract and one clear message.

The properties are derandomised, so that a run that passed passes again.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.harness import Cli
from tests.requirements import require

#: What bad input may end in; 1 is "a bug, a full disk" and 9, 130 and 141 need a cause of theirs.
CALM = {0, 2, 3, 4, 6, 7, 8, 10}
SECONDS, MEGABYTES = 3, 300
#: A busy machine runs slower; the limit of the promise is for an idle one.
PATIENCE = 4

MEASURE = """
import json, resource, subprocess, sys, time
start = time.monotonic()
done = subprocess.run(sys.argv[2:], stdin=open(sys.argv[1], "rb"), capture_output=True, timeout=60)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime
print(json.dumps([done.returncode, done.stdout.decode(), done.stderr.decode(), cpu, used.ru_maxrss]))
"""


def judge(done: subprocess.CompletedProcess[bytes], *, refusal_prints: bool = False) -> None:
    """Fail unless the process ended as the contract says, whatever it was given."""
    out, err = done.stdout.decode(), done.stderr.decode()
    story = f"exit {done.returncode}\n{out[:500]}\n{err[-1500:]}"
    assert done.returncode in CALM, story
    assert "Traceback" not in err, story
    assert "bug in authcli" not in err, story
    assert "panicked" not in err, story
    assert "Warning:" not in err, story
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == (done.returncode != 0), story
    if done.returncode and not refusal_prints:
        assert out == "", story


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, keyring_folder: Path) -> Cli:
    """The command in a home that holds keys; the module's properties share it."""
    home = tmp_path_factory.mktemp("shop")
    for file in keyring_folder.iterdir():
        if file.is_file():
            (home / file.name).write_bytes(file.read_bytes())
    return Cli(home)


@pytest.fixture(scope="module")
def token(shop: Cli) -> str:
    return shop.ok("jwt", "mint", "--sub", "alice", "-c", "n:=1", "-k", "ES256.pem", "-e", "9y")


examples = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


Mutation = tuple[str, int, bytes]
mutations = st.lists(
    st.tuples(
        st.sampled_from(["flip", "drop", "insert", "cut", "double"]),
        st.integers(0, 10_000),
        st.sampled_from([b"=", b".", b"\x00", b"\xff", b'"', b"\n", b"{", b"A", b"\\n", b"-----"]),
    ),
    min_size=1,
    max_size=4,
)


def mutated(data: bytes, steps: list[Mutation]) -> bytes:
    for kind, place, new in steps:
        at = place % max(len(data), 1)
        if kind == "flip":
            data = (
                data[:at] + bytes([data[at] ^ (1 << place % 8)]) + data[at + 1 :] if data else b""
            )
        elif kind == "drop":
            data = data[:at] + data[at + 1 + place % 7 :]
        elif kind == "insert":
            data = data[:at] + new + data[at:]
        elif kind == "cut":
            data = data[: at + 1]
        else:
            data = data[:at] + data[at : at + 60] + data[at:]
    return data


@settings(examples, max_examples=40)
@given(steps=mutations, verb=st.sampled_from(["decode", "inspect", "verify"]))
def test_a_mutated_token_is_read_or_refused(
    shop: Cli, token: str, steps: list[Mutation], verb: str
) -> None:
    more = ["-k", "ES256.pub"] if verb == "verify" else []
    data = mutated(token.encode(), steps)
    done = shop.raw("jwt", verb, "-", *more, stdin=data)
    judge(done)
    if verb == "verify" and data.strip() != token.encode() and done.returncode == 0:
        assert data.strip(b" \t\r\n\v\f\"'`").decode() == token, "a changed token verified"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**53 + 1, 1e308, -0.0, 10**11])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=[]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = ("exp", "iat", "nbf", "aud", "iss", "sub", "jti", "scope", "auth_time", "cnf", "x")


@settings(examples, max_examples=50)
@given(
    header=st.dictionaries(
        st.sampled_from(["kid", "typ", "crit", "jwk", "b64", "x5c"]), json_values, max_size=2
    ),
    claims=st.dictionaries(st.sampled_from(NAMES), json_values, max_size=4),
    command=st.sampled_from(
        [
            ("jwt", "decode"),
            ("jwt", "decode", "--min-ttl", "60s"),
            ("jwt", "inspect"),
            ("inspect",),
            ("jwt", "verify", "-k", "ES256.pub", "--aud", "x", "--scope", "read"),
        ]
    ),
)
def test_any_claims_of_any_type_are_read_or_refused(
    shop: Cli, header: dict[str, object], claims: dict[str, object], command: tuple[str, ...]
) -> None:
    parts = [json.dumps({"alg": "ES256", **header}), json.dumps(claims)]
    text = ".".join([*(b64(part.encode()) for part in parts), b64(b"x" * 64)])
    judge(shop.raw(*command, stdin=text.encode()))


@settings(examples, max_examples=40)
@given(
    name=st.sampled_from(
        [
            "ES256.pem",
            "ES256.pub",
            "RS256.pem",
            "RS256.pub",
            "Ed25519.pem",
            "HS256.jwk",
            "ML-DSA-44.jwk",
        ]
    ),
    format=st.sampled_from(["pem", "jwk", "der", "openssh", "jwks"]),
    steps=mutations,
    command=st.sampled_from(
        [("key", "inspect"), ("key", "public"), ("key", "thumbprint"), ("inspect",)]
    ),
)
def test_a_mutated_key_is_read_or_refused(
    shop: Cli, name: str, format: str, steps: list[Mutation], command: tuple[str, ...]
) -> None:
    made = shop.home / f"{name}.{format}"
    if not made.exists():
        written = shop.raw("key", "convert", name, "--format", format)
        made.write_bytes(written.stdout or (shop.home / name).read_bytes())
    judge(shop.raw(*command, "-", stdin=mutated(made.read_bytes(), steps)))


MEMBERS = (
    "kty",
    "crv",
    "x",
    "y",
    "d",
    "n",
    "e",
    "p",
    "q",
    "dp",
    "k",
    "alg",
    "use",
    "key_ops",
    "kid",
    "oth",
    "x5c",
)


@settings(examples, max_examples=40)
@given(
    name=st.sampled_from(["ES256.pem", "RS256.pem", "Ed25519.pem", "HS256.jwk", "ML-DSA-44.jwk"]),
    changes=st.dictionaries(st.sampled_from(MEMBERS), json_values | st.just("AQAB"), max_size=3),
    dropped=st.sets(st.sampled_from(MEMBERS), max_size=2),
    in_set=st.booleans(),
)
def test_a_jwk_with_wrong_members_is_read_or_refused(
    shop: Cli, name: str, changes: dict[str, object], dropped: set[str], in_set: bool
) -> None:
    made = shop.home / f"{name}.member.jwk"
    if not made.exists():
        made.write_bytes(shop.raw("key", "convert", name, "--to", "jwk").stdout)
    jwk = {**json.loads(made.read_bytes()), **changes}
    jwk = {member: value for member, value in jwk.items() if member not in dropped}
    data = json.dumps({"keys": [jwk]} if in_set else jwk).encode()
    judge(shop.raw("key", "lint", "-", stdin=data), refusal_prints=True)


#: Arguments reach a process as bytes: not valid UTF-8, but never a NUL.
words = st.binary(max_size=12).map(lambda word: word.replace(b"\0", b"") or b"-")
nasty_words = words | st.sampled_from(
    ["--json", "-jq", "--", "-o", ".", "/", "dir/", "--field", ".", "a..b", "--now", "-1", "99999999999999",
     "--leeway", "nan", "--exp", "1e9", "\uff11\uff15m", "--color", "@", "@/", "env:", "fd:1", "cmd:'", "a=", "=",
     "{", "\u202e", "-----BEGIN", "--json=x", "--aud", "", "--force", "-n", "-k", "ES256.pem", "literal:x"]
).map(os.fsencode)  # fmt: skip


@settings(examples, max_examples=60)
@given(
    command=st.sampled_from(
        [("jwt", "mint"), ("jwt", "decode"), ("jwt", "verify"), ("key", "inspect"), ("key", "generate"),
         ("key", "convert"), ("key", "secret"), ("config", "show"), ("help",), ("completion",), ("inspect",), ()]
    ),
    arguments=st.lists(nasty_words, min_size=1, max_size=5),
)  # fmt: skip
def test_any_arguments_end_in_a_code_of_the_contract(
    shop: Cli,
    command: tuple[str, ...],
    arguments: list[bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("arguments")  # -o may make files
    done = subprocess.run(
        [*shop.command(*command), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=shop.environment(),
        cwd=folder,
        timeout=60,
    )
    asked_json = any(word.startswith(b"-j") or word == b"--json" for word in arguments)
    if asked_json:  # errors are JSON then, or text where the line was not understood that far
        assert done.returncode in CALM | {9}, done.stderr
        assert b"Traceback" not in done.stderr, done.stderr
        assert b"bug in authcli" not in done.stderr, done.stderr
    elif done.returncode != 9:
        judge(done, refusal_prints=True)
    assert not list(folder.glob("**/*.tmp"))


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def deep_der(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        size = len(data)
        long = size.to_bytes(3, "big")
        data = b"\x30" + (bytes([size]) if size < 128 else b"\x83" + long) + data
    return data


MIB = 1 << 20
HEADER = b64(b'{"alg":"ES256"}').encode()
PEM = b"-----BEGIN PRIVATE KEY-----"
BOMBS: dict[str, Callable[[], bytes]] = {
    "20 MB of letters": lambda: b"A" * (20 * MIB),
    "a token of 20 MB": lambda: HEADER + b"." + b"A" * (20 * MIB) + b".AA",
    "a million dots": lambda: b"." * 10**6,
    "a header nested 5,000 deep": lambda: b64(b'{"alg":' + nested(5000) + b"}").encode() + b".e30.AA",
    "a payload nested 5,000 deep": lambda: HEADER + b"." + b64(b'{"a":' + nested(5000) + b"}").encode() + b".AA",
    "JSON nested 500,000 deep": lambda: nested(500_000),
    "blanks before a word": lambda: b" " * (MIB - 9) + b"x y",
    "line breaks before a word": lambda: b"\n" * (MIB - 9) + b"x y",
    "quotes": lambda: b"\"'" * (MIB // 2),
    "Bearer Bearer": lambda: b"Bearer " * 140_000,
    "backslashes in JSON": lambda: b'{"kty":"' + b"\\" * (MIB - 20),
    "PEM beginnings": lambda: (PEM + b"\n") * 37_000,
    "PEM headers": lambda: b"-----BEGIN RSA PRIVATE KEY-----\n" + b"A: b\n" * 200_000,
    "PEM of literal line breaks": lambda: PEM + b"\\n" * 500_000,
    "DER nested 5,000 deep": lambda: deep_der(5000),
    "DER of endless length": lambda: b"\x30\x84\x7f\xff\xff\xff" + b"0" * 1000,
    "an SSH line": lambda: b"ssh-rsa " + b"A" * (MIB - 20),
    "a set of 300,000 nothings": lambda: b'{"keys":[' + b",".join([b"{}"] * 300_000) + b"]}",
    "an RSA modulus of 4 million bits": lambda: json.dumps(
        {"kty": "RSA", "n": b64(b"\xff" * 500_001), "e": "AQAB"}
    ).encode(),
    "an RSA exponent of a million bits": lambda: json.dumps(
        {"kty": "RSA", "n": b64(b"\xff" * 256), "e": b64(b"\xff" * 125_001)}
    ).encode(),
    "combining marks": ("e" + "\u0301" * 500_000).encode,
}  # fmt: skip


def measured(cli: Cli, *arguments: str, stdin: Path) -> tuple[int, str, str]:
    """Run a command within the promised time and memory; return its exit code and outputs."""
    measuring = subprocess.run(
        [sys.executable, "-c", MEASURE, str(stdin), *cli.command(*arguments)],
        capture_output=True,
        env=cli.environment(),
        cwd=cli.home,
        timeout=SECONDS * PATIENCE * 3,
    )
    assert measuring.returncode == 0, measuring.stderr.decode()
    code, out, err, cpu_seconds, kibibytes = json.loads(measuring.stdout)
    assert cpu_seconds < SECONDS, f"{cpu_seconds} s of processor time\n{err[-500:]}"
    per_unit = 1 if sys.platform != "darwin" else 1024  # macOS counts bytes
    assert kibibytes / per_unit < MEGABYTES * 1024, f"{kibibytes} KiB"
    done = subprocess.CompletedProcess(arguments, code, out.encode(), err.encode())
    judge(done)
    return code, out, err


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_clean_error_within_time_and_memory(cli: Cli, name: str) -> None:
    bomb = cli.home / "bomb"
    bomb.write_bytes(BOMBS[name]())
    empty = Path(os.devnull)
    assert measured(cli, "jwt", "decode", stdin=bomb)[0] in (2, 3)  # 2: nothing is left of it
    assert measured(cli, "inspect", "@bomb", stdin=empty)[0] in (0, 2, 3)  # 0: no claims, said so
    assert measured(cli, "key", "inspect", "bomb", stdin=empty)[0] in (0, 2)  # or a raw secret


def test_endless_and_huge_files_are_refused_soon(cli: Cli) -> None:
    sparse = cli.home / "sparse"
    with sparse.open("wb") as file:
        file.truncate(1 << 30)
    os.mkfifo(cli.home / "fifo")
    (cli.home / "loop").symlink_to("loop")
    (cli.home / "broken").symlink_to("nowhere")
    empty = Path(os.devnull)
    for place in ("sparse", "/dev/zero"):
        assert measured(cli, "jwt", "decode", f"@{place}", stdin=empty)[0] == 3
    assert measured(cli, "jwt", "decode", "-", stdin=sparse)[0] == 3
    for place in ("sparse", "/dev/zero", "fifo", ".", "loop", "broken", "/dev/null"):
        code, _, err = measured(cli, "jwt", "mint", "-k", place, stdin=empty)
        assert code == 2, err
    for place in ("sparse", "/dev/zero", ".", "loop"):
        assert measured(cli, "jwt", "mint", f"@{place}", stdin=empty)[0] == 2
    assert measured(cli, "key", "inspect", "cmd:yes", stdin=empty)[0] == 2


TOMLS = {
    "an integer of 5,000 digits": "x = " + "1" * 5000,
    "arrays in arrays": "issuer = " + "[" * 30_000,
    "tables in tables": "issuer = " + "{a=" * 20_000,
    "a dotted name of 20,000 parts": ".".join("a" * 20_000) + " = 1",
    "a dotted table of 20,000 parts": f"[{'.'.join('a' * 20_000)}]",
    "a profile that is a number": "profile = 1",
    "a profile in a list": "[[profile]]\nissuer = 'x'",
    "more than 64 KiB": f"issuer = '{'x' * 66_000}'",
    "a date": "issuer = 1979-05-27T07:32:00Z",
    "an empty list": "audience = []",
    "a name that clears the screen": '"\\u001b[2J" = 1',
}


@pytest.mark.parametrize("name", TOMLS)
def test_a_hostile_project_file_is_a_usage_error(cli: Cli, name: str) -> None:
    (cli.home / "authcli.toml").write_text(TOMLS[name])
    for command in (("jwt", "decode", "a.b.c"), ("config", "check")):
        code, _, err = measured(cli, *command, stdin=Path(os.devnull))
        assert code == 2
        assert "\x1b" not in err
    for command in (("config", "path"), ("config", "trust", "--yes")):
        judge(cli.raw(*command))


@pytest.mark.parametrize("kind", ["folder", "fifo", "loop", "dangling", "device"])
def test_what_is_not_a_file_is_no_project_file(cli: Cli, kind: str) -> None:
    place = cli.home / "authcli.toml"
    make: dict[str, Callable[[], object]] = {
        "folder": place.mkdir,
        "fifo": lambda: os.mkfifo(place),
        "loop": lambda: place.symlink_to(place.name),
        "dangling": lambda: place.symlink_to("nowhere"),
        "device": lambda: place.symlink_to("/dev/zero"),
    }
    make[kind]()
    assert cli("config", "show").code == 0


def without_override(
    cli: Cli, *arguments: str, env: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a user whom file modes bind: root too, less its capabilities."""
    words = cli.command(*arguments)
    if os.geteuid() == 0:
        less = "-dac_override,-dac_read_search"
        words = [require("setpriv"), f"--bounding-set={less}", f"--inh-caps={less}", *words]
    return subprocess.run(
        words, capture_output=True, stdin=subprocess.DEVNULL, env=cli.environment(env), cwd=cli.home
    )


@pytest.mark.parametrize(
    "variable", ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "AUTHCLI_CONFIG", "HOME"]
)
def test_a_folder_of_another_user_is_a_clear_error_or_no_matter(cli: Cli, variable: str) -> None:
    """`sudo -u nobody authcli …` keeps HOME: what cannot be looked into is named, or not needed."""
    closed = cli.home / "closed"
    closed.mkdir()
    if os.geteuid() == 0:
        os.chown(closed, 65534, 65534)
    closed.chmod(0)
    for command in (
        ("jwt", "mint"),
        ("jwt", "decode", "a.b.c"),
        ("config", "check"),
        ("config", "path"),
    ):
        done = without_override(cli, *command, env={variable: str(closed / "inside")})
        err = done.stderr.decode()
        assert done.returncode in CALM | {1}, err
        assert "Traceback" not in err, err
        if done.returncode in (1, 2):
            assert "closed" in err, f"the error does not name the folder: {err}"
        if done.returncode == 1:  # only where the development key cannot be made
            assert command == ("jwt", "mint"), err


@pytest.mark.parametrize("output", [".", "/", "..", "folder", "missing/x", "file/x", "n" * 300])
def test_an_output_that_cannot_be_is_a_usage_error_or_a_conflict(cli: Cli, output: str) -> None:
    (cli.home / "folder").mkdir()
    (cli.home / "file").write_text("")
    for force in ([], ["--force"]):
        done = cli.raw("key", "generate", "ES256", "-o", output, *force)
        judge(done)
        assert done.returncode in (2, 8)
    assert sorted(os.listdir(cli.home)) == ["file", "folder"]
    assert os.listdir(cli.home / "folder") == []


def test_a_private_key_is_never_overwritten_by_its_own_public_half(cli: Cli) -> None:
    for force in ([], ["--force"]):
        done = cli.raw("key", "generate", "ES256", "-o", "key.pem", "--public", "./key.pem", *force)
        judge(done)
        assert done.returncode == 2, done.stderr
    assert os.listdir(cli.home) == []


def test_a_public_half_that_cannot_be_written_leaves_no_private_one(cli: Cli) -> None:
    done = cli.raw("key", "generate", "ES256", "-o", "key.pem", "--public", "missing/key.pub")
    assert done.returncode in (1, 2)
    assert os.listdir(cli.home) == []


@pytest.mark.parametrize("verb", ["decode", "verify"])
def test_a_bad_option_is_refused_before_anything_is_printed(
    shop: Cli, token: str, verb: str
) -> None:
    more = ["-k", "ES256.pub"] if verb == "verify" else []
    done = shop.raw("jwt", verb, token, *more, "--min-ttl", "soon")
    judge(done)
    assert done.returncode == 2


def test_stdin_that_does_not_block_is_waited_for(cli: Cli) -> None:
    """Node and other parents hand down pipes in non-blocking mode."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    process = subprocess.Popen(
        cli.command("jwt", "decode", "-"),
        stdin=reading,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=cli.environment(),
    )
    os.close(reading)
    time.sleep(0.5)
    os.write(writing, HEADER + b".e30.")
    time.sleep(0.1)
    os.write(writing, b"AA\n")
    os.close(writing)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b"{}\n"), err


@pytest.mark.parametrize(
    "closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"]
)
def test_closed_descriptors_end_without_a_traceback(shop: Cli, token: str, closed: str) -> None:
    for command, good in (
        (f"jwt decode {token}", 0),
        ("jwt decode -", 2),
        ("key inspect cmd:'cat ES256.pub'", 0),
        ("key inspect ES256.pub", 0),
        ("--help", 0),
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" -P -m authcli {command} {closed}', sys.executable],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=shop.environment(),
            cwd=shop.home,
        )
        expected = 1 if ">&-" in closed.replace("2>&-", "") and good == 0 else good
        assert done.returncode == expected, (command, done.stderr)
        assert b"Traceback" not in done.stderr
        assert b"bug in authcli" not in done.stderr


@pytest.mark.parametrize("moment", range(12))
def test_an_interrupt_leaves_no_half_written_file(cli: Cli, moment: int) -> None:
    """The signal comes at twelve moments after the command has begun to wait for its input."""
    process = subprocess.Popen(
        cli.command("key", "convert", "-", "-o", "copy.pem"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=cli.environment(),
        cwd=cli.home,
        preexec_fn=lambda: (signal.signal(signal.SIGINT, signal.default_int_handler), None)[1],  # noqa: PLW1509
    )
    time.sleep(0.5)
    assert process.stdin is not None
    process.stdin.write(b"-----BEGIN PRIVATE KEY-----\n")
    process.stdin.flush()
    time.sleep(moment / 100)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert (out, b"Traceback" in err) == (b"", False)
    assert os.listdir(cli.home) == []


def test_ten_writers_of_one_file_leave_one_whole_file(cli: Cli) -> None:
    processes = [
        subprocess.Popen(
            cli.command("key", "generate", "ES256", "-q", "-o", "key.pem"),
            stderr=subprocess.PIPE,
            env=cli.environment(),
            cwd=cli.home,
        )
        for _ in range(10)
    ]
    ends = [(process.communicate()[1], process.returncode) for process in processes]
    assert sorted(code for _, code in ends) == [0] + [8] * 9, ends
    assert os.listdir(cli.home) == ["key.pem"]
    assert cli("key", "inspect", "key.pem").code == 0


def test_ten_first_mints_make_one_development_key(cli: Cli) -> None:
    processes = [
        subprocess.Popen(
            cli.command("jwt", "mint", "-q"),
            stdout=subprocess.PIPE,
            env=cli.environment(),
            cwd=cli.home,
        )
        for _ in range(10)
    ]
    minted = [process.communicate()[0].decode().strip() for process in processes]
    assert all(cli("jwt", "verify", token).code == 0 for token in minted)
    assert [p.name for p in cli.home.rglob("*") if p.is_file()] == ["dev-key.jwk"]


def test_a_full_disk_leaves_no_file(cli: Cli) -> None:
    done = subprocess.run(
        cli.command("key", "secret", "--bytes", "4096", "-o", "secret"),
        capture_output=True,
        env=cli.environment(),
        cwd=cli.home,
        preexec_fn=lambda: (
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)),
            None,
        )[2],
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: cannot write secret")
    assert os.listdir(cli.home) == []
