"""One target under atheris, until its time is over: `python -m tests.fuzz.child NAME …`.

What a target raises is written down, once a place, and the search goes on; what ends the process
(a crash, a hang beyond `HANG_SECONDS`, `RSS_LIMIT_MB`) leaves libFuzzer's own file behind.
"""

from __future__ import annotations

import argparse
import base64
import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

__all__ = ["FINDINGS", "HANG_SECONDS", "main"]

#: Of the wall's clock: what is slower than judging allows, but ends, is judged there.
HANG_SECONDS = 60
RSS_LIMIT_MB = 3072
#: The file of findings in the target's folder, a JSON object a line.
FINDINGS = "findings.jsonl"
#: What has no reader in it, or loads what only tests have.
_LEFT_OUT = ("authcli.integrations", "authcli.__main__")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()

    import atheris

    atheris.enabled_hooks.add("str")
    with atheris.instrument_imports(include=["authcli"]):
        _import_all()
    from tests.fuzz.judging import judged
    from tests.fuzz.targets import TARGETS

    target = TARGETS[options.target]
    folder: Path = options.folder
    words = folder / "words.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), "ascii")
    corpus, seeds = folder / "corpus", folder / "seeds"
    for path in (corpus, seeds):
        path.mkdir(exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (seeds / str(number)).write_bytes(seed)
    seen: set[str] = set()

    def tried(data: bytes) -> None:
        found = judged(target, data)
        if found is None or found.kind in seen:
            return
        seen.add(found.kind)
        row = {"kind": found.kind, "detail": found.detail, "data": _base64(found.data)}
        with (folder / FINDINGS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    arguments = [
        sys.argv[0],
        f"-max_total_time={options.seconds}",
        *([f"-dict={words}"] if target.words else []),  # an empty one is an error
        f"-artifact_prefix={folder}{os.sep}",
        f"-timeout={HANG_SECONDS}",
        f"-rss_limit_mb={RSS_LIMIT_MB}",
        f"-max_len={max(4096, *(path.stat().st_size for path in seeds.iterdir()))}",
        "-print_final_stats=1",
        str(corpus),
        str(seeds),
    ]
    atheris.Setup(arguments, tried)
    atheris.Fuzz()


def _import_all() -> None:
    """Import every module now: those that functions import later would not be instrumented."""
    import authcli

    for module in pkgutil.walk_packages(authcli.__path__, "authcli."):
        if not module.name.startswith(_LEFT_OUT):
            importlib.import_module(module.name)


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    main()
