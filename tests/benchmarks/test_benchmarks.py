"""The benchmarks run, say what they promise, and notice when two sides do not do the same work.

No figure is judged here: machines are noisy, and what is slow on a busy one is not wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import apikeys, bulk, commands, passwords, revocation, startup
from tests.benchmarks.__main__ import main
from tests.benchmarks.agreement import Differs, check_claims, check_refusal
from tests.benchmarks.figures import Figure
from tests.benchmarks.sides import ours, prepared_sides, pyjwt
from tests.benchmarks.sides.node import PACKAGES
from tests.benchmarks.sides.side import Keys, Lap, Side, make_keys, timed
from tests.requirements import require_node, require_package

HS256 = make_keys("HS256")


@pytest.mark.parametrize("algorithm", bulk.ALGORITHMS)
def test_pythons_sides_verify_each_others_tokens_and_refuse_forged_ones(algorithm: str) -> None:
    require_package("authlib")
    with ExitStack() as stack:
        sides = prepared_sides(algorithm, stack, packages=()).sides
    assert [side.name for side in sides] == [
        "authcli",
        "authcli, each",
        "raw",
        "PyJWT",
        "joserfc",
        "Authlib",
    ]
    check_all_of(sides)


@pytest.mark.parametrize("package", PACKAGES)
def test_nodes_packages_agree_with_python(package: str) -> None:
    require_node(package)
    for algorithm in bulk.ALGORITHMS.keys() - PACKAGES[package]:
        with ExitStack() as stack:
            sides = prepared_sides(algorithm, stack, packages=[package]).sides
            assert sides[-1].name == package
            check_all_of(sides)


def check_all_of(sides: Sequence[Side]) -> None:
    for side in sides:
        tokens = side.mint(3).output
        check_refusal(sides, tokens[0])
        for judge in sides:
            check_claims(side, tokens, judge=judge)


def changed(change: Callable[[list[str], Keys], list[str]]) -> Side:
    """Return a side that does something else to PyJWT's tokens."""
    side = pyjwt.side(HS256)
    return side._replace(mint=timed(lambda count: change(side.mint(count).output, HS256)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tokens, keys: tokens[:1] * len(tokens), "share a jti"),
        (lambda tokens, keys: [token[:-4] for token in tokens], "refuses"),
        (lambda tokens, keys: [], "minted nothing"),
        (lambda tokens, keys: minted(keys, {"sub": "mallory"}), "mallory"),
        (lambda tokens, keys: minted(keys, {}, lifetime_seconds=60), "another lifetime"),
    ],
    ids=["one token again and again", "cut", "nothing", "other claims", "another lifetime"],
)
def test_a_side_that_mints_something_else_wins_no_race(
    change: Callable[[list[str], Keys], list[str]], words: str
) -> None:
    side = changed(change)
    with pytest.raises(Differs, match=words):
        check_claims(side, side.mint(3).output, judge=next(ours.sides(HS256)))


def minted(keys: Keys, claims: dict[str, object], *, lifetime_seconds: int = 900) -> list[str]:
    from authcli import tokens
    from tests.benchmarks.sides.side import CLAIMS

    return [tokens.mint(CLAIMS | claims, key=keys.key, lifetime_seconds=lifetime_seconds)]


def test_a_side_that_does_not_look_wins_no_race() -> None:
    """Accepting everything is fast, and so is reading nothing."""
    side = pyjwt.side(HS256)

    def nothing(tokens: Sequence[str]) -> Lap[dict[str, Any]]:
        return Lap(0, 0, {})

    blind = side._replace(name="blind", verify=nothing)
    token = side.mint(1).output[0]
    with pytest.raises(Differs, match="blind accepts a forged token"):
        check_refusal([side, blind], token)
    with pytest.raises(Differs, match="blind reads"):
        check_claims(side, [token], judge=blind)


def test_bulk_measures_everything_that_has_a_target(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Node its rows are left out and named."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("AUTHCLI_TEST_REQUIRE", raising=False)
    main(["bulk", "--rounds", "1", "--scale", "0.001", "--json"])
    table = json.loads(capsys.readouterr().out)["bulk"]
    assert "node-fast-jwt is not installed" in table["notes"]
    measured = {(row["what"], row["unit"]): row for row in table["rows"]}
    assert not {unit for _, unit in measured} & PACKAGES.keys()
    for (what, name), target in bulk.TARGETS.items():
        if name not in PACKAGES:
            assert measured[what, name]["target"] == target
            assert measured[what, name]["value"] > 0


def test_node_is_measured_by_wall_time(monkeypatch: pytest.MonkeyPatch) -> None:
    require_node("fast-jwt")
    monkeypatch.setattr(bulk, "ALGORITHMS", {"HS256": bulk.ALGORITHMS["HS256"]})
    monkeypatch.setattr(bulk, "prepared_sides", partial(prepared_sides, packages=["fast-jwt"]))
    table = bulk.measure(rounds=1, scale=0.001)
    (figure,) = [one for one in table.figures if (one.what, one.unit) == ("mint HS256", "fast-jwt")]
    assert figure.target == bulk.TARGETS["mint HS256", "fast-jwt"]
    assert figure.remark.startswith("wall")


def test_startup_measures_each_command() -> None:
    """Every row, the slowest of the groups asked, and what reading an RSA key costs."""
    table = startup.measure(rounds=1, scale=0.01)
    assert [figure.what for figure in table.figures] == [
        startup.HELP.words,
        *(row.words for row in startup.ROWS),
        "an RSA key read, checked and ready to sign",
    ]
    assert all(figure.verdict and figure.value > 0 for figure in table.figures)


SOME_ROWS = {("mint", "HS256"), ("verify", "RS256")}


def test_one_process_and_two_do_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is one core there is nothing to compare, and the table says so."""
    assert [row.target for row in commands.ROWS] == [1.35, *[1.75] * 5]
    # A row of each verb, and the algorithm whose tokens are verified more than once.
    some = [row for row in commands.ROWS if (row.verb, row.algorithm) in SOME_ROWS]
    monkeypatch.setattr(commands, "ROWS", some)
    monkeypatch.setattr(commands, "usable_cores", lambda: 2)
    table = commands.measure(rounds=1, scale=0.001)
    assert [figure.unit for figure in table.figures] == ["one process"] * 2
    monkeypatch.setattr(commands, "usable_cores", lambda: 1)
    table = commands.measure(rounds=1, scale=0.002)
    assert table.notes == ("all of it: there is one core alone",)


@pytest.mark.parametrize(
    ("verb", "outputs", "words"),
    [
        ("verify", ("{}\n{}\n", '{}\n{"a":1}\n'), "something else"),
        ("verify", ("{}\n", "{}\n"), "1 lines"),
        ("mint", ("a.b.c\na.b.c\n",) * 2, "a token twice"),
    ],
)
def test_commands_that_differ_are_noticed(
    tmp_path: Path, verb: str, outputs: tuple[str, str], words: str
) -> None:
    bench = commands.Bench(tmp_path)
    row = commands.Row(verb, "HS256", 2, 1)
    bench.prepare(row)
    for jobs, text in zip((1, 2), outputs, strict=True):
        bench.output(row, jobs).write_text(text)
    with pytest.raises(Differs, match=words):
        bench.compare(row)


def test_memory_is_that_of_a_python_process() -> None:
    mint, verify = commands.measure_memory(tokens=2_000).figures
    assert all(3 * 8 < figure.value < 3 * 200 for figure in (mint, verify))


def test_api_keys_are_measured_against_each_other() -> None:
    """At a size that says nothing of speed: every side knows every key, and refuses the forged."""
    table = apikeys.measure(rounds=1, scale=0.001)
    targets = {(figure.unit, figure.target) for figure in table.figures if figure.target}
    assert targets > {
        ("bare", 0.6),
        ("of 1,000 keys", 2),
        ("of naive", 0.45),
        ("of naive that counts", 0.45),
        ("single commits", 8),
        ("as many", 0.8),
    }
    assert ("one by one", 10) in targets or any("PostgreSQL" in note for note in table.notes)
    assert all(figure.value > 0 for figure in table.figures)


def test_hashes_are_measured_against_their_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {kind.target for kind in passwords.KINDS} == {1.85, 1.35}
    monkeypatch.setattr(passwords, "KINDS", passwords.KINDS[-1:])
    table = passwords.measure(rounds=1, scale=0.001)
    units = {(figure.what, figure.unit) for figure in table.figures}
    for verb in ("hash", "verify"):
        for scheme, library in (("argon2id", "argon2-cffi"), ("bcrypt", "bcrypt")):
            what = f"passwords.{verb}, {scheme}"
            assert {(what, f"of {library}"), (what, "of libpass")} < units
    if commands.usable_cores() > 1:
        assert table.figures[-1].unit == "one process"
    assert all(figure.value > 0 for figure in table.figures)


def test_a_hash_that_others_refuse_wins_no_race(monkeypatch: pytest.MonkeyPatch) -> None:
    hash = passwords.passwords.hash
    monkeypatch.setattr(
        passwords.passwords, "hash", lambda _password, **costs: hash(b"another", **costs)
    )
    with pytest.raises(Differs, match="ours refuses the argon2id hash of ours"):
        passwords.measure(rounds=1, scale=0.001)


def test_the_revocation_check_is_measured_as_what_it_adds() -> None:
    blocks, _ = revocation.measure(rounds=1, scale=0.001).figures
    assert (blocks.unit, blocks.target, blocks.at_most) == ("us more", 10, True)


@pytest.mark.parametrize(
    ("value", "at_most", "verdict"),
    [(1, False, "ok"), (0.9, False, "under"), (1, True, "ok"), (1.1, True, "over")],
)
def test_a_figure_is_judged_by_its_target(value: float, at_most: bool, verdict: str) -> None:
    assert Figure("what", value, "raw", 1, at_most=at_most).verdict == verdict
    assert Figure("what", value, "raw").verdict == ""


def test_a_table_that_is_not_there_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["nonsense"])
    assert "no table is called nonsense" in capsys.readouterr().err
