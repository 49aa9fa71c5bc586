"""Accounts of every kind, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from authcli import otp
from authcli.otp.model import Kind
from authcli.secret import Secret

__all__ = ["accounts", "names"]

#: Any text that UTF-8 has, and much of what means something in a URI. Blanks at the ends are not
#: kept by URIs.
names = st.one_of(
    st.text(":%+&=#?/ aA3\x1b", max_size=8),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
).map(str.strip)


@st.composite
def accounts(
    draw: st.DrawFn, names: st.SearchStrategy[str] = names, least_bytes: int = 1
) -> otp.Account:
    """Accounts whose fields that their kind has no use for are the defaults."""
    kind: Kind = draw(st.sampled_from(["totp", "hotp", "steam"]))
    return otp.Account(
        Secret(draw(st.binary(min_size=least_bytes, max_size=64))),
        kind,
        draw(names),
        draw(names),
        draw(st.sampled_from(["SHA1", "SHA256", "SHA512"])),
        5 if kind == "steam" else draw(st.integers(6, 8)),
        30 if kind == "hotp" else draw(st.just(30) | st.integers(1, 2**31 - 1)),
        draw(st.integers(0, 2**64 - 1)) if kind == "hotp" else 0,
    )
