"""What verifiers fetch: whole, public, recorded; and nobody else's file is replaced."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from authcli.errors import AuthError, Conflict, InvalidInput, NotFound
from authcli.signing.model import Times
from authcli.signing.publication import (
    DISCOVERY,
    cache_control,
    discovery,
    jwks,
    publish,
    record,
)
from authcli.signing.rotation import begin, init, rotate
from authcli.store import Store
from tests.store.upkeep import opened

AT = 1_790_000_000_000
HOUR = 3_600_000
ISSUER = "https://login.example"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    folder.mkdir()
    return folder


@pytest.fixture
def ring(store: Store) -> Store:
    init(store.signing_keys, "ES256", issuer=ISSUER, at_ms=AT)
    return store


def test_the_jwks_holds_what_signs_or_will_or_did_and_no_private_member(ring: Store) -> None:
    """The key that signs stands first; a key leaves when its last token is dead."""
    keys = ring.signing_keys
    text, kids = jwks(keys)
    states = {key.kid: key.state for key in keys.find()}
    assert [states[kid] for kid in kids] == ["active", "next"]
    members = json.loads(text)["keys"]
    assert [member["kid"] for member in members] == [*kids]
    assert all(set(member) == {"kty", "kid", "use", "alg", "crv", "x", "y"} for member in members)
    record(keys, "here", text, kids, at_ms=AT)
    begin(keys, at_ms=AT)
    later = AT + 2 * HOUR
    assert rotate(keys, at_ms=later).changed
    assert [{key.kid: key.state for key in keys.find()}[kid] for kid in jwks(keys)[1]] == [
        "active",
        "next",
        "retiring",
    ]
    rotate(keys, at_ms=later + 25 * HOUR)
    assert kids[0] not in jwks(keys)[1]


def test_a_folder_gets_the_jwks_and_both_discovery_documents(ring: Store, public: Path) -> None:
    done = publish(ring.signing_keys, public, at_ms=AT)
    assert [path.relative_to(public).as_posix() for path in done.files] == ["jwks.json", *DISCOVERY]
    assert {stat.S_IMODE(path.stat().st_mode) for path in done.files} == {0o644}
    assert [key["kid"] for key in read(public / "jwks.json")["keys"]] == [*done.kids]
    assert {*done.new} == {*done.kids}
    documents = [read(public / name) for name in DISCOVERY]
    assert documents[0] == documents[1]
    assert documents[0]["issuer"] == ISSUER
    assert documents[0]["jwks_uri"] == f"{ISSUER}/jwks.json"
    assert documents[0]["id_token_signing_alg_values_supported"] == ["ES256"]
    assert done.cache_control == "public, max-age=3600, must-revalidate"


def test_a_publication_is_recorded_and_seen_once(ring: Store, public: Path) -> None:
    """`published_at` is of the first time; the second changes nothing, and no file's date."""
    place = public / "keys.json"
    first = publish(ring.signing_keys, place, at_ms=AT)
    os.utime(place, (1, 1))
    again = publish(ring.signing_keys, place, at_ms=AT + HOUR)
    assert (first.changed, again.changed, again.new) == (True, False, ())
    assert place.stat().st_mtime == 1
    assert {key.published_at for key in ring.signing_keys.find()} == {AT}
    [found] = ring.signing_keys.publications()
    assert (found.place, found.kids, found.published_at) == (str(place), first.kids, AT + HOUR)


def test_the_mode_does_not_hang_on_the_umask(ring: Store, public: Path) -> None:
    """A web server that cannot read the rotated file is an outage."""
    before = os.umask(0o077)
    try:
        publish(ring.signing_keys, public / "jwks.json", at_ms=AT)
    finally:
        os.umask(before)
    assert stat.S_IMODE((public / "jwks.json").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("jwks.json", "not JSON"),
        ("jwks.json", '{"name": "package"}'),
        ("jwks.json", '{"keys": "ours"}'),
        ("jwks.json", '{"keys": [{"kty": "EC", "d": "AAAA"}]}'),
        ("jwks.json", '{"keys": [{"kty": "oct", "k": "AAAA"}]}'),
        (DISCOVERY[0], '{"keys": []}'),
        (DISCOVERY[1], "[]"),
        (
            DISCOVERY[0],
            '{"issuer": "https://other.example", "authorization_endpoint": "https://other.example/a"}',
        ),
    ],
)
def test_a_file_of_somebody_else_stays(ring: Store, public: Path, name: str, text: str) -> None:
    """Private keys in a JWKS, too: nothing is written, and nothing recorded."""
    path = public / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    with pytest.raises(Conflict) as refused:
        publish(ring.signing_keys, public, at_ms=AT)
    assert refused.value.code == "file.exists"
    assert path.read_text() == text
    assert [file for file in public.rglob("*") if file.is_file()] == [path]
    assert ring.signing_keys.publications() == []
    assert publish(ring.signing_keys, public, force=True, at_ms=AT).changed


def test_what_is_empty_or_a_jwks_is_replaced(ring: Store, public: Path) -> None:
    (public / "jwks.json").write_text("")
    publish(ring.signing_keys, public, at_ms=AT)
    (public / "jwks.json").write_text('{"keys": []}')
    publish(ring.signing_keys, public, at_ms=AT)
    assert len(read(public / "jwks.json")["keys"]) == 2


def test_what_was_said_and_what_others_added_to_a_discovery_document_stays(
    ring: Store, public: Path
) -> None:
    """A rotation by cron names no jwks_uri, and knows no endpoints."""
    uri = "https://cdn.example/keys"
    publish(ring.signing_keys, public, jwks_uri=uri, at_ms=AT)
    path = public / DISCOVERY[0]
    path.write_text(json.dumps(read(path) | {"token_endpoint": f"{ISSUER}/token"}))
    init(ring.signing_keys, "EdDSA", issuer=ISSUER, at_ms=AT)
    publish(ring.signing_keys, public, at_ms=AT)
    found = read(path)
    assert (found["jwks_uri"], found["token_endpoint"]) == (uri, f"{ISSUER}/token")
    assert found["id_token_signing_alg_values_supported"] == ["ES256", "EdDSA"]
    other = "https://other.example/keys"
    publish(ring.signing_keys, public, jwks_uri=other, at_ms=AT)
    assert read(path)["jwks_uri"] == other


def test_an_issuer_that_is_no_url_or_one_of_several_has_no_document(
    store: Store, public: Path
) -> None:
    keys = store.signing_keys
    init(keys, "ES256", issuer="my service", at_ms=AT)
    assert len(publish(keys, public, at_ms=AT).files) == 1
    init(keys, "EdDSA", issuer=ISSUER, at_ms=AT)
    init(keys, "ES384", issuer="https://b.example", at_ms=AT)
    assert len(publish(keys, public, at_ms=AT).files) == 1
    for issuer in (None, "my service", "http://login.example", "https://", "ftp://login.example"):
        with pytest.raises(InvalidInput) as refused:
            discovery(keys, issuer=issuer, jwks_uri=None)
        assert refused.value.code == "jwks.issuer"
    assert len(publish(keys, public, issuer=ISSUER, at_ms=AT).files) == 3
    assert len(publish(keys, public, at_ms=AT).files) == 3, "what was named once is kept"


def test_a_name_that_is_taken_by_a_device_or_a_folder_is_refused(ring: Store, public: Path) -> None:
    (public / "jwks.json").mkdir()
    with pytest.raises(InvalidInput):
        publish(ring.signing_keys, public, at_ms=AT)
    with pytest.raises(InvalidInput):
        publish(ring.signing_keys, Path("/dev/null"), at_ms=AT)
    assert ring.signing_keys.publications() == []


def test_where_the_folder_refuses_nothing_is_recorded(ring: Store) -> None:
    with pytest.raises(AuthError) as refused:
        publish(ring.signing_keys, Path("/proc/authcli.json"), at_ms=AT)
    assert "cannot write /proc/authcli.json" in refused.value.message
    assert ring.signing_keys.publications() == []


def test_on_a_full_disk_nothing_is_recorded_and_the_old_file_is_whole(
    postgres_url: str, tmp_path: Path, public: Path
) -> None:
    """With a store on a server, so that the limit of file sizes meets what is published alone."""
    with opened(postgres_url, tmp_path) as store:
        keys = store.signing_keys
        init(keys, "ES256", issuer=ISSUER, at_ms=AT)
        publish(keys, public, at_ms=AT)
        before = (public / "jwks.json").read_bytes()
        init(keys, "EdDSA", issuer=ISSUER, at_ms=AT)
        with files_of_at_most(64), pytest.raises(AuthError) as failed:
            publish(keys, public, at_ms=AT + HOUR)
        assert failed.value.code == "output.failed"
        assert (public / "jwks.json").read_bytes() == before
        assert not list(public.rglob("*.tmp"))
        assert [found.published_at for found in keys.publications()] == [AT]
        assert {key.published_at for key in keys.find(alg="EdDSA")} == {None}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let files grow no further, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_the_cache_age_is_that_of_the_ring_that_is_the_most_impatient(store: Store) -> None:
    keys = store.signing_keys
    init(keys, "ES256", at_ms=AT)
    init(keys, "EdDSA", times=Times(cache_ms=60_000), at_ms=AT)
    assert cache_control(keys) == "public, max-age=60, must-revalidate"


def test_without_keys_nothing_is_published(store: Store, public: Path) -> None:
    """An empty JWKS would make every verifier refuse every token."""
    with pytest.raises(NotFound) as refused:
        publish(store.signing_keys, public, at_ms=AT)
    assert refused.value.code == "jwks.none"
    assert list(public.iterdir()) == []


def test_a_publication_is_in_the_audit_once(ring: Store, public: Path) -> None:
    for _ in range(3):
        publish(ring.signing_keys, public / "jwks.json", at_ms=AT)
    events = [event.event for event in ring.audit.find()]
    assert events.count("signing-key.published") == 1
