"""Other implementations: pyotp as the oracle, oathtool both ways."""

from __future__ import annotations

import hashlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import otp
from authcli.otp.model import Algorithm
from tests import requirements
from tests.otp.accounts import accounts

DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
#: pyotp refuses secrets under 112 bits.
LONG = accounts(least_bytes=14)
WORDS = st.text("abcXYZ 019@.-_+&=%/?#", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(LONG, st.integers(0, 2**64 - 1))
def test_pyotp_writes_the_same_codes(account: otp.Account, moment: int) -> None:
    pyotp = requirements.require_package("pyotp")
    secret = account.secret
    if account.kind == "steam":
        account = account._replace(algorithm="SHA1")
        oracle = pyotp.contrib.Steam(otp.write_secret(secret))
    else:
        digest = DIGESTS[account.algorithm]
        oracle = pyotp.OTP(otp.write_secret(secret), digits=account.digits, digest=digest)
    assert otp.code_at(account, moment).text == oracle.generate_otp(moment)


@given(accounts(WORDS, least_bytes=14))
def test_pyotp_reads_the_uris_and_its_own_are_read(account: otp.Account) -> None:
    """Names without colons: pyotp takes an encoded one for a part of the name."""
    pyotp = requirements.require_package("pyotp")
    # pyotp has periods of two minutes at most, and Steam in SHA1 alone.
    account = account._replace(period_seconds=30)
    if account.kind == "steam":
        account = account._replace(algorithm="SHA1")
    theirs = pyotp.parse_uri(otp.build_uri(account))
    assert theirs.secret == otp.write_secret(account.secret)
    assert (theirs.issuer, theirs.name) == (account.issuer, account.name)
    moment = account.counter or 59
    if account.kind == "hotp":
        assert theirs.initial_count == account.counter
    assert theirs.generate_otp(moment) == otp.code_at(account, moment).text
    if account.kind != "steam":
        assert otp.parse_uri(theirs.provisioning_uri()).account == account


CASES: list[tuple[Algorithm, int, int, int]] = [
    ("SHA1", 6, 30, 59),
    ("SHA256", 7, 60, 1111111109),
    ("SHA512", 8, 1, 20000000000),
]


@pytest.mark.parametrize(("algorithm", "digits", "period", "at"), CASES)
def test_oathtool_totp_both_ways(algorithm: Algorithm, digits: int, period: int, at: int) -> None:
    account = otp.Account(
        otp.new_secret(32), algorithm=algorithm, digits=digits, period_seconds=period
    )
    options = (f"--totp={algorithm}", f"-s{period}s", f"-N@{at}")
    (code,) = _oathtool(account, *options)
    assert otp.verify(account, code, at=at, window=0).drift == 0
    # oathtool prints the offset of the code that it was given.
    ahead = otp.code(account, at=at + 2 * period).text
    assert _oathtool(account, *options, "-w5", code=ahead) == ["2"]
    assert _oathtool(account, *options, "-w1", code=ahead) == []


@pytest.mark.parametrize("counter", [0, 2**31, 2**63, 2**64 - 12])
def test_oathtool_hotp_both_ways(counter: int) -> None:
    account = otp.Account(otp.new_secret(), "hotp", digits=8, counter=counter)
    codes = _oathtool(account, f"-c{counter}", "-w9")
    assert [otp.verify(account, code, window=10).drift for code in codes] == list(range(10))
    third = otp.code_at(account, counter + 3).text
    assert _oathtool(account, f"-c{counter}", "-w9", code=third) == ["3"]


def _oathtool(account: otp.Account, *options: str, code: str = "") -> list[str]:
    """Return what oathtool prints; the secret goes through its standard input."""
    command = [requirements.require("oathtool"), "-b", f"-d{account.digits}", *options, "-"]
    secret = otp.write_secret(account.secret)
    run = subprocess.run(
        [*command, code] if code else command, input=secret, capture_output=True, text=True
    )
    assert run.returncode == 0 or code, run.stderr
    return run.stdout.split() if run.returncode == 0 else []
