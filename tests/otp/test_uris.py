"""otpauth URIs: what apps write is read, what is built is read again, damage is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import otp
from authcli.errors import InvalidInput
from authcli.secret import Secret
from tests.otp.accounts import accounts, names

KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SECRET = Secret(b"12345678901234567890")


def refusal(uri: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        otp.parse_uri(uri)
    assert KEY not in f"{refused.value} {refused.value.hint}"
    return refused.value


@given(accounts())
def test_what_is_built_is_read_again(account: otp.Account) -> None:
    assert otp.parse_uri(otp.build_uri(account)).account == account


@given(accounts(), names, st.sampled_from([" ", "\t", "\n ", "\u00a0"]))
def test_blanks_at_the_ends_are_not_kept(account: otp.Account, name: str, blank: str) -> None:
    padded = account._replace(issuer=f"{blank}{account.issuer}", name=f"{name}{blank}")
    assert otp.parse_uri(otp.build_uri(padded)).account == account._replace(name=name)


def test_the_largest_secret_and_period_are_read_again() -> None:
    account = otp.Account(Secret(b"\xff" * 512), period_seconds=2**31 - 1)
    assert otp.parse_uri(otp.build_uri(account)).account == account


def test_what_the_kind_has_no_use_for_is_not_kept() -> None:
    totp = otp.Account(SECRET, counter=5)
    hotp = otp.Account(SECRET, "hotp", period_seconds=5, counter=5)
    assert otp.parse_uri(otp.build_uri(totp)).account == totp._replace(counter=0)
    assert otp.parse_uri(otp.build_uri(hotp)).account == hotp._replace(period_seconds=30)


def test_how_uris_are_written() -> None:
    totp = otp.Account(SECRET, issuer="ACME &", name="alice+1@example.org")
    hotp = otp.Account(SECRET, "hotp", name="a:b", algorithm="SHA512", digits=8, counter=7)
    steam = otp.Account(SECRET, "steam", issuer="Steam", name="x")
    usual = "&algorithm=SHA1&digits=6&period=30"
    assert [otp.build_uri(account) for account in (totp, hotp, steam, otp.Account(SECRET))] == [
        f"otpauth://totp/ACME%20%26:alice%2B1@example.org?secret={KEY}&issuer=ACME%20%26{usual}",
        f"otpauth://hotp/:a%3Ab?secret={KEY}&algorithm=SHA512&digits=8&counter=7",
        f"otpauth://totp/Steam:x?secret={KEY}&issuer=Steam&digits=5&period=30&encoder=steam",
        f"otpauth://totp/?secret={KEY}{usual}",
    ]


@pytest.mark.parametrize(
    ("tail", "members"),
    [
        ("totp/Example:alice?secret=KEY&issuer=Example", {"issuer": "Example", "name": "alice"}),
        # The separator in every way, and blanks after it.
        ("totp/Example%3aalice?secret=KEY", {"issuer": "Example", "name": "alice"}),
        ("totp/Example:%20%20alice%20?secret=KEY", {"issuer": "Example", "name": "alice"}),
        ("totp/Example :  alice?secret=KEY&issuer=Example", {"issuer": "Example", "name": "alice"}),
        # The issuer in one place alone, or empty.
        ("totp/alice?secret=KEY&issuer=Example", {"issuer": "Example", "name": "alice"}),
        ("totp/:alice?secret=KEY&issuer=", {"issuer": "", "name": "alice"}),
        ("totp/Example:?secret=KEY", {"issuer": "Example", "name": ""}),
        ("totp/github:a?secret=KEY&issuer=GitHub", {"issuer": "GitHub", "name": "a"}),
        # The parameter tells which colon separates.
        ("totp/A:%20B:c?secret=KEY&issuer=A:%20B", {"issuer": "A: B", "name": "c"}),
        ("totp/A:b:c?secret=KEY&issuer=A", {"issuer": "A", "name": "b:c"}),
        ("totp/A:b:c?secret=KEY", {"issuer": "A", "name": "b:c"}),
        # A plus is a blank in parameters, as forms are sent, and a plus in the label.
        ("totp/a+b?secret=KEY&issuer=Big+Co%2B", {"issuer": "Big Co+", "name": "a+b"}),
        ("totp/%E2%82%AC?secret=KEY&issuer=€", {"issuer": "€", "name": "€"}),
        ("totp/a/b?secret=KEY", {"name": "a/b"}),
        ("totp?secret=KEY", {"issuer": "", "name": ""}),
        ("TOTP/a?SECRET=KEY&Digits=8&ALGORITHM=sha256", {"digits": 8, "algorithm": "SHA256"}),
        ("totp/a?secret=KEY&algorithm=HmacSHA512", {"algorithm": "SHA512"}),
        ("totp/a?secret=KEY&algorithm=SHA-1&digits=&period=", {"algorithm": "SHA1"}),
        ("totp/a?secret=gezd+gnbv-gy3t%20qojqgezdgnbvgy3tqojq====", {}),
        ("totp/a?secret=KEY&image=https://a/b%ZZ&x&&=&image=c", {}),
        ("totp/a?secret=KEY&digits=6&digits=6", {}),
        ("totp/a?secret=KEY#digits=8", {"digits": 6}),
        ("totp/a?secret=KEY&period=2147483647", {"period_seconds": 2**31 - 1}),
        ("totp/a?secret=KEY&counter=x", {"counter": 0}),
        ("hotp/a?secret=KEY&counter=18446744073709551615&period=0", {"counter": 2**64 - 1}),
        ("totp/a?secret=KEY&encoder=Steam", {"kind": "steam", "digits": 5}),
        ("totp/Steam:a?secret=KEY&digits=5", {"kind": "steam", "issuer": "Steam"}),
        ("steam/Steam:a?secret=KEY", {"kind": "steam", "digits": 5}),
    ],
)
def test_apps_are_understood(tail: str, members: dict[str, Any]) -> None:
    account, warnings = otp.parse_uri(f"otpauth://{tail.replace('KEY', KEY)}\n")
    assert account.secret == SECRET
    assert {name: getattr(account, name) for name in members} == members
    assert warnings == ()


def test_steams_own_scheme() -> None:
    expected = otp.Account(SECRET, "steam", issuer="Steam", digits=5)
    assert otp.parse_uri(f"steam://{KEY}").account == expected


@pytest.mark.parametrize(
    ("tail", "warning"),
    [
        ("totp/a?secret=JBSWY3DPEHPK3PXP", "80 bits"),
        ("totp/Evil%1B[2J:a?secret=KEY&issuer=Good", r"'Evil\x1b[2J' is not the parameter's"),
        ("hotp/a?secret=KEY", "no counter"),
        ("hotp/a?secret=KEY&counter=", "no counter"),
    ],
)
def test_what_is_doubtful_is_said(tail: str, warning: str) -> None:
    (said,) = otp.parse_uri(f"otpauth://{tail.replace('KEY', KEY)}").warnings
    assert warning in said


@pytest.mark.parametrize(
    "tail",
    [
        *(
            "",
            "totp",
            "totp/a",
            "totp/a?",
            "totp/a?secret=",
            "totp/a?issuer=b",
            "/totp/a?secret=KEY",
        ),
        *(
            "motp/a?secret=KEY",
            "totp:80/a?secret=KEY",
            "a@totp/a?secret=KEY",
            "totp%20/a?secret=KEY",
        ),
        *(
            "totp/a?secret=KEY&digits=5",
            "totp/a?secret=KEY&digits=9",
            "totp/a?secret=KEY&digits=-6",
        ),
        *(
            "totp/a?secret=KEY&digits=\uff16",
            "totp/a?secret=KEY&digits=1_0",
            "totp/a?secret=KEY&digits=x",
        ),
        *("totp/a?secret=KEY&period=0", "totp/a?secret=KEY&period=2147483648"),
        *("totp/a?secret=KEY&period=30.5", "totp/a?secret=KEY&period=1e2"),
        *(
            "hotp/a?secret=KEY&counter=-1",
            "hotp/a?secret=KEY&counter=1_0",
            "hotp/a?secret=KEY&counter=18446744073709551616",
        ),
        *("totp/a?secret=KEY&algorithm=MD5", "totp/a?secret=KEY&algorithm=SHA3-256"),
        *("totp/a?secret=KEY&algorithm=", "totp/a?secret=KEY&algorithm=SHA1&algorithm=SHA256"),
        *("totp/a?secret=KEY&secret=JBSWY3DPEHPK3PXP", "totp/a?secret=KEY&digits=6&DIGITS=8"),
        *(
            "totp/%ZZ?secret=KEY",
            "totp/a%?secret=KEY",
            "totp/a%4?secret=KEY",
            "totp/%FF?secret=KEY",
        ),
        *("totp/a?secret=KEY&issuer=%", "totp/a%20\n?secret=KEY", "totp/a\ud800?secret=KEY"),
        *("totp/a?secret=KEY\notpauth://totp/b?secret=KEY", "totp/a\0?secret=KEY"),
        "totp/" + "a" * 2048 + "?secret=KEY",
    ],
)
def test_what_would_give_wrong_codes_is_refused(tail: str) -> None:
    assert refusal(f"otpauth://{tail.replace('KEY', KEY)}").code == "otp.uri"


def test_a_secret_that_is_not_base32_is_refused_as_such() -> None:
    assert refusal("otpauth://totp/a?secret=JBSWY3DP0").code == "otp.secret"
    assert refusal("steam://").code == "otp.secret"


@pytest.mark.parametrize(
    "text", ["", KEY, "https://a/?secret=" + KEY, "otpauth:totp/a?secret=" + KEY]
)
def test_another_text_is_no_uri(text: str) -> None:
    assert refusal(text).code == "otp.uri"


def test_a_migration_payload_is_called_by_its_name() -> None:
    error = refusal("otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8")
    assert "Google Authenticator" in error.message
    assert error.hint == "read it with: authcli totp read"


@given(
    st.text(max_size=80), st.sampled_from(["", "otpauth://totp/", "otpauth://hotp/a?secret=AA&"])
)
def test_any_text_is_read_or_refused(text: str, start: str) -> None:
    try:
        account = otp.parse_uri(start + text).account
    except InvalidInput:
        return
    assert otp.parse_uri(otp.build_uri(account)).account == account


@pytest.mark.parametrize("name", ["€" * 300, "a" * 2048, "\ud800"])
def test_an_account_that_no_uri_holds_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        otp.build_uri(otp.Account(SECRET, name=name))
    assert refused.value.code == "otp.uri"
