"""Signing keys: rotated, published, listed, compromised; and the file that verifiers read."""

from __future__ import annotations

import json

from tests.soak.worker import Worker


def rotate(worker: Worker) -> None:
    worker.run("jwks", "rotate", "--publish", f"{worker.scene.published}/", "--json")


def start(worker: Worker) -> None:
    publish_there = ("--publish", f"{worker.scene.published}/")
    worker.run("jwks", "rotate", "--start", *publish_there, "--json")


def publish(worker: Worker) -> None:
    worker.run("jwks", "publish", "-o", f"{worker.scene.published}/", "--json")


def show(worker: Worker) -> None:
    """One key of each algorithm signs, whenever one looks."""
    done = worker.run("jwks", "list", "--state", "active", "--jsonl")
    if done.code == 0:
        algs = sorted(json.loads(line)["alg"] for line in done.lines())
        if algs != ["ES256", "EdDSA"]:
            worker.wrong(f"there are active keys of {algs}")


def compromise(worker: Worker) -> None:
    """Drop the active key of either algorithm; a race for it may be lost."""
    alg = worker.chance.choice(("ES256", "EdDSA"))
    words = ("jwks", "list", "--state", "active", "-A", alg, "--field", "kid")
    kid = worker.scene.ok(*words).out.strip()
    there = ("--publish", f"{worker.scene.published}/")
    done = worker.run(
        "jwks", "compromise", kid, "--yes", "--reason", "soak", *there, "--json", codes=(0, 8)
    )
    worker.changed(done, "kid", kid, "revoke")


def look(worker: Worker) -> None:
    """Read the JWKS as a verifier would: it is whole at any time, and public."""
    for path in (
        worker.scene.published / "jwks.json",
        worker.scene.published / ".well-known" / "openid-configuration",
    ):
        try:
            read = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            worker.wrong(f"{path.name}: {error}")
            continue
        keys = read.get("keys", [{}])
        if not keys or any("d" in key for key in keys):
            worker.wrong(f"{path.name} has no keys, or private ones")
