"""What it costs a token to be asked about: `verify` with a revocation check, and without.

    python -m tests.benchmarks revocation

Processor time, the sides taking turns, the least of each. The store is a real one, in a file, with
10^6 tokens denied; none of those verified is among them, so all four marks are looked for. Tokens
have iss, sub, jti and a family, and their key a kid.

- in blocks: 512 tokens by one state of the store, as `jwt verify --lines` asks.
- one by one: each by the store's state at its own time, as a service asks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from authcli import tokens
from authcli.clock import now_ms
from authcli.errors import TokenRefused
from authcli.keys import Key, generate
from authcli.revocation.deny_list import checker, mark_id
from authcli.revocation.model import Mark
from authcli.revocation.revoking import revoke
from authcli.store import Store, open_store
from authcli.tokens.policy import Policy
from authcli.tokens.verifier import Verifier
from tests.benchmarks.agreement import Differs
from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.turns import least

__all__ = ["measure"]

_SAMPLE, _BLOCK = 2048, 512
_ISSUER = "https://login.example"
_HOUR = 3_600_000
_COLUMNS = ", ".join(("id", *Mark._fields))
_INSERT = (
    f"INSERT INTO revocations ({_COLUMNS})"
    f" VALUES ({', '.join(f':{name}' for name in ('id', *Mark._fields))})"
)


def measure(*, rounds: int, scale: float = 1) -> Table:
    """Return what the check adds.

    Args:
        rounds: how many turns each side gets.
        scale: the share of the tokens, and of those denied.

    Raises:
        Differs: a token that is denied passes, or another does not.
    """
    denied, sample = max(1_000, int(10**6 * scale)), max(200, int(_SAMPLE * scale))
    key = generate("HS256", kid="2026-11")
    with (
        tempfile.TemporaryDirectory() as name,
        open_store(str(Path(name) / "auth.db"), create=True) as store,
    ):
        _deny(store, denied)
        texts = [_minted(key, f"{number:032x}") for number in range(denied, denied + sample)]
        plain = Verifier(key)
        checked = Verifier(key, policy=Policy(revocation=checker(store.tokens)))
        _require_denied(checked, _minted(key, f"{denied - 1:032x}"))
        sides: dict[str, Callable[[], object]] = {
            "without": partial(_verify, plain, texts),
            "in blocks": partial(_verify_blocks, store, checked, texts),
            "one by one": partial(_verify, checked, texts),
        }
        costs = {name: cost / sample * 1e6 for name, cost in least(sides, rounds=rounds).items()}
    without = costs.pop("without")
    figures = [
        Figure(
            f"verify with revocation, {name}",
            cost - without,
            "us more",
            10 if name == "in blocks" else None,
            at_most=True,
            remark=f"{without:.2f} -> {cost:.2f} us",
        )
        for name, cost in costs.items()
    ]
    return Table(f"revocation, {denied:,} tokens denied: {rounds} rounds", tuple(figures))


def _deny(store: Store, count: int) -> None:
    """Deny tokens, and a few of what hits more than one."""
    store.database.run_many(_INSERT, _rows(count))
    for kind in ("sub", "kid", "family"):
        for number in range(10):
            revoke(store.tokens, kind, f"{kind}-{number}", issuer=_ISSUER, longest_ms=_HOUR)


def _rows(count: int) -> Iterator[dict[str, Any]]:
    at = now_ms()
    for number in range(count):
        mark = Mark("jti", _ISSUER, f"{number:032x}", at, at + _HOUR, "stolen")
        yield {"id": mark_id(*mark[:3]), **mark._asdict()}


def _minted(key: Key, jti: str) -> str:
    claims = {"iss": _ISSUER, "sub": f"user-{jti[-4:]}", "jti": jti, "family": f"tf_{jti[:24]}"}
    return tokens.mint(claims, key=key, lifetime_seconds=3600)


def _require_denied(verifier: Verifier, token: str) -> None:
    try:
        verifier.verify(token)
    except TokenRefused as refusal:
        if refusal.code == "token.revoked":
            return
    raise Differs("a token that was denied passes")


def _verify(verifier: Verifier, texts: Sequence[str]) -> None:
    for text in texts:
        verifier.verify(text)


def _verify_blocks(store: Store, verifier: Verifier, texts: Sequence[str]) -> None:
    for start in range(0, len(texts), _BLOCK):
        with store.database.reading():
            _verify(verifier, texts[start : start + _BLOCK])
