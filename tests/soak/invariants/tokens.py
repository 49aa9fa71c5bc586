"""Tokens, when no worker runs: those that live verify, and what was revoked never does again."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.soak.diary import Diary
from tests.soak.lives import Denials, denials, lasting
from tests.soak.scene import Scene


def by_jwks(diary: Diary, scene: Scene) -> Iterator[str]:
    """The public file alone: without the keys that were compromised, and with all others."""
    scene.ok("jwks", "publish", "-o", f"{scene.published}/")
    tokens = _lasting(diary)
    lost = denials(fact for fact in diary.facts if fact.kind == "kid")
    source = ("--jwks", str(scene.published / "jwks.json"))
    for token, code in zip(tokens, _asked(scene, tokens, *source), strict=True):
        right = {3 if right == 5 else 0 for right in lost.verdicts(token)}
        if code not in right:
            yield f"{token['jti']} of {token['kid']}: exit {code}, not {sorted(right)}"


def by_store(diary: Diary, scene: Scene) -> Iterator[str]:
    tokens = _lasting(diary)
    revoked = denials(diary.facts)
    for token, code in zip(tokens, _asked(scene, tokens), strict=True):
        right = _with_family(revoked, token)
        if code not in right:
            yield f"{token['jti']} of {token['kid']}: exit {code}, not {sorted(right)}"


def _with_family(revoked: Denials, token: dict[str, str]) -> set[int]:
    """A dropped key's token is refused for its mark, or because its key is not known any more."""
    right = revoked.verdicts(token)
    if ("kid", token["kid"]) in revoked.sure | revoked.perhaps:
        return right | {3, 5}
    return right


def _lasting(diary: Diary) -> list[dict[str, str]]:
    minted = [fact.value for fact in diary.of("token", "mint")]
    return [token for token in minted if lasting(token)]


def _asked(scene: Scene, tokens: list[dict[str, str]], *more: str) -> list[int]:
    """Return the exit code for each token, all in one command."""
    if not tokens:
        return []
    words = ("jwt", "verify", "--lines", "--jsonl", "--jobs", "1", *more, "-")
    done = scene.run(*words, stdin="".join(f"{token['text']}\n" for token in tokens))
    found = [json.loads(line) for line in done.lines()]
    if len(found) != len(tokens):
        raise RuntimeError(f"{len(found)} verdicts on {len(tokens)} tokens: {done.err[-500:]}")
    return [0 if row["valid"] else row["exit"] for row in found]
