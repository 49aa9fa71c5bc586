"""RevocationCheck in a process: blocks of tokens, a store that fails and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from authcli.cli import _revocation
from authcli.cli._revocation import RevocationCheck
from authcli.cli._run import Run
from authcli.cli._store import store_place
from authcli.errors import Unavailable
from authcli.revocation.revoking import revoke
from authcli.store import Store, open_store

HOUR = 3_600_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "auth.db"), create=True) as found:
        yield found


@pytest.fixture
def checking(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], RevocationCheck]]:
    """Makes a check of the store, for what `--on-store-error` says."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made: list[RevocationCheck] = []

    def make(on_error: str = "closed") -> RevocationCheck:
        run = Run("jwt.verify")
        place = store_place(run, str(store.path))
        made.append(RevocationCheck(run, place, allow_list=False, on_error=on_error))
        return made[-1]

    yield make
    for check in made:
        check.close()


def denies(check: RevocationCheck, jti: str) -> bool:
    return check({"jti": jti}, None) is not None


def test_a_block_is_judged_by_one_state_and_the_next_by_the_next(
    store: Store, checking: Callable[..., RevocationCheck]
) -> None:
    check = checking()
    with check.together():
        assert not denies(check, "1")
        revoke(store.tokens, "jti", "1", longest_ms=HOUR)
        assert not denies(check, "1")
    with check.together():
        assert denies(check, "1")
    assert denies(check, "1")


def test_a_block_without_a_store_says_so_of_each_token(
    store: Store, checking: Callable[..., RevocationCheck]
) -> None:
    assert store.path is not None
    store.path.rename(store.path.with_name("away.db"))
    check = checking()
    with check.together():
        for jti in ("1", "2"):
            with pytest.raises(Unavailable, match="whether the token was revoked cannot be asked"):
                denies(check, jti)


def test_a_server_that_is_away_is_not_waited_for_by_each_token(
    checking: Callable[..., RevocationCheck], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is asked again after a while."""
    tried: list[int] = []

    def away(_: object) -> Store:
        tried.append(1)
        raise Unavailable("no connection", code="store.unreachable")

    with closing(checking("open")) as check, monkeypatch.context() as patch:
        patch.setattr(_revocation, "store_at", away)
        for jti in ("1", "2", "3"):
            assert not denies(check, jti)
        assert tried == [1]
        patch.setattr(_revocation, "_LEFT_ALONE_SECONDS", 0.0)
        check._failed_until = 0.0
        assert not denies(check, "4")
        assert tried == [1, 1]


def test_a_store_that_comes_back_is_asked(
    store: Store, checking: Callable[..., RevocationCheck]
) -> None:
    revoke(store.tokens, "jti", "1", longest_ms=HOUR)
    check = checking("open")
    assert store.path is not None
    away = store.path.rename(store.path.with_name("away.db"))
    assert not denies(check, "1")
    away.rename(store.path)
    assert denies(check, "1")


def test_a_denial_that_cannot_be_read_opens_no_door_to_others(
    store: Store, checking: Callable[..., RevocationCheck]
) -> None:
    """With `open` the one token passes, and the next is judged as ever."""
    for jti in ("1", "2"):
        revoke(store.tokens, "jti", jti, longest_ms=HOUR)
    store.database.run("UPDATE revocations SET expires_at = 'x' WHERE value = '1'")
    check = checking("open")
    assert [denies(check, jti) for jti in ("1", "2", "3")] == [False, True, False]
