"""`authcli expiring`: every kind of thing that ends, in the store and in files that are named."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from authcli.cli._expiring.kinds import FILES, KINDS, MEMBERS
from authcli.clock import now_ms
from tests.cli.harness import Cli
from tests.cli.jwks import managed
from tests.cli.jwks import published as published_keys
from tests.cli.test_apikey_expiring import samples
from tests.cli.test_apikey_list import ids, on_terminal, opened
from tests.cli.test_calendar import events, plain

DAY = 86_400_000


@cache
def key_of_certificates() -> object:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def certificate(name: str, *, days: float, der: bool = False) -> bytes:
    """A certificate that ends so many days from now."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    key = key_of_certificates()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())  # type: ignore[attr-defined]
        .serial_number(0xBEEF)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days, seconds=30))
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]
    )
    encoding = serialization.Encoding.DER if der else serialization.Encoding.PEM
    return made.public_bytes(encoding)


def token(**claims: object) -> str:
    """A token that nobody signed; `days` is when it ends."""
    if "days" in claims:
        claims["exp"] = time.time() + 30 + 86_400 * float(str(claims.pop("days")))

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'ES256'})}.{part(claims)}.c2ln"


@pytest.fixture
def write(cli: Cli) -> Callable[..., str]:
    """Writes a file into the home and returns its name."""

    def written(name: str, data: bytes | str | object) -> str:
        if not isinstance(data, bytes):
            data = (data if isinstance(data, str) else json.dumps(data)).encode()
        (cli.home / name).write_bytes(data)
        return name

    return written


def told(cli: Cli, *words: str, code: int = 10) -> list[dict[str, object]]:
    """The items that a command tells of, as JSON."""
    result = cli("expiring", *words, "--json")
    assert result.code == code, str(result)
    items: list[dict[str, object]] = json.loads(result.out)["items"]
    return items


def filled(cli: Cli) -> dict[str, str]:
    """Fill the store with something of every kind that ends within five days; return its ids."""
    at = now_ms()
    kids = managed(cli, "ES256", at_ms=at - 87 * DAY)
    with opened(cli) as store:
        from authcli.revocation import families
        from authcli.revocation.registry import described, register

        times = {"access_ms": 1000, "idle_ms": 2 * DAY, "absolute_ms": 2 * DAY + 5000}
        claims = {"iss": "https://login.example", "sub": "alice"}
        family = families.begin(store.tokens, claims, **times, at_ms=at).family.id
        payload = {"jti": "long", "sub": "robot", "exp": at // 1000 + 86_405}
        record = described({"kid": kids["active"]}, payload, by="tester", at_ms=at - 9 * DAY)
        register(store.tokens, record)
    (key_id,) = ids(cli, "ci", expires_at_ms=at + 4 * DAY + 5000)
    return {
        "issued-token": "long",
        "family": family,
        "signing-key": kids["active"],
        "apikey": key_id,
    }


# The store.


def test_every_kind_of_the_store_is_told_of_the_soonest_first(cli: Cli) -> None:
    expected = filled(cli)
    items = told(cli)
    assert {item["kind"]: item["id"] for item in items} == expected
    assert [item["kind"] for item in items] == [*expected]
    assert all({"kind", "id", "name", "ends_at", "seconds_left"} <= item.keys() for item in items)
    assert all(tuple(item) == KINDS[str(item["kind"])].members for item in items)
    days = [int(str(item["seconds_left"])) // 86_400 for item in items]
    assert days == [1, 2, 2, 4]
    result = cli("expiring")
    lines = [line.split(" ", 3)[1:] for line in result.out.splitlines()]
    assert lines == [
        ["issued-token", "long", "robot"],
        ["family", expected["family"], "alice"],
        ["signing-key", expected["signing-key"], "ES256 rotation"],
        ["apikey", expected["apikey"], "ci"],
    ]
    assert result.err == (
        "error: 4 things are due within 14 days: "
        "1 API key, 1 signing key, 1 sign-in, 1 issued token\n"
    )
    assert cli("expiring", "--within", "12h").code == 0


def test_a_person_sees_a_table_that_fits(cli: Cli, write: Callable[..., str]) -> None:
    filled(cli)
    folder = cli.home / ("deep/" * 12)
    folder.mkdir(parents=True)
    long = str((folder / "server.pem").relative_to(cli.home))
    page = on_terminal(
        cli, "expiring", write(long, certificate("é" * 30, days=3)), "--within", "5d"
    )
    rows = page.split("error:")[0].splitlines()
    assert rows[0].split() == ["KIND", "ID", "NAME", "EXPIRES"]
    assert [row.split()[0] for row in rows[1:]] == [
        *("issued-token", "family", "signing-key", "certificate", "apikey"),
    ]
    assert "server.pem" in page
    assert max(map(len, rows)) <= 80
    assert "nothing expires within 1 day" in on_terminal(cli, "expiring", "--within", "1d")


def test_kinds_are_chosen(cli: Cli, write: Callable[..., str]) -> None:
    filled(cli)
    both = told(cli, "--kind", "apikey,family")
    assert {item["kind"] for item in both} == {"apikey", "family"}
    assert told(cli, "--kind", "apikey", "--kind", "family") == both
    name = write("c.pem", certificate("c", days=1))
    assert [item["id"] for item in told(cli, name, "--kind", "certificate")] == ["c.pem"]
    assert told(cli, name, "--kind", "token", code=0) == []


def test_a_kind_is_looked_for_where_there_is_one(cli: Cli) -> None:
    """A check that can find nothing would pass for ever."""
    assert str(cli("expiring", "--kind", "certificate")) == (
        "exit: 2\n--- stdout\n--- stderr\n"
        "error: --kind certificate looks into files, and none is named\n"
    )
    assert cli("expiring", "--kind", "apikey", "c.pem").code == 2
    assert cli("expiring", "--kind", "apikeys").code == 2


def test_the_store_is_not_opened_for_files_alone(cli: Cli, write: Callable[..., str]) -> None:
    name = write("c.pem", certificate("c", days=1))
    words = ("expiring", name, "--kind", "certificate,token", "--store", "sqlite:nowhere/x.db")
    assert cli(*words).code == 10
    assert cli(*words[:2], *words[4:]).code == 9


def test_a_next_key_that_nobody_published_is_due(cli: Cli) -> None:
    kids = managed(cli, "ES256", at_ms=now_ms() - DAY)
    assert told(cli, code=0) == []
    with opened(cli) as store:
        store.database.run(
            "UPDATE signing_keys SET published_at = NULL WHERE kid = :kid", kid=kids["next"]
        )
    [item] = told(cli)
    assert (item["id"], item["action"], item["state"]) == (kids["next"], "publish", "next")
    result = cli("expiring")
    assert result.out.endswith(f" signing-key {kids['next']} ES256 publication\n")
    assert result.err == (
        "error: 1 signing key is due within 14 days\nhint: authcli jwks rotate --publish DIR\n"
    )
    with opened(cli) as store:
        published_keys(store, at_ms=now_ms())
    assert told(cli, code=0) == []


def test_looking_writes_nothing_into_the_store(cli: Cli) -> None:
    filled(cli)
    path = cli.home / ".local/share/authcli/authcli.db"
    before = path.read_bytes()
    for form in ("text", "junit", "prometheus", "ics"):
        assert cli("expiring", "--format", form).code == 10
    assert path.read_bytes() == before


# Files.


def test_certificates_are_read_in_every_form(cli: Cli, write: Callable[..., str]) -> None:
    one, two = certificate("api.example", days=3), certificate("ca.example", days=9)
    from cryptography.hazmat.primitives import serialization as forms

    private = key_of_certificates().private_bytes(  # type: ignore[attr-defined]
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.BestAvailableEncryption(b"secret")
    )
    der = certificate("der.example", days=5, der=True)
    files = [
        write("chain.pem", private + one + two),
        write("cert.der", der),
        write("far.pem", certificate("far", days=99)),
        write("set.json", {"keys": [{"kty": "EC"}, {"kty": "EC", "x5c": [_base64(der)]}]}),
    ]
    found = told(cli, *files)
    assert [(item["id"], item["name"]) for item in found] == [
        ("chain.pem", "CN=api.example"),
        ("cert.der", "CN=der.example"),
        ("set.json#2", "CN=der.example"),
        ("chain.pem#2", "CN=ca.example"),
    ]
    first = found[0]
    assert (first["file"], first["number"], first["serial"]) == ("chain.pem", 1, "beef")
    assert first["subject"] == first["issuer"] == "CN=api.example"
    assert len(str(first["sha256"])) == 64
    assert cli("expiring", *files, "--within", "1d").code == 0


def _base64(der: bytes) -> str:
    return base64.b64encode(der).decode()


def test_a_token_file_is_read_and_not_verified(cli: Cli, write: Callable[..., str]) -> None:
    text = token(days=2, sub="alice", iss="https://login.example", aud=["a"], jti="1")
    [item] = told(cli, write("token", f"Authorization: Bearer {text}\r\n"))
    assert (item["kind"], item["id"], item["name"]) == ("token", "token", "alice")
    assert (item["verified"], item["iss"], item["aud"], item["jti"]) == (
        False,
        "https://login.example",
        ["a"],
        "1",
    )
    assert 2 * 86_400 <= int(str(item["seconds_left"])) <= 2 * 86_400 + 60


def test_keys_with_an_end_of_their_own(cli: Cli, write: Callable[..., str]) -> None:
    soon = int(time.time()) + 86_400
    keys = [
        {"kty": "EC", "kid": "a", "alg": "ES256", "exp": soon},
        {"kty": "OKP", "kid": "b"},
        {"kty": "future", "exp": soon + 60},
    ]
    found = told(cli, write("jwks.json", {"keys": keys}), write("one.jwk", keys[0]))
    assert [(item["kind"], item["id"], item["name"]) for item in found] == [
        ("jwk", "jwks.json", "a"),
        ("jwk", "one.jwk", "a"),
        ("jwk", "jwks.json#3", None),
    ]


def test_what_is_over_already_is_told_of_a_file(cli: Cli, write: Callable[..., str]) -> None:
    """A file that somebody names is one that is used."""
    files = (
        write("old.pem", certificate("old", days=-30)),
        write("token", token(exp=5)),
        write("new.pem", certificate("new", days=1)),
    )
    items = told(cli, *files)
    assert [item["id"] for item in items] == ["token", "old.pem", "new.pem"]
    assert int(str(items[1]["seconds_left"])) < -29 * 86_400
    result = cli("expiring", *files, "--within", "0d")
    assert (result.code, result.out.count("\n")) == (10, 2)
    assert "2 things are due within 0 s: 1 certificate, 1 token (2 overdue)" in result.err
    report = cli("expiring", files[0], "--format", "junit").out
    assert "over since 30 days" in report


def test_stdin_is_a_file(cli: Cli) -> None:
    """`-` is what a file holds, as for every command: `openssl s_client … | authcli expiring -`."""
    noise = b"CONNECTED(00000003)\ndepth=0 CN = api.example\n---\n"
    result = cli("expiring", "-", stdin=noise + certificate("api.example", days=2))
    assert (result.code, result.out.split()[1:]) == (10, ["certificate", "stdin", "CN=api.example"])
    assert cli("expiring", "@-", stdin=b"x").code == 2


def test_a_file_without_an_end_is_noted(cli: Cli, write: Callable[..., str]) -> None:
    cli.ok("key", "generate", "ES256", "-o", "key.pem")
    files = ("key.pem", write("endless", token(sub="a")), write("k.jwk", {"kty": "OKP"}))
    result = cli("expiring", *files)
    assert (result.code, result.out) == (0, "")
    assert result.err == "".join(f"note: {name}: nothing in it has an end\n" for name in files)
    assert cli("expiring", *files, "-q").err == ""


def bad_files() -> dict[str, bytes | str | object]:
    """Files that hold nothing whose end can be told."""
    return {
        "text": "hello",
        "binary": bytes(range(256)),
        "cut.pem": certificate("cut", days=1)[:-40],
        "bent.der": certificate("bent", days=1, der=True)[:-3],
        "request.pem": certificate("r", days=1).replace(b"CERTIFICATE", b"CERTIFICATE REQUEST"),
        "object.json": {"a": 1},
        "list.json": {"keys": [1]},
        "twice.json": '{"kty":"EC","kty":"EC"}',
        "nested.json": '{"kty":' + "[" * 20_000,
        "x5c.json": {"kty": "EC", "x5c": ["!"]},
        "x5c2.json": {"kty": "EC", "x5c": "MIIB"},
        "exp.json": {"kty": "EC", "exp": "1790000000"},
        "exp-token": token(exp="4_102_444_800"),
        "true-token": token(exp=True),
        "bent-token": token(days=1)[3:],
        "jwe": "eyJh.a.b.c.d",
        "empty": b"",
    }


def test_a_file_that_cannot_be_used_is_named_and_the_others_told(
    cli: Cli, write: Callable[..., str]
) -> None:
    bad = bad_files()
    good = write("good.pem", certificate("good", days=1))
    result = cli("expiring", *(write(name, data) for name, data in bad.items()), good)
    assert result.code == 2, str(result)
    assert result.out.split()[1:] == ["certificate", "good.pem", "CN=good"]
    due, *said = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert due == "error: 1 certificate expires within 14 days"
    assert len(said) == len(bad)
    for name, line in zip(bad, said, strict=True):
        assert line.startswith((f"error: {name}: ", f"error: {name} is empty")), line


def test_what_cannot_be_read_is_named_and_the_others_told(
    cli: Cli, write: Callable[..., str]
) -> None:
    good = write("good.pem", certificate("good", days=1))
    (cli.home / "folder").mkdir()
    (cli.home / "huge").write_bytes(b"-----BEGIN " + b"A" * (1 << 20))
    result = cli("expiring", "nowhere.pem", good, "folder", "huge", "--json")
    assert result.code == 2
    assert [item["id"] for item in json.loads(result.out)["items"]] == ["good.pem"]
    said = [json.loads(line)["error"] for line in result.err.splitlines()]
    assert [error["exit"] for error in said] == [10, 2, 2, 2]
    for error, name in zip(said[1:], ("nowhere.pem", "folder", "huge"), strict=True):
        assert name in error["message"]
    suites = ET.fromstring(cli("expiring", "nowhere.pem", good, "--format", "junit").out)
    counts = {name: suites.attrib[name] for name in ("tests", "failures", "errors")}
    assert counts == {"tests": "2", "failures": "1", "errors": "1"}
    error_case = suites.find("testsuite[@name='files']/testcase/error")
    assert error_case is not None
    assert "nowhere.pem" in error_case.attrib["message"]


def test_a_token_in_the_place_of_its_file_is_not_repeated(cli: Cli) -> None:
    text = token(days=1, sub="alice")
    result = cli("expiring", text)
    assert (result.code, result.out) == (2, "")
    assert text[:20] not in result.err
    assert "authcli expiring -" in result.err


def test_no_byte_of_a_secret_file_is_repeated(cli: Cli, write: Callable[..., str]) -> None:
    secret = "s3cr3t-of-somebody-else"
    for data in (secret, "{" + secret, f"-----BEGIN {secret}-----", f"a.{secret}.b"):
        result = cli("expiring", write("file", data))
        assert result.code == 2
        assert secret not in result.err + result.out


def test_names_from_strangers_move_no_cursor(cli: Cli, write: Callable[..., str]) -> None:
    hostile = "\x1b[2J\u202e\nx"
    files = (
        write("c\x1b[31m.pem", certificate("a\u202eb", days=1)),
        write("t", token(days=1, sub=hostile)),
        write("k.json", {"kty": "EC", "kid": hostile, "exp": time.time() + 60}),
    )
    for form in ("text", "junit", "ics"):
        out = cli("expiring", *files, "--format", form)
        assert out.code == 10
        assert not {"\x1b", "\u202e"} & {*out.out, *out.err}
    assert cli("expiring", *files).out.count("\n") == 3
    page = on_terminal(cli, "expiring", *files)
    assert not {"\x1b", "\u202e"} & {*page}


# Forms.


def test_a_field_that_a_kind_has_not_is_empty(cli: Cli, write: Callable[..., str]) -> None:
    filled(cli)
    name = write("c.pem", certificate("c", days=0.5))
    fields = [word for field in ("kind", "file", "owner") for word in ("--field", field)]
    out = cli("expiring", name, *fields).out
    assert out.splitlines()[:2] == ["certificate\tc.pem\t", "issued-token\t\t"]
    every = [word for member in MEMBERS for word in ("--field", member)]
    assert cli("expiring", "--kind", "apikey", *every).out.count("\t") == len(MEMBERS) - 1
    assert cli("expiring", "--field", "nope").code == 2


def test_prometheus_has_a_metric_a_kind_and_nobodys_name(
    cli: Cli, write: Callable[..., str]
) -> None:
    expected = filled(cli)
    files = (
        write("c.pem", certificate("c", days=400)),
        write("old.pem", certificate("old", days=-2)),
        write("t", token(days=300, sub="alice")),
        write("k", {"kty": "EC", "exp": time.time() + 86_400 * 200}),
    )
    result = cli("expiring", *files, "--format", "prometheus")
    assert result.code == 10
    blocks = result.out.split("# HELP ")[1:]
    names = [block.split(" ", 1)[0] for block in blocks]
    assert names == [f"authcli_{kind.replace('-', '_')}_expires_in_seconds" for kind in KINDS]
    for block in blocks:
        samples("#" + block)
    assert "alice" not in result.out
    assert expected["family"] in result.out
    for kind, block in zip(KINDS, blocks, strict=True):
        assert len(samples("#" + block)) == (2 if kind == "certificate" else 1), block
    ended = [seconds for labels, seconds in samples("#" + blocks[4]) if labels["id"] == "old.pem"]
    assert -2 * 86_400 - 60 < ended[0] < -86_400


def test_the_calendar_has_an_event_each_under_a_name_that_stays(
    cli: Cli, write: Callable[..., str]
) -> None:
    expected = filled(cli)
    pem = certificate("api.example, of ops;", days=3)
    files = (write("c.pem", pem + pem), write("copy.pem", pem))

    def calendar() -> list[dict[str, str]]:
        return events(cli.raw("expiring", *files, "--format", "ics").stdout.decode())

    found = calendar()
    assert len(found) == 4 + 3
    assert [event["UID"] for event in calendar()] == [event["UID"] for event in found]
    summaries = {plain(event["SUMMARY"]) for event in found}
    assert {"API key ci expires", "signing key ES256 is to be rotated"} < summaries
    assert "certificate CN=api.example\\, of ops\\; expires" in summaries
    status = events(cli.raw("jwks", "status", "--format", "ics").stdout.decode())
    own = next(e for e in found if expected["signing-key"] in e["UID"])
    assert own["UID"] in {event["UID"] for event in status}, "two calendars, one event"
    assert cli("expiring", "--format", "ics", "--json").code == 2


def test_junit_has_a_suite_a_kind(cli: Cli, write: Callable[..., str]) -> None:
    filled(cli)
    name = write("c.pem", certificate('<a href="x">&', days=1))
    suites = ET.fromstring(cli("expiring", name, "--format", "junit").out)
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("5", "5")
    assert [suite.attrib["name"] for suite in suites] == [
        *("API keys", "signing keys", "sign-ins", "issued tokens", "certificates"),
    ]
    quiet = ET.fromstring(cli("expiring", "--format", "junit", "--within", "1h").out)
    assert (quiet.attrib["tests"], quiet.attrib["failures"]) == ("1", "0")


def test_help_names_every_kind(cli: Cli) -> None:
    page = cli.ok("expiring", "--help")
    assert [kind for kind in KINDS if kind not in page] == []
    assert set(FILES) < KINDS.keys()


def test_many_files_are_few_milliseconds_each(cli: Cli, tmp_path: Path) -> None:
    """A folder of certificates is one command; the same file twice is told of once."""
    pem = certificate("many", days=1)
    names = [f"{number}.pem" for number in range(300)]
    for name in names:
        (cli.home / name).write_bytes(pem)
    items = told(cli, *names, *names)
    assert len(items) == 300


def test_a_store_of_postgresql_is_told_of_alike(cli: Cli, postgres_url: str) -> None:
    """Each kind is a stream of its own there: they are read side by side."""
    cli.env["AUTHCLI_STORE"] = postgres_url
    cli.ok("store", "init")
    for name, life in (("b", "3d"), ("a", "1d"), ("far", "90d")):
        cli.ok("apikey", "issue", name, "--expires", life)
    cli.ok("jwks", "init", "ES256", "--max-token", "30d")
    cli.ok("jwt", "mint", "--sub", "alice", "--refresh", "--idle", "2d", "--absolute", "2d", "-q")
    cli.ok("jwt", "mint", "--sub", "robot", "--record", "--exp", "4d", "-q")
    assert [item["name"] for item in told(cli)] == ["ES256", "a", "alice", "b", "robot"]


def test_a_long_name_is_cut_in_reports_and_whole_in_json(
    cli: Cli, write: Callable[..., str]
) -> None:
    name = write("token", token(days=1, sub="x" * 100_000))
    assert len(str(told(cli, name)[0]["name"])) == 100_000
    for form in ("text", "junit", "ics", "prometheus"):
        assert len(cli("expiring", name, "--format", form).out) < 3000
