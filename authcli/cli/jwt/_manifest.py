"""`authcli jwt verify --manifest`: every token of a manifest, verified as the manifest says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli.cli._messages import note
from authcli.cli._output import emit, table, write_text
from authcli.errors import InvalidInput, Rejected, TokenRefused

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.tokens.fixtures import Fixture, FixtureSet
    from authcli.tokens.verifier import Verifier

__all__ = ["run_manifest"]

#: What a table on a terminal shows of a token that was judged otherwise.
_COLUMNS = ("name", "expected", "got", "detail")


def run_manifest(run: Run, path: str, *, others: Sequence[object] = ()) -> None:
    """Verify each token of a manifest with its keys, expectation and time; compare the verdicts.

    Args:
        run: the invocation; `--now` takes the place of the manifest's time.
        path: the manifest, or the folder that holds it.
        others: what else was asked for; a manifest leaves no room for it.

    Raises:
        Rejected: a verdict or a code differs from the manifest's.
        InvalidInput: a manifest that cannot be used, or a file of it.
    """
    from authcli.tokens.fixtures.reading import read_folder

    if any(others):
        raise InvalidInput("--manifest brings its own tokens, keys and expectations")
    if not path:
        raise InvalidInput("an empty name of a manifest", hint="is a variable unset?")
    made = read_folder(Path(path))
    items = _judged(made, at=made.now if run.now is None else run.now)
    wrong = [item for item in items if not item["passed"]]
    _show(run, items, wrong)
    if wrong:
        names = ", ".join(item["name"] for item in wrong[:3])
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise Rejected(
            f"{len(wrong)} of {len(items)} tokens got another verdict: {names}{more}",
            hint="`reason` in the manifest says what each of them is about",
            code="manifest.mismatch",
        )


def _judged(made: FixtureSet, *, at: int) -> list[dict[str, Any]]:
    """Return a row for each token, in the manifest's order."""
    from authcli.tokens.verifier import Verifier

    verifiers: dict[bool, Verifier] = {}
    items = []
    for fixture in made.fixtures:
        if fixture.shared not in verifiers:  # each key is prepared once
            verifiers[fixture.shared] = Verifier(made.keys_for(fixture), policy=made.policy)
        items.append(_item(fixture, verifiers[fixture.shared], at))
    return items


def _item(fixture: Fixture, verifier: Verifier, at: int) -> dict[str, Any]:
    from authcli.tokens.fixtures.manifest import EXITS
    from authcli.tokens.fixtures.model import Verdict, verdict_of

    verdict: Verdict
    try:
        verifier.verify(fixture.token, at=at)
        verdict, code, detail = "valid", None, "every check passed"
    except TokenRefused as refused:
        verdict, code, detail = verdict_of(refused), refused.code, refused.message
    return {
        "name": fixture.name,
        "passed": (verdict, code) == (fixture.verdict, fixture.code),
        "expected": fixture.code or fixture.verdict,
        "got": code or verdict,
        "code": code,
        "expected_code": fixture.code,
        "verdict": verdict,
        "exit": EXITS[verdict],
        "detail": detail,
        "reason": fixture.title,
    }


def _show(run: Run, items: list[dict[str, Any]], wrong: list[dict[str, Any]]) -> None:
    agreed = f"{len(items)} tokens, each with the verdict of the manifest"
    if run.json and not (run.jsonl or run.fields):
        facts = {
            # As in every verdict: whether what was verified is as it must be.
            "valid": not wrong,
            "passed": not wrong,
            "code": "manifest.mismatch" if wrong else None,
            "count": len(items),
            "failed": len(wrong),
            "items": items,
        }
        emit(run, facts, plain=None)
    elif run.to_terminal and not (run.jsonl or run.fields):
        # A person wants the differences alone; a pipe gets every token.
        if wrong:
            table(run, wrong, columns=_COLUMNS, plain=_line)
        else:
            write_text(f"{agreed}\n")
    else:
        table(run, items, columns=_COLUMNS, plain=_line)
        if not wrong:
            note(run, agreed)


def _line(item: dict[str, Any]) -> str:
    if item["passed"]:
        return f"ok\t{item['name']}\t{item['got']}"
    return f"FAIL\t{item['name']}\texpected {item['expected']}\tgot {item['got']}: {item['detail']}"
