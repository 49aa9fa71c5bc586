"""What other programs hash is verified, and what is hashed here they verify."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from authcli import passwords
from authcli.errors import PasswordMismatch
from tests import requirements
from tests.passwords.cheap import make

PASSWORD = "pàsswörd 1"


def run(*command: str | bytes, stdin: bytes | None = None) -> str:
    done = subprocess.run(command, capture_output=True, input=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()


def _verify(hash: str, scheme: str) -> None:
    assert passwords.verify(PASSWORD, hash).scheme == scheme
    with pytest.raises(PasswordMismatch):
        passwords.verify(PASSWORD + "x", hash)


@pytest.mark.parametrize(
    ("option", "scheme"),
    [("-6", "sha512-crypt"), ("-5", "sha256-crypt"), ("-1", "md5-crypt"), ("-apr1", "apr1")],
)
def test_openssl_passwd(option: str, scheme: str) -> None:
    openssl = requirements.require("openssl")
    _verify(run(openssl, "passwd", option, PASSWORD), scheme)
    if scheme.startswith("sha"):
        hash = make(PASSWORD, scheme)
        salt = hash.split("$", 2)[2].rpartition("$")[0]
        assert run(openssl, "passwd", option, "-salt", salt, PASSWORD) == hash


@pytest.mark.parametrize(
    ("option", "scheme"), [("-id", "argon2id"), ("-i", "argon2i"), ("-d", "argon2d")]
)
def test_argon2(option: str, scheme: str) -> None:
    argon2 = requirements.require("argon2")
    costs = ("-t", "1", "-k", "64", "-p", "1", "-l", "32", "-e")
    secret = PASSWORD.encode()
    _verify(run(argon2, "somesalt", option, *costs, stdin=secret), scheme)
    if scheme == "argon2id":
        hash = next(h for h in iter(lambda: make(PASSWORD), "") if b"\0" not in _salt(h))
        assert run(argon2, _salt(hash), option, *costs, stdin=secret) == hash


def _salt(hash: str) -> bytes:
    from authcli.passwords.recognition import read

    return read(hash).salt


@pytest.mark.parametrize(
    ("option", "scheme"),
    [
        ("-B", "bcrypt"),
        ("-m", "apr1"),
        ("-s", "ldap-sha"),
        ("-d", "des-crypt"),
        ("-5", "sha512-crypt"),
    ],
)
def test_htpasswd_reads(option: str, scheme: str) -> None:
    htpasswd = requirements.require("htpasswd")
    if (
        option == "-5"
        and "-r rounds" not in subprocess.run([htpasswd], capture_output=True, text=True).stderr
    ):
        pytest.skip("this htpasswd has no SHA-512-crypt")
    password = "pàss" if option == "-d" else PASSWORD
    hash = run(htpasswd, "-nb", option, "user", password).partition(":")[2]
    assert passwords.verify(password, hash).scheme == scheme
    with pytest.raises(PasswordMismatch):
        passwords.verify("x" + password, hash)


@pytest.mark.parametrize("scheme", ["bcrypt", "sha512-crypt", "sha256-crypt"])
def test_htpasswd_verifies(scheme: str, tmp_path: Path) -> None:
    htpasswd = requirements.require("htpasswd")
    file = tmp_path / "users"
    file.write_text(f"user:{make(PASSWORD, scheme)}\n")
    run(htpasswd, "-vb", str(file), "user", PASSWORD)
    wrong = subprocess.run([htpasswd, "-vb", str(file), "user", "x"], capture_output=True)
    assert wrong.returncode == 3


@pytest.mark.parametrize(
    ("method", "scheme"),
    [
        ("bcrypt", "bcrypt"),
        ("sha512crypt", "sha512-crypt"),
        ("sha256crypt", "sha256-crypt"),
        ("md5crypt", "md5-crypt"),
        ("descrypt", "des-crypt"),
    ],
)
def test_mkpasswd(method: str, scheme: str) -> None:
    """Of Debian's whois, on the system's own crypt(3)."""
    mkpasswd = requirements.require("mkpasswd")
    rounds = {"bcrypt": ("-R", "4"), "sha512crypt": ("-R", "1000"), "sha256crypt": ("-R", "1000")}
    options = ("-m", method, *rounds.get(method, ()))
    password = "pàss" if scheme == "des-crypt" else PASSWORD
    assert passwords.verify(password, run(mkpasswd, *options, password)).scheme == scheme
    if scheme.startswith("sha"):
        hash = make(PASSWORD, scheme)
        salt = hash.split("$")[3]
        assert run(mkpasswd, *options, "-S", salt, PASSWORD) == hash
