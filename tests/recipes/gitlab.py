"""GitLab's runner, as far as the recipes need it: the script of a job, and dotenv reports.

`before_script` and `script` are one bash script, of which each line is shown before it runs.
GitLab masks no value that a job makes, so the log is as it was printed.

Source: docs.gitlab.com, "CI/CD YAML syntax reference" and "artifacts:reports:dotenv".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.recipes.machine import Machine

JOB_MEMBERS = {"stage", "script", "variables", "artifacts", "needs", "id_tokens"}


class Job(NamedTuple):
    """A job that ran."""

    code: int
    log: str
    report: dict[str, str]
    """The variables that the jobs which need it get."""


def run_job(
    pipeline: Mapping[str, Any],
    name: str,
    *,
    machine: Machine,
    variables: Mapping[str, str],
    needed: Mapping[str, Job] | None = None,
) -> Job:
    """Run one job; `variables` are the project's, the runner's and the job's id_tokens."""
    plan = pipeline[name]
    assert plan.keys() <= JOB_MEMBERS, plan.keys()
    assert variables.keys() >= plan.get("id_tokens", {}).keys()
    assert (needed or {}).keys() == set(plan.get("needs", []))
    env = {"CI": "true", "GITLAB_CI": "true", **pipeline["variables"], **plan.get("variables", {})}
    for report in (job.report for job in (needed or {}).values()):
        env |= report
    # A project's variables win over the file's, those of a job included.
    env |= variables
    lines = [*pipeline["default"]["before_script"], *plan["script"]]
    shown = [f"echo {shlex.quote('$ ' + line.splitlines()[0])}\n{line}" for line in lines]
    script = "\n".join(["set -eo pipefail", "set +o noclobber", *shown])
    code, log = machine.run(["bash"], script, env=env)
    dotenv = plan.get("artifacts", {}).get("reports", {}).get("dotenv")
    return Job(code, log, _report((machine.folder / dotenv).read_text("utf-8")) if dotenv else {})


def _report(text: str) -> dict[str, str]:
    """Read NAME=VALUE lines; GitLab takes no quotes, comments or blank lines."""
    found = [re.fullmatch(r"([A-Za-z_]\w*)=([^\s'\"]*)", line) for line in text.splitlines()]
    return {row[1]: row[2] for row in found if row}
