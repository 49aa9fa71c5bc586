"""The audit: whole, and with an event for everything that was acknowledged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from tests.soak.diary import Diary, Fact
from tests.soak.scene import Scene

#: What was done -> its event. Of those that were done twice one may have changed nothing.
_EVENTS = {
    ("key", "issue"): "apikey.issued",
    ("key", "revoke"): "apikey.revoked",
    ("key", "disable"): "apikey.disabled",
    ("key", "enable"): "apikey.enabled",
    ("key", "replace"): "apikey.rotated",
    ("key", "rotate"): "apikey.rotated",
    ("meta", "set"): "apikey.updated",
    ("family", "begin"): "family.begun",
    ("refresh", "spend"): "family.refreshed",
    ("token", "revoke"): "token.revoked",
    ("family", "revoke"): "token.revoked",
    ("sub", "revoke"): "token.revoked",
    ("kid", "revoke"): "signing-key.compromised",
    ("recovery", "pass"): "recovery.spent",
}
#: Each of these is an event of its own.
_COUNTED = ("apikey.issued", "apikey.updated", "family.begun", "family.refreshed", "recovery.spent")


def verifies(diary: Diary, scene: Scene) -> Iterator[str]:
    done = scene.run("audit", "verify", "--json")
    if done.code != 0:
        yield f"exit {done.code}: {done.out[:600]} {done.err[:300]}"


def events(diary: Diary, scene: Scene) -> Iterator[str]:
    there: Counter[tuple[str, str]] = Counter()
    for line in scene.ok("audit", "export").lines():
        row = json.loads(line)
        there[row["event"], str(row["target_id"])] += 1
    for (event, target), times in _wanted(diary).items():
        found = there[event, target]
        if found < (times if event in _COUNTED else 1):
            yield f"{event} of {target}: {found} events for {times} that were acknowledged"


def _wanted(diary: Diary) -> Counter[tuple[str, str]]:
    wanted: Counter[tuple[str, str]] = Counter()
    spent = set()
    for fact in diary.facts:
        event = _EVENTS.get((fact.kind, fact.act))
        if event == "family.refreshed" and fact.subject in spent:
            continue  # the same answer, given again
        spent.add(fact.subject)
        if event and fact.sure:
            wanted[event, _target(fact)] += 1
        if fact.act == "mint" and fact.value["recorded"]:
            wanted["token.issued", fact.subject] += 1
    return wanted


def _target(fact: Fact) -> str:
    if fact.kind == "recovery":
        return fact.subject.split()[0]
    return str(fact.value["family"]) if fact.act == "spend" else fact.subject
