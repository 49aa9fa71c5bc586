"""API keys: issued, verified, rotated, revoked, disabled, enabled, changed."""

from __future__ import annotations

import json
import time

from tests.soak.commands import Outcome
from tests.soak.lives import key_states, key_verdicts
from tests.soak.worker import Worker

SHORT_SECONDS = 4


def id_of(text: str) -> str:
    """Return the id that stands in a key's text."""
    return f"ak_{text.split('_')[2][:11]}"


def issue(worker: Worker) -> None:
    done = worker.run("apikey", "issue", worker.fresh("key"), "--scope", "read", "--json")
    if done.sure:
        born(worker, done, done.json()["key"])


def issue_many(worker: Worker) -> None:
    """Issue several: each whole line counts as shown, if the reader did not leave."""
    done = worker.run("apikey", "issue", worker.fresh("many"), "--count", "4")
    if done.code == 0 or done.fate == "SIGKILL":
        for text in done.lines():
            born(worker, done, text)


def issue_short(worker: Worker) -> None:
    name = worker.fresh("short")
    done = worker.run("apikey", "issue", name, "--exp", f"{SHORT_SECONDS}s", "--json")
    if done.sure:
        born(worker, done, done.json()["key"], ends=done.ended + SHORT_SECONDS)


def born(worker: Worker, done: Outcome, text: str, *, ends: float | None = None) -> None:
    worker.note(done, "key", id_of(text), "issue", {"text": text, "ends": ends}, sure=True)
    worker.texts[id_of(text)] = text


def verify(worker: Worker) -> None:
    if not (key := _any(worker)):
        return issue(worker)
    began = time.time()
    facts = worker.facts["key", key]
    # Which codes may be is known once it has ended, for keys that expire; so all are expected.
    done = worker.run("apikey", "verify", "-", codes=(0, 3, 4, 5), stdin=worker.texts[key])
    if done.code in (0, 3, 4, 5):
        right = key_verdicts(facts, began=began, ended=done.ended)
        if done.code not in right:
            worker.wrong(f"{key}: exit {done.code}, not {sorted(right)}: {done.err[:300]}")
    return None


def verify_lines(worker: Worker) -> None:
    keys = list(worker.texts)[-300:]
    began = time.time()
    jobs = str(worker.chance.choice((1, 1, 2)))
    words = ("apikey", "verify", "--lines", "--jsonl", "--jobs", jobs, "-")
    text = "".join(f"{worker.texts[key]}\n" for key in keys) or "none\n"
    done = worker.run(*words, codes=(0, 3, 4, 5), stdin=text)
    rows = [json.loads(line) for line in done.lines()]
    if done.code in (0, 3, 4, 5) and len(rows) != max(len(keys), 1):
        worker.wrong(f"{len(rows)} answers to {len(keys)} lines, and exit {done.code}")
    for key, row in zip(keys, rows, strict=False):
        code = 0 if row["valid"] else row["exit"]
        right = key_verdicts(worker.facts["key", key], began=began, ended=done.ended)
        if code not in right:
            worker.wrong(f"{key}: {code}, not {sorted(right)}")


def spend_quota(worker: Worker) -> None:
    """All workers use one key, each use of which is counted."""
    done = worker.run("apikey", "verify", "-", codes=(0, 6), stdin=worker.scene.quota_key)
    if done.code == 0 or done.unknown:
        worker.note(done, "quota", "quota", "passed", sure=done.code == 0)


def rotate(worker: Worker) -> None:
    """Rotate a live key: with a grace the old one lives on, without one it is over."""
    if not (key := _any(worker, "live")):
        return issue(worker)
    graceful = worker.chance.random() < 0.6
    words = ("apikey", "rotate", key, "--grace", "1h" if graceful else "0s", "--json")
    done = worker.run(*words, codes=(0, 8))  # 8: it was rotated before
    if not graceful:
        worker.changed(done, "key", key, "replace")
    elif done.sure:
        worker.note(done, "key", key, "rotate", sure=True)
    if done.sure:
        born(worker, done, done.json()["key"])
    return None


def revoke(worker: Worker) -> None:
    if key := _any(worker, "live", "disabled"):
        done = worker.run("apikey", "revoke", key, "--reason", "soak", "--json")
        worker.changed(done, "key", key, "revoke")


def disable(worker: Worker) -> None:
    if key := _any(worker, "live"):
        done = worker.run("apikey", "disable", key, "--json")
        worker.changed(done, "key", key, "disable")


def enable(worker: Worker) -> None:
    if key := _any(worker, "disabled"):
        done = worker.run("apikey", "enable", key, "--json")
        worker.changed(done, "key", key, "enable")


def update(worker: Worker) -> None:
    if key := _any(worker, "live"):
        value = str(worker.commands)
        done = worker.run("apikey", "update", key, "--meta", f"soak={value}", "--json")
        worker.changed(done, "meta", key, "set", value)


def _any(worker: Worker, *states: str) -> str | None:
    """Pick one of the worker's keys; with states, one that is surely in one of them and lasts."""
    keys = list(worker.texts)[-40:]
    worker.chance.shuffle(keys)
    for key in keys:
        facts = worker.facts["key", key]
        if not states or (key_states(facts) <= set(states) and not facts[0].value["ends"]):
            return key
    return None
