"""One-time and recovery codes: each passes once, whoever presents it first."""

from __future__ import annotations

import time

from authcli import otp
from authcli.otp import totp
from tests.soak.worker import Worker


def new(worker: Worker) -> None:
    """Save an account, and see that it is there."""
    name = worker.fresh("account")
    words = ("--issuer", "Soak", "--account", name, "--save", name)
    done = worker.run("totp", "new", *words, "--json")
    worker.changed(done, "secret", name, "save")


def code(worker: Worker) -> None:
    """The command's code is the library's."""
    name = _race(worker, 1)
    account = otp.parse_uri(worker.scene.accounts[name]).account
    before = totp.code(account).text
    done = worker.run("totp", "code", name)
    if done.code == 0 and done.out.strip() not in (before, totp.code(account).text):
        account_codes = {totp.code(account, at=done.began + s).text for s in range(0, 60, 5)}
        if done.out.strip() not in account_codes:
            worker.wrong(f"{name}: {done.out!r} is no code of this minute")


def verify_raced(worker: Worker) -> None:
    """Present the code of the moment, as others do; a code that passed is refused."""
    name = _race(worker, 10)
    account = otp.parse_uri(worker.scene.accounts[name]).account
    text = totp.code(account).text
    words = ("totp", "verify", name, "-", "--json")
    # The window is one step, so a slow start is no reason to pass; 6: ten wrong ones.
    done = worker.run(*words, codes=(0, 3, 6), stdin=text)
    if done.code == 0:
        worker.note(done, "code", f"{name} {done.json()['step']}", "pass", text, sure=True)


def recovery_new(worker: Worker) -> None:
    name = worker.fresh("user")
    words = ("totp", "recovery", "new", name, "--yes", "--json")
    done = worker.run(*words)
    if done.sure:
        for text in done.json()["codes"]:
            worker.note(done, "recovery", f"{name} {text}", "make", sure=True)


def recovery_verify(worker: Worker) -> None:
    """Spend a code of one's own: it passes, and never again."""
    kept = [key for key, facts in worker.facts.items() if key[0] == "recovery"]
    if not kept:
        return recovery_new(worker)
    kind, subject = worker.chance.choice(kept)
    name, text = subject.split()
    acts = [(fact.act, fact.sure) for fact in worker.facts[kind, subject]]
    if ("pass", True) in acts:
        right = {3, 6}
    elif ("pass", False) in acts:
        right = {0, 3, 6}
    else:
        right = {0, 6}
    words = ("totp", "recovery", "verify", name, "-", "--json")
    done = worker.run(*words, codes=right, stdin=text)
    if done.sure or done.unknown:
        worker.note(done, kind, subject, "pass", sure=done.sure)
    return None


def recovery_raced(worker: Worker) -> None:
    name = _race(worker, 6)
    codes = worker.scene.recovery[name]
    text = codes[int(time.time() / (6 * len(worker.scene.recovery))) % len(codes)]
    words = ("totp", "recovery", "verify", name, "-", "--json")
    done = worker.run(*words, codes=(0, 3, 6), stdin=text)
    if done.code == 0:
        worker.note(done, "recovery", f"{name} {text}", "pass", sure=True)


def _race(worker: Worker, seconds: int) -> str:
    """Return the name that all workers go for at this moment."""
    names = sorted(worker.scene.accounts)
    return names[int(time.time() / seconds) % len(names)]
