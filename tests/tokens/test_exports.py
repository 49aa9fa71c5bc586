"""What `authcli.tokens` offers, literally: a name that goes missing breaks somebody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import authcli
from authcli import tokens


def test_the_package_offers_these_names() -> None:
    names = ["decode", "diff", "edit", "inspect", "mint", "prepare", "sign", "verify"]
    assert tokens.__all__ == names
    assert all(hasattr(tokens, name) for name in tokens.__all__)


def test_functions_stay_functions_when_their_modules_are_loaded() -> None:
    """A module of a function's name would replace it in the package when first imported."""
    modules = {path.stem for path in Path(str(tokens.__file__)).parent.glob("*.py")}
    assert modules & set(tokens.__all__) == set()


def test_the_example_of_the_package_runs() -> None:
    """The docstring's lines, as they stand."""
    lines = [line.strip() for line in str(tokens.__doc__).splitlines() if line.startswith("    ")]
    code = "\n".join(lines[:4])
    assert 'tokens.verify(token, key=key.public(), audience="https://api.example")' in code
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(authcli.__file__).parent.parent)},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_no_error_or_repr_holds_a_key() -> None:
    """A planted marker stays out of reprs, messages and reports."""
    from tests.tokens.forging import hmac_signed, secret_key

    secret = b"planted-marker-planted-marker-00"
    key = secret_key(secret)
    shown = [repr(tokens.prepare({"sub": "a"}, key=key)), repr(tokens.prepare({}, key=key).minter)]
    verified = tokens.verify(hmac_signed({"alg": "HS256"}, {}, secret=secret), key=key)
    shown += [repr(verified), repr(verified.report)]
    for text in shown:
        assert "planted" not in text
        assert "cGxhbnRlZC1tYXJrZX" not in text
