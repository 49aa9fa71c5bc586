"""What people type: times, durations, claims, rates, networks, scopes, URLs of stores."""

from __future__ import annotations

import json
import re

from authcli import clock
from authcli.apikeys.addresses import check_address, check_cidr, inside
from authcli.apikeys.rates import format_rate, parse_rate
from authcli.apikeys.scopes import check_scope
from authcli.cli import _claims, _times
from authcli.errors import InvalidInput
from authcli.passwords.policy_files import parse_memory
from authcli.store.redis_urls import redis_place
from authcli.store.urls import locate, masked
from tests.fuzz.model import Target, attempt, promise
from tests.fuzz.targets.encodings import JSON_WORDS

__all__ = ["TARGETS"]

_AT = 1_796_086_800
#: A password that is in no word of the grammar of URLs.
_PASSWORD = "Zq7Zq7"


def _duration(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for bare in (False, True):
        found = attempt(_times.duration_of, "--lifetime", text, bare_seconds=bare)
        if found is not None:
            promise(0 <= found <= clock.MAX_DURATION_SECONDS, "a duration is bounded")
            promise(clock.parse_duration(clock.spell_duration(found)) == found, "spelt as read")
            clock.format_duration(found)
    signed = attempt(clock.parse_duration, text, signed=True)
    plain = attempt(clock.parse_duration, text)
    promise(plain is None or plain == signed, "a sign that may be there changes no other")
    attempt(parse_memory, text)


def _instant(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for any_epoch in (False, True):
        found = attempt(_times.instant_of, "--at", text, at=_AT, any_epoch=any_epoch)
        if found is None:
            continue
        promise(0 <= found <= clock.LATEST_INSTANT, "an instant is bounded")
        shown = clock.format_instant(found)
        promise(clock.parse_instant(shown, at=0) == found, "an instant is read as it is shown")
        clock.format_instant(found, local=True)
        clock.format_relative(found, at=_AT)


def _claim(data: bytes) -> None:
    texts = data.decode("utf-8", "surrogateescape").split("\n")[:20]
    # A value that begins with @ names a file, which is another matter.
    arguments = [text for text in texts if not re.match(r"(?s)@|-\Z|[^=]*=@", text)]
    claims = attempt(_claims.parse_claims, None, arguments)  # type: ignore[arg-type]
    if claims is not None:
        text = json.dumps(claims)
        again = _claims.parse_claims(None, [text] if claims else [])  # type: ignore[arg-type]
        promise(json.dumps(again) == text, "claims are read as they are shown")
        singles = [text for text in arguments if not _claims.is_object(text)]
        for change in _claims.single_claims(singles):
            held: object = claims
            for name in change.path:
                held = held[name]  # type: ignore[index]
            promise(change.append or held == change.value, "a single claim is where it was put")
    attempt(_claims.parse_header, arguments)
    attempt(_claims.parse_requirements, arguments)
    for argument in arguments:
        attempt(_claims.claim_path, argument)


def _key_limits(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    rate = attempt(parse_rate, text)
    promise(rate is None or parse_rate(format_rate(rate)) == rate, "a rate is written as read")
    cidr = attempt(check_cidr, text)
    if cidr is not None:
        promise(check_cidr(cidr) == cidr, "a network has one spelling")
        promise(inside(cidr.partition("/")[0], [cidr]), "its first address is inside")
    address = attempt(check_address, text)
    if address is not None:
        promise(check_address(address) == address, "an address has one spelling")
        promise(inside(text, [check_cidr(address)]), "an address is in the network of itself")
    scope = attempt(check_scope, text)
    promise(scope is None or scope == text, "a scope is taken as it is")


def _store_url(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    shown = masked(text)
    promise(shown.isprintable() and len(shown) <= len("sqlite:") + 400, "a masked URL can be shown")
    for read in (locate, redis_place):
        try:
            found = read(text)
        except InvalidInput as error:
            promise(error.message.isprintable(), "so can what is wrong with it")
            continue
        promise(found.masked.isprintable(), "and what it is")
    _hold_password(text)


def _hold_password(text: str) -> None:
    """A password between ":" and "@" of a URL is in no message, whatever stands around it.

    A scheme of one letter is a drive of Windows.
    """
    scheme, slashes, rest = text.partition("://")
    if not slashes or not re.fullmatch("[a-z]{2,12}", scheme) or "@" in rest or "?" in rest:
        return
    url = f"{scheme}://user:{_PASSWORD}@{rest}"
    promise(_PASSWORD not in masked(url), "the password of a URL is masked")
    for read in (locate, redis_place):
        try:
            promise(_PASSWORD not in read(url).masked, "and in what was read")
        except InvalidInput as error:
            promise(_PASSWORD not in f"{error.message} {error.hint}", "and in messages")


TARGETS = {
    "duration": Target(
        _duration,
        lambda: [b"1h30m", b"2 weeks", b"+1 day", b"-5m", b"90", b"1y, 2d", b"64MiB", b"1000y"],
        (
            b"s",
            b"m",
            b"h",
            b"d",
            b"w",
            b"y",
            b"hours",
            b"weeks",
            b"years",
            b",",
            b" ",
            b"0",
            b"999",
        ),
    ),
    "instant": Target(
        _instant,
        lambda: (
            [
                b"now",
                b"2026-12-01",
                b"2026-12-01T09:00Z",
                b"1796086800",
                b"+15m",
                b"-5m",
                b"2026-12-01T09:00:00.123456+05:30",
                b"2026-12-01 23:59:60",
                b"9999-12-31T23:59:59-12:00",
            ]
        ),
        (
            b"T",
            b"Z",
            b"+00:00",
            b"-23:59",
            b"0001-01-01",
            b"9999-12-31",
            b"24:00",
            b".999",
            b"-W01",
        ),
    ),
    "claim": Target(
        _claim,
        lambda: (
            [
                b"name=text\nrole[]=admin\nrole[]=b",
                b'address.city=Oslo\nn:={"a":[1]}',
                b"a\\.b=x",
                b"https://ex.org/r=x\nname=\\@x",
                b'{"sub":"a","aud":["b"]}\naud[]=c\nexp:=1796086800',
            ]
        ),
        (b":=", b"[]=", b"\\.", b".", b"=", b"://", b"\\@", b"aud", b"scope", *JSON_WORDS),
    ),
    "key-limits": Target(
        _key_limits,
        lambda: (
            [
                b"100/1m",
                b"5/30s",
                b"3000/s",
                b"10.0.0.0/8",
                b"2001:db8::/32",
                b"192.0.2.7",
                b"::ffff:10.0.0.1",
                b"fe80::1%eth0",
                b"read:invoices",
                b"read:*",
                b"*",
                b"10.0.0.1/8",
            ]
        ),
        (b"/", b"::", b"ffff:", b"0.0.0.0", b"/96", b"/32", b"%", b":*", b"1h30m", b"*"),
    ),
    "store-url": Target(
        _store_url,
        lambda: (
            [
                b"sqlite:///srv/auth.db",
                b"auth.db",
                b"postgresql://user:pw@host:5432/db?sslmode=a",
                b"redis://:pw@localhost:6379/0",
                b"unix:///run/redis?db=1",
                b"rediss://[::1]:6380",
            ]
        ),
        (
            b"://",
            b"@",
            b":",
            b"?",
            b"&",
            b"#",
            b"%40",
            b"password=",
            b"postgres",
            b"rediss",
            b"unix",
            b"sqlite:",
            b":memory:",
            b"[",
            b"]",
            b"C:\\",
            b"~",
            b"?ssl_ca_certs=",
            b"sslpassword=",
        ),
    ),
}
