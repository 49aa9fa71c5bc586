"""API keys, when no worker runs: each as its owner's diary says."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator

from tests.soak.diary import Diary, Fact
from tests.soak.lives import key_verdicts, values
from tests.soak.scene import QUOTA, Scene


def verdicts(diary: Diary, scene: Scene) -> Iterator[str]:
    keys = histories(diary, "key")
    began = time.time()
    answers = asked(scene, [facts[0].value["text"] for facts in keys.values()])
    for (key, facts), code in zip(keys.items(), answers, strict=True):
        right = key_verdicts(facts, began=began, ended=time.time())
        if code not in right:
            told = [(fact.act, fact.sure) for fact in facts]
            yield f"{key}: exit {code}, not {sorted(right)}, after {told}"


def metadata(diary: Diary, scene: Scene) -> Iterator[str]:
    listed = scene.ok("apikey", "list", "--jsonl").lines()
    there = {row["id"]: row["metadata"].get("soak") for row in map(json.loads, listed)}
    for key, facts in histories(diary, "meta").items():
        if key in there and there[key] not in (right := values(facts)):
            yield f"{key}: soak is {there[key]!r}, not of {right}"


def quota(diary: Diary, scene: Scene) -> Iterator[str]:
    """What is left is the quota less every use; of a use that was killed either may be."""
    passed = diary.of("quota", "passed")
    sure = sum(fact.sure for fact in passed)
    if not passed:
        return
    done = scene.run("apikey", "verify", "-", "--peek", "--json", stdin=scene.quota_key)
    left = done.json().get("remaining", 0) if done.code == 0 else 0
    least, most = max(QUOTA - len(passed), 0), QUOTA - sure
    if not least <= left <= most:
        yield f"{left} uses are left, not {least} to {most}: exit {done.code} {done.err[:200]}"


def histories(diary: Diary, kind: str) -> dict[str, list[Fact]]:
    """Return the facts of each thing; its one owner wrote them in their order."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in diary.of(kind):
        found[fact.subject].append(fact)
    return found


def asked(scene: Scene, texts: list[str], *more: str) -> list[int]:
    """Return the exit code for each key, all in one command."""
    if not texts:
        return []
    words = ("apikey", "verify", "--lines", "--jsonl", "--peek", "--jobs", "1", "-", *more)
    done = scene.run(*words, stdin="".join(f"{text}\n" for text in texts))
    rows = [json.loads(line) for line in done.lines()]
    if len(rows) != len(texts):
        raise RuntimeError(f"{len(rows)} verdicts on {len(texts)} keys: {done.err[-500:]}")
    return [0 if row["valid"] else row["exit"] for row in rows]
