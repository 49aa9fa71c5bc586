"""Password hashes: made at one cost, and verified by the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from authcli import passwords
from authcli.errors import AuthError
from tests.benchmarks.agreement import Differs
from tests.benchmarks.peers.jobs import Job, Side, equal_to, write_secret

__all__ = ["jobs"]

_PASSWORD = "correct horse battery staple"


def jobs(folder: Path, *, small: bool) -> Iterator[Job]:
    """Yield the jobs; the password, and a hash to verify, go into the folder.

    Args:
        folder: where the commands run.
        small: at the least of costs: to see that all agree, and not what they cost.
    """
    write_secret(folder / "password", _PASSWORD.encode())
    yield _bcrypt(4 if small else 12)
    yield _verifying(folder, 4 if small else 12)
    yield _argon2(memory_log2=6 if small else 16)


def _bcrypt(cost: int) -> Job:
    ours = ["password", "hash", "@password", "-q", "--scheme", "bcrypt", "--cost", str(cost)]
    sides = (
        Side("authcli", ours),
        Side("htpasswd", ["-niBC", str(cost), "user"], _PASSWORD.encode()),
    )
    return Job(f"hash a password, bcrypt {cost}", sides, _verifies(f"$2?${cost:02}$"))


def _verifying(folder: Path, cost: int) -> Job:
    """Return how each verifies the other's hash: ours is what both are asked about."""
    hash = passwords.hash(_PASSWORD.encode(), scheme="bcrypt", cost=cost)
    (folder / "users").write_text(f"user:{hash}\n")
    given, other = _PASSWORD.encode(), b"correct horse battery stapler"
    sides = (
        Side("authcli", ["password", "verify", hash, "-"], given, other),
        Side("htpasswd", ["-vi", "users", "user"], given, other),
    )
    return Job(f"verify a password, bcrypt {cost}", sides, equal_to(""))


def _argon2(memory_log2: int) -> Job:
    """Return the default cost of ours; argon2's program counts memory in powers of two KiB."""
    memory = f"{2**memory_log2}KiB"
    words = [
        "somesaltsomesalt",
        "-id",
        "-t",
        "3",
        "-m",
        str(memory_log2),
        *["-p", "4", "-l", "32", "-e"],
    ]
    ours = ["password", "hash", "@password", "-q", "--memory", memory]
    ours += ["--iterations", "3", "--lanes", "4"]
    sides = (Side("authcli", ours), Side("argon2", words, _PASSWORD.encode()))
    what = f"hash a password, argon2id {2**memory_log2} KiB"
    return Job(what, sides, _verifies(f"$argon2id$v=19$m={2**memory_log2},t=3,p=4$"))


def _verifies(shape: str) -> Callable[[str, bytes], None]:
    """Return what sees that a hash is one of the password; "?" stands for any letter."""

    def check(name: str, output: bytes) -> None:
        hash = output.decode().strip().removeprefix("user:")
        try:
            passwords.verify(_PASSWORD.encode(), hash)
        except AuthError as why:
            raise Differs(f"authcli refuses the hash of {name}: {why}") from why
        if not fnmatchcase(hash, f"{shape}*"):
            raise Differs(f"{name} made a hash of another cost: {hash}")

    return check
