"""Google Authenticator's payloads: real ones are read, ours again, hostile ones refused."""

from __future__ import annotations

import base64
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli import otp
from authcli.errors import InvalidInput
from authcli.otp.migration import build_migration, read_migration
from authcli.secret import Secret
from tests.otp.accounts import accounts

SECRET = Secret(b"12345678901234567890")
#: dim13/otpauth, README: no algorithm, no digits, no batch.
OTPAUTH_README = "CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC"
#: helloworld1/FreeOTPPlus, issue 79: written by the app, with a batch id below zero, HOTP.
FREEOTPPLUS_79 = (
    "CjsKI0Vtv7xVhTWAAO6obwtLyddAO4PYjqAswJW4AhANk31izNOhEgxBQUFBQTpiYmJiYmIgASgBMAE4AhABGAEgACiK"
    "zs7%2B%2Bv%2F%2F%2F%2F8B"
)


def _uri(payload: bytes) -> str:
    data = quote(base64.b64encode(payload), safe="")
    return f"otpauth-migration://offline?data={data}"


def _payload(uri: str) -> bytes:
    data = uri.partition("data=")[2].replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    return base64.b64decode(data, validate=True)


def _entry(**chunks: bytes) -> bytes:
    """Return an account's field in a payload: numbers of fields, and what stands there."""
    message = b"".join(
        bytes([int(name[1:]) << 3 | 2, len(value)]) + value for name, value in chunks.items()
    )
    return bytes([0x0A, len(message)]) + message


def _fits(account: otp.Account) -> bool:
    return (
        account.kind != "steam"
        and account.period_seconds == 30
        and account.digits != 7
        and account.counter < 1 << 63
    )


def _fitting(account: otp.Account) -> otp.Account:
    """Return the account, changed until a payload can say it."""
    return account._replace(
        kind="totp" if account.kind == "steam" else account.kind,
        digits=6 if account.digits < 8 else 8,
        period_seconds=30,
        counter=account.counter >> 1,
    )


def test_a_payload_from_another_programs_readme_is_read() -> None:
    read = read_migration(f"otpauth-migration://offline?data={OTPAUTH_README}")
    secret = Secret(b"Hello!\xde\xad\xbe\xef")
    assert read.accounts == [otp.Account(secret, issuer="Example", name="alice@google.com")]
    assert (read.batch_id, read.batch_index, read.batch_size, read.left_out) == (0, 0, 1, 0)
    assert len(read.warnings) == 1
    assert "80 bits" in read.warnings[0]


def test_a_payload_of_the_app_is_read() -> None:
    read = read_migration(f"otpauth-migration://offline?data={FREEOTPPLUS_79}")
    secret = otp.read_secret("ivw37pcvqu2yaahovbxqws6j25adxa6yr2qczqevxabbadmtpvrmzu5b").secret
    assert read.accounts == [otp.Account(secret, "hotp", "AAAAA", "bbbbbb", counter=2)]
    assert (read.batch_id, read.batch_size, read.warnings) == (-1345083638, 1, ())


@settings(max_examples=50)
@given(st.lists(st.builds(_fitting, accounts()), max_size=12), st.integers(1, 10))
def test_what_is_built_is_read_again(written: list[otp.Account], per_batch: int) -> None:
    parts = [read_migration(uri) for uri in build_migration(written, per_batch=per_batch)]
    assert [account for part in parts for account in part.accounts] == written
    assert [part.batch_index for part in parts] == list(range(len(parts)))
    assert {part.batch_size for part in parts} <= {len(parts)}
    assert len({part.batch_id for part in parts}) <= 1
    assert all(len(part.accounts) <= per_batch for part in parts)


@given(accounts())
def test_an_account_is_refused_or_kept_as_it_is(account: otp.Account) -> None:
    """Nothing that the payload cannot say is changed on the way."""
    try:
        uris = build_migration([account])
    except InvalidInput as refused:
        assert refused.code == "otp.export"
        assert not _fits(account)
    else:
        assert read_migration(uris[0]).accounts == [account]


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        (otp.Account(SECRET, period_seconds=60, name="a"), "a period of 30 seconds alone, not 60"),
        (otp.Account(SECRET, digits=7, name="a"), "6 and 8 digits, not 7"),
        (otp.Account(SECRET, "steam", digits=5, name="a"), "no Steam codes"),
        (otp.Account(SECRET, "hotp", counter=1 << 63, name="a"), "counters up to 2^63 - 1"),
        (otp.Account(Secret(bytes(500)), name="a" * 900), "too long"),
        (otp.Account(SECRET, issuer="\ud800"), "not UTF-8"),
    ],
)
def test_what_a_payload_cannot_say_is_refused_with_the_reason(
    account: otp.Account, reason: str
) -> None:
    good = otp.Account(SECRET, name="good")
    with pytest.raises(InvalidInput, match=re.escape(reason)) as refused:
        build_migration([good, account, account])
    assert refused.value.code == "otp.export"
    assert "nor can 1 more" in refused.value.message


def test_batches_are_small_enough_for_a_phones_camera() -> None:
    many = [otp.Account(SECRET, issuer="é" * 60, name=f"{n}" * 60) for n in range(10)]
    uris = build_migration(many)
    assert len(uris) > 1
    assert all(len(_payload(uri)) < 1100 for uri in uris)


@pytest.mark.parametrize(
    ("chunks", "issuer", "name"),
    [
        ({"f2": b"Example:alice", "f3": b"Example"}, "Example", "alice"),
        ({"f2": b"Example: alice", "f3": b"Example"}, "Example", "alice"),
        ({"f2": b"Other:alice", "f3": b"Example"}, "Example", "Other:alice"),
        ({"f2": b"Example:alice"}, "Example", "alice"),
        ({"f2": b"alice"}, "", "alice"),
        ({"f2": b":alice"}, "", ":alice"),
        ({"f2": b"Example:", "f3": b"Example"}, "Example", "Example:"),
        ({"f2": b"a:b", "f3": b""}, "", "a:b"),
    ],
)
def test_the_issuer_before_a_name_is_not_a_part_of_it(
    chunks: dict[str, bytes], issuer: str, name: str
) -> None:
    entry = _entry(f1=SECRET.reveal(), **chunks)
    entry = bytes([entry[0], entry[1] + 2]) + entry[2:] + b"\x30\x02"  # type 6: TOTP
    assert read_migration(_uri(entry)).accounts == [otp.Account(SECRET, "totp", issuer, name)]


@pytest.mark.parametrize(
    "spelt",
    [
        "OTPAUTH-MIGRATION://OFFLINE?data={}",
        "otpauth-migration://offline/?data={}",
        "  otpauth-migration://offline?data={}\n",
        "otpauth-migration://offline?other=1&data={}",
    ],
)
def test_the_uri_is_read_as_apps_write_it(spelt: str) -> None:
    assert len(read_migration(spelt.format(OTPAUTH_README)).accounts) == 1


def test_base64_is_read_as_it_comes_through_urls() -> None:
    # By hand: of a payload that is built, the length depends on its random batch id.
    account = otp.Account(Secret(bytes(2) + b"\xfb\xef\xbe" * 5 + b"\xff" * 12))
    entry = _entry(f1=account.secret.reveal())
    entry = bytes([entry[0], entry[1] + 2]) + entry[2:] + b"\x30\x02"  # type 6: TOTP
    standard = base64.b64encode(entry).decode()
    assert {"+", "/", "="} <= set(standard)
    for data in (
        standard,
        quote(standard, safe=""),
        standard.rstrip("="),
        standard.replace("+", "%20"),
        standard.replace("+", "-").replace("/", "_"),
    ):
        read = read_migration(f"otpauth-migration://offline?data={data}")
        assert read.accounts == [account]


def test_what_cannot_be_computed_is_left_out_and_said() -> None:
    good = _entry(f1=SECRET.reveal(), f2=b"good") + b""
    good = bytes([good[0], good[1] + 2]) + good[2:] + b"\x30\x02"
    others = {
        b"\x20\x04\x30\x02": "MD5",
        b"\x20\x09\x30\x02": "algorithm is not known",
        b"\x28\x03\x30\x02": "number of digits",
        b"\x30\x00": "neither TOTP nor HOTP",
        b"\x30\x07": "neither TOTP nor HOTP",
        b"\x30\x01\x38" + b"\xff" * 9 + b"\x01": "counter",
    }
    payload = good
    for numbers in others:
        entry = _entry(f1=SECRET.reveal(), f2=b"odd")
        payload += bytes([entry[0], entry[1] + len(numbers)]) + entry[2:] + numbers
    payload += b"\x0a\x02\x30\x02"  # no secret
    read = read_migration(_uri(payload))
    assert read.accounts == [otp.Account(SECRET, name="good")]
    assert read.left_out == len(read.warnings) == 7
    for number, (warning, why) in enumerate(
        zip(read.warnings, [*others.values(), "secret is empty"], strict=True), 2
    ):
        assert warning.startswith(f"account {number} is left out: ")
        assert why in warning


def test_fields_that_are_not_known_are_passed_over() -> None:
    """Newer apps add some: a unique id, and what comes yet."""
    payload = _payload(build_migration([otp.Account(SECRET, name="a")])[0])
    extra = b"\x42\x03abc" + b"\x49" + bytes(8) + b"\x55" + bytes(4) + b"\x78\x01"
    inside = bytes([payload[0], payload[1] + len(extra)])
    end = 2 + payload[1]
    grown = inside + payload[2:end] + extra + payload[end:] + extra
    assert read_migration(_uri(grown)).accounts == [otp.Account(SECRET, name="a")]


HOSTILE = {
    "number of 11 bytes": b"\x10" + b"\x80" * 10 + b"\x01",
    "number of 65 bits": b"\x10" + b"\xff" * 9 + b"\x02",
    "number without end": b"\x10" + b"\xff" * 4000,
    "length of 2^63": b"\x0a" + b"\x80" * 9 + b"\x01",
    "length of 2 GiB": b"\x0a\xff\xff\xff\xff\x07abc",
    "length one too many": b"\x0a\x03ab",
    "inner length beyond the outer one": b"\x0a\x03\x0a\x7fa",
    "group": b"\x0b\x0c",
    "kind 7": b"\x17\x00",
    "field 0": b"\x00\x00",
    "account that is a number": b"\x08\x01",
    "secret that is a number": b"\x0a\x02\x08\x01",
    "digits that are text": b"\x0a\x03\x2a\x01a",
    "version that is text": b"\x12\x01a",
    "a billion parts": b"\x18\x80\x94\xeb\xdc\x03",
    "parts below zero": b"\x18" + b"\xff" * 9 + b"\x01",
    "part beyond the last": b"\x18\x02\x20\x02",
    "part below zero": b"\x18\x02\x20" + b"\xff" * 9 + b"\x01",
    "cut after a key": b"\x18\x02\x20",
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_payload_is_refused_at_once(payload: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(InvalidInput) as refused:
        read_migration(_uri(payload))
    assert refused.value.code == "otp.migration"
    assert time.perf_counter() - started < 1


def test_every_cut_within_an_account_is_refused() -> None:
    payload = _payload(build_migration([otp.Account(SECRET, issuer="Example", name="alice")])[0])
    for end in range(1, 2 + payload[1]):
        with pytest.raises(InvalidInput, match="cut"):
            read_migration(_uri(payload[:end]))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    try:
        read_migration(_uri(payload))
    except InvalidInput as refused:
        assert refused.code in ("otp.migration", "otp.import")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "otpauth-migration://offline",
        "otpauth-migration://offline?data=",
        "otpauth-migration://offline?data=A",
        "otpauth-migration://offline?data=AAA*",
        "otpauth-migration://offline?data=AB==CD==",
        "otpauth-migration://offline?data=é",
        "otpauth-migration://offline?data=\udcff",
        "otpauth-migration://offline?data=%zz",
        f"otpauth-migration://offline?data={OTPAUTH_README}&data={OTPAUTH_README}",
        f"otpauth-migration://online?data={OTPAUTH_README}",
        f"otpauth-migration://offline?data={OTPAUTH_README[:30]} {OTPAUTH_README[30:]}",
        "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ",
        "otpauth-migration://offline?data=" + "A" * 20_000,
    ],
)
def test_what_is_no_migration_uri_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_migration(text)
    assert refused.value.code == "otp.migration"
    said = f"{refused.value.message} {refused.value.hint}"
    assert "CjEKCkhl" not in said
    assert "GEZDGN" not in said
