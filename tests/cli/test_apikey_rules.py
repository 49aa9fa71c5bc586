"""`authcli apikey rules`: patterns on stdout, ready for the scanner's own file."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
import yaml

from authcli.apikeys.text import parse
from tests.cli.harness import Cli

SHAPE = "ak_live_[0-9A][0-9A-Za-z]{53}[0-4][0-9A-Za-z]{5}"


def test_gitleaks(cli: Cli) -> None:
    result = cli("apikey", "rules", "gitleaks", "--prefix", "ak_live")
    assert (result.code, result.err) == (0, "")
    [rule] = tomllib.loads(result.out)["rules"]
    assert rule["regex"] == f"({SHAPE})(?:[^0-9A-Za-z]|$)"
    assert rule["keywords"] == ["ak_live_"]


def test_trufflehog(cli: Cli) -> None:
    words = ("apikey", "rules", "trufflehog", "--prefix", "ak_live", "--prefix", "ak_test")
    [detector] = yaml.safe_load(cli.ok(*words))["detectors"]
    assert detector["keywords"] == ["ak_live_", "ak_test_"]
    assert detector["regex"]["key"].startswith("(?:ak_live|ak_test)_")


def test_github(cli: Cli) -> None:
    text = cli.ok("apikey", "rules", "github", "--prefix", "ak_live")
    before_test, _, test = text.rpartition(" ")
    assert before_test == (
        "Pattern name:    API key issued by authcli\n"
        f"Secret format:   {SHAPE}\n"
        "Before secret:   \\A|[^0-9a-z]|\\\\[nrt]\n"
        "After secret:    \\z|[^0-9A-Za-z]\n"
        "Test string:    "
    )
    assert parse(test).prefix == "ak_live"
    assert cli("apikey", "verify", test).code in (3, 9)


def test_the_expression_alone(cli: Cli) -> None:
    """For a scanner that is not in the list."""
    words = ("apikey", "rules", "gitleaks", "--prefix", "ak_live")
    assert cli.ok(*words, "--field", "expression") == SHAPE
    facts = json.loads(cli.ok(*words, "--json"))
    assert facts["schema"] == "authcli/apikey.rules/1"
    assert facts["prefixes"] == ["ak_live"]
    assert re.compile(facts["expression"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["snyk"], "error: no rules for 'snyk'\nhint: one of gitleaks, trufflehog, github\n"),
        (["github", "--prefix", "a'b"], 'error: "a\'b" is no prefix of keys\n'),
    ],
)
def test_what_cannot_be(cli: Cli, words: list[str], said: str) -> None:
    result = cli("apikey", "rules", *words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(said)
