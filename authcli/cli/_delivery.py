"""What would keep a result from being written, found before anything is changed for it.

A secret that was kept, a counter that moved, a code that was spent: none is undone because the
file that was to tell of it exists already.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from authcli.cli._output import refuse_existing, value_at
from authcli.errors import AuthError

if TYPE_CHECKING:
    from authcli.cli._run import Run

__all__ = ["check_delivery"]


def check_delivery(
    run: Run, members: Iterable[str], *, what: str = "result", prints: bool = True
) -> None:
    """Refuse what could not be written afterwards.

    Args:
        run: the invocation.
        members: what JSON has of the result, of which `--field` names some; a mapping has what
            is inside of them, too, for the hint.
        what: what is written, for messages.
        prints: whether stdout gets it; a program that reads JSON always does.

    Raises:
        InvalidInput: a `--field` that there is not, a file in a folder that there is not.
        Conflict: the file exists.
        AuthError: stdout is closed.
    """
    if run.output is not None:
        refuse_existing(run, str(run.output))
        _require_folder(str(run.output))
    elif sys.stdout is None and (prints or run.json or run.fields):
        raise AuthError(f"cannot write the {what}: stdout is closed", code="output.closed")
    known = members if isinstance(members, Mapping) else dict.fromkeys(members)
    for field in run.fields:
        value_at(known, field)


def _require_folder(path: str) -> None:
    try:
        os.stat(os.path.join(os.path.dirname(path) or ".", ""))  # noqa: PTH116, PTH118, PTH120
    except (OSError, ValueError) as error:
        from authcli import files

        raise files.cannot_write(path, error) from None
