"""Secrets in reach: those that everybody tries first, and those that stand where a source should.

What a source holds is compared and forgotten; no message repeats any of it. Commands are not run
for this, and nobody is asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from authcli.cli._config import Config
from authcli.cli._key_text import is_key_text
from authcli.cli._settings import SETTINGS
from authcli.cli._sources import SOURCES, read_source
from authcli.cli.doctor._model import Context, Result, passed
from authcli.errors import AuthError
from authcli.findings import Finding

__all__ = ["secrets"]

#: Variables that are no settings.
_KNOWN = ("AUTHCLI_CONFIG", "AUTHCLI_NOW", "AUTHCLI_PROFILE")
_REPLACE_IT = "make a new one: authcli key secret; what the old one signed or opened is public"
_PASSWORD_IN_URL = re.compile(r"://[^/?#]*:[^/?#]+@|[?&]pass")


def secrets(context: Context) -> Result:
    """Whether a setting's source holds a known or weak secret, or a variable holds one itself."""
    found: list[Finding] = []
    looked = 0
    for name, setting in SETTINGS.items():
        if setting.kind != "source" or (source := _source(context.run.config, name)) is None:
            continue
        if _is_source(source):
            looked += _is_read(source)
            found += _held(context, name, source) if _is_read(source) else ()
        else:
            found.append(_literal(context.run.config.values[name].origin))
    found += _variables(context.run.config)
    return passed(f"{looked} source{'s' * (looked != 1)} of settings read", *found)


def _source(config: Config, name: str) -> str | None:
    return config.text(name, None)


def _is_source(text: str) -> bool:
    prefix, colon, _ = text.partition(":")
    if text == "-" or text.startswith("@") or (colon and prefix in SOURCES):
        return True
    return not is_key_text(text) and os.path.lexists(os.path.expanduser(text))  # noqa: PTH111


def _is_read(source: str) -> bool:
    """Say whether a source gives the same again, asks nobody and runs nothing."""
    prefix, colon, _ = source.partition(":")
    return source != "-" and not (colon and prefix in SOURCES and prefix != "env")


def _literal(where: str) -> Finding:
    return Finding(
        "doctor.literal-secret",
        "error",
        f"{where} names neither a source nor a file that is there: it may be the secret itself",
        "keep it in a file of mode 600 and name that, @FILE, or keychain:NAME; and make a new one",
    )


def _held(context: Context, name: str, source: str) -> Iterator[Finding]:
    try:
        given = read_source(context.run, source, what=name, bare_path=True)
    except AuthError as error:
        yield Finding(error.code, "error", error.message, error.hint, name)
        return
    if given.exposed:
        text = f"{given.name} holds a secret and others can read it"
        yield Finding("doctor.exposed", "warning", text, f"chmod 600 {given.name}", name)
    if _is_common(given.data):
        text = f"{given.name} holds a secret that everybody tries first"
        yield Finding("doctor.common-secret", "error", text, _REPLACE_IT, name)
    elif name == "key":
        yield from _weaknesses(given.data, given.name)


def _is_common(data: bytes) -> bool:
    """Say whether a secret is a known one: as it is, encoded, or in a JWK."""
    import json
    from base64 import b64decode
    from binascii import Error
    from contextlib import suppress

    from authcli.tokens.common_secrets import COMMON_SECRETS

    known = {secret.encode() for secret in COMMON_SECRETS}
    text = data.strip()
    forms = [text]
    if text.startswith(b"{"):
        with suppress(ValueError, RecursionError):
            held = json.loads(text)
            forms = [str(held.get("k")).encode()] if isinstance(held, dict) else []
    for form in list(forms):
        with suppress(ValueError, Error):
            forms.append(b64decode(form.translate(bytes.maketrans(b"-_", b"+/")) + b"=="))
        with suppress(ValueError):
            forms.append(bytes.fromhex(form.decode("ascii", "replace")))
    return any(form in known for form in forms)


def _weaknesses(data: bytes, name: str) -> Iterator[Finding]:
    from authcli import keys

    try:
        found = keys.read_set(data, what=name)
    except AuthError as error:
        if error.code != "key.passphrase":
            yield Finding(error.code, "error", error.message, error.hint, "key")
        return
    for finding in keys.lint(found):
        if finding.severity != "note":
            about = f"key, {finding.subject}" if finding.subject else "key"
            yield finding._replace(subject=about)


def _variables(config: Config) -> Iterator[Finding]:
    """What stands in AUTHCLI_ variables themselves."""
    settings = {f"AUTHCLI_{name.upper()}": setting for name, setting in SETTINGS.items()}
    for name, value in sorted(os.environ.items()):
        if not name.startswith("AUTHCLI_") or name in _KNOWN:
            continue
        shown, setting = ascii(name[:60])[1:-1], settings.get(name)
        if setting is None:
            yield from _unknown(name, shown, config)
        elif setting.kind == "source" and name[8:].lower() not in config.values:
            if not _is_source(value) or value.startswith("literal:"):
                yield _literal(shown)
        elif setting.kind == "url" and _PASSWORD_IN_URL.search(value):
            text = f"{shown} holds a password; programs that you start can read it"
            hint = "keep it where the server's own tools do: ~/.pgpass, mode 600"
            yield Finding("doctor.password-in-url", "note", text, hint)


def _unknown(name: str, shown: str, config: Config) -> Iterator[Finding]:
    """A variable that authcli does not read, unless a source names it."""
    from difflib import get_close_matches

    if any(value.value == f"env:{name}" for value in config.values.values()):
        return
    near = get_close_matches(name[8:].lower(), SETTINGS, 1)
    hint = f"did you mean AUTHCLI_{near[0].upper()}?" if near else "authcli help environment"
    yield Finding("doctor.variable", "note", f"{shown} is no setting, and is not read", hint)
