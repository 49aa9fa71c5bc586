"""`authcli password tune`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from authcli.cli._common import command, new_single
from authcli.cli._run import Run
from authcli.cli.password._costs import SchemeName

app = new_single()


@command(app)
def tune(
    run: Run,
    *,
    target: Annotated[
        str, typer.Option(metavar="TIME", help="How long one hash may take: 1ms to 10s.")
    ] = "250ms",
    scheme: SchemeName = None,
    max_memory: Annotated[
        str, typer.Option(metavar="SIZE", help="The most memory that one hash may take.")
    ] = "1GiB",
) -> None:
    """Find the costs that this machine can bear.

    Examples:
      authcli password tune
      authcli password tune --target 500ms --max-memory 256MiB
      authcli password tune --scheme bcrypt --field flags
      authcli password hash env:PW $(authcli password tune --target 1s)

    Measures on this machine and prints the flags of `authcli password hash`. Measure
    where passwords are verified, as busy as it usually is: so many at once each take
    the memory.
    """
    from authcli import passwords
    from authcli.cli._output import emit
    from authcli.cli.password import _costs
    from authcli.cli.password._computing import computed
    from authcli.passwords.policy_files import parse_memory

    target_ms, most_kib = _milliseconds(target), parse_memory(max_memory)
    tuned = computed(
        lambda: passwords.tune(target_ms, scheme=scheme or "argon2id", max_memory_kib=most_kib)
    )
    _costs.warn_findings(run, _costs.settled(tuned.scheme, tuned.cost).findings())
    flags = " ".join(_costs.as_flags(tuned.scheme, tuned.cost))
    facts = {
        "scheme": tuned.scheme,
        "cost": dict(tuned.cost),
        "took_ms": tuned.took_ms,
        "target_ms": tuned.target_ms,
        "flags": flags,
    }
    emit(run, facts, plain=flags, human=lambda _: f"{flags}\ntook {tuned.took_ms:g} ms")


def _milliseconds(text: str) -> float:
    from authcli.errors import InvalidTime

    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?(ms|s)", text.strip())
    if found is None:
        raise InvalidTime(f"--target: {text[:20]!a} is no such time", hint="as in 250ms or 0.5s")
    return float(found[1]) * (1000 if found[2] == "s" else 1)
