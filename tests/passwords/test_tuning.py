"""tune: costs that can be hashed with, near the target on this machine."""

from __future__ import annotations

import pytest

from authcli import passwords
from authcli.errors import InvalidInput
from tests.passwords.cheap import MADE


@pytest.mark.parametrize("scheme", MADE)
def test_what_is_tuned_can_be_hashed_with(scheme: str) -> None:
    tuned = passwords.tune(20, scheme=scheme, max_memory_kib=32 * 1024)
    hash = passwords.hash("a", scheme=scheme, **tuned.cost)  # type: ignore[arg-type]
    assert dict(passwords.inspect(hash).cost) == tuned.cost
    assert passwords.verify("a", hash)
    assert tuned.took_ms > 0
    assert tuned.cost.get("memory_kib", 0) <= 32 * 1024


def test_a_higher_target_costs_more() -> None:
    """Of three times once, since a machine may be busy with other things."""
    for scheme, setting in (("bcrypt", "cost"), ("pbkdf2-sha256", "rounds")):
        pairs = (
            [passwords.tune(ms, scheme=scheme).cost[setting] for ms in (5, 60)] for _ in range(3)
        )
        assert any(low < high for low, high in pairs)


def test_memory_goes_no_lower_than_owasps_and_no_higher_than_asked() -> None:
    assert passwords.tune(1).cost == {"memory_kib": 12 * 1024, "iterations": 3, "lanes": 4}
    capped = passwords.tune(100, max_memory_kib=8 * 1024)
    assert capped.cost["memory_kib"] == 8 * 1024
    assert capped.cost["iterations"] > 3
    assert passwords.tune(5000, scheme="scrypt", max_memory_kib=2048).cost["log_n"] == 11


def test_what_memory_cannot_be_had_is_refused_and_no_flag_is_out_of_bounds() -> None:
    with pytest.raises(InvalidInput, match="argon2id with 4 lanes takes 32 KiB") as refused:
        passwords.tune(10, max_memory_kib=31)
    assert refused.value.code == "password.cost"
    tuned = passwords.tune(10_000, max_memory_kib=32)
    assert tuned.cost == {"memory_kib": 32, "iterations": 1000, "lanes": 4}


@pytest.mark.parametrize("target", [0, -1, 0.5, 10_001, float("nan"), float("inf")])
def test_a_target_that_nobody_means_is_refused(target: float) -> None:
    with pytest.raises(InvalidInput, match="is not within 1 ms and 10 s"):
        passwords.tune(target)


def test_what_is_not_made_is_not_tuned() -> None:
    with pytest.raises(InvalidInput):
        passwords.tune(scheme="md5-crypt")
