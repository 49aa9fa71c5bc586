"""GitHub's runner, as far as the recipes need it: the steps of a job, its files, and its log.

A step is a bash script. Between the steps the files that GITHUB_ENV and GITHUB_OUTPUT name are
read; `::add-mask::` lines and secrets are struck out of the log, line by line as it is written.
What a recipe uses and this does not know fails the test.

Source: docs.github.com, "Workflow syntax for GitHub Actions" and "Workflow commands".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.recipes.machine import Machine

SHELLS = {
    None: ["bash", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
}
#: Actions that bring what the machine of the tests has already.
ACTIONS = ("actions/checkout@v5", "actions/setup-python@v6")
JOB_MEMBERS = {"runs-on", "permissions", "env", "steps", "name", "outputs"}
STEP_MEMBERS = {"name", "id", "env", "run", "uses", "with", "shell"}


@dataclass
class Job:
    """A job that ran."""

    masks: list[str]
    code: int = 0
    """The exit code of the step that ended it; 0 if none did."""
    log: str = ""
    """What people see."""
    exported: dict[str, str] = field(default_factory=dict)
    """What the steps wrote into GITHUB_ENV."""
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    """The outputs of the steps that have an id."""
    outputs: dict[str, str] = field(default_factory=dict)
    """What later jobs see: nothing that holds a mask."""
    summary: str = ""

    def write(self, text: str) -> None:
        """Append to the log what may be seen of it."""
        for line in text.splitlines():
            if line.startswith("::add-mask::"):
                mask = line.removeprefix("::add-mask::")
                for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
                    mask = mask.replace(escape, character)
                self.masks += [mask] if mask else []
            else:
                self.log += f"{self.masked(line)}\n"

    def masked(self, text: str) -> str:
        for mask in self.masks:
            text = text.replace(mask, "***")
        return text


def run_job(
    workflow: Mapping[str, Any],
    name: str,
    *,
    machine: Machine,
    secrets: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Job:
    """Run one job of a workflow, to its end or to the first step that fails."""
    plan = workflow["jobs"][name]
    assert plan.keys() <= JOB_MEMBERS, plan.keys()
    secrets = secrets or {}
    job = Job([line for value in secrets.values() for line in (value, *value.split("\n")) if line])
    context = {f"secrets.{name}": value for name, value in secrets.items()}
    context |= {f"vars.{name}": value for name, value in (variables or {}).items()}
    default = workflow.get("defaults", {}).get("run", {}).get("shell")
    around = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_RUN_ID": "1658821493",
        "GITHUB_REPOSITORY": "octo-org/api",
        "GITHUB_WORKSPACE": str(machine.folder),
        **(environment or {}),
        **_expanded(workflow.get("env", {}), context),
        **_expanded(plan.get("env", {}), context),
    }
    for step in plan["steps"]:
        assert step.keys() <= STEP_MEMBERS, step.keys()
        if "uses" in step:
            assert step["uses"] in ACTIONS, step["uses"]
            continue
        env = {**around, **job.exported, **_expanded(step.get("env", {}), context)}
        shell = SHELLS[step.get("shell", default)]
        _run_step(job, step, _expanded({"run": step["run"]}, context)["run"], shell, env, machine)
        if identity := step.get("id"):
            for output, value in job.steps[identity].items():
                context[f"steps.{identity}.outputs.{output}"] = value
        if job.code:
            break
    # "Skip output since it may contain secret."
    given = _expanded(plan.get("outputs", {}), context)
    job.outputs = {name: value for name, value in given.items() if job.masked(value) == value}
    return job


def _run_step(
    job: Job,
    step: Mapping[str, Any],
    script: str,
    shell: list[str],
    env: Mapping[str, str],
    machine: Machine,
) -> None:
    files = {
        name: machine.folder.with_name(f"{machine.folder.name}-{name.lower()}")
        for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    }
    for file in files.values():
        file.write_text("")
    paths = {name: str(path) for name, path in files.items()}
    job.code, printed = machine.run(shell, script, env={**env, **paths})
    job.write(printed)
    job.exported |= assignments(files["GITHUB_ENV"].read_text("utf-8"))
    outputs = assignments(files["GITHUB_OUTPUT"].read_text("utf-8"))
    if "id" in step:
        job.steps[step["id"]] = outputs
    job.summary += job.masked(files["GITHUB_STEP_SUMMARY"].read_text("utf-8"))


def assignments(text: str) -> dict[str, str]:
    """Return what a file of NAME=VALUE lines and NAME<<DELIMITER blocks sets."""
    found = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, sign, rest = re.fullmatch(r"(.*?)(=|<<)(.*)", line).groups()  # type: ignore[union-attr]
        value = []
        if sign == "<<":
            while (line := next(lines)) != rest:
                value.append(line)
            rest = "\n".join(value)
        found[name] = rest
    return found


def _expanded(values: Mapping[str, object], context: Mapping[str, str]) -> dict[str, str]:
    """Return texts with `${{ a.b }}` filled in; a name that nobody set is a typing error."""
    return {
        name: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: context[found[1]], str(value))
        for name, value in values.items()
    }
