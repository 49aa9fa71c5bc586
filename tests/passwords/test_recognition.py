"""Which hash a text is; what is none, says so, and why."""

from __future__ import annotations

import pytest

from authcli import passwords
from authcli.errors import HashMalformed, HashUnusable, PasswordMismatch
from authcli.passwords.recognition import read

SHA512 = (
    "$6$rounds=1000$saltstring$CF.N.0BYYN72qUcyvvSEsw6BVOF30ljypIAf09OO9srNHWPxyxF8MeuK7MXWjGo"
    "VlM.3yAAk/owEEJQEYuWsY1"
)
BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

#: Hash, scheme, form.
FORMS = [
    (SHA512, "sha512-crypt", "crypt"),
    ("{CRYPT}" + SHA512, "sha512-crypt", "crypt"),
    ("{sha512-crypt}" + SHA512, "sha512-crypt", "crypt"),
    (BCRYPT, "bcrypt", "crypt"),
    ("{bcrypt}" + BCRYPT, "bcrypt", "crypt"),
    ("bcrypt$" + BCRYPT, "bcrypt", "django"),
    ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "ldap-sha", "ldap"),
    ("{sha}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "ldap-sha", "ldap"),
    ("md5$123abcdef$c8272612932975ee80e8a35995708e80", "django-md5", "django"),
    ("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "mysql41", "mysql"),
]


@pytest.mark.parametrize(("hash", "scheme", "form"), FORMS)
def test_hashes_are_recognised_in_every_form(hash: str, scheme: str, form: str) -> None:
    info = passwords.inspect(hash)
    assert (info.scheme, info.form) == (scheme, form)


@pytest.mark.parametrize("blank", ["\n", "\r\n", " ", "\t", "   \n"])
def test_blanks_around_a_hash_are_no_wrong_password(blank: str) -> None:
    """A line break after a bcrypt hash looks like a mismatch to bcrypt."""
    assert passwords.verify("U*U", BCRYPT + blank).scheme == "bcrypt"
    assert passwords.verify("U*U", blank + BCRYPT).scheme == "bcrypt"
    with pytest.raises(HashMalformed):
        passwords.verify("U*U", BCRYPT[:20] + blank + BCRYPT[20:])


def test_werkzeugs_hashes_verify() -> None:
    import hashlib

    key = hashlib.pbkdf2_hmac("sha256", b"hunter2", b"saltsalt", 1000).hex()
    assert passwords.verify("hunter2", f"pbkdf2:sha256:1000$saltsalt${key}")
    key = hashlib.scrypt(b"hunter2", salt=b"saltsalt", n=16, r=8, p=1, dklen=64).hex()
    assert passwords.verify("hunter2", f"scrypt:16:8:1$saltsalt${key}")


@pytest.mark.parametrize(
    "mark",
    ["!", "!!", "*", "*LK*", "*NP*", "!" + SHA512, "!!" + SHA512, "!" + "aZ09" * 10],
)
def test_a_disabled_account_is_a_refusal_of_its_own(mark: str) -> None:
    with pytest.raises(PasswordMismatch) as refused:
        passwords.verify("", mark)
    assert refused.value.code == "password.disabled"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7", "yescrypt"),
        ("$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "CVE-2011-2483"),
        ("md55fba2ea04fd36069d2574ea71c8efe9d", "PostgreSQL"),
        ("SCRAM-SHA-256$4096:c2FsdA==$a:b", "SCRAM"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "MD5 or NT"),
        ("{noop}hunter2hunter2", "this is no hash: .* plain text"),
        ("$3$$39cc01ed47f1d4a2b1c5f0e3d2c1b0a9", r"a hash of crypt\(3\)'s NT, which"),
    ],
)
def test_a_scheme_that_is_not_computed_is_named(text: str, name: str) -> None:
    with pytest.raises(HashUnusable, match=name) as refused:
        passwords.verify("hunter2hunter2", text)
    assert refused.value.code == "password.hash-unsupported"
    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize(
    "hash",
    [
        BCRYPT,
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub",
        "$argon2i$m=4096,t=3,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub",
        "argon2$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub",
        "$scrypt$ln=17,r=8,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub",
        "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2",
        "$pbkdf2-sha256$600000$c29tZXNhbHQ$RdescudvJCsgt3ub",
        "pbkdf2_sha256$600000$c29tZXNhbHQ$RdescudvJCsgt3ub=",
        "$6$rounds=656000$c29tZXNhbHQ$RdescudvJCsgt3ub",
    ],
)
def test_a_hash_that_a_shell_expanded_is_recognised(hash: str) -> None:
    import subprocess

    script = f'printf %s "{hash}"'
    left = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True).stdout
    assert left != hash
    with pytest.raises(HashMalformed) as refused:
        read(left)
    assert "shell" in f"{refused.value.message} {refused.value.hint}"
    assert "single-quote" in str(refused.value.hint)


@pytest.mark.parametrize(
    "text", ["", "   ", "hunter2", "lolcat$salt$hash", "*0", "!gAwTx2l6NADI", "é" * 60]
)
def test_what_is_no_hash_is_malformed(text: str) -> None:
    with pytest.raises(HashMalformed):
        passwords.verify("x", text)


def test_inspecting_says_what_a_hash_costs_and_computes_nothing() -> None:
    info = passwords.inspect("$argon2id$v=19$m=4194304,t=9,p=4$c29tZXNhbHRzYWx0$" + "A" * 43)
    assert info.cost == {"memory_kib": 4194304, "iterations": 9, "lanes": 4}
    assert (info.salt_bits, info.digest_bits, info.standing) == (96, 256, "current")
    assert info.work.memory_kib == 4194304
    assert not info.outdated


@pytest.mark.parametrize(
    ("hash", "codes"),
    [
        ("CCNf8Sbh3HDfQ", ["password.hash-broken", "password.hash-cuts"]),
        (SHA512, ["password.hash-outdated", "password.hash-salt"]),
        (BCRYPT, ["password.hash-weak"]),
        ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", ["password.hash-broken"]),
    ],
)
def test_what_is_wrong_with_old_hashes(hash: str, codes: list[str]) -> None:
    assert [finding.code for finding in passwords.inspect(hash).findings] == codes
