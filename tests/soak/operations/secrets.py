"""Passwords, which touch no store, and the keychain's encrypted file, which all share."""

from __future__ import annotations

from tests.soak.lives import values
from tests.soak.worker import Worker

#: Cheap on purpose: it is processes that are tested, not hashes.
SCHEMES = (
    ("--scheme", "pbkdf2-sha256", "--rounds", "1000"),
    ("--scheme", "bcrypt", "--cost", "4"),
    ("--scheme", "scrypt", "--log-n", "10"),
    ("--scheme", "argon2id", "--memory", "1MiB", "--iterations", "1", "--lanes", "1"),
)


def hash_password(worker: Worker) -> None:
    """A hash is of its password, and of no other."""
    scheme = worker.chance.choice(SCHEMES)
    password = worker.fresh("password")
    made = worker.run("password", "hash", "-", *scheme, stdin=password)
    if made.code == 0:
        wrong = worker.chance.random() < 0.5
        words = ("password", "verify", made.out.strip(), "-")
        worker.run(*words, codes=(3,) if wrong else (0,), stdin=password + "x" * wrong)


def put(worker: Worker) -> None:
    name = f"secret-{worker.number}-{worker.chance.randrange(4)}"
    value = worker.fresh("value")
    done = worker.run("keychain", "set", name, "-", "--replace", "--json", stdin=value)
    worker.changed(done, "secret", name, "set", value)


def get(worker: Worker) -> None:
    if name := _any(worker):
        kept = values(worker.facts["secret", name])
        codes = {7 if value is None else 0 for value in kept}
        done = worker.run("keychain", "get", name, codes=codes)
        if done.code == 0 and done.out not in kept:
            worker.wrong(f"{name} is {done.out!r}, not of {kept}")


def remove(worker: Worker) -> None:
    if name := _any(worker):
        codes = {7 if value is None else 0 for value in values(worker.facts["secret", name])}
        done = worker.run("keychain", "remove", name, "--yes", "--json", codes=codes)
        worker.changed(done, "secret", name, "remove")


def _any(worker: Worker) -> str | None:
    names = [name for kind, name in worker.facts if kind == "secret" and name.startswith("secret-")]
    return worker.chance.choice(names) if names else None
