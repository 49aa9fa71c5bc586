"""Start-up is a feature: which modules a command may not load.

Each row runs a real command in a new process and looks at `sys.modules` when it ends. An import
that slips in shows here as a name, long before it shows as milliseconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import authcli
from authcli.cli import GROUPS
from tests import tree

#: Costly libraries: 5 to 150 ms each. A command loads those that it needs, and no other.
HEAVY = {
    *("argon2", "asyncio", "bcrypt", "cryptography", "http.client", "importlib.metadata"),
    *("jwt", "keyring", "multiprocessing", "passlib", "platformdirs", "pydantic", "pyotp"),
    *("qrcode", "redis", "rich", "sqlite3", "ssl", "urllib.request"),
}
if not version("typer").startswith(("0.26.", "0.27.", "0.28.")):
    # Since 0.29 Typer itself imports pydantic, which imports the other: hence our pin.
    HEAVY -= {"pydantic", "importlib.metadata"}

#: What comes along: `cryptography` brings bcrypt for OpenSSH's keys, PyJWT a client of HTTP.
CRYPTOGRAPHY = {"cryptography", "bcrypt"}
PYJWT = {"jwt", "http.client", "ssl", "urllib.request"} | CRYPTOGRAPHY

#: Command -> the heavy libraries that it may load.
COMMANDS: dict[str, set[str]] = {
    "--help": set(),
    "no-such-group": set(),
    **{f"{group} --help": set() for group in GROUPS},
    **{f"{' '.join(words)} --help": set() for words in sorted(tree.groups()) if len(words) > 1},
    "jwt mint --help": set(),
    "jwt decode {token}": set(),
    "jwt decode {token} --json": set(),
    "jwt inspect {token}": set(),
    "jwt inspect {token} --json": set(),
    "jwt diff {token} {token}": set(),
    "jwt diff {token} {token} --json": set(),
    "jws inspect {token}": set(),
    "jws inspect {token} --json": set(),
    "inspect {token}": set(),
    "help exit-codes": set(),
    "help schemas": set(),
    "completion bash": set(),
    "config show": set(),
    "key thumbprint key.jwk": CRYPTOGRAPHY,
    "key thumbprint key.pem": CRYPTOGRAPHY,
    "key inspect key.pem": CRYPTOGRAPHY,
    "key generate ES256": CRYPTOGRAPHY,
    "key secret": set(),
    "key public key.jwk": CRYPTOGRAPHY,
    "key convert key.pem --to jwk": CRYPTOGRAPHY,
    "key lint --public public.pem": set(),
    "config check": set(),
    "config path": set(),
    "config trust": set(),
    "jwt mint --sub alice --key key.pem": CRYPTOGRAPHY,
    "jwt mint --sub alice --key secret.jwk": set(),
    "jwt mint --sub alice --key rsa.pem": PYJWT,
    "jwt verify {token} --key public.pem": CRYPTOGRAPHY,
    "jwt refresh --help": set(),
    "jwt revoke --jti 1 --dry-run": {"sqlite3"},
    "jwt revoke {token} --key public.pem --dry-run": {"sqlite3"} | CRYPTOGRAPHY,
    "jwt issued": {"sqlite3"},
    "jwt issued --families": {"sqlite3"},
    "jwt fixtures --help": set(),
    "jwt fixtures -o fixtures": PYJWT,
    "jws sign hello --key key.pem": CRYPTOGRAPHY,
    "jws verify {token} --key public.pem": CRYPTOGRAPHY,
    "jwt edit {token} role=dev --key key.pem": CRYPTOGRAPHY,
    "password hash @token --memory 64KiB --lanes 1": {"argon2"},
    "password hash @token --scheme bcrypt --cost 4": {"bcrypt"},
    "password hash @token --scheme pbkdf2-sha256 --rounds 1000": set(),
    "password verify @hash @token": {"argon2"},
    "password inspect @hash": set(),
    "password check @token --policy classic": {"passlib"},
    "password generate": set(),
    "password generate --words 6": {"passlib"},
    "password schemes": set(),
    "totp recovery new alice --yes": {"sqlite3"},
    "totp recovery verify startup @recovery": {"sqlite3"},
    "password htpasswd add users bob @keys --cost 4": {"bcrypt"},
    "password htpasswd verify users alice @keys": {"bcrypt"},
    "password htpasswd remove users alice --dry-run": set(),
    "password htpasswd list users": set(),
    "password hash --lines @keys --scheme bcrypt --cost 4": {"bcrypt"},
    "password inspect --lines @users": set(),
    "keychain list": set(),
    "store init": {"sqlite3"},
    "store status": {"sqlite3"},
    "store backup -o backup.db": {"sqlite3"},
    "store gc --dry-run": {"sqlite3"},
    "store migrate": {"sqlite3"},
    "store rekey --pepper --dry-run": {"sqlite3"},
    "store copy --to copy.db --dry-run": {"sqlite3"},
    "store restore backup.db --dry-run": {"sqlite3"},
    "apikey issue ci --scope read": {"sqlite3"},
    "apikey verify {api_key}": {"sqlite3"},
    "apikey verify @keys --lines": {"sqlite3"},
    "apikey list": {"sqlite3"},
    "apikey show startup --json": {"sqlite3"},
    "apikey usage": {"sqlite3"},
    "apikey update startup --owner me": {"sqlite3"},
    "apikey disable startup --dry-run": {"sqlite3"},
    "apikey enable startup --dry-run": {"sqlite3"},
    "apikey rotate startup --dry-run": {"sqlite3"},
    "apikey revoke startup --dry-run": {"sqlite3"},
    "apikey expiring": {"sqlite3"},
    "expiring --format prometheus": {"sqlite3"},
    "expiring key.pem secret.jwk": {"sqlite3"},
    "expiring key.pem token --kind token,jwk,certificate --within 1m": set(),
    "doctor python config files secrets completion": {"sqlite3"},
    "apikey detect key.pem --no-store": set(),
    "apikey detect key.pem": {"sqlite3"},
    "apikey rules gitleaks --prefix ak_live": set(),
    "apikey import key.jwk --from sha256": {"sqlite3"},
    "totp new --account alice": set(),
    "totp code literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ": set(),
    "totp code literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ --json": set(),
    "totp verify literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ 287082 --now 59": set(),
    "totp uri literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ --account alice": set(),
    "totp qr literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ --account alice": {"qrcode"},
    "hotp code literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ --counter 1": set(),
    "totp list": set(),
    "totp read @uri": set(),
    "totp import @uri --dry-run": set(),
    "inspect @uri": set(),
    "inspect {api_key}": set(),
    "inspect @hash": set(),
    "hotp verify literal:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ 287082 --counter 1": set(),
    "audit list": {"sqlite3"},
    "audit verify": {"sqlite3"},
    "audit find --secret @keys": {"sqlite3"},
    "audit export": {"sqlite3"},
}

#: What a process needs to find authcli and, in an empty home folder, nothing else.
ENVIRONMENT = {"PATH": os.defpath, "PYTHONPATH": str(Path(authcli.__file__).parent.parent)}

#: The command ends its process without `atexit`, so the probe stands in the way out.
PROBE = """\
import os, sys

def leave(code):
    with open("modules", "w") as file:
        file.write("\\n".join(sys.modules))
    really_leave(code)

really_leave, os._exit = os._exit, leave
{}
leave(0)
"""
COMMAND = "from authcli.__main__ import main; main()"


def loaded(folder: Path, code: str, *arguments: str, **environment: str) -> set[str]:
    """Run `code` in a new process and return the names of the modules that it left loaded."""
    probe = [sys.executable, "-P", "-c", PROBE.format(code), *arguments]
    ran = subprocess.run(
        probe,
        cwd=folder,
        env={**ENVIRONMENT, "HOME": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ran.returncode in (0, 2, 7), ran.stderr
    assert "a bug in authcli" not in ran.stderr
    return set((folder / "modules").read_text().split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key in two formats, its public half, a token, and a store with a key."""
    folder = tmp_path_factory.mktemp("startup")
    for command in (
        "key generate ES256 -o key.pem --public public.pem",
        "key convert key.pem --format jwk -o key.jwk",
        "key generate RS256 -o rsa.pem",
        "key generate HS256 -o secret.jwk",
        "jwt mint --sub alice --key key.pem -o token",
        "apikey issue startup -o keys",
        "totp recovery new startup --count 1 -o recovery",
        "password htpasswd add users alice @keys --cost 4",
        "password hash @token --memory 64KiB --lanes 1 -o hash",
    ):
        subprocess.run(
            [sys.executable, "-m", "authcli", *command.split()],
            cwd=folder,
            env={**ENVIRONMENT, "HOME": str(folder)},
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    (folder / "uri").write_text("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_no_library_that_it_does_not_need(command: str, folder: Path) -> None:
    secrets = {"token": (folder / "token").read_text(), "api_key": (folder / "keys").read_text()}
    words = command.format(**secrets).split()
    assert loaded(folder, COMMAND, *words) & (HEAVY - COMMANDS[command]) == set()


#: Tried below, where there are managed keys and a keychain; or not to be tried: `exec` becomes
#: another program, `serve` and `tune` take their time.
ELSEWHERE = {
    *("exec", "jwks serve", "password tune"),
    *("jwks init", "jwks list", "jwks status", "jwks publish", "jwks rotate", "jwks export"),
    *("jwks lint", "jwks import", "jwks show", "jwks activate", "jwks retire", "jwks compromise"),
    *("keychain set", "keychain get", "keychain remove", "totp add", "totp remove", "totp export"),
    *("jwt refresh",),
}


def test_every_command_has_a_row() -> None:
    rows = {tuple(row.split()) for row in COMMANDS}
    untried = {
        words
        for words in tree.commands() - {("help",), ("completion",)}
        if not any(row[: len(words)] == words and "--help" not in row for row in rows)
    }
    assert {" ".join(words) for words in untried} == ELSEWHERE


def test_managed_keys_are_shown_and_published_without_cryptography(
    folder: Path, tmp_path: Path
) -> None:
    """The public halves are stored as they are published; only signing opens the others."""
    for words, libraries in (
        ("jwks init", CRYPTOGRAPHY),
        ("jwks list", set()),
        ("jwks status --json", set()),
        ("jwks publish -o public/", set()),
        ("jwks rotate --publish public/", set()),
        ("jwks export", set()),
        ("jwks lint store:", set()),
        ("jwks import public.pem", CRYPTOGRAPHY),
        ("jwks show .x", set()),
        ("jwks activate .x", set()),
        ("jwks retire .x", set()),
        ("jwks compromise .x --yes", set()),
    ):
        modules = loaded(folder, COMMAND, *words.split(), XDG_DATA_HOME=str(tmp_path))
        assert modules & (HEAVY - {"sqlite3"} - libraries) == set(), words


def test_managed_keys_sign_and_verify_with_the_store_and_cryptography_alone(
    folder: Path, tmp_path: Path
) -> None:
    """And whoever names a key asks no store."""
    libraries = CRYPTOGRAPHY | {"sqlite3"}
    for words in (
        "jwks init",
        "jwt mint --sub alice -o managed",
        "jwt verify @managed",
        "jwt mint --refresh -o refresh --field refresh_token",
        "jwt refresh @refresh",
        "jws sign hello",
        "jwt revoke @managed",
    ):
        modules = loaded(folder, COMMAND, *words.split(), "--force", XDG_DATA_HOME=str(tmp_path))
        assert modules & (HEAVY - libraries) == set(), words
    for words in ("jwt mint --key key.pem", "jwt verify {token} --key public.pem"):
        command = words.format(token=(folder / "token").read_text()).split()
        modules = loaded(folder, COMMAND, *command, XDG_DATA_HOME=str(tmp_path))
        assert not any(name.startswith("authcli.store") for name in modules), words


def test_only_what_names_the_keychain_loads_it(folder: Path, tmp_path: Path) -> None:
    """And `keyring`, which loads what it finds installed, only where the system's is asked."""
    for words in (["jwt", "mint", "--key", "secret.jwk"], ["apikey", "list"], ["config", "show"]):
        assert not any("keychain" in name for name in loaded(folder, COMMAND, *words))
    environment = {"AUTHCLI_KEYCHAIN_PASSPHRASE": "env:HOME", "XDG_DATA_HOME": str(tmp_path)}
    for words, libraries in (
        (["keychain", "set", "one", "env:HOME"], CRYPTOGRAPHY),
        (["jwt", "mint", "--key", "keychain:one"], CRYPTOGRAPHY),
        (["keychain", "list"], set()),
        (["keychain", "get", "one"], CRYPTOGRAPHY),
        (["totp", "add", "two", "@uri"], CRYPTOGRAPHY),
        (["totp", "export", "--all", "--yes"], CRYPTOGRAPHY),
        (["totp", "remove", "two", "--yes"], CRYPTOGRAPHY | {"sqlite3"}),
        (["keychain", "remove", "one", "--yes"], CRYPTOGRAPHY),
    ):
        modules = loaded(folder, COMMAND, *words, AUTHCLI_KEYCHAIN="file", **environment)
        assert "authcli.keychain" in modules
        assert modules & (HEAVY - libraries) == set()


def test_the_version_is_answered_before_typer_loads(tmp_path: Path) -> None:
    modules = loaded(tmp_path, COMMAND, "--version")
    assert "authcli.__main__" in modules
    assert modules & (HEAVY | {"typer", "authcli.cli"}) == set()


#: What Typer imports, and these commands use nothing of.
UNUSED = {"difflib", "gettext", "ipaddress", "platform", "shellingham", "subprocess", "tokenize"}
UNUSED |= {"traceback", "uuid"}


@pytest.mark.skipif("pydantic" not in HEAVY, reason="this Typer imports pydantic, which uses them")
@pytest.mark.parametrize("words", ["--help", "jwt decode {token}", "totp code @uri"])
def test_what_typer_hardly_ever_uses_is_not_loaded(words: str, folder: Path) -> None:
    command = words.format(token=(folder / "token").read_text()).split()
    assert loaded(folder, COMMAND, *command) & UNUSED == set()


def test_what_typer_uses_after_all_is_there_then(tmp_path: Path) -> None:
    """Its modules, and nothing else, hold stand-ins; those import the real thing when asked."""
    code = """
import authcli.__main__
authcli.__main__._import_typer()
import difflib, gettext, subprocess, uuid
import typer, typer.main, typer.core
assert [type(m).__name__ for m in (difflib, gettext, subprocess, uuid)] == ["module"] * 4
assert typer.main.subprocess.run is subprocess.run
assert typer.core.get_close_matches("jwtt", ["jwt", "key"]) == ["jwt"]
assert typer.main.StackSummary.from_list([]) == []
"""
    assert "difflib" in loaded(tmp_path, code)


def test_the_roots_help_imports_no_group(tmp_path: Path) -> None:
    """A group is known by its name and one line until it is named."""
    modules = loaded(tmp_path, COMMAND, "--help")
    assert "authcli.cli" in modules
    assert modules & {f"authcli.cli.{group}" for group in GROUPS} == set()


def test_a_group_imports_no_other_group(folder: Path) -> None:
    modules = loaded(folder, COMMAND, "key", "--help")
    assert modules & {f"authcli.cli.{group}" for group in GROUPS} == {"authcli.cli.key"}


def test_tab_at_the_root_imports_no_group(tmp_path: Path) -> None:
    modules = loaded(
        tmp_path,
        "sys.argv[0] = 'authcli'; " + COMMAND,
        _AUTHCLI_COMPLETE="complete_bash",
        COMP_WORDS="authcli ",
        COMP_CWORD="1",
    )
    assert "authcli.cli" in modules
    assert modules & (HEAVY | {f"authcli.cli.{group}" for group in GROUPS}) == set()


def test_importing_the_library_loads_nothing_heavy(tmp_path: Path) -> None:
    """`from authcli import keys, tokens` costs a program nothing until it uses them."""
    modules = loaded(tmp_path, "from authcli import keys, tokens")
    assert modules & (HEAVY | {"typer", "authcli.cli"}) == set()
