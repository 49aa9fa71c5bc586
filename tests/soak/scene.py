"""Scene: the store that all workers share, and what they race for.

Shared are accounts of one-time codes, recovery codes, families of refresh tokens and an API key
with a quota; all else belongs to the worker that made it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from tests.soak.commands import Outcome, run

__all__ = ["ISSUER", "Scene", "prepared"]

ISSUER = "https://login.example"
#: What a token of ES256 lives, and one of EdDSA, whose keys retire while the soak runs.
LONG_SECONDS, SHORT_SECONDS = 7200, 8
QUOTA = 150
_PASSPHRASE = "soak-8Qw3nT6yLd"


class Scene(NamedTuple):
    """Where everything is."""

    folder: Path
    store: str
    """Its URL."""
    accounts: dict[str, str]
    """Saved accounts of one-time codes, and their otpauth URIs."""
    recovery: dict[str, list[str]]
    families: int
    """How many families of refresh tokens are raced for."""
    quota_key: str

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def published(self) -> Path:
        return self.folder / "public"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def side_folder(self) -> Path:
        """Where the command keeps what is the user's: the keychain, root keys of other stores."""
        return self.home / ".local" / "share" / "authcli"

    @property
    def store_file(self) -> Path | None:
        """The database of an SQLite store."""
        scheme, _, path = self.store.partition(":///")
        return Path("/" + path) if scheme == "sqlite" else None

    def family(self, number: int) -> Path:
        """The file that holds the refresh token of the moment."""
        return self.folder / "shared" / f"family-{number}.json"

    def diaries(self) -> list[Path]:
        return sorted(self.folder.glob("diary-*.jsonl"))

    def environment(self) -> dict[str, str]:
        """Return what a command sees; no bytecode, which a full disk would cut."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AUTHCLI_STORE": self.store,
            "AUTHCLI_KEYCHAIN": "file",
            "AUTHCLI_KEYCHAIN_PASSPHRASE": "env:SOAK_PASSPHRASE",
            "SOAK_PASSPHRASE": _PASSPHRASE,
        }

    def run(self, *words: str, stdin: str | None = None) -> Outcome:
        """Run a command that nothing befalls."""
        return run(words, environment=self.environment(), folder=self.home, stdin=stdin)

    def ok(self, *words: str, stdin: str | None = None) -> Outcome:
        """Run a command that must succeed."""
        done = self.run(*words, stdin=stdin)
        if done.code != 0:
            raise RuntimeError(f"authcli {' '.join(words)}: exit {done.code}\n{done.err}")
        return done


def prepared(folder: Path, *, store: str | None = None, shared: int = 8) -> Scene:
    """Make the store and what is raced for.

    Args:
        folder: an empty one.
        store: the URL of a database that is empty; by default SQLite in the folder.
        shared: how many accounts, lists of recovery codes and families there are.
    """
    (folder / "home").mkdir()
    (folder / "shared").mkdir()
    (folder / "backups").mkdir(mode=0o700)
    url = store or f"sqlite:///{str(folder / 'store' / 'auth.db').lstrip('/')}"
    bare = Scene(folder, url, {}, {}, shared, "")
    bare.ok("store", "init")
    for alg, seconds in (("ES256", LONG_SECONDS), ("EdDSA", 2 * SHORT_SECONDS)):
        times = ("--cache", "1s", "--skew", "1s", "--max-token", f"{seconds}s")
        bare.ok("jwks", "init", alg, "--iss", ISSUER, *times)
    bare.ok("jwks", "publish", "-o", f"{bare.published}/")
    accounts: dict[str, str] = {}
    recovery: dict[str, list[str]] = {}
    for number in range(shared):
        name = f"race-{number}"
        words = ("--issuer", "Soak", "--account", name, "--period", "5s", "--save", name)
        accounts[name] = bare.ok("totp", "new", *words).out.strip()
        made = bare.ok("totp", "recovery", "new", name, "--count", "20", "--yes", "--json")
        recovery[name] = made.json()["codes"]
        begin_family(bare, number)
    key = bare.ok("apikey", "issue", "quota", "--quota", str(QUOTA)).out.strip()
    return bare._replace(accounts=accounts, recovery=recovery, quota_key=key)


def begin_family(scene: Scene, number: int) -> dict[str, Any]:
    """Begin a family that workers race for; return what was printed."""
    lives = ("-A", "ES256", "--exp", "1h")
    made: dict[str, Any] = scene.ok(
        "jwt", "mint", "--sub", f"shared-{number}", *lives, "--refresh", "--json"
    ).json()
    keep_family(scene, number, made)
    return made


def keep_family(scene: Scene, number: int, answer: dict[str, Any]) -> None:
    """Say which refresh token of a shared family is the one to present."""
    path = scene.family(number)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    kept = {"family": answer["family"], "text": answer["refresh_token"]}
    beside.write_text(json.dumps(kept), "utf-8")
    beside.replace(path)
