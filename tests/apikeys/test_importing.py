"""Importing: keys made as each project makes them verify here, and nothing half-done stays."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import secrets
import string
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from authcli.apikeys import importing, verify
from authcli.apikeys.importing import EVENT, ORIGINS, Defaults, Imported, import_keys, records
from authcli.apikeys.model import ApiKey, Filters, Rate
from authcli.clock import now_ms
from authcli.errors import ApiKeyRefused, AuthError, InvalidInput, Unavailable
from authcli.store import open_store
from authcli.store.store import Store

YEAR_MS = 365 * 86_400_000
Row = dict[str, Any]


class Made(NamedTuple):
    """A key as a project makes it: its text, and what the project keeps of it."""

    text: str
    row: Row


def word(size: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(size))


def drf(**more: Any) -> Made:
    """As `KeyGenerator` and `Sha512ApiKeyHasher` of djangorestframework-api-key 3.1 do."""
    prefix, secret = word(8), word(32)
    text = f"{prefix}.{secret}"
    hashed = f"sha512$${hashlib.sha512(text.encode()).hexdigest()}"
    row = {"id": f"{prefix}.{hashed}", "prefix": prefix, "hashed_key": hashed, "name": "client"}
    return Made(text, {**row, "created": "2024-01-02T03:04:05Z", "revoked": False, **more})


def unkey(**more: Any) -> Made:
    """As unkey's `newKey` does: a prefix, base58, and SHA-256 in base64."""
    text = f"sk_live_{word(22)}"
    hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Made(text, {"id": f"key_{word(16)}", "hash": hashed, "name": "client", **more})


def plain(**more: Any) -> Made:
    text = f"tok-{word(30)}"
    return Made(
        text, {"sha256": hashlib.sha256(text.encode()).hexdigest(), "name": "client", **more}
    )


MAKERS = {"djangorestframework-api-key": drf, "unkey": unkey, "sha256": plain}


def as_csv(rows: list[Row], *, delimiter: str = ",", bom: str = "") -> bytes:
    names = list({name: None for row in rows for name in row})
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return (bom + out.getvalue()).encode()


def as_lines(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def taken(store: Store, origin: str, data: bytes, **options: Any) -> Imported:
    """Import an export into a store."""
    return import_keys(
        store.api_keys,
        records(io.BytesIO(data)),
        origin=origin,
        imported_before=lambda lookup: any(store.audit.find(event=EVENT, secret=lookup)),
        **options,
    )


def listed(store: Store) -> list[ApiKey]:
    return list(store.api_keys.find(Filters(), at_ms=now_ms()))


def code_of(store: Store, text: str) -> str:
    """The code of a refusal; "ok" where there is none."""
    with suppress(ApiKeyRefused):
        verify(store.api_keys, text)
        return "ok"
    try:
        verify(store.api_keys, text)
    except ApiKeyRefused as refusal:
        return refusal.code
    return "ok"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Store]:
    """A store on one engine, for what is the same on both."""
    with open_store(str(tmp_path / "auth.db"), create=True) as opened:
        yield opened


# --- end to end ---------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", MAKERS)
def test_keys_made_elsewhere_verify_and_become_ours(store: Store, origin: str) -> None:
    """At its first use a digest is made anew under the pepper; wrong keys stay wrong."""
    made = [MAKERS[origin]() for _ in range(3)]
    done = taken(store, origin, as_csv([one.row for one in made]))
    assert done[:3] == (3, 0, 0)
    assert {key.hash_alg for key in listed(store)} <= {"sha256", "sha512"}
    for one in made:
        wrong = one.text[:-1] + ("a" if one.text[-1] != "a" else "b")
        assert code_of(store, wrong) == "apikey.malformed"
        first, second = verify(store.api_keys, one.text), verify(store.api_keys, one.text)
        assert first.id == second.id
        assert code_of(store, wrong) == "apikey.malformed"
    assert {key.hash_alg for key in listed(store)} == {"hmac-sha256"}
    assert len(list(store.audit.find(event="apikey.upgraded"))) == 3


@pytest.mark.parametrize("origin", MAKERS)
def test_no_key_and_after_its_use_no_digest_of_it_is_kept(local: Store, origin: str) -> None:
    made = MAKERS[origin]()
    taken(local, origin, as_lines([made.row]))
    digests = [hashlib.new(name, made.text.encode()).hexdigest() for name in ("sha256", "sha512")]
    verify(local.api_keys, made.text)
    tables = ("api_keys", "audit_events", "api_key_usage")
    kept = repr([local.database.rows(f"SELECT * FROM {name}") for name in tables])
    assert made.text not in kept
    assert [digest for digest in digests if digest in kept] == []


@pytest.mark.parametrize("origin", MAKERS)
def test_an_import_may_be_said_again(store: Store, origin: str) -> None:
    """Before a key's first use and after it, and twice in one export: it is imported once."""
    used, unused = MAKERS[origin](), MAKERS[origin]()
    data = as_lines([used.row, unused.row, used.row])
    assert taken(store, origin, data)[:2] == (2, 1)
    verify(store.api_keys, used.text)
    assert taken(store, origin, data)[:2] == (0, 3)
    assert len(listed(store)) == 2


def test_a_key_that_was_revoked_and_forgotten_stays_dead(store: Store) -> None:
    made = unkey()
    taken(store, "unkey", as_lines([made.row]))
    with store.api_keys.change():
        store.api_keys.delete([key.id for key in listed(store)])
    assert taken(store, "unkey", as_lines([made.row]))[:2] == (0, 1)
    assert code_of(store, made.text) != "ok"


def test_each_key_has_its_event(store: Store) -> None:
    made = [unkey(name=f"n{number}") for number in range(2)]
    taken(store, "unkey", as_lines([one.row for one in made]))
    events = list(store.audit.find(event=EVENT))
    assert [json.loads(event.detail) for event in events] == [
        {"name": one.row["name"], "from": "unkey", "id": one.row["id"]} for one in made
    ]
    assert store.audit.verify().valid


# --- what records say ---------------------------------------------------------------------------


def test_djangorestframework_api_key_tells_names_ends_and_revocations(local: Store) -> None:
    past, future = "2020-01-01 00:00:00+00", "2090-01-01 00:00:00.5"
    made = [
        drf(name="live", expiry_date=future),
        drf(name="over", expiry_date=past),
        drf(name="revoked", revoked="t"),
        drf(name="endless", expiry_date="", revoked="f"),
    ]
    taken(local, "djangorestframework-api-key", as_csv([one.row for one in made]))
    codes = [code_of(local, one.text) for one in made]
    assert codes == ["ok", "apikey.expired", "apikey.revoked", "ok"]
    live = listed(local)[0]
    assert live.expires_at == 3786912000500
    assert live.created_at == 1704164645000
    assert live.metadata["imported_id"] == made[0].row["prefix"]
    assert listed(local)[2].revoked_reason == "revoked in djangorestframework-api-key"


def test_djangos_dumpdata_is_read(local: Store) -> None:
    made = [drf(), drf()]
    dump = [
        {
            "model": "rest_framework_api_key.apikey",
            "pk": one.row["id"],
            "fields": {"created": "2024-01-02T03:04:05.678Z", "name": "n", "revoked": False,
                       "expiry_date": None, "prefix": one.row["prefix"],
                       "hashed_key": one.row["hashed_key"]},
        }
        for one in made
    ]  # fmt: skip
    for text in (json.dumps(dump), json.dumps(dump, indent=2)):
        taken(local, "djangorestframework-api-key", text.encode())
    assert [code_of(local, one.text) for one in made] == ["ok", "ok"]


def test_unkeys_api_tells_owner_rate_quota_and_permissions(local: Store) -> None:
    soon = now_ms() + YEAR_MS
    made = unkey(
        externalId="cust_1", expires=soon, remaining=2, permissions=["read", "write:x"],
        ratelimit={"type": "fast", "limit": 100, "duration": 60_000}, meta={"plan": "pro"},
        createdAt=1_700_000_000_000, enabled=True, environment="prod",
    )  # fmt: skip
    taken(local, "unkey", json.dumps({"keys": [made.row], "total": 1}, indent=1).encode())
    [key] = listed(local)
    assert (key.owner, key.expires_at, key.environment) == ("cust_1", soon, "prod")
    assert (key.scopes, key.rate) == (("read", "write:x"), Rate(100, 60_000))
    assert (key.quota, key.created_at) == (2, 1_700_000_000_000)
    assert key.metadata == {
        "plan": "pro", "imported_from": "unkey", "imported_id": made.row["id"]
    }  # fmt: skip
    assert [code_of(local, made.text) for _ in range(3)] == ["ok", "ok", "apikey.quota"]


def test_unkeys_newer_api_is_read_and_what_is_lost_is_said(local: Store) -> None:
    row = unkey().row
    row |= {
        "keyId": row.pop("id"),
        "hash": {"value": row["hash"], "variant": "sha256_base64"},
        "identity": {"id": "id_1", "externalId": "cust_2"},
        "credits": {"remaining": 0, "refill": {"interval": "daily", "amount": 5}},
        "ratelimits": [{"name": "x", "limit": 5, "duration": 1000, "autoApply": True}],
        "roles": ["admin"],
        "meta": None,
    }
    done = taken(local, "unkey", json.dumps({"data": [row]}).encode())
    [key] = listed(local)
    assert (key.owner, key.rate, key.quota_remaining) == ("cust_2", Rate(5, 1000), 0)
    assert sorted(done.notes) == [
        "refills of their quota are not taken over", "roles are not taken over"
    ]  # fmt: skip


def test_unkeys_table_is_read(local: Store) -> None:
    """As a client of MySQL writes it: columns in snake_case, NULL, 0 and 1."""
    columns = {
        "key_auth_id": "ks_1", "owner_id": "o", "meta": '{"a":1}', "expires": "NULL",
        "created_at": "2024-01-02 03:04:05.678", "deleted_at": "NULL", "enabled": "0",
        "remaining_requests": "NULL", "ratelimit_limit": "10", "ratelimit_duration": "1000",
    }  # fmt: skip
    made = [unkey(**columns), unkey(**columns | {"enabled": "1", "deleted_at": "2024-05-05"})]
    taken(local, "unkey", as_csv([one.row for one in made]))
    assert [code_of(local, one.text) for one in made] == ["apikey.disabled", "apikey.revoked"]
    assert listed(local)[0].rate == Rate(10, 1000)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_columns_stand_in_any_order(delimiter: str, bom: str) -> None:
    made = plain(owner="bob", scopes="read:x write:y", expires="2090-01-01")
    row = dict(reversed(made.row.items())) | {"ignored": 'a "quoted"\ncell'}
    [record] = records(io.BytesIO(as_csv([row], delimiter=delimiter, bom=bom)))
    entry = ORIGINS["sha256"](record.fields)
    assert (entry.name, entry.owner, entry.scopes) == ("client", "bob", ("read:x", "write:y"))
    assert (entry.digest, entry.expires_at) == (made.row["sha256"], 3786912000000)


def test_a_list_without_a_header_is_read(local: Store) -> None:
    """Digest, and perhaps a name and an owner."""
    made = [plain(), plain()]
    lines = [f"{one.row['sha256'].upper()},n{number},bob\n" for number, one in enumerate(made)]
    assert taken(local, "sha256", "".join(lines).encode()).imported == 2
    assert [(key.name, key.owner) for key in listed(local)] == [("n0", "bob"), ("n1", "bob")]


def test_defaults_fill_what_records_leave_open(local: Store) -> None:
    end = now_ms() + YEAR_MS
    rows = [
        plain(label="a", owner="own", scope="x", expires="2090-01-01").row,
        plain(label="b").row,
    ]
    defaults = Defaults("acme_test", "team", ("read",), end, "label")
    taken(local, "sha256", as_lines(rows), defaults=defaults)
    one, other = listed(local)
    assert (one.name, one.owner, one.scopes, one.environment) == ("a", "own", ("x",), "test")
    assert (other.name, other.owner, other.scopes, other.expires_at) == (
        "b",
        "team",
        ("read",),
        end,
    )
    assert {key.prefix for key in (one, other)} == {"acme_test"}


def test_without_a_name_the_origins_own_id_is_it(local: Store) -> None:
    made = unkey(name=None)
    taken(local, "unkey", as_lines([made.row]))
    assert [key.name for key in listed(local)] == [made.row["id"]]


# --- what is refused ----------------------------------------------------------------------------

BAD: list[tuple[str, Row, str]] = [
    (
        "djangorestframework-api-key",
        {"hashed_key": "pbkdf2_sha256$260000$salt$abc="},
        "pbkdf2_sha256",
    ),
    ("djangorestframework-api-key", {"hashed_key": "sha512$$" + "A" * 127}, "128 hex"),
    ("djangorestframework-api-key", {"hashed_key": "plain_sha512$$" + "a" * 128}, "128 hex"),
    ("djangorestframework-api-key", {"prefix": "short"}, "8 letters"),
    ("djangorestframework-api-key", {"revoked": "maybe"}, "revoked is neither true"),
    ("djangorestframework-api-key", {"expiry_date": "soon"}, "expiry_date is no date"),
    ("unkey", {"hash": "x" * 44}, "SHA-256 in base64"),
    ("unkey", {"hash": base64.b64encode(b"x" * 31).decode()}, "SHA-256 in base64"),
    ("unkey", {"hash": base64.b64encode(b"x" * 32).decode().rstrip("=")}, "SHA-256 in base64"),
    ("unkey", {"hash": {"value": "x", "variant": "bcrypt"}}, "variant 'bcrypt'"),
    ("unkey", {"hash": None}, "SHA-256 in base64"),
    ("unkey", {"expires": 3600}, "neither epoch seconds"),
    ("unkey", {"remaining": -1}, "no whole number"),
    ("unkey", {"ratelimit": {"limit": 5}}, "no limit or no duration"),
    ("unkey", {"ratelimit": {"limit": 0, "duration": 5}}, "a rate is"),
    ("unkey", {"meta": "{"}, "meta"),
    ("unkey", {"meta": [1]}, "meta is no JSON object"),
    ("unkey", {"permissions": "a\\b"}, "no scope"),
    ("unkey", {"name": "a\x1b[2Jb"}, "control character"),
    ("unkey", {"name": "x" * 201}, "over the limit"),
    ("unkey", {"name": 5}, "not a text"),
    ("unkey", {"expires": "99999-01-01"}, "no date"),
    ("sha256", {"sha256": "a" * 63}, "no column holds"),
    ("sha256", {"sha256": None, "x": "a" * 64, "y": "b" * 64}, "several columns"),
]


def rows_with(origin: str, change: Row) -> list[Row]:
    """Three records, of which the second is bad."""
    good, bad, other = (MAKERS[origin]().row for _ in range(3))
    return [good, bad | change, other]


@pytest.mark.parametrize(("origin", "change", "said"), BAD)
def test_a_bad_record_is_told_by_its_number(origin: str, change: Row, said: str) -> None:
    found = records(io.BytesIO(as_lines(rows_with(origin, change))))
    bad: list[tuple[int, AuthError]] = []
    with pytest.raises(InvalidInput, match="1 of 3 records") as raised:
        import_keys(None, found, origin=origin, on_bad=lambda *one: bad.append(one), dry_run=True)
    assert raised.value.code == "apikey.import-bad"
    assert [number for number, _ in bad] == [2]
    assert said in bad[0][1].message


def test_where_a_record_is_bad_nothing_is_imported(store: Store) -> None:
    """Or all others are, where that was asked for."""
    data = as_lines(rows_with("unkey", {"expires": 3600}))
    with pytest.raises(InvalidInput):
        taken(store, "unkey", data)
    assert listed(store) == []
    assert list(store.audit.find(event=EVENT)) == []
    assert taken(store, "unkey", data, skip_bad=True)[:3] == (2, 0, 1)
    assert len(listed(store)) == 2


LINES = [
    ("{not json}", "is not JSON"),
    ('{"a": 1, "a": 2}', "twice"),
    ("[1]", "not a JSON object"),
    ('{"a": NaN}', "NaN"),
]


@pytest.mark.parametrize(("line", "said"), LINES)
def test_a_bad_line_is_told_by_its_number(line: str, said: str) -> None:
    data = as_lines([plain().row]) + line.encode() + b"\n\n" + as_lines([plain().row])
    found = list(records(io.BytesIO(data)))
    assert [(one.number, one.error is None) for one in found] == [(1, True), (2, False), (4, True)]
    assert said in str(found[1].error)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"a,a\n1,2\n", "column 'a' twice"),
        (b'a,"b\n1,2\n', "the header is not CSV"),
        (b'a\t"b"c\n', "the header is not CSV: 'TAB' expected"),
        (b'{"data":' * 5000, "nested deeper"),
        (b'a,b\n1,"x"y\n', "line 2 is not CSV"),
        (b"a,b\n" + b"x" * (1 << 21), "line 2 is longer"),
        (b"[{}", "ends within"),
        (b"[{} {}]", "something else than ','"),
        (b"[" + b"[" * 100_000, "not JSON, or too long|ends within"),
        (b'[{"a": "' + b"x" * (1 << 21), "not JSON, or too long"),
        (b'{\n"keys": [', "not JSON"),
    ],
)
def test_an_export_that_cannot_be_read_on_is_one_error(data: bytes, said: str) -> None:
    with pytest.raises(AuthError, match=said):
        list(records(io.BytesIO(data)))


def test_a_header_of_very_many_cells_is_read_soon() -> None:
    """Each name was counted among all others: a line of a megabyte took hours."""
    began = time.process_time()
    with pytest.raises(InvalidInput, match="column '' twice"):
        list(records(io.BytesIO(b"," * 300_000 + b"\n")))
    names = b",".join(b"%d" % number for number in range(60_000))
    assert list(records(io.BytesIO(names + b"\n"))) == []
    assert time.process_time() - began < 1


def test_cells_and_bytes_that_do_not_fit_are_one_bad_record() -> None:
    data = b"name,sha256\n" + b"x,y,z\n" + b"\xff,y\n" + b"only\n"
    found = list(records(io.BytesIO(data)))
    assert [(one.number, one.error is None) for one in found] == [(2, False), (3, False), (4, True)]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_json_array_is_read_in_constant_memory(indent: int | None) -> None:
    rows = [unkey(meta={"pad": "x" * 500}).row for _ in range(1500)]
    data = json.dumps(rows, indent=indent).encode()
    tracemalloc.start()
    numbers = [one.number for one in records(io.BytesIO(data)) if one.error is None]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert numbers == list(range(1, 1501))
    assert peak - len(data) < 2 << 20  # BytesIO holds all of it


def test_a_dry_run_counts_and_changes_nothing(local: Store) -> None:
    made = [plain(), plain()]
    taken(local, "sha256", as_lines([made[0].row]))
    done = taken(local, "sha256", as_lines([made[0].row, made[1].row, made[1].row]), dry_run=True)
    assert done[:3] == (1, 2, 0)
    assert len(listed(local)) == 1
    nothing = import_keys(
        None, records(io.BytesIO(as_lines([made[0].row] * 2))), origin="sha256", dry_run=True
    )
    assert nothing[:2] == (1, 1)


def test_what_fails_on_the_way_leaves_nothing(store: Store) -> None:
    """More than a batch was added by then."""

    def failing() -> Iterator[importing.Record]:
        yield from records(io.BytesIO(as_lines([plain().row for _ in range(700)])))
        raise Unavailable("the network file system went away")

    with pytest.raises(Unavailable):
        import_keys(store.api_keys, failing(), origin="sha256")
    assert listed(store) == []
