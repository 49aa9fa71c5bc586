"""What is loaded, and when; and the passlib that overwrites libpass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("argon2", "bcrypt", "passlib", "zxcvbn", "cryptography", "tomllib", "dataclasses")
MD5 = "$1$dOHYPKoP$tnxS1T8Q6VVn3kpV8cN6o."
BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"


def run(code: str, *path: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("passwords.__all__", ""),
        (f"passwords.inspect('{MD5}')", ""),
        (f"passwords.verify('U*U', '{BCRYPT}')", "bcrypt"),
        ("passwords.hash('a', scheme='scrypt', log_n=4)", ""),
        ("passwords.hash('a', scheme='pbkdf2-sha256', rounds=9)", ""),
        ("passwords.hash('a', memory_kib=64, lanes=1)", "argon2 dataclasses"),
        ("passwords.generate()", ""),
    ],
)
def test_each_call_loads_what_it_needs_alone(code: str, loaded: str) -> None:
    print_loaded = f"print(*(name for name in {HEAVY} if name in sys.modules))"
    script = f"import sys; from authcli import passwords; {code}; {print_loaded}"
    assert run(script) == loaded


def test_a_passlib_that_shadows_libpass_is_named_with_the_way_out(tmp_path: Path) -> None:
    """passlib 1.7.4 has the same modules, and fails every call of bcrypt 5."""
    package = tmp_path / "passlib"
    package.mkdir()
    (package / "__init__.py").write_text("__version__ = '1.7.4'\n")
    (package / "hash.py").write_text("raise SystemExit('used')\n")
    said = run(
        "from authcli import passwords, errors\n"
        f"try: passwords.verify('a', '{MD5}')\n"
        "except errors.Unavailable as e: print(e.code, e, '|', e.hint)",
        tmp_path,
    )
    assert said == (
        "password.libpass passlib 1.7.4 stands where libpass should, and does not work"
        " | pip uninstall passlib && pip install --force-reinstall --no-deps libpass"
    )


def test_libpass_is_not_needed_for_bcrypt_and_argon2(tmp_path: Path) -> None:
    (tmp_path / "passlib").mkdir()
    (tmp_path / "passlib" / "__init__.py").write_text("raise ImportError\n")
    script = (
        "from authcli import passwords as p, errors\n"
        f"print(p.verify('U*U', '{BCRYPT}').scheme)\n"
        f"try: p.verify('a', '{MD5}')\n"
        "except errors.Unavailable as e: print(e.hint)"
    )
    assert run(script, tmp_path) == "bcrypt\npip install libpass"
