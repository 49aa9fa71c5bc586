"""The store's own: its record, its state, backups, and forgetting what is dead."""

from __future__ import annotations

import json

from tests.soak.worker import Worker

#: What is dead so long may be forgotten.
FORGET = "20s"


def audit_list(worker: Worker) -> None:
    worker.run("audit", "list", "--limit", "50", "--json")


def audit_export(worker: Worker) -> None:
    """One state of the record, whoever writes: no event is missing in it."""
    done = worker.run("audit", "export")
    if done.code == 0:
        numbers = [json.loads(line)["seq"] for line in done.lines()]
        if numbers != list(range(1, len(numbers) + 1)):
            worker.wrong("the record's numbers have gaps")


def audit_verify(worker: Worker) -> None:
    worker.run("audit", "verify", "--json")


def status(worker: Worker) -> None:
    worker.run("store", "status", "--json")


def backup(worker: Worker) -> None:
    path = worker.scene.backups / worker.fresh("backup")
    roots = (f"{path}.roots", "--passphrase", "env:SOAK_PASSPHRASE")
    done = worker.run("store", "backup", "-o", str(path), "--roots", *roots, "--json")
    if done.sure:
        worker.note(done, "backup", str(path), "write", f"{path}.roots", sure=True)


def collect(worker: Worker) -> None:
    worker.run("store", "gc", "--older-than", FORGET, "--yes", "--json")
