"""What is not ours: the keychain of the system, and the clocks of others."""

from __future__ import annotations

from authcli.cli._folders import data_folder
from authcli.cli.doctor._model import Context, Result, passed, skipped
from authcli.errors import Unavailable
from authcli.findings import Finding, Severity

__all__ = ["clock", "keychain"]

TIMEOUT_SECONDS = 10.0
#: Half of what signing keys allow clocks to differ; most verifiers allow less.
NOTICED_MS, WRONG_MS = 5_000, 30_000


def keychain(context: Context) -> Result:
    """Where secrets are kept by name, and whether that can be used."""
    from authcli.keychain.model import Address
    from authcli.keychain.names import read_names
    from authcli.keychain.system import SystemKeyring

    setting = context.run.config.text("keychain", None) or "auto"
    held = [entry.backend for entry in read_names(data_folder()).values()]
    there = f"{len(held)} secret{'s' * (len(held) != 1)} kept"
    if setting == "file" and "system" not in held:
        return passed(f"the encrypted file, {there}")
    try:
        # Looks for a name that nobody has, which is what tells whether it is locked.
        SystemKeyring().open(Address("", "authcli-doctor"))
    except Unavailable as error:
        if "system" in held or setting == "system":
            finding = Finding(error.code, "error", error.message, error.hint)
            return passed(f"the system's keychain, {there}", finding)
        text = f"{error.message}: secrets go to the encrypted file"
        return passed(f"the encrypted file, {there}", Finding(error.code, "note", text, error.hint))
    return passed(f"the system's keychain, {there}")


def clock(context: Context) -> Result:
    """How far this machine's clock is from that of a server that was named."""
    if context.clock_against is None:
        return skipped("not compared; --clock-against https://… does")
    from authcli.keys.remote.server_time import clock_offset

    offset = clock_offset(context.clock_against, timeout_seconds=TIMEOUT_SECONDS)
    wrong = max(0, abs(offset.ahead_ms) - offset.uncertain_ms)
    seconds = f"{abs(offset.ahead_ms) / 1000:.1f} s {'fast' if offset.ahead_ms > 0 else 'slow'}"
    if wrong < NOTICED_MS:
        return passed(f"it agrees to {max(1, -(-(wrong + offset.uncertain_ms) // 1000))} s")
    text = f"the clock is {seconds}: tokens seem expired, or not yet valid"
    severity: Severity = "error" if wrong >= WRONG_MS else "warning"
    return passed(seconds, Finding("doctor.clock", severity, text, "timedatectl set-ntp true"))
