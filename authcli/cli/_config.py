"""Configuration: flag > AUTHCLI_* > project `authcli.toml` > user file.

The user file is the user's own. A project file comes with a checkout, so it may set names,
lifetimes and output; what could read a file, run a command or reach the network is refused in it
until `authcli config trust` has recorded its hash. No file holds a secret, only sources of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from authcli.cli._places import config_files, shown, user_file
from authcli.cli._settings import SETTINGS, Value, checked_value
from authcli.cli._trust import is_trusted
from authcli.errors import InvalidConfig, NotFound

__all__ = [
    "Config",
    "Layer",
    "load",
    "problems",
    "profile_names",
    "read_layer",
    "unread",
]

T = TypeVar("T")

MAX_FILE_BYTES = 64 * 1024
MAX_DOTS = 200


class Config(NamedTuple):
    """What applies to this invocation; flags come on top in the commands."""

    values: Mapping[str, Value] = MappingProxyType({})
    profile: str | None = None
    warnings: tuple[str, ...] = ()
    """What a person must know of the files, but that stops nothing."""

    def stronger(self, one: str, other: str) -> str | None:
        """Return which of two settings that exclude each other stands in the stronger layer.

        Raises:
            InvalidConfig: one layer sets both.
        """
        first, second = self.values.get(one), self.values.get(other)
        if first and second and first.rank == second.rank:
            raise InvalidConfig(f"{first.origin} and {second.origin} set both {one} and {other}")
        if first and (second is None or first.rank > second.rank):
            return one
        return other if second else None

    def text(self, name: str, flag: str | None) -> str | None:
        """Return the flag, or the setting where the flag was not given."""
        if flag is not None:
            return flag
        found = self.values.get(name)
        return found.value if found and isinstance(found.value, str) else None

    def texts(self, name: str, flags: list[str] | None) -> list[str]:
        """Return the flags, or the setting's list where none was given."""
        if flags:
            return flags
        found = self.values.get(name)
        if found is None:
            return []
        return [found.value] if isinstance(found.value, str) else list(found.value)


def load(profile: str | None = None) -> Config:
    """Read all layers.

    Args:
        profile: the profile's name; None takes AUTHCLI_PROFILE.

    Raises:
        InvalidConfig: a file that is not TOML, an unknown or forbidden setting, a bad value.
        NotFound: no file has the profile.
    """
    values: dict[str, Value] = {}
    profile = profile or _environment("AUTHCLI_PROFILE")
    found, warnings = config_files()
    layers = [read_layer(path, project=project) for path, project in found]
    known = {name for layer in layers for name in layer.tables}
    # A profile that the user named is stronger than what any file says outside of profiles.
    tables = [(layer, name) for name in dict.fromkeys((None, profile)) for layer in layers]
    for rank, (layer, name) in enumerate(tables):
        for key, value in layer.tables.get(name, {}).items():
            values[key] = _checked(layer, name, key, value)._replace(rank=rank)
    if profile is not None and profile not in known:
        raise NotFound(
            f"no configuration file has a profile {profile[:80]!a}",
            hint=f"add [profile.{profile[:80]}] to {shown(user_file())}",
            code="profile.not-found",
        )
    for name in SETTINGS:
        if (value := _from_environment(name)) is not None:
            values[name] = value._replace(rank=len(tables))
    return Config(values, profile, tuple(warnings))


def unread(profile: str | None = None) -> Config:
    """Return what applies where no file is read: the profile's name, for who reads them later."""
    return Config(profile=profile)


def problems() -> list[InvalidConfig]:
    """Return all that is wrong with the files, their profiles and the environment.

    `load` raises the first of these.
    """
    found: list[InvalidConfig] = []

    def attempt(check: Callable[..., T], *arguments: Any, **named: Any) -> T | None:
        try:
            return check(*arguments, **named)
        except InvalidConfig as error:
            found.append(error)
            return None

    for path, project in (attempt(config_files) or ((), ()))[0]:
        layer = attempt(read_layer, path, project=project)
        for name, table in layer.tables.items() if layer else ():
            for key, value in table.items():
                attempt(_checked, layer, name, key, value)
    for name in SETTINGS:
        attempt(_from_environment, name)
    attempt(_environment, "AUTHCLI_PROFILE")
    return found


def profile_names() -> list[str]:
    """Return the profiles of all files, the user's first; files that cannot be read have none."""
    names: dict[str, None] = {}
    with suppress(InvalidConfig):
        for path, project in config_files()[0]:
            tables = read_layer(path, project=project).tables
            names |= dict.fromkeys(name for name in tables if name is not None)
    return list(names)


class Layer(NamedTuple):
    """One configuration file, read once: what was judged is what is used."""

    path: Path
    content: bytes
    tables: dict[str | None, dict[str, Any]]
    """Profile -> what it sets; None is what the file sets outside of profiles, and comes first."""
    trusted: bool
    """The user's own file, or a project's whose content `config trust` recorded."""


def read_layer(path: Path, *, project: bool) -> Layer:
    """Return a configuration file, its settings not yet checked.

    Args:
        path: an existing file.
        project: it came with a checkout, so it is trusted only if `config trust` recorded it.

    Raises:
        InvalidConfig: it cannot be read, or is not TOML.
    """
    import tomllib

    content = _content(path)
    if any(line.count(b".") > MAX_DOTS for line in content.splitlines()):
        # tomllib takes seconds and a gigabyte for a name of thousands of parts.
        raise InvalidConfig(f"{shown(path)} is nested too deeply")
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise InvalidConfig(f"{shown(path)} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidConfig(f"{shown(path)} is not TOML: {_ascii(str(error))}") from None
    except RecursionError:
        raise InvalidConfig(f"{shown(path)} is nested too deeply") from None
    except ValueError:  # a number of more than 4,300 digits
        raise InvalidConfig(f"{shown(path)} holds a number that cannot be read") from None
    if _too_deep(document):
        raise InvalidConfig(f"{shown(path)} is nested too deeply")
    profiles = document.pop("profile", {})
    if not isinstance(profiles, dict):
        raise InvalidConfig(f"{shown(path)}: profile is not a table", hint="write [profile.NAME]")
    for name, table in profiles.items():
        if not isinstance(table, dict):
            raise InvalidConfig(f"{shown(path)}: profile.{_ascii(name)} is not a table")
    trusted = not project or is_trusted(path, content)
    return Layer(path, content, {None: document, **profiles}, trusted)


def _too_deep(document: dict[str, Any]) -> bool:
    """Say whether tables nest beyond anything a setting could mean: [profile.NAME] and a list."""
    level: list[Any] = [document]
    for _ in range(6):
        inner = [item.values() if isinstance(item, dict) else item for item in level]
        level = [v for values in inner for v in values if isinstance(v, (dict, list))]
    return bool(level)


def _environment(variable: str) -> str | None:
    text = os.environ.get(variable)
    if text is not None and not text.strip():
        raise InvalidConfig(
            f"{variable} is set but empty", hint=f"unset {variable}, or give it a value"
        )
    return text


def _from_environment(name: str) -> Value | None:
    variable = f"AUTHCLI_{name.upper()}"
    text = _environment(variable)
    if text is None:
        return None
    value: object = text.split(",") if SETTINGS[name].kind == "list" else text
    return Value(checked_value(name, value, variable), variable)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidConfig(f"{shown(path)} cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise InvalidConfig(f"{shown(path)} is larger than {MAX_FILE_BYTES // 1024} KiB")
    return content


def _checked(layer: Layer, profile: str | None, name: str, value: object) -> Value:
    """Return a setting of a file, or say why it may not stand there."""
    origin = shown(layer.path) + (f" [profile.{_ascii(profile)}]" if profile is not None else "")
    setting = SETTINGS.get(name)
    if setting is None:
        from difflib import get_close_matches

        near = get_close_matches(name, SETTINGS, 1)
        raise InvalidConfig(
            f"{origin}: unknown setting {name!a}",
            hint=f"did you mean {near[0]!r}?" if near else "authcli config show lists them",
        )
    if not (layer.trusted or setting.project):
        raise InvalidConfig(
            f"{origin} sets {name!r}, which a checkout may not do unasked",
            hint=f"read {shown(layer.path)}, then: authcli config trust",
            code="config.untrusted",
        )
    return Value(checked_value(name, value, origin), origin)


def _ascii(text: str) -> str:
    return ascii(text)[1:-1]
