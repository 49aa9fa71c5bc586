"""The settings, each declared once, and what a value of each must be.

NamedTuples, because every command reads this: building a dataclass costs 0.5 ms of each start.
"""

from __future__ import annotations

from typing import NamedTuple

from authcli.errors import InvalidConfig, InvalidTime

__all__ = ["SETTINGS", "Setting", "Value", "checked_value"]


class Setting(NamedTuple):
    """One setting: its name in files, and AUTHCLI_<NAME> in the environment."""

    help: str
    kind: str = "text"
    """"text", "list", "duration", "source" (where a secret or key is), "url" or a choice "a|b"."""
    project: bool = False
    """Whether an untrusted project file may set it."""


SETTINGS: dict[str, Setting] = {
    "issuer": Setting("iss of minted tokens, and expected of verified ones", project=True),
    "audience": Setting("aud of minted tokens, and expected ones", "list", project=True),
    "algorithm": Setting("algorithm to sign with, and to accept", project=True),
    "lifetime": Setting("life of minted tokens", "duration", project=True),
    "output": Setting("what commands print", "plain|json", project=True),
    "color": Setting("colour on terminals", "auto|always|never", project=True),
    "time": Setting("how times are shown", "utc|local|relative|epoch", project=True),
    "key": Setting("source of the key to sign and verify with", "source"),
    "jwks": Setting("file or URL of public keys to verify with", "url"),
    "passphrase": Setting("source of the passphrase of encrypted keys", "source"),
    "store": Setting("URL of the store", "url"),
    "pepper": Setting(
        "source of the pepper of API keys; default: a file beside the store", "source"
    ),
    "audit_key": Setting("source of the audit's key; default: a file beside the store", "source"),
    "keychain": Setting("where keychain: keeps secrets", "auto|system|file"),
    "keychain_passphrase": Setting("source of what opens the keychain's encrypted file", "source"),
    "kek": Setting("source of the key that seals signing keys", "source"),
    "revocation": Setting("URL of a Redis that holds a copy of the deny marks", "url"),
}


class Value(NamedTuple):
    """A setting's value and where it came from ("AUTHCLI_KEY", "./authcli.toml [profile.ci]")."""

    value: str | tuple[str, ...]
    origin: str
    rank: int = 0
    """Of two layers the one with the higher rank is the stronger."""


def checked_value(name: str, value: object, origin: str) -> str | tuple[str, ...]:
    """Return a setting's value as the flag would have it, or say what is wrong with it."""
    kind = SETTINGS[name].kind
    where = origin if origin.startswith("AUTHCLI_") else f"{origin}: {name}"
    if kind == "list":
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(i, str) and i.strip() for i in items):
            raise InvalidConfig(f"{where} is a text or a list of texts")
        if not items:  # an empty list must not read as "check nothing"
            raise InvalidConfig(f"{where} is an empty list")
        return tuple(item.strip() for item in items)
    if not isinstance(value, str) or not value.strip():
        raise InvalidConfig(f"{where} is a text in quotes, and not empty")
    if "|" in kind and value not in kind.split("|"):
        raise InvalidConfig(f"{where} is one of {kind.replace('|', ', ')}")
    if kind in ("source", "url") and value.startswith("literal:"):
        raise InvalidConfig(
            f"{where} holds a literal secret", hint="name a source: env:NAME, @FILE"
        )
    if kind == "url" and not origin.startswith("AUTHCLI_") and _holds_password(value):
        raise InvalidConfig(
            f"{where} holds a password", hint="name a variable that holds the whole URL: env:NAME"
        )
    if kind == "duration":
        _check_duration(value, where)
    return value


def _holds_password(url: str) -> bool:
    import re

    return re.search(r"://[^/?#]*:[^/?#]*@|[?&]pass", url) is not None


def _check_duration(value: str, where: str) -> None:
    from authcli.clock import parse_duration

    try:
        parse_duration(value)
    except InvalidTime as error:
        raise InvalidConfig(f"{where}: {error.message}", hint=error.hint) from None
