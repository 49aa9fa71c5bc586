"""The table of targets: what strangers write, and who reads it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.model import Target
from tests.fuzz.targets import (
    api_keys,
    encodings,
    files,
    grammars,
    inspecting,
    jws,
    keys,
    otp,
    passwords,
    tokens,
)

__all__ = ["TARGETS"]

#: Name, as it is typed -> target.
TARGETS: Mapping[str, Target] = {
    **encodings.TARGETS,
    **tokens.TARGETS,
    **jws.TARGETS,
    **keys.TARGETS,
    **otp.TARGETS,
    **api_keys.TARGETS,
    **passwords.TARGETS,
    **grammars.TARGETS,
    **files.TARGETS,
    **inspecting.TARGETS,
}
