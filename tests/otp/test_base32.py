"""Secrets: read as services print them, refused where a character was lost, never repeated."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli import otp
from authcli.errors import InvalidInput
from authcli.secret import Secret

#: Source: RFC 4648, section 10.
RFC_4648 = [
    (b"f", "MY======"),
    (b"fo", "MZXQ===="),
    (b"foo", "MZXW6==="),
    (b"foob", "MZXW6YQ="),
    (b"fooba", "MZXW6YTB"),
    (b"foobar", "MZXW6YTBOI======"),
]


@pytest.mark.parametrize(("data", "text"), RFC_4648)
def test_the_values_of_rfc_4648(data: bytes, text: str) -> None:
    assert otp.read_secret(text).secret.reveal() == data
    assert otp.write_secret(Secret(data)) == text.rstrip("=")


@given(st.binary(min_size=1, max_size=200))
def test_what_is_written_is_read_and_is_base32(data: bytes) -> None:
    text = otp.write_secret(Secret(data))
    assert text == base64.b32encode(data).decode().rstrip("=")
    for form in (text, text.lower(), otp.write_secret(Secret(data), grouped=True), text.encode()):
        assert otp.read_secret(form).secret == Secret(data)


@pytest.mark.parametrize(
    "text",
    [
        *("JBSWY3DPEHPK3PXP", "jbswy3dpehpk3pxp", "jbsw y3dp ehpk 3pxp", "JBSW-Y3DP-EHPK-3PXP"),
        *("JBSWY3DPEHPK3PXP====", " JBSWY3DPEHPK3PXP\r\n", "JBSW\u00a0Y3DP\u2009EHPK\t3PXP"),
    ],
)
def test_the_layout_of_people_is_no_fault_but_80_bits_are_said(text: str) -> None:
    secret, warnings = otp.read_secret(text)
    assert secret.reveal().hex() == "48656c6c6f21deadbeef"
    assert warnings == ("the secret has 80 bits; RFC 4226 wants 128 or more",)


def test_16_bytes_are_enough() -> None:
    assert otp.read_secret("A" * 26).warnings == ()
    assert otp.read_secret("A" * 24).warnings != ()


def test_bits_left_over_are_dropped_as_apps_do() -> None:
    """26 random characters are 130 bits, and services hand them out."""
    assert otp.read_secret("A" * 25 + "7").secret == otp.read_secret("A" * 25 + "4").secret


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "=", "====", "-", "A", "AAA", "AAAAAA", "JBSWY3DPEHPK3PXPA", "JBSW=Y3DP"),
        *("JBSWY3DPEHPK3PX1", "JBSWY3DPEHPK3PX0", "JBSWY3DPEHPK3PX8", "JBSWY3DPEHPK3PX_"),
        # Case mapping would make an I, an S and a K of these; the last are full-width letters.
        *("JBSWY3DPEHPK3PX\u0131", "JBSWY3DPEHPK3PX\u017f", "JBSWY3DPEHPK3PX\u212a"),
        *(
            "\uff2a\uff22\uff33\uff37",
            b"JBSW\xff",
            "A" * 2049,
            "A" * 2048,
            "a" * 10_000_000,
            "JBSW\ud800",
        ),
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str | bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        otp.read_secret(text)
    assert refused.value.code == "otp.secret"
    if len(text) > 5:
        assert str(text)[:6] not in f"{refused.value} {refused.value.hint}"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        secret = otp.read_secret(text).secret
    except InvalidInput as error:
        assert error.code == "otp.secret"
    else:
        assert otp.read_secret(otp.write_secret(secret)).secret == secret


def test_a_new_secret_has_160_bits_and_is_another_each_time() -> None:
    assert len(otp.new_secret()) == 20
    assert len(otp.new_secret(64)) == 64
    assert len({otp.new_secret(16) for _ in range(50)}) == 50


@pytest.mark.parametrize("size", [-1, 0, 15, 513])
def test_a_new_secret_is_not_short(size: int) -> None:
    with pytest.raises(InvalidInput, match="16 to 512 bytes"):
        otp.new_secret(size)
