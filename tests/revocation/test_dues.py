"""Which sign-ins and recorded tokens end soon, on both engines; what is dead does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli.clock import LATEST_INSTANT
from authcli.revocation import families
from authcli.revocation.dues import families_due, tokens_due
from authcli.revocation.model import IssuedToken
from authcli.revocation.revoking import revoke
from authcli.store import Store
from tests.store.upkeep import opened

NOW = 1_900_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
ISSUER = "https://login.example"


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    with opened(store_url, tmp_path) as found:
        yield found


def family(store: Store, sub: str, *, days: int, idle: int = 14, at_ms: int = NOW) -> str:
    claims = {"iss": ISSUER, "sub": sub}
    times = {"access_ms": HOUR, "idle_ms": idle * DAY, "absolute_ms": days * DAY}
    return families.begin(store.tokens, claims, **times, at_ms=at_ms).family.id


def test_sign_ins_end_the_soonest_first(store: Store) -> None:
    for sub, days in (("c", 10), ("far", 15), ("a", 3), ("b", 7)):
        family(store, sub, days=days, idle=min(days, 14))
    found = families_due(store.tokens, within_ms=14 * DAY, at_ms=NOW)
    assert [one.sub for one in found] == ["a", "b", "c"]


def test_a_sign_in_that_was_revoked_or_not_used_is_dead(store: Store) -> None:
    family(store, "idle", days=20, idle=5)
    revoked = family(store, "revoked", days=20, idle=20)
    families.end(store.tokens, revoked, reason="left", at_ms=NOW)
    family(store, "lives", days=20, idle=20)
    later = NOW + 10 * DAY
    found = families_due(store.tokens, within_ms=14 * DAY, at_ms=later)
    assert [one.sub for one in found] == ["lives"]


def record(store: Store, jti: str, *, days: float, life: float = 30, **more: str) -> None:
    ends = NOW + int(days * DAY)
    token = IssuedToken(
        issuer=ISSUER,
        jti=jti,
        sub=more.get("sub", "alice"),
        aud=(),
        scopes=(),
        kid=more.get("kid"),
        family_id=None,
        issued_at=ends - int(life * DAY),
        expires_at=ends,
        issued_by="tester",
    )
    with store.change():
        store.tokens.register([token])


def due(store: Store, *, days: int = 14) -> list[str]:
    return [token.jti for token in tokens_due(store.tokens, within_ms=days * DAY, at_ms=NOW)]


def test_recorded_tokens_that_live_long_end_the_soonest_first(store: Store) -> None:
    for jti, days in (("b", 5), ("a", 2), ("far", 15), ("edge", 14)):
        record(store, jti, days=days)
    record(store, "over", days=-1)
    record(store, "day", days=0.5, life=1)
    record(store, "longer", days=0.5, life=1.01)
    assert due(store) == ["longer", "a", "b", "edge"]


def test_a_token_that_was_revoked_is_not_due(store: Store) -> None:
    record(store, "kept", days=1)
    record(store, "own", days=1)
    record(store, "subject", days=1, sub="mallory")
    record(store, "key", days=1, kid="K")
    for kind, value in (("jti", "own"), ("sub", "mallory"), ("kid", "K")):
        issuer = "" if kind == "kid" else ISSUER
        revoke(store.tokens, kind, value, issuer=issuer, longest_ms=90 * DAY, at_ms=NOW)
    assert due(store) == ["kept"]


def test_a_token_without_an_end_never_is(store: Store) -> None:
    record(store, "endless", days=(LATEST_INSTANT * 1000 - NOW) / DAY)
    with store.change():
        store.database.run("UPDATE issued_tokens SET expires_at = :end", end=LATEST_INSTANT * 1000)
    found = tokens_due(store.tokens, within_ms=LATEST_INSTANT * 1000 - NOW, at_ms=NOW)
    assert list(found) == []
