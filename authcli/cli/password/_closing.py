"""What is said once a whole table of users is done: how many of which scheme, and the policy.

Each line counts as one text, "SCHEME STATE", because that is what travels between processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from authcli.cli._messages import lines, write
from authcli.cli._text import columns, paint
from authcli.encoding import compact_json

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.findings import Finding

__all__ = ["TableClosing", "counted"]

#: In the order in which they are shown; a line has the first of those that fit it.
STATES = {
    "broken": ("password.hash-broken", "password.hash-cuts"),
    "outdated": ("password.hash-outdated",),
    "weak": ("password.hash-weak", "password.hash-salt"),
}
_STYLES = {"broken": "bold red", "outdated": "yellow", "weak": "yellow", "current": "green"}
#: What stands in the scheme's place where there is none.
_NO_SCHEME = ("disabled", "unusable", "mismatch")


def counted(scheme: str, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return what a line counts as, for `Item.counted`.

    Args:
        scheme: of its hash; or "disabled", "unusable", "mismatch".
        findings: what the policy says of it.
    """
    codes = {finding.code for finding in findings}
    state = next((name for name, known in STATES.items() if codes & {*known}), "current")
    return (f"{scheme} {state}",)


class TableClosing:
    """The closing of a table: fills `cli._bulk.Closing`."""

    def facts(self, counted: Mapping[str, int]) -> dict[str, Any]:
        """Return the members of JSON: lines by scheme and state."""
        schemes = _by_scheme(counted)
        total = dict.fromkeys(("current", *STATES), 0)
        rows = []
        for scheme, states in schemes.items():
            if scheme not in _NO_SCHEME:
                numbers = {state: states[state] for state in total}
                rows.append({"scheme": scheme, "lines": states.total(), **numbers})
                total = {state: total[state] + states[state] for state in total}
        others = {name: schemes[name].total() if name in schemes else 0 for name in _NO_SCHEME}
        return {"summary": {"schemes": rows, "policy": total, **others}}

    def say(self, run: Run, counted: Mapping[str, int]) -> None:
        """Say it on stderr: a table for a person; JSON where stdout has lines of it."""
        if run.json and (run.jsonl or run.fields):
            return write(compact_json(self.facts(counted)).decode())
        if counted:
            lines(run, self._page(counted, colored=run.colored(stderr=True)))
        return None

    def _page(self, counted: Mapping[str, int], *, colored: bool) -> str:
        schemes = _by_scheme(counted)
        of_policy = [v for name, v in schemes.items() if name not in _NO_SCHEME]
        shown = [s for s in ("current", *STATES) if any(states[s] for states in of_policy)]
        size = max(len(f"{sum(counted.values()):,}"), len("lines"))
        rows = [("", "lines".rjust(size), *shown)]
        for scheme, states in schemes.items():
            cells = [
                paint(f"{states[s]:>{len(s)},}", _STYLES[s], on=colored and states[s] > 0)
                for s in shown
                if scheme not in _NO_SCHEME
            ]
            rows.append((scheme, f"{states.total():>{size},}", *cells))
        return columns(rows, indent="")


def _by_scheme(counted: Mapping[str, int]) -> dict[str, Counter[str]]:
    """Return scheme -> state -> lines, the most lines first, what has no scheme at the end."""
    found: dict[str, Counter[str]] = {}
    for text, number in counted.items():
        scheme, _, state = text.partition(" ")
        found.setdefault(scheme, Counter())[state] += number
    order = sorted(found, key=lambda name: (name in _NO_SCHEME, -found[name].total(), name))
    return {name: found[name] for name in order}
