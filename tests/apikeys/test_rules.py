"""Rules for other scanners: each finds our keys and leaves look-alikes, in its engine's own terms.

gitleaks and trufflehog are Go: RE2. GitHub is Hyperscan. Where those engines have bindings here
the rules are run by them; Python's own `re` reads the same expressions everywhere.
"""

from __future__ import annotations

import math
import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from authcli.apikeys.rules import SCANNERS, example, rules
from authcli.apikeys.text import MAX_ID, build, new_id, new_secret, parse
from authcli.clock import now_ms
from authcli.errors import InvalidInput
from tests.requirements import require_package

PREFIXES = ["ak_live", "acme_test"]
KEYS = [
    build(prefix=prefix, key_id=key_id, secret=secret)
    for prefix in PREFIXES
    for key_id in (new_id(now_ms=now_ms()), 0, MAX_ID)
    for secret in (new_secret(), b"\xff" * 32)
]
KEY = KEYS[0]
#: What stands around keys; the key itself has to be found in each.
PLACES = [
    "{}",
    "key={}\n",
    '"{}",',
    "MYKEY_{} ",
    '{{"a": "line\\n{}\\n"}}',
    "a/{}_old",
    "x={}&y",
    "\0{}\0",
]
LOOK_ALIKES = [
    KEY[:-1],
    f"{KEY}0",
    KEY.replace("_", "-"),
    KEY.upper(),
    f"ak_live_{'z' * 60}",  # an id beyond 63 bits
    f"ak_live_{KEY[8:62]}z{KEY[63:]}",  # a checksum beyond 32 bits
    "ak_live_" + KEY[8:40] + " " + KEY[41:],
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "d41d8cd98f00b204e9800998ecf8427e" * 2,
]

#: Takes an expression and a text, and returns what it finds: the group, or the whole.
Engine = Callable[[str, str], list[str]]


def by_python(expression: str, text: str) -> list[str]:
    """Both read this syntax; what RE2 lacks must not be in it."""
    assert not re.search(r"\(\?[=!<]|\\[1-9]|[*+?}]\+|\\[zZ]", expression)
    return re.findall(expression, text, re.ASCII)


def by_re2(expression: str, text: str) -> list[str]:
    engine: Any = require_package("re2")
    return list(engine.findall(expression, text))


def by_hyperscan(expression: str, text: str) -> list[str]:
    """Report what begins a match and where matches of it end, as GitHub's engine does."""
    hyperscan: Any = require_package("hyperscan")
    database = hyperscan.Database()
    database.compile(
        expressions=[expression.encode()],
        flags=[hyperscan.HS_FLAG_SOM_LEFTMOST],
    )
    found: list[str] = []
    data = text.encode()
    database.scan(
        data, match_event_handler=lambda _, start, end, *__: found.append(data[start:end].decode())
    )
    return found


@pytest.fixture(params=[by_python, by_re2])
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engines of gitleaks and trufflehog."""
    chosen: Engine = request.param
    return chosen


def entropy(text: str) -> float:
    """Shannon's, in bits a character, as gitleaks reckons it."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def gitleaks(prefixes: list[str], text: str, engine: Engine) -> list[str]:
    """What gitleaks does with its rule: keywords, expression, group, entropy."""
    [rule] = tomllib.loads(rules("gitleaks", prefixes=prefixes))["rules"]
    assert rule["secretGroup"] == 1
    if not any(word in text.lower() for word in rule["keywords"]):
        return []
    return [secret for secret in engine(rule["regex"], text) if entropy(secret) > rule["entropy"]]


def trufflehog(prefixes: list[str], text: str, engine: Engine) -> list[str]:
    """What trufflehog does with its detector: keywords, expression, the whole match."""
    [detector] = yaml.safe_load(rules("trufflehog", prefixes=prefixes))["detectors"]
    assert set(detector) == {"name", "keywords", "regex"}
    if not any(word in text.lower() for word in detector["keywords"]):
        return []
    return [secret.removesuffix("_") for secret in engine(detector["regex"]["key"], text)]


def fields(prefixes: list[str]) -> dict[str, str]:
    """The fields of GitHub's form."""
    lines = rules("github", prefixes=prefixes).splitlines()
    return {name.strip(): value.strip() for name, _, value in (li.partition(":") for li in lines)}


SECRETS_FOUND = {"gitleaks": gitleaks, "trufflehog": trufflehog}


@pytest.mark.parametrize("scanner", SECRETS_FOUND)
@pytest.mark.parametrize("prefixes", [PREFIXES, []])
def test_go_scanners_find_our_keys(scanner: str, prefixes: list[str], engine: Engine) -> None:
    for key in KEYS:
        for place in PLACES:
            text = place.format(key)
            found = SECRETS_FOUND[scanner](prefixes, text, engine)
            assert len(found) == 1, (text, found)
            # Of any prefix, what stands before may be taken for more of it.
            assert found[0] == key or (not prefixes and found[0].endswith(key))
    both = f"{KEYS[0]} {KEYS[-2]}\n{KEYS[0]}"
    assert len(SECRETS_FOUND[scanner](prefixes, both, engine)) == 3


@pytest.mark.parametrize("scanner", SECRETS_FOUND)
@pytest.mark.parametrize("prefixes", [PREFIXES, []])
def test_go_scanners_leave_look_alikes(scanner: str, prefixes: list[str], engine: Engine) -> None:
    for text in LOOK_ALIKES:
        assert SECRETS_FOUND[scanner](prefixes, f'x = "{text}"\n', engine) == [], text


def test_another_prefix_is_left_where_prefixes_are_named(engine: Engine) -> None:
    other = build(prefix="other", key_id=1, secret=new_secret())
    assert gitleaks(PREFIXES, f"{other} ak_live_", engine) == []
    assert trufflehog(PREFIXES, f"{other} ak_live_", engine) == []
    assert gitleaks([], other, engine) == [other]


def test_a_placeholder_has_too_little_entropy(engine: Engine) -> None:
    assert gitleaks(PREFIXES, f"ak_live_{'0' * 60}", engine) == []


@pytest.mark.parametrize("prefixes", [PREFIXES, ["ak_live"], []])
@pytest.mark.parametrize("engine", [by_hyperscan, by_python])
def test_githubs_pattern_finds_our_keys_alone(prefixes: list[str], engine: Engine) -> None:
    """The three expressions in a row, as GitHub puts them together."""
    form = fields(prefixes)
    assert form.keys() == {
        "Pattern name", "Secret format", "Before secret", "After secret", "Test string"
    }  # fmt: skip
    before, after = form["Before secret"], form["After secret"]
    if engine is by_python:
        after = after.replace("\\z", "$")
    whole = f"(?:{before}){form['Secret format']}(?:{after})"
    keys = [key for key in KEYS if not prefixes or key.startswith(prefixes[0])]
    for key in [*keys, form["Test string"]]:
        for place in PLACES:
            found = engine(whole, place.format(key))
            assert found, place
            assert all(key in text for text in found)
    for text in LOOK_ALIKES:
        assert engine(whole, f'x = "{text}"\n') == [], text


@pytest.mark.parametrize("prefixes", [PREFIXES, []])
def test_the_test_string_is_new_each_time_and_sound(prefixes: list[str]) -> None:
    """It passes every check but that of a store, none of which has ever had it."""
    one, other = fields(prefixes)["Test string"], fields(prefixes)["Test string"]
    assert one != other
    assert parse(one).prefix == (prefixes[0] if prefixes else "ak_test")
    assert parse(example(prefixes)).text != one


@pytest.mark.parametrize("scanner", SCANNERS)
def test_a_prefix_is_one_of_keys(scanner: str) -> None:
    """Nothing of a stranger's gets into an expression."""
    with pytest.raises(InvalidInput):
        rules(scanner, prefixes=["ak_(live|test)"])
    assert rules(scanner, prefixes=["a", "a"]).count("a_") <= rules(scanner, prefixes=["a"]).count(
        "a_"
    )


def test_random_text_is_left(engine: Engine) -> None:
    rng = random.Random(1)
    text = "".join(rng.choices("abcZ019_ \n", k=100_000))
    assert gitleaks([], text, engine) == trufflehog([], text, engine) == []
