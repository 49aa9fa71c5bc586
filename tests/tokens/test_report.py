"""The stable names of checks and codes, and which error each amounts to."""

from __future__ import annotations

import pytest

from authcli.errors import TokenDenied, TokenExpired, TokenRefused, TokenRejected
from authcli.tokens.report import CHECK_NAMES, Check, Report, quoted, refusal

REFUSALS = {
    **dict.fromkeys(
        (
            *("token.malformed", "token.algorithm", "token.alg-none", "token.critical"),
            *("token.kid-unknown", "key.weak", "token.signature", "token.claims"),
        ),
        TokenRejected,
    ),
    "token.expired": TokenExpired,
    "token.not-yet-valid": TokenExpired,
    **dict.fromkeys(
        (
            *("token.typ", "token.issuer", "token.audience", "token.subject", "token.scope"),
            *("token.claim-missing", "token.claim-mismatch"),
        ),
        TokenDenied,
    ),
}


def failed(code: str) -> Check:
    return Check("x", "fail", f"about {code}", code, hint=f"hint for {code}")


@pytest.mark.parametrize(("code", "error"), REFUSALS.items())
def test_a_code_amounts_to_one_error(code: str, error: type[TokenRefused]) -> None:
    report = Report((Check("y", "pass", "fine"), failed(code)))
    refused = refusal(report)
    assert type(refused) is error
    assert (refused.code, refused.message, refused.hint, refused.report) == (
        code,
        f"about {code}",
        f"hint for {code}",
        report,
    )


def test_the_first_of_the_gravest_speaks() -> None:
    codes = ["token.scope", "token.expired", "token.signature", "key.weak"]
    assert refusal(Report(tuple(map(failed, codes)))).code == "token.signature"
    assert refusal(Report(tuple(map(failed, codes[:2])))).code == "token.expired"


def test_check_names_are_stable() -> None:
    """Scripts read them: they change by addition alone."""
    assert " ".join(CHECK_NAMES) == (
        "format header algorithm critical key strength signature claims typ expiry not-before "
        "issued-at issuer audience subject scope required revocation"
    )


def test_a_check_is_found_by_its_name() -> None:
    report = Report((failed("token.scope"),))
    assert report.check("x").code == "token.scope"
    with pytest.raises(KeyError):
        report.check("y")


@pytest.mark.parametrize("text", ["a", "\x1b[0m", "\u202e", "\ud800", "'", "x" * 1000, 10**50, [1]])
def test_quoted_text_is_printable_ascii_and_short(text: object) -> None:
    shown = quoted(text)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= 80
