"""`jwt verify --on-store-error`: closed, open, and stale, by a private copy of what was denied."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from authcli.cli import _stale_marks
from authcli.cli._stale_marks import keep_copy, read_copy
from authcli.clock import now_ms
from authcli.errors import Unavailable
from authcli.revocation.revoking import revoke
from authcli.store import Store, open_store
from tests.cli.harness import Cli, Result

KEY = ("-k", "public.jwk", "--check-revocation", "-q")
DATA = ".local/share/authcli"
HOUR = 3_600_000


@pytest.fixture
def keyed(cli: Cli) -> Cli:
    """A user whose keys are files, so that they are there when the store is not."""
    cli.ok("key", "generate", "ES256", "-o", "key.jwk", "-q")
    (cli.home / "public.jwk").write_text(cli.ok("key", "public", "key.jwk"))
    cli.ok("store", "init", "-q")
    return cli


def minted(cli: Cli) -> str:
    return cli.ok("jwt", "mint", "-k", "key.jwk", "sub=alice", "-q")


def revoked(cli: Cli) -> str:
    token = minted(cli)
    cli.ok("jwt", "revoke", token, "-k", "key.jwk", "-q")
    return token


def verified(cli: Cli, token: str, how: str, *flags: str) -> Result:
    return cli("jwt", "verify", token, "--on-store-error", how, *KEY, *flags)


def told(cli: Cli, token: str, how: str) -> tuple[int, str]:
    """Return the exit code and the warnings."""
    done = verified(cli, token, how, "--json")
    warnings = [json.loads(line).get("warning") for line in done.err.splitlines()]
    return done.code, "\n".join(filter(None, warnings))


def without_store(cli: Cli) -> None:
    (cli.home / DATA / "authcli.db").rename(cli.home / "away.db")


def copy_of(cli: Cli) -> Path:
    [path] = (cli.home / ".cache/authcli/revocation").iterdir()
    return path


def test_closed_is_the_default_and_open_warns(keyed: Cli) -> None:
    token = revoked(keyed)
    without_store(keyed)
    for flags in ((), ("--on-store-error", "closed")):
        done = keyed("jwt", "verify", token, *KEY, *flags)
        assert (done.code, done.out) == (9, "")
        assert "whether the token was revoked cannot be asked" in done.err
    code, warning = told(keyed, token, "open")
    assert code == 0
    assert warning.startswith("revocation was not checked: ")


def test_stale_judges_by_what_was_known_last(keyed: Cli) -> None:
    """And says of when that is."""
    denied, passing = revoked(keyed), minted(keyed)
    assert [verified(keyed, token, "stale").code for token in (denied, passing)] == [5, 0]
    without_store(keyed)
    os.utime(copy_of(keyed), (time.time() - 7200,) * 2)
    code, warning = told(keyed, passing, "stale")
    assert code == 0
    assert warning.startswith("revocation was checked against what was known 2 h ago: ")
    done = verified(keyed, denied, "stale")
    assert done.code == 5
    assert "was revoked at" in done.err


def test_stale_warns_once_of_many_lines(keyed: Cli) -> None:
    tokens = [revoked(keyed), *(minted(keyed) for _ in range(3))]
    verified(keyed, tokens[0], "stale")
    without_store(keyed)
    flags = ("--lines", "--on-store-error", "stale", "--jobs", "1", *KEY[:-1])
    done = keyed("jwt", "verify", *flags, stdin="\n".join(tokens) + "\n")
    assert done.code == 5
    assert done.err.count("revocation was checked against") == 1
    assert len(done.out.splitlines()) == 3


@pytest.mark.parametrize("hours", [25, -1])
def test_a_copy_that_is_too_old_or_of_the_future_closes(keyed: Cli, hours: int) -> None:
    token = minted(keyed)
    assert verified(keyed, token, "stale").code == 0
    without_store(keyed)
    os.utime(copy_of(keyed), (time.time() - hours * 3600,) * 2)
    done = verified(keyed, token, "stale")
    assert (done.code, done.out) == (9, "")
    assert f"the copy of what was denied is {hours} h old, and counts for 24 h" in done.err


def test_without_a_copy_stale_closes(keyed: Cli) -> None:
    """One is kept by who asked for it: not by `closed`."""
    token = minted(keyed)
    assert verified(keyed, token, "closed").code == 0
    without_store(keyed)
    done = verified(keyed, token, "stale")
    assert (done.code, done.out) == (9, "")
    assert "no copy of what was denied is kept here" in done.err


def test_a_copy_of_another_store_is_not_asked(keyed: Cli) -> None:
    token = minted(keyed)
    verified(keyed, token, "stale")
    done = verified(keyed, token, "stale", "--store", str(keyed.home / "other.db"))
    assert (done.code, done.out) == (9, "")


def test_a_copy_that_cannot_be_written_is_a_warning(keyed: Cli) -> None:
    token = minted(keyed)
    (keyed.home / ".cache").write_text("in the way")
    code, warning = told(keyed, token, "stale")
    assert code == 0
    assert warning.startswith("the copy for --on-store-error stale was not renewed: ")


def test_an_allow_list_has_no_copy(keyed: Cli) -> None:
    done = verified(keyed, minted(keyed), "stale", "--allow-list")
    assert (done.code, done.out) == (2, "")
    assert "not what --allow-list asks for" in done.err


# The copy itself.


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "auth.db"), create=True) as found:
        yield found


@pytest.fixture
def path(tmp_path: Path, store: Store) -> Path:
    """A copy of one mark."""
    revoke(store.tokens, "jti", "1", longest_ms=HOUR)
    found = tmp_path / "cache" / "copy.jsonl"
    found.parent.parent.mkdir(exist_ok=True)
    keep_copy(found, store, at_ms=now_ms())
    return found


def long_ago(path: Path) -> None:
    os.utime(path, (time.time() - 61,) * 2)


def test_the_copy_is_private_and_whole(store: Store, path: Path) -> None:
    """It names who was denied, so nobody else reads it."""
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert read_copy(path).find([("jti", "", "1"), ("sub", "", "1")]) == [
        *store.tokens.marks(at_ms=1)
    ]
    assert read_copy(path).age_seconds() < 60


def test_it_is_renewed_once_a_minute_and_written_where_something_changed(
    store: Store, path: Path
) -> None:
    first = path.stat()
    revoke(store.tokens, "jti", "2", longest_ms=HOUR)
    keep_copy(path, store, at_ms=now_ms())
    assert path.stat() == first
    long_ago(path)
    keep_copy(path, store, at_ms=now_ms())
    changed = path.stat()
    assert (changed.st_ino != first.st_ino, len(path.read_text().splitlines())) == (True, 3)
    long_ago(path)
    keep_copy(path, store, at_ms=now_ms())
    assert path.stat().st_ino == changed.st_ino
    assert time.time() - path.stat().st_mtime < 60


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:1])),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff\n"),
        lambda path: path.write_text(path.read_text().replace('"jti"', "null")),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.chmod(0o622),
        lambda path: (path.rename(path.with_name("x")), path.symlink_to(path.with_name("x"))),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path)),
    ],
    ids=["cut", "a mark less", "empty", "bytes", "null", "deep", "mode", "link", "folder", "pipe"],
)
def test_a_copy_that_is_not_what_was_written_is_refused(
    store: Store, path: Path, damage: Callable[[Path], object]
) -> None:
    """Half of it would let what the other half denied pass; the next check writes it anew."""
    damage(path)
    with pytest.raises(Unavailable, match="the copy of what was denied cannot be used"):
        read_copy(path)
    if path.is_file() and not path.is_symlink():
        long_ago(path)
        revoke(store.tokens, "jti", "2", longest_ms=HOUR)
        keep_copy(path, store, at_ms=now_ms())
        assert len(read_copy(path).find([("jti", "", "1"), ("jti", "", "2")])) == 2


def test_more_denials_than_a_copy_takes_are_said(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of them would let the rest pass; the older copy stays what it is."""
    before = path.read_bytes()
    revoke(store.tokens, "jti", "2", longest_ms=HOUR)
    long_ago(path)
    monkeypatch.setattr(_stale_marks, "MAX_MARKS", 1)
    with pytest.raises(Unavailable, match="more than 1 denials live"):
        keep_copy(path, store, at_ms=now_ms())
    assert path.read_bytes() == before
    monkeypatch.setattr(_stale_marks, "MAX_MARKS", 2)
    keep_copy(path, store, at_ms=now_ms())
    assert len(read_copy(path).find([("jti", "", "2")])) == 1
