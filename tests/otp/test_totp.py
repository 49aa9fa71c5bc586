"""TOTP: RFC 6238's own values, where steps begin and end, and of what there is no code."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from typing import Any

import pytest

from authcli import otp
from authcli.errors import InvalidInput, InvalidTime
from authcli.otp.model import Algorithm
from authcli.secret import Secret

#: Source: RFC 6238, appendix B, with the secrets of erratum 2866: as long as the hash.
SIZES: dict[Algorithm, int] = {"SHA1": 20, "SHA256": 32, "SHA512": 64}
RFC_6238 = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}
SECRET = Secret(b"1234567890" * 2)


@pytest.mark.parametrize("at", RFC_6238)
def test_the_values_of_rfc_6238(at: int) -> None:
    accounts = [
        otp.Account(Secret((b"1234567890" * 7)[:size]), algorithm=algorithm, digits=8)
        for algorithm, size in SIZES.items()
    ]
    assert tuple(otp.code(account, at=at).text for account in accounts) == RFC_6238[at]


@pytest.mark.parametrize("period", [1, 30, 60, 3600])
def test_a_code_stands_for_its_period(period: int) -> None:
    account = otp.Account(SECRET, period_seconds=period)
    first = otp.code(account, at=7200)
    assert (first.valid_from, first.valid_until) == (7200, 7200 + period)
    assert otp.code(account, at=7200 + period - 0.001) == first
    assert otp.code(account, at=7200 + period) == otp.code_at(account, first.moment + 1) != first


def test_steps_are_exact_however_far() -> None:
    """A float has 53 bits, and a step is one of 2^64."""
    end = 30 * 59_652_324
    assert otp.code(otp.Account(SECRET), at=math.nextafter(end, 0)).valid_until == end
    assert otp.code(otp.Account(SECRET), at=2**63 - 1).moment == (2**63 - 1) // 30
    assert otp.code(otp.Account(SECRET, period_seconds=1), at=2**64 - 1).moment == 2**64 - 1


def test_none_is_now() -> None:
    code = otp.code(otp.Account(SECRET, period_seconds=3600))
    assert code.valid_from is not None
    assert -3600 < code.valid_from - time.time() <= 0 or code.valid_until == int(time.time())


@pytest.mark.parametrize("at", [-1, -0.5, math.nan, math.inf, 1e300])
def test_there_is_no_code_of_such_a_time(at: float) -> None:
    for call in (otp.code, lambda account, at: otp.verify(account, "123456", at=at)):
        with pytest.raises(InvalidTime):
            call(otp.Account(SECRET), at=at)


@pytest.mark.parametrize(
    "change",
    [
        {"secret": Secret(b"")},
        {"kind": "motp"},
        {"algorithm": "MD5"},
        {"algorithm": "sha1"},
        {"digits": 5},
        {"digits": 9},
        {"period_seconds": 0},
        {"period_seconds": 2**31},
        {"secret": Secret(bytes(513))},
        {"counter": -1},
        {"counter": 2**64},
    ],
)
def test_no_code_is_made_of_an_unsound_account(change: dict[str, Any]) -> None:
    account = otp.Account(SECRET)._replace(**change)
    for call in (otp.code, otp.build_uri, lambda a: otp.code_at(a, 1), lambda a: otp.verify(a, "")):
        with pytest.raises(InvalidInput) as refused:
            call(account)
        assert refused.value.code == "otp.account"


@pytest.mark.parametrize(
    "change",
    [
        {"secret": Secret(b"s")},
        {"secret": Secret(bytes(512))},
        {"period_seconds": 1},
        {"period_seconds": 2**31 - 1},
        {"kind": "hotp", "counter": 2**64 - 1},
    ],
)
def test_a_code_is_made_of_the_least_and_the_most_that_an_account_may_have(
    change: dict[str, Any],
) -> None:
    assert len(otp.code(otp.Account(SECRET)._replace(**change)).text) == 6


def test_a_code_loads_nothing_heavy() -> None:
    """`totp code` is a new process each time: what a code needs is `hmac` alone."""
    heavy = ("base64", "secrets", "random", "urllib.parse", "email", "json", "datetime", "pyotp")
    program = (
        "import sys; from authcli import otp;"
        "uri = 'otpauth://totp/A%20B:c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20B';"
        "account = otp.parse_uri(uri).account; code = otp.code(account, at=59).text;"
        "otp.verify(account, code, at=59); otp.build_uri(account); otp.new_secret();"
        "print(code, *(sys.modules.keys() & set(sys.argv[1:])))"
    )
    run = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            "import sys; sys.path = PATH;".replace("PATH", repr(sys.path)) + program,
            *heavy,
        ],
        capture_output=True,
        text=True,
    )
    assert (run.stdout, run.stderr) == ("287082\n", "")
