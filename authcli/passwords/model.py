"""Hash, Scheme, Setting, Work: what the modules of this package say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

from authcli.findings import Finding
from authcli.secret import Secret

__all__ = ["Family", "Hash", "HashInfo", "Password", "Scheme", "Setting", "Verified", "Work"]

#: Text is normalised, and so is a Secret that holds UTF-8; bytes are taken as they are.
Password: TypeAlias = str | bytes | Secret

#: What the field thinks of a scheme: fit for new hashes, past its time, or broken outright.
Standing: TypeAlias = Literal["current", "dated", "broken"]


class Setting(NamedTuple):
    """One number that makes a scheme slower."""

    name: str
    """With its unit: "memory_kib", "rounds"."""
    default: int
    low: int
    """The least that the algorithm or its format allows."""
    high: int
    """The most that is made here: a few seconds on a server."""
    logarithmic: bool = False
    """Whether one more is twice the work."""


class Scheme(NamedTuple):
    """A row of `SCHEMES`."""

    name: str
    family: Family
    standing: Standing
    about: str
    """One line for people."""
    settings: tuple[Setting, ...] = ()
    makes: bool = False
    """Whether new hashes are made; others are read alone, for as long as they are around."""
    max_bytes: int | None = None
    """What the algorithm looks at of a password; more is refused, not cut."""
    takes_nul: bool = True
    """False where a zero byte ends the password, as it does for C."""


class Hash(NamedTuple):
    """A hash that was read, and whose every number was checked against its format."""

    scheme: str
    cost: Mapping[str, int]
    """Setting -> value; "rounds" of a scheme whose rounds are fixed is there too."""
    salt: bytes
    """As the algorithm takes it; for crypt(3) its characters."""
    digest: bytes
    salt_bits: int
    digest_bits: int
    form: str = "crypt"
    """Whose way of writing it is: "crypt", "django", "ldap", "werkzeug", …"""
    variant: str = ""
    """What the algorithm has of variants: "2b", "v=19"."""


class Work(NamedTuple):
    """What a computation takes, before it is begun."""

    memory_kib: int
    seconds: float
    """On a slow server's core; less elsewhere."""
    lanes: int = 1


class Family(Protocol):
    """What each module of `schemes` does for the schemes of its family."""

    PREFIXES: tuple[str, ...]

    def parse(self, text: str) -> Hash:
        """Return what a hash that begins with one of PREFIXES says; raise `HashMalformed`."""

    def work(self, hash: Hash, *, password_bytes: int) -> Work:
        """Return what `matches` takes with a password of so many bytes."""

    def matches(self, hash: Hash, password: bytes) -> bool:
        """Tell whether the password has this hash, in constant time for the comparison."""

    def make(self, password: bytes, *, scheme: str, cost: Mapping[str, int]) -> str:
        """Return a new hash with a random salt."""


class Verified(NamedTuple):
    """A password that has the hash."""

    scheme: str
    outdated: bool
    """Whether the policy wants the hash made anew, which can be done now."""
    findings: tuple[Finding, ...] = ()
    """Why."""


class HashInfo(NamedTuple):
    """What a hash says of itself, and the policy of it; neither its salt nor its digest."""

    scheme: str
    form: str
    variant: str
    standing: Standing
    cost: Mapping[str, int]
    salt_bits: int
    digest_bits: int
    work: Work
    """Of verifying a short password."""
    outdated: bool
    findings: tuple[Finding, ...]
