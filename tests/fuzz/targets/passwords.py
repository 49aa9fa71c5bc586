"""Hashes of every scheme, tables of users, htpasswd files, policies."""

from __future__ import annotations

import json
import tempfile
import tomllib
from functools import cache
from pathlib import Path

from authcli import passwords
from authcli.passwords import htpasswd, policy_files, recognition, user_tables
from tests.fuzz.model import Target, attempt, memory_folder, promise
from tests.fuzz.targets.encodings import JSON_WORDS

__all__ = ["HASHES", "TARGETS"]

_PASSWORD = "correct horse"
#: What no hash of a stranger may make us compute here: a millisecond or so.
_CHEAP_SECONDS, _CHEAP_KIB = 0.02, 4096
#: One of each way to write one, at the least cost.
HASHES = (
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$gK4ICeIJ2SpIX1vAbA3sMPpOYKkQM2zo",
    "argon2$argon2i$v=19$m=16,t=2,p=2$c29tZXNhbHQ$gK4ICeIJ2SpIX1vAbA3sMPpOYKkQM2zo",
    "$2b$04$abcdefghijklmnopqrstuuO7nbJlnkI5wGmVkGcUN9qqxXj9w1wCO",
    "$bcrypt-sha256$v=2,t=2b,r=4$abcdefghijklmnopqrstuu$O7nbJlnkI5wGmVkGcUN9qqxXj9w1wCO",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuO7nbJlnkI5wGmVkGcUN9qqxXj9w1wCO",
    "$scrypt$ln=4,r=8,p=1$c29tZXNhbHQ$gK4ICeIJ2SpIX1vAbA3sMPpOYKkQM2zogK4ICeIJ2Sk",
    "scrypt:16:8:1$salt$" + "ab" * 64,
    "$pbkdf2-sha256$10$c29tZXNhbHQ$gK4ICeIJ2SpIX1vAbA3sMPpOYKkQM2zogK4ICeIJ2Sk",
    "pbkdf2_sha256$10$salt$gK4ICeIJ2SpIX1vAbA3sMPpOYKkQM2zogK4ICeIJ2Sk=",
    "pbkdf2:sha256:10$salt$" + "ab" * 32,
    "grub.pbkdf2.sha512.10." + "AB" * 16 + "." + "CD" * 64,
    "$5$rounds=1000$saltsalt$" + "a" * 42 + ".",
    "$6$saltsalt$" + "a" * 85 + ".",
    "$1$saltsalt$" + "a" * 21 + ".",
    "$apr1$saltsalt$" + "a" * 21 + ".",
    "$sha1$10$saltsalt$" + "a" * 28,
    "$P$5saltsalt" + "a" * 21 + ".",
    "{SSHA}gK4ICeIJ2SpIX1vAbA3sMPpOYKkQM2zo",
    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "{MD5}X03MO1qnZdYdgyfeuILPmQ==",
    "sha1$salt$" + "ab" * 20,
    "md5$salt$" + "ab" * 16,
    "*" + "AB" * 20,
    "abcdefghijkl.",
    "{CRYPT}$1$saltsalt$" + "a" * 21 + ".",
    "!$6$saltsalt$" + "a" * 85 + ".",
)
_WORDS = tuple(
    text.encode()
    for text in (
        *(
            "$argon2id$v=19$m=",
            ",t=",
            ",p=",
            "$2y$04$",
            "$2a$31$",
            "$scrypt$ln=",
            "$pbkdf2-sha512$",
        ),
        *("rounds=", "$6$", "{CRYPT}", "{SSHA512}", "{PBKDF2-SHA256}", "pbkdf2_sha1$", "scrypt:"),
        *(
            "$bcrypt-sha256$",
            "$7$",
            "grub.pbkdf2.sha512.",
            "$$",
            "4294967295",
            "$y$",
            "SCRAM-SHA-256$",
        ),
    )
)


def _hash(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    info = attempt(passwords.inspect, text)
    found = attempt(recognition.read, text)
    promise((info is None) == (found is None), "what reads can be inspected")
    if info is None or found is None:
        return
    promise(info.work.seconds >= 0 and info.work.memory_kib >= 0, "work is no negative number")
    promise(info.salt_bits >= 0 and info.digest_bits > 0, "a hash has a digest")
    promise(recognition.read(f" {text}\n") == found, "blanks around a hash say nothing")
    if info.work.seconds < _CHEAP_SECONDS and info.work.memory_kib < _CHEAP_KIB:
        verified = attempt(passwords.verify, _PASSWORD, text)
        promise(verified is None or found.digest in _digests(), "no other hash is the password's")


@cache
def _genuine() -> tuple[str, ...]:
    costs: dict[str, dict[str, int]] = {
        "argon2id": {"memory_kib": 8, "iterations": 1, "lanes": 1},
        "bcrypt": {"cost": 4},
        "scrypt": {"log_n": 1, "block_size": 1, "lanes": 1},
        "pbkdf2-sha256": {"rounds": 1},
        "sha256-crypt": {"rounds": 1000},
    }
    return tuple(passwords.hash(_PASSWORD, scheme=name, **cost) for name, cost in costs.items())


@cache
def _digests() -> frozenset[bytes]:
    return frozenset(recognition.read(text).digest for text in _genuine())


def _htpasswd(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=memory_folder()) as file:
        file.write(data)
        file.flush()
        found = attempt(htpasswd.users, Path(file.name))
    names = [user.name for user in found or ()]
    promise(len({*names}) == len(names) or b"\\" in data, "the first line of a user counts")
    for user in found or ():
        line = data.split(b"\n")[user.line - 1].strip()
        shown = line.decode("utf-8", "backslashreplace")
        promise(shown.startswith(f"{user.name}:{user.hash}"), "a user is where it is said")


def _user_table(data: bytes) -> None:
    first, *rest = data.split(b"\n")
    for wants in (("hash",), ("password",), ("user", "hash"), ("hash", "password")):
        for form in (None, *user_tables.FORMS):
            table = attempt(user_tables.recognise, first, wants=wants, form=form)
            for line in rest[:20] if table and table.has_header else [first, *rest[:20]]:
                if table is None or table.passes_over(line):
                    continue
                found = attempt(table.read, line)
                if found is not None:
                    promise(all(getattr(found, role) for role in wants), "what is wanted is there")
                    for text in (found.user, found.hash):
                        promise("\n" not in (text or ""), "a line is a line")


def _policy(data: bytes) -> None:
    found = attempt(policy_files.read_policies, data)
    if found is not None:
        text = data.decode()
        document = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        promise({*document} <= {"hash", "accept", "password"}, "no rule is passed over")
        info = passwords.inspect(HASHES[0], policy=found.hash)
        promise(info.outdated == bool(info.findings), "outdated for a reason")


def _tables() -> list[bytes]:
    one, other = HASHES[0], HASHES[2]
    return [
        f"alice:{one}\nbob:{other}\n# note\n".encode(),
        f"root:{HASHES[12]}:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::".encode(),
        f"{one}:pass:word\n{HASHES[9]}:x".encode(),
        f'user;password_hash\n"a;b";{one}\n'.encode(),
        f'{{"email":"a@b","password":"x","hash":"{other}"}}\n'.encode(),
        b"alice:pa:ss\nbob:\xff\xfe\n",
        b"id\tpw\n1\tsecret\n",
    ]


def _policies() -> list[bytes]:
    return [
        b'[hash]\nscheme = "argon2id"\nmemory = "64MiB"\niterations = 3\n',
        b'[[accept.argon2id]]\nmemory = "19456KiB"\n[accept]\nbcrypt = {cost = 12}\n',
        b'[password]\nbase = "nist"\nmin_length = 12\nclasses = ["digit"]\nmin_score = 3\n',
        b'{"hash": {"scheme": "bcrypt", "cost": 12}, "accept": {"bcrypt": {"cost": 10}}}',
    ]


TARGETS = {
    "hash": Target(_hash, lambda: [t.encode() for t in (*HASHES, *_genuine())], _WORDS),
    "htpasswd": Target(_htpasswd, _tables, (b":", b"#", b"\r\n", b"alice:", *_WORDS)),
    "user-table": Target(
        _user_table,
        _tables,
        (b":", b",", b";", b"\t", b'"', b"user", b"hash", b"password", *JSON_WORDS, *_WORDS),
    ),
    "password-policy": Target(
        _policy,
        _policies,
        (
            b"[hash]\n",
            b"[accept]\n",
            b"[password]\n",
            b"[[accept.",
            b"a.a.a.a.a.a",
            b'"""',
            b"memory",
            b"classes",
            b"min_score",
            b"base",
            b"= 1e9",
            b"= inf",
            b"= 0x10",
            b"= 1979-05-27",
        ),
    ),
}
