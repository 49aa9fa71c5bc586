"""Tokens: minted, recorded, refreshed, presented twice, verified and revoked."""

from __future__ import annotations

import json
from typing import Any

from tests.soak.commands import Outcome
from tests.soak.lives import lasting
from tests.soak.scene import SHORT_SECONDS, keep_family
from tests.soak.scene import begin_family as begin_shared
from tests.soak.worker import Worker

_LONG = ("-A", "ES256", "--exp", "1h", "--json")


def mint(worker: Worker) -> None:
    minted(worker, worker.run("jwt", "mint", "--sub", worker.subject, *_LONG))


def mint_recorded(worker: Worker) -> None:
    words = ("jwt", "mint", "--sub", worker.subject, "--aud", "api", "--record")
    minted(worker, worker.run(*words, *_LONG), recorded=True)


def mint_short(worker: Worker) -> None:
    """A token of the ring whose keys retire soon; it is verified at once, if ever."""
    alg = ("-A", "EdDSA", "--exp", f"{SHORT_SECONDS}s", "--json")
    done = worker.run("jwt", "mint", "--sub", worker.subject, *alg)
    minted(worker, done)
    if done.sure:
        again = worker.run("jwt", "verify", "-", codes=(0, 4, 5), stdin=done.json()["token"])
        late = again.ended - done.began > SHORT_SECONDS - 2
        if again.code == 4 and not late:
            worker.wrong(f"a token of {SHORT_SECONDS} seconds was over at once")


def minted(worker: Worker, done: Outcome, *, recorded: bool = False) -> None:
    """Note the access token of an answer."""
    if not done.sure:
        return
    answer = done.json()
    token = {
        "text": answer["token"],
        "kid": answer["kid"],
        "alg": answer["algorithm"],
        "recorded": recorded,
        **{name: answer["payload"].get(name) for name in ("jti", "sub", "exp", "family")},
    }
    worker.note(done, "token", token["jti"], "mint", token, sure=True)
    if lasting(token):
        worker.tokens.append(token)


def begin_family(worker: Worker) -> None:
    done = worker.run("jwt", "mint", "--sub", worker.subject, "--refresh", *_LONG)
    minted(worker, done)
    if done.sure:
        answer = done.json()
        worker.note(done, "family", answer["family"], "begin", worker.subject, sure=True)
        worker.families[answer["family"]] = [answer["refresh_token"]]


def refresh(worker: Worker) -> None:
    """Present the newest refresh token, again where the answer was lost."""
    if not (family := _family(worker)):
        return begin_family(worker)
    text = worker.families[family][-1]
    codes = _refresh_codes(worker, family)
    done = worker.run("jwt", "refresh", "--grace", "1h", "--json", codes=codes, stdin=text)
    if done.sure:
        worker.families[family].append(done.json()["refresh_token"])
    refreshed(worker, done, family, text)
    return None


def reuse(worker: Worker) -> None:
    """Present a token whose successor was used: the family must end."""
    if not (family := _family(worker, uses=2)):
        return refresh(worker)
    text = worker.families[family][-3]
    codes = (_refresh_codes(worker, family) | {5}) - {0}
    done = worker.run("jwt", "refresh", "--grace", "1h", "--json", codes=codes, stdin=text)
    worker.families.pop(family)
    refreshed(worker, done, family, text)
    if done.unknown:
        worker.note(done, "family", family, "revoke", sure=False)
    return None


def refresh_raced(worker: Worker) -> None:
    """Present a token that others present at the same time."""
    number = worker.chance.randrange(worker.scene.families)
    held = json.loads(worker.scene.family(number).read_text("utf-8"))
    words = ("jwt", "refresh", "--grace", "1h", "--json")
    # 3: the loser of an earlier race wrote down a family that `store gc` has forgotten since.
    done = worker.run(*words, codes=(0, 3, 5), stdin=held["text"])
    if done.sure:
        keep_family(worker.scene, number, done.json())
    refreshed(worker, done, held["family"], held["text"])
    if done.code == 5 or done.unknown:  # the loser may have ended it
        worker.note(done, "family", held["family"], "revoke", sure=done.code == 5)
    if done.code in (3, 5):
        begin_shared(worker.scene, number)


def refreshed(worker: Worker, done: Outcome, family: str, text: str) -> None:
    """Note what came out of a refresh."""
    minted(worker, done)
    if done.sure:
        value = {"next": done.json()["refresh_token"], "family": family}
        worker.note(done, "refresh", text, "spend", value, sure=True)
    if done.code == 5:
        worker.note(done, "family", family, "revoke", sure=True)
        worker.families.pop(family, None)


def verify(worker: Worker) -> None:
    if not worker.tokens:
        return mint(worker)
    token = worker.chance.choice(worker.tokens[-40:])
    worker.run("jwt", "verify", "-", codes=_codes(worker, token), stdin=token["text"])
    return None


def verify_lines(worker: Worker) -> None:
    tokens = worker.tokens[-300:]
    text = "".join(f"{token['text']}\n" for token in tokens) or "none\n"
    words = ("jwt", "verify", "--lines", "--jsonl", "--jobs", "1", "-")
    done = worker.run(*words, codes=(0, 5) if tokens else (3,), stdin=text)
    rows = [json.loads(line) for line in done.lines()] if tokens else []
    if done.code in (0, 5) and len(rows) != len(tokens):
        worker.wrong(f"{len(rows)} answers to {len(tokens)} lines, and exit {done.code}")
    for token, row in zip(tokens, rows, strict=False):
        if (0 if row["valid"] else row["exit"]) not in _codes(worker, token):
            worker.wrong(f"token {token['jti']}: {json.dumps(row)[:600]}")


def revoke(worker: Worker) -> None:
    if worker.tokens:
        token = worker.tokens.pop(worker.chance.randrange(len(worker.tokens)))
        words = ("jwt", "revoke", "-", "--reason", "soak", "--json")
        done = worker.run(*words, stdin=token["text"])
        worker.changed(done, "token", token["jti"], "revoke")
        if worker.chance.random() < 0.5:
            worker.tokens.append(token)


def revoke_family(worker: Worker) -> None:
    if family := _family(worker):
        worker.families.pop(family)
        done = worker.run("jwt", "revoke", "--family", family, "--yes", "--json")
        worker.changed(done, "family", family, "revoke")


def revoke_subject(worker: Worker) -> None:
    """Revoke all of a subject, and never use it again: a mark counts whole seconds."""
    subject = worker.subject
    worker.subject_number += 1
    done = worker.run("jwt", "revoke", "--sub", subject, "--yes", "--json")
    worker.changed(done, "sub", subject, "revoke")


def _codes(worker: Worker, token: dict[str, Any]) -> set[int]:
    """Return the exit codes for a token; 5 always may be: others compromise keys and families."""
    return worker.denials().verdicts(token) | {5}


def _family(worker: Worker, *, uses: int = 0) -> str | None:
    """Pick a family that has been refreshed so often."""
    fit = [name for name, texts in worker.families.items() if len(texts) > uses]
    return worker.chance.choice(fit) if fit else None


def _refresh_codes(worker: Worker, family: str) -> set[int]:
    begun = worker.facts["family", family][0].value
    marks = {("family", family), ("sub", begun)}
    found = worker.denials()
    if marks & found.sure:
        return {5, 3}  # `store gc` forgets a family that has been dead for a while
    return {0, 5, 3} if marks & found.perhaps else {0}
