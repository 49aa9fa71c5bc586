"""Codes and URIs that others published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from authcli import otp
from authcli.errors import InvalidInput
from authcli.otp.hotp import HASHES, code_text

#: What a URI's row calls a member, and what an account does.
MEMBERS = {
    "type": "kind",
    "issuer": "issuer",
    "account": "name",
    "algorithm": "algorithm",
    "digits": "digits",
    "period": "period_seconds",
    "counter": "counter",
}
#: The issuers differ, and the parameter counts; the row names the one that the label should have.
DIFFERING = {"uri-051": "ACME Co", "uri-055": "ACME Co", "uri-106": "AnotherIssuer"}


def test_every_published_code_is_ours(published: Callable[[str], list[Any]]) -> None:
    """All 88; those of SHA224, SHA384 and SHA3 by the bare function, as no account has them."""
    rows, wrong = published("hotp_totp.jsonl"), []
    for row in rows:
        secret = otp.read_secret(row.get("secret_as_written", row["secret_b32"])).secret
        moment = row["counter"] if row["type"] == "hotp" else row["time"] // row["period"]
        if row["algorithm"] in HASHES:
            account = otp.Account(
                secret,
                row["type"],
                algorithm=row["algorithm"],
                digits=row["digits"],
                period_seconds=row.get("period", 30),
                counter=row.get("counter", 0),
            )
            text = otp.code(account, at=row.get("time")).text
            assert otp.verify(account, text, at=row.get("time"), window=0).moment == moment
        else:
            hash = row["algorithm"].lower().replace("-", "_")
            text = code_text(secret.reveal(), moment, digits=row["digits"], hash=hash)
        if text != row["code"]:
            wrong.append(row["id"])
    assert (wrong, len(rows)) == ([], 88)
    assert sum(row["algorithm"] in HASHES for row in rows) == 74


def _said(uri: str) -> tuple[str, otp.Account | None]:
    try:
        account, warnings = otp.parse_uri(uri)
    except InvalidInput:
        return "reject", None
    doubts = [warning for warning in warnings if "bits" not in warning]
    return "warn" if doubts else "accept", account


def test_every_published_uri_is_read_or_refused_as_it_should(
    published: Callable[[str], list[Any]],
) -> None:
    """Rows that leave the choice: hashes of hardly any app are refused, and Steam is read."""
    rows, wrong = published("otpauth_uris.jsonl"), []
    for row in rows:
        verdict, account = _said(row["uri"])
        wanted = {"reject-or-support": "reject", "reject-or-steam": "accept"}
        if verdict != wanted.get(row["expected"], row["expected"]):
            wrong.append((row["id"], verdict))
        if account is not None:
            wrong += [(row["id"], name) for name in _differing(account, row)]
    assert (wrong, len(rows)) == ([], 131)


def _differing(account: otp.Account, row: dict[str, Any]) -> list[str]:
    """Return the names of the members, and of the code, that are not the row's."""
    parsed = dict(row.get("parsed", {}))
    if row["id"] in DIFFERING:
        parsed["issuer"] = DIFFERING[row["id"]]
    if row["expected"] == "reject-or-steam":
        parsed["type"] = "steam"
    found = {name: getattr(account, MEMBERS[name]) for name in parsed if name != "secret"}
    if "secret" in parsed:
        found["secret"] = otp.write_secret(account.secret)
    if "issuer" in parsed:
        found["issuer"] = account.issuer or None
    differing = [name for name in parsed if found[name] != parsed[name]]
    code = row.get("code", {})
    if "code" in code:
        moment = code.get("counter", otp.code(account, at=code.get("time")).moment)
        differing += ["code"] * (otp.code_at(account, moment).text != code["code"])
    return differing
