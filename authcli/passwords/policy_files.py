"""Policies in TOML or JSON: what hashes are to be, and what passwords.

    [hash]                           how new ones are made
    scheme = "argon2id"
    memory = "64MiB"                 or any setting of the scheme by its name: iterations, rounds …

    [accept]                         which others may stay: their least costs, or several such sets
    bcrypt = { cost = 12 }
    argon2id = [{ memory = "19MiB", iterations = 2 }, { memory = "46MiB", iterations = 1 }]

    [password]
    base = "nist"                    "nist", "nist-mfa" or "classic", for what is not said here
    min_length = 12
    max_length = 128
    classes = ["upper", "lower", "digit", "symbol"]
    min_score = 3

Every part may be left out. A name that is not known is an error: a misspelt rule would not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from authcli.encoding import read_json
from authcli.errors import InvalidConfig, InvalidEncoding, InvalidInput
from authcli.passwords.hash_policy import DEFAULT_HASH_POLICY, Floors, HashPolicy
from authcli.passwords.hashing import full_cost
from authcli.passwords.model import Scheme
from authcli.passwords.password_policy import CLASSES, NIST, PasswordPolicy, policy_named
from authcli.passwords.schemes import scheme_named

__all__ = ["Policies", "parse_memory", "read_policies"]

_MAX_BYTES = 64 * 1024
_MAX_DOTS = 200
_UNITS = {"": 1, "k": 1, "kib": 1, "m": 1 << 10, "mib": 1 << 10, "g": 1 << 20, "gib": 1 << 20}


class Policies(NamedTuple):
    """What a file says; the defaults where it says nothing."""

    hash: HashPolicy = DEFAULT_HASH_POLICY
    password: PasswordPolicy = NIST


def parse_memory(text: str) -> int:
    """Return the KiB of "64MiB", "1 GiB", "19456" or "19456KiB".

    Raises:
        InvalidInput: no such size, or one under a KiB.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,9}) ?([a-z]*)", text.strip().lower())
    if found is None or found[2] not in _UNITS:
        raise InvalidInput(
            f"{ascii(text)[:40]} is no size of memory",
            hint="as in 64MiB, 1GiB or 19456KiB",
            code="password.cost",
        )
    return int(found[1]) * _UNITS[found[2]]


def read_policies(data: bytes) -> Policies:
    """Return the policies of a file's content, TOML, or JSON where it begins with a brace.

    Raises:
        InvalidConfig: it cannot be read, or says what no policy can be ("password.policy").
    """
    if len(data) > _MAX_BYTES:
        raise _bad(f"it has more than {_MAX_BYTES} bytes")
    document = _members(_document(data), "the file", {"hash", "accept", "password"})
    try:
        policy = _hash_policy(document)
        return Policies(policy, _password_policy(document.get("password", {})))
    except InvalidConfig:
        raise
    except InvalidInput as error:
        raise InvalidConfig(
            f"the policy: {error.message}", hint=error.hint, code="password.policy"
        ) from None


def _document(data: bytes) -> object:
    import tomllib

    try:
        text = data.decode()
        if text.lstrip().startswith("{"):
            return read_json(text.strip(), what="policy")
        if any(line.count(".") > _MAX_DOTS for line in text.splitlines()):
            # tomllib takes seconds and a gigabyte for a name of thousands of parts.
            raise _bad("it is nested too deeply")
        return tomllib.loads(text)
    except InvalidEncoding as error:
        raise _bad(error.message) from None
    except (ValueError, RecursionError):  # both decoders' errors are ValueErrors
        raise _bad("it is neither TOML nor JSON") from None


def _hash_policy(document: Mapping[str, object]) -> HashPolicy:
    made = _members(document.get("hash", {}), "[hash]", None)
    scheme = scheme_named(_text(made.get("scheme", DEFAULT_HASH_POLICY.scheme), "hash.scheme"))
    if not scheme.makes:
        raise _bad(f"hash.scheme: {scheme.name} hashes are read, and not made")
    cost = _cost({name: value for name, value in made.items() if name != "scheme"}, scheme)
    if "accept" not in document:
        accept = {**DEFAULT_HASH_POLICY.accept}
    else:
        rows = _members(document["accept"], "[accept]", None)
        accept = {scheme_named(name).name: _floors(row, name) for name, row in rows.items()}
    # New hashes are never outdated at once; and what they cost is what is wanted.
    if cost or scheme.name not in accept:
        accept[scheme.name] = (full_cost(scheme, cost),)
    return HashPolicy(scheme.name, cost, accept)


def _floors(row: object, name: str) -> Floors:
    rows = row if isinstance(row, list) else [row]
    scheme = scheme_named(name)
    if not rows:
        raise _bad(f"accept.{name} is empty")
    return tuple(_cost(_members(each, f"accept.{name}", None), scheme) for each in rows)


def _cost(members: Mapping[str, object], scheme: Scheme) -> dict[str, int]:
    cost = {}
    for name, value in members.items():
        if name == "memory":
            cost["memory_kib"] = parse_memory(_text(value, name))
        elif isinstance(value, int) and not isinstance(value, bool):
            cost[name] = value
        else:
            raise _bad(f"{scheme.name}: {ascii(name)[1:-1][:40]} is no number")
    full_cost(scheme, cost)
    return cost


def _password_policy(section: object) -> PasswordPolicy:
    names = {"base", "min_length", "max_length", "classes", "min_score"}
    members = _members(section, "[password]", names)
    base = policy_named(_text(members.get("base", NIST.name), "base"))
    classes = members.get("classes", [*base.classes])
    if not isinstance(classes, list) or not all(name in CLASSES for name in classes):
        raise _bad(f"classes is not a list of {', '.join(CLASSES)}")
    longest = members.get("max_length", base.max_length)
    return PasswordPolicy(
        "of the file" if members else base.name,
        _number(members.get("min_length", base.min_length), "min_length", 1, 4096),
        None if longest is None else _number(longest, "max_length", 1, 4096),
        tuple(name for name in CLASSES if name in classes),
        _number(members.get("min_score", base.min_score), "min_score", 0, 4),
        base.refuses_parts,
    )


def _members(value: object, what: str, names: set[str] | None) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _bad(f"{what} is no table")
    unknown = sorted(set(value) - names) if names is not None else []
    if unknown:
        raise _bad(
            f"{what} has an unknown {ascii(unknown[0])[:40]}; it may have {sorted(names or ())}"
        )
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise _bad(f"{what} is no text")
    return value


def _number(value: object, what: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _bad(f"{what} is no number from {low} to {high}")
    return value


def _bad(why: str) -> InvalidConfig:
    return InvalidConfig(f"the policy cannot be used: {why}", code="password.policy")
