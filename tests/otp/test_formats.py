"""What other apps export is read; what is written is theirs, and no account is changed by it."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli import otp
from authcli.errors import AuthError, InvalidInput, PassphraseNeeded
from authcli.otp.entries import MAX_ENTRIES
from authcli.otp.formats import FORMATS, Imported, recognise
from authcli.otp.migration import build_migration
from authcli.otp.protobuf import chunk_field, number_field
from authcli.secret import Secret
from tests.otp import exports
from tests.otp.accounts import accounts
from tests.otp.exports import ACCOUNTS, AEGIS, ANDOTP, KEY, TWO_FAS

SECRET = Secret(b"12345678901234567890")
ONE = [otp.Account(SECRET, issuer="Example", name="alice")]
URI = otp.build_uri(ONE[0])

#: An export of each format, of the same accounts where it can hold them.
EXPORTS: dict[str, Any] = {"aegis": AEGIS, "2fas": TWO_FAS, "andotp": ANDOTP}


def asking(passphrase: str = "test") -> Callable[[], Secret]:
    return lambda: Secret(passphrase)


def nobody() -> NoReturn:
    raise AssertionError("the passphrase was asked for")


def read(document: object, name: str) -> Imported:
    return FORMATS[name].read(json.dumps(document).encode(), passphrase=nobody)


def refusal(document: object, name: str) -> AuthError:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(InvalidInput) as refused:
        FORMATS[name].read(data, passphrase=asking())
    assert KEY not in f"{refused.value.message} {refused.value.hint}"
    return refused.value


def without(document: Any, *path: Any, put: Any = None) -> Any:
    """Return a copy of a document with another value, or none, at a path."""
    copy = json.loads(json.dumps(document))
    at = copy
    for step in path[:-1]:
        at = at[step]
    if put is None:
        del at[path[-1]]
    else:
        at[path[-1]] = put
    return copy


# --- both ways ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_of_the_app_is_read(name: str) -> None:
    assert read(EXPORTS[name], name) == Imported(ACCOUNTS)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=50)
@given(written=st.lists(accounts(least_bytes=16), max_size=3))
def test_accounts_are_refused_or_kept_as_they_are(name: str, written: list[otp.Account]) -> None:
    """Whatever a format cannot say, nothing is changed or lost on the way."""
    try:
        data = FORMATS[name].write(written)
    except InvalidInput as refused:
        assert refused.code == "otp.export"
    else:
        assert not written or FORMATS[name].read(data).accounts == written
        assert not written or recognise(data) == name


@pytest.mark.parametrize("name", ["otpauth", "aegis"])
@settings(max_examples=50)
@given(account=accounts(least_bytes=16))
def test_uris_and_aegis_keep_what_apps_can_have(name: str, account: otp.Account) -> None:
    fits = account.counter < 1 << 63 and account.period_seconds <= 2_147_483
    sound = account.kind != "steam" or account.algorithm == "SHA1"
    if name == "otpauth" or (fits and sound):
        assert FORMATS[name].read(FORMATS[name].write([account])).accounts == [account]


@pytest.mark.parametrize(
    ("name", "account", "reason"),
    [
        ("2fas", otp.Account(SECRET, period_seconds=45), "10, 30, 60 and 90 seconds, not 45"),
        ("2fas", otp.Account(SECRET, "hotp", counter=1 << 31), "up to 2^31 - 1"),
        ("2fas", otp.Account(SECRET, "steam", digits=5, period_seconds=60), "30 seconds alone"),
        ("aegis", otp.Account(SECRET, "hotp", counter=1 << 63), "up to 2^63 - 1"),
        ("aegis", otp.Account(SECRET, period_seconds=2_147_484), "up to 2147483 seconds"),
        ("aegis", otp.Account(SECRET, "steam", algorithm="SHA256", digits=5), "SHA1 alone"),
        ("andotp", otp.Account(SECRET, "hotp", counter=1 << 63), "up to 2^63 - 1"),
        ("migration", otp.Account(SECRET, period_seconds=60), "30 seconds alone, not 60"),
        ("migration", otp.Account(SECRET, digits=7), "6 and 8 digits, not 7"),
        ("otpauth", otp.Account(Secret(b"")), "a secret"),
        ("otpauth", otp.Account(SECRET, name="a" * 2000), "more than 2048"),
    ],
)
def test_what_a_format_cannot_say_is_refused_with_the_reason(
    name: str, account: otp.Account, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        FORMATS[name].write([*ONE, account])
    assert refused.value.code == "otp.export"
    assert reason in refused.value.message


# --- what is written ----------------------------------------------------------------------------


def test_aegis_gets_its_own_members() -> None:
    vault = json.loads(FORMATS["aegis"].write(ACCOUNTS))
    assert vault["header"] == {"slots": None, "params": None}
    assert (vault["version"], vault["db"]["version"], vault["db"]["groups"]) == (1, 3, [])
    entries = vault["db"]["entries"]
    assert len({uuid.UUID(entry.pop("uuid")).version for entry in entries}) == 1
    common = {"note": "", "favorite": False, "icon": None, "groups": []}
    secret = {"secret": KEY}
    assert entries[0] == common | {
        "type": "totp",
        "name": "alice@example.com",
        "issuer": "Example",
        "info": secret | {"algo": "SHA1", "digits": 6, "period": 30},
    }
    assert entries[2]["info"] == secret | {"algo": "SHA512", "digits": 7, "counter": 41}
    assert entries[3]["type"] == "steam"
    assert entries[3]["info"] == secret | {"algo": "SHA1", "digits": 5, "period": 30}


def test_2fas_gets_its_own_members() -> None:
    before_ms = time.time_ns() // 1_000_000
    backup = json.loads(FORMATS["2fas"].write(ACCOUNTS))
    services = backup.pop("services")
    assert before_ms <= backup.pop("updatedAt") <= time.time_ns() // 1_000_000
    assert backup == {
        "groups": [],
        "schemaVersion": 4,
        "appVersionCode": 5_000_009,
        "appVersionName": "5.1.0",
        "appOrigin": "android",
    }
    assert services[2].pop("updatedAt") >= before_ms
    assert services[2] == {
        "name": "VPN",
        "secret": KEY,
        "otp": {
            "label": "bob",
            "account": "bob",
            "issuer": "VPN",
            "digits": 7,
            "algorithm": "SHA512",
            "counter": 41,
            "tokenType": "HOTP",
            "source": "Manual",
        },
        "order": {"position": 2},
        "icon": {
            "selected": "Label",
            "label": {"text": "VP", "backgroundColor": "Default"},
            "iconCollection": {"id": "a5b3fb65-4ec5-43e6-8ec1-49e24ca9e7ad"},
        },
    }
    assert [service["otp"]["tokenType"] for service in services] == [
        "TOTP",
        "TOTP",
        "HOTP",
        "STEAM",
    ]


def test_andotp_gets_its_own_members() -> None:
    entries = json.loads(FORMATS["andotp"].write(ACCOUNTS))
    assert entries[0] == ANDOTP[0] | {"last_used": 0}
    assert entries[2] == ANDOTP[2] | {"last_used": 0, "issuer": "VPN", "label": "bob"}


def test_uris_are_a_line_each() -> None:
    lines = FORMATS["otpauth"].write(ACCOUNTS).decode().splitlines()
    assert lines == [otp.build_uri(account) for account in ACCOUNTS]


# --- encrypted ----------------------------------------------------------------------------------


def test_an_encrypted_aegis_vault_is_opened() -> None:
    data = json.dumps(exports.aegis_sealed(b"t\xc3\xa9st")).encode()
    assert recognise(data) == "aegis"
    assert FORMATS["aegis"].read(data, passphrase=asking("tést")) == Imported(ACCOUNTS)


def test_an_aegis_vault_is_encrypted_as_its_document_says() -> None:
    data = FORMATS["aegis"].write(ACCOUNTS, passphrase=Secret("tést"))
    assert KEY not in data.decode()
    assert "alice" not in data.decode()
    vault = json.loads(data)
    plain = exports.opened_aegis(vault, "tést".encode())
    assert [entry["issuer"] for entry in plain["entries"]] == ["Example", "Bänk", "VPN", "Steam"]
    assert {key: vault["header"]["slots"][0][key] for key in ("n", "r", "p", "repaired")} == {
        "n": 1 << 15,
        "r": 8,
        "p": 1,
        "repaired": True,
    }
    assert FORMATS["aegis"].read(data, passphrase=asking("tést")).accounts == ACCOUNTS


def test_two_vaults_of_one_passphrase_have_nothing_in_common() -> None:
    write = FORMATS["aegis"].write
    vaults = [json.loads(write(ONE, passphrase=Secret("test"))) for _ in range(2)]
    slots = [vault["header"]["slots"][0] for vault in vaults]
    for member in ("uuid", "salt", "key", "key_params"):
        assert slots[0][member] != slots[1][member]
    assert vaults[0]["header"]["params"] != vaults[1]["header"]["params"]


SEALED: dict[str, Callable[[bytes], bytes]] = {
    "aegis": lambda passphrase: json.dumps(exports.aegis_sealed(passphrase)).encode(),
    "2fas": lambda passphrase: json.dumps(exports.two_fas_sealed(passphrase)).encode(),
    "andotp": exports.andotp_sealed,
}


@pytest.mark.parametrize("name", SEALED)
def test_an_encrypted_export_is_opened_with_its_passphrase_alone(name: str) -> None:
    data = SEALED[name](b"test")
    assert recognise(data) == name
    assert FORMATS[name].read(data, passphrase=asking("test")).accounts == ACCOUNTS
    with pytest.raises(PassphraseNeeded, match="does not open") as refused:
        FORMATS[name].read(data, passphrase=asking("Test"))
    assert refused.value.code == "otp.passphrase"
    for asked in (None, asking("")):
        with pytest.raises(PassphraseNeeded, match="needs its passphrase"):
            FORMATS[name].read(data, passphrase=asked)


def test_a_changed_vault_is_not_opened() -> None:
    vault = exports.aegis_sealed(b"test")
    changed = "A" if vault["db"][0] != "A" else "B"
    assert "changed, or cut" in refusal(vault | {"db": changed + vault["db"][1:]}, "aegis").message
    assert "changed, or cut" in refusal(vault | {"db": ""}, "aegis").message
    assert "not base64" in refusal(vault | {"db": "*"}, "aegis").message


def test_a_vault_that_opens_on_the_phone_alone_says_so() -> None:
    vault = exports.aegis_sealed(b"test")
    del vault["header"]["slots"][1]
    assert "on the phone alone" in refusal(vault, "aegis").message


@pytest.mark.parametrize(
    "cost",
    [
        {"n": 1 << 31},
        {"n": 1 << 30, "r": 1},
        {"n": 1 << 20, "r": 1 << 20},
        {"p": 1 << 30},
        {"n": 1 << 15, "r": 8, "p": 17},
        {"n": 1 << 18, "r": 16},
        {"n": 0},
        {"n": 1},
        {"n": 32_767},
        {"n": 1 << 16, "r": 1},
        {"r": 0},
        {"p": 0},
        {"n": -32768},
        {"n": 1e300},
        {"n": "32768"},
        {"p": None},
        {"n": True},
        {"n": 10**400},
        {"salt": "00" * 100_000},
        {"salt": "zz"},
    ],
    ids=str,
)
def test_a_hostile_slot_is_refused_before_anything_is_computed(cost: dict[str, Any]) -> None:
    vault = exports.aegis_sealed(b"test", **cost)
    started = time.perf_counter()
    error = refusal(vault, "aegis")
    assert time.perf_counter() - started < 1
    assert error.code == "otp.import"


def test_many_slots_do_not_add_up_to_a_long_wait() -> None:
    """Each would be tried with the passphrase: the sum of them is bounded."""
    vault = exports.aegis_sealed(b"test")
    vault["header"]["slots"] *= 40
    data = json.dumps(vault).encode()
    with pytest.raises(InvalidInput, match="unreasonable amount of work"):
        FORMATS["aegis"].read(data, passphrase=nobody)


def test_many_cheap_slots_are_refused() -> None:
    """A file has room for 60,000, each of which costs more than its scrypt."""
    vault = exports.aegis_sealed(b"test", n=2, r=1, p=1)
    vault["header"]["slots"] *= 65
    assert "over 64 slots" in refusal(vault, "aegis").message


def test_many_iterations_are_no_andotp_backup() -> None:
    data = bytearray(exports.andotp_sealed(b"test", 1))
    data[:4] = (1_000_001).to_bytes(4, "big")
    assert recognise(bytes(data)) is None
    started = time.perf_counter()
    refusal(bytes(data), "andotp")
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("name", ["otpauth", "migration", "2fas", "andotp"])
def test_a_passphrase_is_refused_where_nothing_is_encrypted(name: str) -> None:
    assert not FORMATS[name].encrypts
    with pytest.raises(InvalidInput, match="not encrypted") as refused:
        FORMATS[name].write(ONE, passphrase=Secret("test"))
    assert refused.value.code == "otp.export"


def test_an_empty_passphrase_encrypts_nothing() -> None:
    with pytest.raises(PassphraseNeeded):
        FORMATS["aegis"].write(ONE, passphrase=Secret(""))


# --- untrusted ----------------------------------------------------------------------------------

ENTRIES: dict[str, tuple[Any, ...]] = {
    "aegis": ("db", "entries"),
    "2fas": ("services",),
    "andotp": (),
}
ODD: dict[str, list[tuple[tuple[Any, ...], Any, str]]] = {
    "aegis": [
        (("type",), "yandex", "'yandex' is not TOTP, HOTP or Steam"),
        (("type",), 1, "its type is no text"),
        (("info", "algo"), "MD5", "'MD5' is not SHA1"),
        (("info", "digits"), 10, "6 to 8 digits"),
        (("info", "digits"), True, "digits is no number"),
        (("info", "digits"), 6.0, "digits is no number"),
        (("info", "period"), 0, "a period is 1"),
        (("info", "period"), 10**30, "period is no number"),
        (("info", "period"), None, "period is missing"),
        (("info", "secret"), "1", "not one of base32"),
        (("info", "secret"), "", "secret is empty"),
        (("info", "secret"), None, "secret is missing"),
        (("info",), None, "its info is no object"),
        (("name",), "a" * 3000, "more than 2048"),
        (("name",), "\ud800", "not UTF-8"),
        (("issuer",), [], "its issuer is no text"),
    ],
    "2fas": [
        (("otp", "algorithm"), "SHA224", "'SHA224' is not SHA1"),
        (("otp", "tokenType"), "OTHER", "is not TOTP, HOTP or Steam"),
        (("otp", "digits"), 5, "6 to 8 digits"),
        (("otp",), None, "its otp is no object"),
        (("secret",), None, "secret is missing"),
    ],
    "andotp": [
        (("type",), "MOTP", "is not TOTP, HOTP or Steam"),
        (("type",), "HOTP", "counter is missing"),
        (("digits",), -1, "digits is no number"),
        (("secret",), KEY + "1", "not one of base32"),
    ],
}


@pytest.mark.parametrize(
    ("name", "path", "value", "reason"),
    [(name, *odd) for name, odds in ODD.items() for odd in odds],
    ids=str,
)
def test_an_account_that_cannot_be_computed_is_left_out_and_said(
    name: str, path: tuple[Any, ...], value: object, reason: str
) -> None:
    document = without(EXPORTS[name], *ENTRIES[name], 0, *path, put=value)
    found = read(document, name)
    assert found.accounts == ACCOUNTS[1:]
    assert found.left_out == 1
    assert found.warnings[0].startswith("entry 1 is left out: ")
    assert reason in found.warnings[0]
    assert KEY not in found.warnings[0]


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_of_which_nothing_can_be_read_is_refused(name: str) -> None:
    document = EXPORTS[name]
    for number in range(4):
        document = without(document, *ENTRIES[name], number, put={})
    error = refusal(document, name)
    assert "no account that can be read: entry 1 is left out" in error.message
    assert error.code == "otp.import"


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"\xff\xfe{\0}\0", "byte order mark"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper than 64"),
        (b'{"db":' * 70 + b"1" + b"}" * 70, "nested deeper than 64"),
        (b"1" * 5000, "cannot be read"),
        (b"[" + b" " * (16 << 20) + b"]", "over the limit"),
        (b'"text"', ""),
        (b"null", ""),
        (b"[1]", ""),
        (b"{}", ""),
        (b'{"version": 1}', ""),
        (b'{"schemaVersion": 4, "services": {}}', ""),
        (b'{"version": 1, "header": [], "db": {}}', ""),
        (b'{"version": 1, "header": {}, "db": "AAAA"}', ""),
        (b'{"schemaVersion": 4, "services": [], "servicesEncrypted": "a:b"}', ""),
        (b'{"schemaVersion": 4, "services": [], "servicesEncrypted": "*:*:*"}', ""),
        (b'{"schemaVersion": 4, "services": [], "servicesEncrypted": 1}', ""),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_what_is_no_export_is_refused(name: str, data: bytes, why: str) -> None:
    assert why in refusal(data, name).message


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (AEGIS | {"version": 2}, "aegis"),
        (AEGIS | {"version": "1"}, "aegis"),
        (without(AEGIS, "db", "version", put=4), "aegis"),
        (TWO_FAS | {"schemaVersion": 5}, "2fas"),
        (TWO_FAS | {"schemaVersion": "4"}, "2fas"),
    ],
    ids=["aegis-2", "aegis-text", "aegis-db-4", "2fas-5", "2fas-text"],
)
def test_a_version_that_is_not_known_is_refused(document: object, name: str) -> None:
    assert "ersion is not" in refusal(document, name).message.replace("of version", "ersion is not")


def test_more_accounts_than_anybody_has_are_refused() -> None:
    entries = [ANDOTP[0]] * (MAX_ENTRIES + 1)
    assert "over 10000 entries" in refusal(entries, "andotp").message


# --- lists of URIs ------------------------------------------------------------------------------


def test_a_list_of_uris_is_read() -> None:
    lines = f"\ufeff# of the old phone\r\n\r\n  {URI}\r\nsteam://{KEY}\n"
    found = FORMATS["otpauth"].read(lines.encode())
    assert found.accounts == [*ONE, otp.Account(SECRET, "steam", "Steam", digits=5)]


def test_a_uri_that_cannot_be_read_is_left_out_and_said() -> None:
    bad = URI.replace("digits=6", "digits=10")
    found = FORMATS["otpauth"].read(f"{URI}\n{bad}\n".encode())
    assert (found.accounts, found.left_out) == (ONE, 1)
    assert found.warnings[0].startswith("URI 2 is left out: ")
    assert KEY not in found.warnings[0]


def test_the_parts_of_an_export_are_joined_in_any_order() -> None:
    many = [otp.Account(SECRET, name=f"{number:02}") for number in range(25)]
    first, second, third = build_migration(many)
    data = f"{third}\n{first}\n{second}\n{first}\n{URI}\n"
    found = FORMATS["migration"].read(data.encode())
    assert found == Imported([*ONE, *many])
    assert recognise(data.encode()) == "migration"


def test_a_part_that_is_missing_is_said() -> None:
    parts = build_migration([otp.Account(SECRET, name=f"{n:02}") for n in range(25)])
    found = FORMATS["migration"].read(parts[1].encode())
    assert len(found.accounts) == 10
    assert found.warnings == ("part 1, 3 of 3 of an export is missing, with the accounts in it",)


def test_payloads_of_more_accounts_than_anybody_has_are_refused_on_the_way() -> None:
    """Each of 16 kB holds 1,700 accounts, and a list many payloads."""
    one = chunk_field(1, chunk_field(1, b"A") + number_field(6, 2))
    lines = [
        "otpauth-migration://offline?data="
        + base64.b64encode(one * 1500 + number_field(5, number)).decode()
        for number in range(200)
    ]
    started = time.monotonic()
    with pytest.raises(InvalidInput, match="over 10000 accounts"):
        FORMATS["migration"].read("\n".join(lines).encode())
    assert time.monotonic() - started < 5
    same = FORMATS["migration"].read("\n".join(lines[:1] * 200).encode())
    assert len(same.accounts) == 1500


@pytest.mark.parametrize(
    "data", [b"", b"\n# nothing\n", b"\xff\xfe", b"hello", KEY.encode(), bytes(17 << 20)]
)
def test_what_is_no_list_of_uris_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        FORMATS["otpauth"].read(data)
    assert refused.value.code == "otp.import"
    assert KEY not in refused.value.message


# --- recognised ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (json.dumps(AEGIS, indent=4).encode(), "aegis"),
        (b"\n " + json.dumps(TWO_FAS).encode(), "2fas"),
        (json.dumps(ANDOTP).encode(), "andotp"),
        (f"# mine\n{URI}".encode(), "otpauth"),
        (b"OTPAUTH://TOTP/a?secret=b", "otpauth"),
        (build_migration(ONE)[0].encode(), "migration"),
        (b"", None),
        (b"{}", None),
        (b"[]", None),
        (b"[[]]", None),
        (b'[{"secret": "a"}]', None),
        (b"hello", None),
        (KEY.encode(), None),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), None),
        (bytes(100), None),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else str(value),
)
def test_a_format_is_recognised_by_its_content(data: bytes, name: str | None) -> None:
    assert recognise(data) == name


def test_json_that_cannot_be_read_is_no_unknown_format() -> None:
    with pytest.raises(InvalidInput, match="nested deeper"):
        recognise(b"[" * 1000)
