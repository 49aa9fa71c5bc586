"""`authcli inspect`: any bytes are explained or refused, and nothing secret is shown."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from contextlib import redirect_stderr, redirect_stdout

from authcli.cli._recognise import inspect_anything
from authcli.cli._run import Run
from tests.fuzz.model import Target, attempt, memory_folder, promise
from tests.fuzz.targets import api_keys, jws, keys, otp, passwords, tokens

__all__ = ["TARGETS"]

_RUN = Run("inspect", json=True, quiet=True, no_input=True, now=tokens.GENUINE_AT)


def _inspect(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=memory_folder()) as given:
        given.write(data)
        given.flush()
        with tempfile.TemporaryFile("w+", dir=memory_folder()) as out:
            with redirect_stdout(out), redirect_stderr(io.StringIO()):
                attempt(_explained, f"@{given.name}")
            size = os.lseek(out.fileno(), 0, os.SEEK_CUR)
            shown = os.pread(out.fileno(), size, 0)
    if shown:  # of what is refused, why
        promise(shown.isascii() and shown.endswith(b"\n"), "JSON is ASCII, a line")
        promise(isinstance(json.loads(shown), dict), "JSON is an object")
        for secret in re.findall(rb'"(?:d|k|p|q|dp|dq|qi|priv)"\s*:\s*"([\w-]{22,})"', data):
            promise(secret not in shown, "no private member of a JWK is shown")


def _explained(text: str) -> None:
    inspect_anything(_RUN, text, key=None, passphrase=None)


def _seeds() -> list[bytes]:
    rows = (tokens, jws, keys, otp, api_keys, passwords)
    seeds = [
        seed for module in rows for target in module.TARGETS.values() for seed in target.seeds()
    ]
    return [seed for seed in dict.fromkeys(seeds) if len(seed) < 5000]


TARGETS = {
    "inspect": Target(
        _inspect,
        _seeds,
        (
            b"Bearer ",
            b"Authorization: ",
            b"alice:",
            b"otpauth://",
            b"-----BEGIN ",
            b"$argon2id$",
            b"ssh-ed25519 ",
            b'{"kty":',
            b"ak_live_",
            b"rt_",
            b"eyJ",
            b"\x89PNG",
            b"'",
            b"`",
        ),
    )
}
