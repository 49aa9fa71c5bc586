"""The peers agree with authcli, wrong answers are noticed, and README's table tells all of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.benchmarks import peers, summary
from tests.benchmarks.__main__ import TABLES, main
from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure, Table, cost_of, faster_than, text_of
from tests.benchmarks.peers.jobs import Job, Side, require_refusals
from tests.benchmarks.peers.programs import found_programs
from tests.benchmarks.running import Command, least


def test_every_peer_that_is_there_does_its_jobs_and_agrees() -> None:
    """Each command runs, its output is compared, and a forgery is refused."""
    table = peers.measure(rounds=1, scale=0.01)
    there, left_out = {figure.unit for figure in table.figures}, " ".join(table.notes)
    for name in ("argon2", "golang-jwt", "htpasswd", "jose", "jwt-cli", "oathtool", "openssl"):
        assert (name in there) != (name in left_out), name
    assert "pyotp" in there
    assert all(figure.value > 0 and figure.seconds for figure in table.figures)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Job]:
    """All jobs by name, in a folder of their own."""
    folder = tmp_path_factory.mktemp("peers")
    return {job.what: job for job in peers.jobs_in(folder, small=True)}


OTHER_KEY = (
    b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2IvinrHpwGwkZbteyvXuNacujHFQ"
    b"\nBmq1j72+4o1QMoRCDOVx6lLhjTEHhMFwBLDUUI2gMT+jU3bsA1szPhMwbg==\n-----END PUBLIC KEY-----\n"
)
ELSEWHERE = (
    b"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.OewkHLbpP5EgJKtNy4Wx9ZrMk-5Pls3Czd"
    b"MyOwelMjBMjDwA3JTH0abbTQGcPYTVmQ6Tj4HvOdpLcKdLzeC5wg"
)


@pytest.mark.parametrize(
    ("what", "output"),
    [
        ("decode a token", b'{"sub":"mallory"}'),
        ("verify a token, ES256", b'{"sub":"mallory"}'),
        ("sign a token, ES256", ELSEWHERE),
        ("generate a key, P-256", OTHER_KEY),
        ("generate a key, P-256", b"nothing"),
        ("the public half of a PEM", OTHER_KEY),
        ("the thumbprint of a JWK", b"w88Q91vzO-Cz6XoXCsnaBurCRJM17G1s3H5qezl4N-c"),
        ("a TOTP code", b"279038"),
        ("hash a password, bcrypt 4", b"$2b$04$" + 53 * b"."),
        ("hash a password, argon2id 64 KiB", b"$argon2id$v=19$m=64,t=3,p=4$c29tZXNhbHQ$AAAA"),
        ("a random secret", b"00"),
    ],
)
def test_a_wrong_answer_is_noticed(jobs: dict[str, Job], what: str, output: bytes) -> None:
    with pytest.raises(Differs):
        jobs[what].check("somebody", output)


def test_a_hash_of_a_lower_cost_wins_no_race(jobs: dict[str, Job]) -> None:
    from authcli import passwords

    cheap = passwords.hash(b"correct horse battery staple", scheme="bcrypt", cost=5)
    with pytest.raises(Differs, match="another cost"):
        jobs["hash a password, bcrypt 4"].check("somebody", cheap.encode())


def test_the_same_secret_twice_is_noticed(jobs: dict[str, Job]) -> None:
    jobs["a random secret"].check("somebody", b"01" * 32)
    with pytest.raises(Differs, match="no 32 random bytes"):
        jobs["a random secret"].check("another", b"01" * 32)


def test_who_verifies_is_asked_about_a_forgery(jobs: dict[str, Job]) -> None:
    asked = {what for what, job in jobs.items() if any(side.forged for side in job.sides)}
    assert asked == {
        "verify a token, ES256",
        "verify a token, HS256",
        "verify a password, bcrypt 4",
    }
    for what in asked:
        assert all(side.forged for side in jobs[what].sides)


def sides(*words: str) -> Sequence[Side]:
    return (Side("blind", words, b"genuine", b"forged"),)


def test_who_accepts_a_forgery_wins_no_race(tmp_path: Path) -> None:
    job = Job("verify", tuple(sides()), lambda _name, _output: None)
    with pytest.raises(Differs, match="verify: blind accepts what is forged"):
        require_refusals(job, {"blind": ["true"]}, tmp_path)
    require_refusals(job, {"blind": ["false"]}, tmp_path)


def test_a_command_that_fails_wins_no_race(tmp_path: Path) -> None:
    with pytest.raises(Differs, match="broken ended with 1"):
        least({"broken": Command(["false"])}, tmp_path, rounds=1)


def test_a_command_at_a_terminal_is_seen_whole(tmp_path: Path) -> None:
    seen: list[bytes] = []
    words = ["sh", "-c", "test -t 1 && seq 20000"]
    least(
        {"seq": Command(words, terminal=True)},
        tmp_path,
        rounds=1,
        check=lambda _name, output: seen.append(output),
    )
    assert seen[0].split() == [str(number).encode() for number in range(1, 20001)]


def test_without_peers_all_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    found = found_programs()
    assert found.words == {}
    assert len(found.left_out) == 7
    assert "oathtool is not installed: apt-get install oathtool" in found.left_out


def test_readmes_table_tells_both_times_and_where_the_other_is_faster() -> None:
    tables = {
        "peers": Table(
            "one",
            (
                faster_than("jwt-cli", "decode a token", ours=0.06, theirs=0.09),
                faster_than("oathtool", "a TOTP code", ours=0.06, theirs=0.0012),
            ),
        ),
        "bulk": Table("many", (faster_than("PyJWT", "mint HS256", ours=3e-6, theirs=21e-6),)),
        "apikeys": Table(
            "keys",
            (
                faster_than(
                    "single commits", "apikey issue --count 100,000", ours=4e-6, theirs=1e-5
                ),
            ),
        ),
    }
    assert summary.markdown_of(tables, command="it again") == (
        "| what | authcli | beside it | times as fast |\n"
        "|---|---:|---:|---:|\n"
        "| decode a token, one command | 60 ms | jwt-cli (Node): 90 ms | 1.5 |\n"
        "| a TOTP code, one command | 60 ms | oathtool (C): 1.2 ms | 0.02 |\n"
        "| mint HS256, each of many | 3 us | PyJWT: 21 us | 7.0 |\n"
        "| apikey issue --count 100,000, each of many | 4 us | a commit a key: 10 us | 2.5 |\n"
        "\n"
        "Below 1 the other is faster. `it again`\n"
    )


def test_what_readme_shows_is_measured_by_tables_that_are_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert set(summary.TABLES) <= TABLES.keys()
    with pytest.raises(SystemExit, match="2"):
        main(["--markdown", "peers"])
    assert "README's table also needs apikeys, bulk" in capsys.readouterr().err


def test_a_ratio_shows_its_two_times() -> None:
    table = Table("two", (cost_of("naive", "verify", ours=0.25, theirs=1, target=0.45),))
    expected = "two\nverify    0.25 of naive          at most 0.45   ok     250 ms / 1 s\n"
    assert text_of(table) == expected
    assert table.as_json()["rows"] == [
        {
            "what": "verify",
            "value": 0.25,
            "unit": "of naive",
            "target": 0.45,
            "at_most": True,
            "remark": "",
            "seconds": {"ours": 0.25, "theirs": 1},
            "verdict": "ok",
        }
    ]
    assert Figure("verify", 1, "raw").seconds is None
