"""What TAB offers where a value is awaited.

A flag means one thing everywhere, so some are known by name; the rest, and arguments, by what help
calls their value: SOURCE, FILE, ALG. A metavar such as `json|text` is its own list.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

__all__ = ["FILES", "Candidate", "identifiers", "kind_of", "values_of"]

FILES = ":files"

_IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PREFIXED = re.compile(r"@|[a-z]+:")
_CHOICES = re.compile(r"[a-z0-9-]+(?:\|[a-z0-9-]+)+")


class Candidate(NamedTuple):
    """A value to offer; or, with the value `FILES`, file names after so many characters."""

    value: str
    description: str = ""


def values_of(param: Any, typed: str) -> Iterable[Candidate]:
    """Return what may stand for an option's value or an argument; the caller filters by `typed`.

    Args:
        param: Typer's option or argument.
        typed: the word so far.
    """
    metavar = kind_of(param)
    if _CHOICES.fullmatch(metavar):
        return _listed(metavar.split("|"))
    named = next((BY_NAME[name] for name in param.opts if name in BY_NAME), None)
    return (named or BY_METAVAR.get(metavar, _nothing))(typed)


def kind_of(param: Any) -> str:
    """Return the metavar without what says that the value is optional or repeatable."""
    metavar = (param.metavar or "").removesuffix("...")
    return metavar[1:-1] if metavar[:1] + metavar[-1:] == "[]" else metavar


def identifiers(names: Iterable[str]) -> list[str]:
    """Return the names that a shell can be shown: ids, kids and profiles may be a stranger's."""
    return [name for name in names if _IDENTIFIER.fullmatch(name)]


def _nothing(typed: str) -> Iterator[Candidate]:
    yield from ()


def _listed(values: Iterable[str]) -> Iterator[Candidate]:
    yield from (Candidate(value) for value in values)


def _one_of(values: str) -> Callable[[str], Iterable[Candidate]]:
    return lambda typed: _listed(values.split())


def _files(typed: str) -> Iterator[Candidate]:
    yield Candidate(FILES, "0")


def _at_file(typed: str) -> Iterator[Candidate]:
    if typed.startswith("@"):
        yield Candidate(FILES, "1")
    else:
        yield Candidate("@", "a file")
        yield Candidate("-", "standard input")


def _source(typed: str) -> Iterator[Candidate]:
    """Offer the prefixes of sources, names of variables after `env:`, files after `@`."""
    if typed.startswith("env:"):
        yield from (Candidate(f"env:{name}") for name in sorted(os.environ) if _is_variable(name))
    elif typed.startswith(("keychain:", "keyring:")):
        prefix = typed.partition(":")[0]
        yield from (Candidate(f"{prefix}:{one.value}") for one in _keychain_names(typed))
    else:
        yield from _at_file(typed)
        if not typed.startswith("@"):
            yield from _SOURCES


def _keychain_names(typed: str) -> Iterator[Candidate]:
    from authcli.cli._folders import data_folder
    from authcli.keychain.names import read_names

    addresses = read_names(data_folder())
    yield from (Candidate(one.name) for one in addresses if not one.namespace)


def _key_source(typed: str) -> Iterator[Candidate]:
    yield from _source(typed)
    if not _PREFIXED.match(typed):
        yield Candidate(FILES, "0")


def _variable(typed: str) -> Iterator[Candidate]:
    """Offer what may follow the = of `exec --set NAME=`."""
    name, equals, source = typed.partition("=")
    if not (equals and _is_variable(name)):
        return
    found = [Candidate("jwt:", "a fresh token"), Candidate("apikey:", "a fresh API key")]
    if source.startswith("jwt:"):
        found = [Candidate(f"jwt:{profile.value}") for profile in _profiles("")]
    for candidate in (*found, *_source(source)):
        if candidate.value == FILES:
            yield Candidate(FILES, str(len(name) + 1 + int(candidate.description)))
        else:
            yield Candidate(f"{name}={candidate.value}", candidate.description)


def _checks(typed: str) -> Iterator[Candidate]:
    from authcli.cli.doctor._checks import CHECKS

    yield from _listed(CHECKS)


def _claim(typed: str) -> Iterator[Candidate]:
    """Offer files in `@FILE`, `name=@FILE` and `name:=@FILE`."""
    head, at, _ = typed.partition("@")
    if at and (not head or head.endswith("=")):
        yield Candidate(FILES, str(len(head) + 1))


def _is_variable(name: str) -> bool:
    return _VARIABLE.fullmatch(name) is not None


def _algorithms(typed: str) -> Iterator[Candidate]:
    from authcli.keys.algorithms import ALGORITHMS

    yield from _listed(ALGORITHMS)


def _profiles(typed: str) -> Iterator[Candidate]:
    from authcli.cli._config import profile_names

    yield from _listed(identifiers(profile_names()))


def _forms(typed: str) -> Iterator[Candidate]:
    from authcli.cli._secret_output import FORMS

    yield from _listed(FORMS)


def _topics(typed: str) -> Iterator[Candidate]:
    """Offer topics, then groups; error codes are many, so only once a letter is there."""
    from authcli.cli import GROUPS
    from authcli.cli.help.codes import codes
    from authcli.cli.help.topics import TOPICS

    yield from (Candidate(name, topic.summary) for name, topic in TOPICS.items())
    yield from (Candidate(name, text) for name, text in GROUPS.items())
    if typed:
        yield from (Candidate(code, found.meaning) for code, found in codes().items())


def _saved_accounts(typed: str) -> Iterator[Candidate]:
    from authcli.cli._folders import data_folder
    from authcli.keychain.names import read_names

    addresses = read_names(data_folder())
    yield from (Candidate(one.name) for one in addresses if one.namespace == "otp")


def _account(typed: str) -> Iterator[Candidate]:
    """Offer saved accounts; sources once one is begun, as most people have saved theirs."""
    if not _PREFIXED.match(typed):
        yield from _saved_accounts(typed)
    yield from _source(typed)


def _picture(typed: str) -> Iterator[Candidate]:
    """Offer files, as they are or after `@`."""
    yield from _at_file(typed)
    if not typed.startswith("@"):
        yield Candidate(FILES, "0")


def _hash(typed: str) -> Iterator[Candidate]:
    """Offer where a password's hash may come from: it is under test, and few sources are read."""
    if typed.startswith("env:"):
        yield from _source(typed)
    else:
        yield from _at_file(typed)
        yield from (each for each in _SOURCES if each.value == "env:")


def _schemes(typed: str) -> Iterator[Candidate]:
    from authcli.passwords.schemes import SCHEMES

    yield from (Candidate(row.name, row.about) for row in SCHEMES.values() if row.makes)


def _policies(typed: str) -> Iterator[Candidate]:
    from authcli.passwords.password_policy import POLICIES

    yield from _listed(POLICIES)
    yield from _files(typed)


_SOURCES = (
    Candidate("env:", "an environment variable"),
    Candidate("fd:", "an open file descriptor"),
    Candidate("cmd:", "what a command prints"),
    Candidate("keychain:", "a secret of the keychain"),
)

#: Option -> what completes its value.
BY_NAME: dict[str, Callable[[str], Iterable[Candidate]]] = {
    "--by": _one_of("hour day"),
    "--color": _one_of("auto always never"),
    "--encoding": _one_of("base64url hex raw"),
    "--exp": _one_of("15m 1h 1d never"),
    "--expiring-within": _one_of("7d 14d 30d"),
    "--grace": _one_of("0 1h 24h 7d"),
    "--hash": _one_of("sha256 sha384 sha512"),
    "--if-older-than": _one_of("30d 80d 180d"),
    "--key": _key_source,
    "--min-left": _one_of("5s 10s"),
    "--kind": _one_of("apikey signing-key family issued-token certificate token jwk"),
    "--older-than": _one_of("30d 90d 1y"),
    "--period": _one_of("30s 60s"),
    "--profile": _profiles,
    "--since": _one_of("24h 7d 30d"),
    "--state": _one_of("live grace pending expired superseded disabled revoked"),
    "--target": _one_of("100ms 250ms 500ms 1s"),
    "--time": _one_of("utc local relative epoch"),
    "--unused-for": _one_of("30d 90d 1y"),
    "--valid-for": _one_of("1h 1d 30d 1y 10y"),
    "--within": _one_of("7d 14d 30d"),
}
#: Metavar -> what completes it.
BY_METAVAR: dict[str, Callable[[str], Iterable[Candidate]]] = {
    "A": _at_file,
    "ALG": _algorithms,
    "ANYTHING": _key_source,
    "API_KEY": _at_file,
    "AS": _one_of("python curl"),
    "B": _at_file,
    "CLAIM": _claim,
    "CODE": _at_file,
    "CHECK": _checks,
    "-- COMMAND": _files,
    "CRV": _one_of("P-256 P-384 P-521 secp256k1 Ed25519 Ed448 X25519"),
    "DIR": _files,
    "ENC": _one_of("raw base64 base64url hex"),
    "ENVIRONMENT": _one_of("live test"),
    "FILE": _files,
    "FILE|DIR": _files,
    "FILE|URL": _files,
    "FORM": _forms,
    "FORMAT": _one_of("pem jwk jwks der openssh"),
    "HASH": _hash,
    "HMAC": _one_of("SHA1 SHA256 SHA512"),
    "JWS": _at_file,
    "KEY": _key_source,
    "SECRET_NAME": _keychain_names,
    "KIND": _one_of("access id"),
    "LETTERS": _one_of("all alphanumeric unambiguous digits hex"),
    "NAME|SOURCE": _account,
    "PATH": _files,
    "NAME=SOURCE": _variable,
    "PAYLOAD": _at_file,
    "POLICY": _policies,
    "PREFIX": _one_of("ak_live ak_test"),
    "RATE": _one_of("10/1s 100/1m 1000/1h"),
    "SAVED_NAME": _saved_accounts,
    "SCHEME": _schemes,
    "SECONDS": _one_of("2 10 60"),
    "SIZE": _one_of("64MiB 128MiB 256MiB 512MiB 1GiB"),
    "SOURCE": _source,
    "SOURCE|URL": _key_source,
    "TIME": _one_of("30s 60s 5m 15m 1h"),
    "TOKEN": _at_file,
    "TOPIC": _topics,
    "TYPE": _one_of("JWT at+jwt"),
    "URI|IMAGE": _picture,
    "WHEN": _one_of("now 15m 1h 1d"),
}
