"""What a single command costs, against `import typer` and an empty Python, in one interleaved run.

Commands take turns and each one's least processor time counts; what is compared is its ratio to I
(`python -c "import typer"`) or F (`python -c pass`). Of all groups' `--help` the slowest is shown.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from authcli import keys, signing, tokens
from authcli.apikeys.issuing import Draft, issue
from authcli.cli import GROUPS
from authcli.store import open_store
from authcli.tokens.minter import Minter
from tests.benchmarks import turns
from tests.benchmarks.figures import Figure, Seconds, Table, cost_of
from tests.benchmarks.running import AUTHCLI, PYTHON, Command, Ran, least

__all__ = ["HELP", "ROWS", "measure"]

#: PyJWT's import is most of it; from 3.15 on it is imported when it is used.
_TOKENS = 1.0 if sys.version_info >= (3, 15) else 1.8
#: API keys that are listed: a screen.
_LISTED = 20


class Row(NamedTuple):
    """One command, and the most it may cost."""

    words: str
    limit: float
    unit: str
    """I or F."""
    terminal: bool = False
    """Whether it prints to a terminal."""
    remark: str = ""


ROWS = (
    Row("--version", 1.1, "F"),
    Row("--help", 0.85, "I"),
    Row("jwt decode {token}", 0.95, "I"),
    Row("jwt inspect {token}", 0.95, "I"),
    Row("key thumbprint public.pem", 1.15, "I"),
    Row("key inspect key.pem", 1.15, "I"),
    Row(
        "password hash @password --memory 8KiB --iterations 1 --lanes 1",
        0.95,
        "I",
        remark="the least that there is of a KDF: what remains is the command's own",
    ),
    Row("totp code @password", 0.95, "I"),
    Row("apikey verify {api_key} --store sqlite:keys.db", 0.95, "I"),
    Row("apikey list --store sqlite:keys.db", 1.35, "I", terminal=True, remark="a table"),
    Row("jwt mint --sub alice --key key.pem", _TOKENS, "I"),
    Row("jwt verify {token} --key public.pem", _TOKENS, "I"),
    Row("jwt mint --sub alice --key rsa.pem", _TOKENS, "I"),
    Row("jwt mint --sub alice --key store: --store sqlite:keys.db", _TOKENS, "I", remark="RSA"),
)
#: Of all groups.
HELP = Row("the slowest group's --help", 0.85, "I")
#: "validating one costs 33 ms", of 108.
_OF_VALIDATING = 0.7


def measure(*, rounds: int, scale: float = 1) -> Table:
    """Return each command's ratio to its unit.

    Args:
        rounds: how often each command runs.
        scale: the share of the rounds that are run, and of the groups whose help is asked for.

    Raises:
        Differs: a command fails.
    """
    groups = [*GROUPS][: max(2, int(len(GROUPS) * scale))]
    helps = [f"{group} --help" for group in groups]
    rounds = max(1, int(rounds * scale))
    with tempfile.TemporaryDirectory() as name:
        ran = _measured(Path(name), helps, rounds)
    slowest = max(helps, key=lambda words: ran[words].cpu)
    ran[HELP.words] = ran[slowest]
    figures = [_figure(row, ran) for row in (HELP._replace(remark=slowest), *ROWS)]
    figures.append(_rsa_reading(rounds))
    units = ", ".join(f"{name} = {ran[name].cpu * 1000:.1f} ms" for name in ("I", "F"))
    return Table(f"One command: {units} of processor time, {rounds} rounds", tuple(figures))


def _rsa_reading(rounds: int) -> Figure:
    """Return what it costs to read and check a key, of what `cryptography`'s validation does.

    Every command that signs with RSA pays for it.
    """
    pem = keys.write(keys.generate("RS256"), format="pem")
    sides = {
        "ours": lambda: Minter(key=keys.read(pem)).ready(),
        "theirs": lambda: load_pem_private_key(pem, None),
    }
    costs = turns.least(sides, rounds=rounds)
    return cost_of(
        "cryptography",
        "an RSA key read, checked and ready to sign",
        ours=costs["ours"],
        theirs=costs["theirs"],
        target=_OF_VALIDATING,
    )


def _figure(row: Row, ran: dict[str, Ran]) -> Figure:
    ours, unit = ran[row.words].cpu, ran[row.unit].cpu
    return Figure(
        row.words, ours / unit, row.unit, row.limit, True, row.remark, Seconds(ours, unit)
    )


def _measured(folder: Path, helps: list[str], rounds: int) -> dict[str, Ran]:
    token, api_key = _prepare(folder)
    commands = {
        "I": Command([PYTHON, "-c", "import typer"]),
        "F": Command([PYTHON, "-c", "pass"]),
    }
    commands |= {words: Command([*AUTHCLI, *words.split()]) for words in helps}
    for row in ROWS:
        words = row.words.format(token=token, api_key=api_key).split()
        commands[row.words] = Command([*AUTHCLI, *words], terminal=row.terminal)
    return least(commands, folder, rounds=rounds)


def _prepare(folder: Path) -> tuple[str, str]:
    """Write keys, a secret and a store; return a token and an API key of them."""
    key, rsa = keys.generate("ES256"), keys.generate("RS256", bits=2048)
    private = {
        "key.pem": keys.write(key, format="pem"),
        "rsa.pem": keys.write(rsa, format="pem"),
        "password": b"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    }
    for name, data in private.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(data)
    (folder / "public.pem").write_bytes(keys.write(key.public(), format="pem"))
    with open_store(f"sqlite:{folder}/keys.db", create=True) as store:
        issued = [issue(store.api_keys, Draft("startup")) for _ in range(_LISTED)]
        signing.init(store.signing_keys, "RS256")
    return tokens.mint({"sub": "alice"}, key=key, lifetime_seconds=86_400), issued[0].text
