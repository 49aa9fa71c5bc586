"""`authcli apikey rotate`: a successor, a grace, and a key that is shown once or not at all."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from authcli.apikeys.model import Filters
from authcli.apikeys.text import display_id
from authcli.apikeys.uses import Uses
from authcli.apikeys.verifying import verify
from authcli.clock import now_ms
from authcli.errors import ApiKeyRefused
from tests.cli.harness import Cli
from tests.cli.test_apikey_change import asked, events, finish, told
from tests.cli.test_apikey_list import DAY, ids, issued, on_terminal, opened
from tests.requirements import require

KEY = re.compile(r"ak_live_[0-9A-Za-z]{60}")


def verifies(cli: Cli, text: str) -> bool:
    """Whether a key is good; a use of it is counted, as a command would."""
    with opened(cli) as store:
        uses = Uses()
        try:
            verify(store.api_keys, text.strip(), uses=uses)
        except ApiKeyRefused:
            return False
        uses.flush(store.api_keys)
        return True


def states(cli: Cli) -> list[str]:
    with opened(cli) as store:
        at = now_ms()
        return [key.state(at_ms=at) for key in store.api_keys.find(Filters(), at_ms=at)]


def test_stdout_is_the_new_key_alone_and_both_are_valid(cli: Cli) -> None:
    old = issued(cli, "ci", scopes=("read",), owner="alice")
    old_id = display_id(old.key.id)
    with opened(cli) as store:
        store.api_keys.record_uses({}, {old.key.id: (now_ms() - 180_000, "10.0.0.7")})
    result = cli("apikey", "rotate", "ci", "--grace", "1h")
    assert result.code == 0
    assert KEY.fullmatch(result.out.removesuffix("\n"))
    notes = result.err.splitlines()
    assert re.fullmatch(r"note: ak_\w{11} expires \S+ \(in 90 days.*\); the key is shown once",
                        notes[0])  # fmt: skip
    assert re.fullmatch(
        rf"note: {old_id} lives until \S+ \((in 1 h|in 59 min.*)\); "
        r"last used \S+ \(3 min.* ago\) from 10\.0\.0\.7",
        notes[1],
    )
    assert verifies(cli, result.out)
    assert verifies(cli, str(old.text))
    new = told(cli, "ci")
    assert (new["rotation"], new["rotated_from"], new["lineage"]) == (1, old_id, old_id)
    assert (new["scopes"], new["owner"]) == (["read"], "alice")


def test_json_names_both_keys(cli: Cli) -> None:
    (old,) = ids(cli, "ci")
    found = json.loads(cli.ok("apikey", "rotate", "ci", "--json"))
    assert found["schema"] == "authcli/apikey.rotate/1"
    assert KEY.fullmatch(found["key"])
    assert (found["changed"], found["old"]["id"], found["old"]["state"]) == (True, old, "grace")
    assert found["new"]["rotated_from"] == old


def test_a_second_rotation_is_a_conflict(cli: Cli) -> None:
    (old,) = ids(cli, "ci")
    cli.ok("apikey", "rotate", "ci")
    for name in ("ci", old):
        result = cli("apikey", "rotate", name)
        assert (result.code, result.out) == (8, ""), str(result)
        assert "--finish, or --abort" in result.err
    assert states(cli) == ["grace", "live"]


@pytest.mark.parametrize("grace", [("--grace", "0"), (), ("--grace", "7d")])
def test_a_key_that_cannot_be_written_takes_the_rotation_back(
    cli: Cli, grace: tuple[str, ...]
) -> None:
    old = issued(cli, "ci")
    with open("/dev/full", "wb") as full:  # noqa: PTH123 (a device)
        done = subprocess.run(
            cli.command("apikey", "rotate", "ci", *grace), stdout=full,
            stderr=subprocess.PIPE, env=cli.environment(), cwd=cli.home, text=True,
        )  # fmt: skip
    assert done.returncode == 1
    assert "was aborted: what cannot be shown must not live" in done.stderr
    assert verifies(cli, str(old.text))
    assert states(cli) == ["live", "revoked"]
    assert told(cli, display_id(old.key.id))["grace_until"] is None
    assert cli("apikey", "rotate", "ci").code == 0


def test_a_reader_who_left_takes_the_rotation_back(cli: Cli) -> None:
    old = issued(cli, "ci")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        cli.command("apikey", "rotate", "ci", "--json"), stdout=write, stderr=subprocess.PIPE,
        env=cli.environment(), cwd=cli.home,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 141
    assert states(cli) == ["live", "revoked"]
    assert verifies(cli, str(old.text))


@pytest.mark.parametrize(
    "flags",
    [
        ("--grace", "soon"),
        ("--grace", "-1h"),
        ("--grace", "9y"),
        ("--expires", "3600"),
        ("--expires", "1970-01-02"),
        ("--if-older-than", "x"),
        ("--format", "nope"),
        ("--field", "nope"),
        ("--github-env", "KEY"),
        ("--finish", "--abort"),
        ("--finish", "--grace", "1h"),
        ("--abort", "--format", "export"),
    ],
)
def test_a_bad_flag_is_said_before_anything_is_made(cli: Cli, flags: tuple[str, ...]) -> None:
    ids(cli, "ci")
    result = cli("apikey", "rotate", "ci", *flags)
    assert (result.code, result.out) == (2, ""), str(result)
    assert states(cli) == ["live"]


def test_a_file_that_exists_is_a_conflict_and_nothing_is_made(cli: Cli) -> None:
    ids(cli, "ci")
    (cli.home / "key").write_text("old")
    assert cli("apikey", "rotate", "ci", "-o", "key").code == 8
    assert states(cli) == ["live"]
    cli.ok("apikey", "rotate", "ci", "-o", "new")
    assert verifies(cli, (cli.home / "new").read_text())
    assert (cli.home / "new").stat().st_mode & 0o777 == 0o600


def test_nothing_due_is_exit_0_and_an_empty_stdout(cli: Cli) -> None:
    ids(cli, "ci")
    (old,) = ids(cli, "old", at_ms=now_ms() - 81 * DAY)
    result = cli("apikey", "rotate", "ci", "--if-older-than", "80d", "--format", "export")
    assert (result.code, result.out) == (0, "")
    assert re.search(
        r"note: nothing is due; .* is to be rotated from \S+ \(in (79|80) days", result.err
    )
    found = json.loads(cli.ok("apikey", "rotate", "ci", "--if-older-than", "80d", "--json"))
    assert (found["changed"], found["key"], found["new"]) == (False, None, None)
    assert found["due_at"]
    assert cli.ok("apikey", "rotate", "old", "--if-older-than", "80d", "--field", "old.id") == old
    assert states(cli) == ["live", "grace", "live"] or states(cli) == ["grace", "live", "live"]


def test_a_grace_may_be_bare_seconds_and_never_outlives_the_key(cli: Cli) -> None:
    now = now_ms()
    (old,) = ids(cli, "ci", expires_at_ms=now + 600_000)
    cli.ok("apikey", "rotate", "ci", "--grace", "86400", "--expires", "2030-01-01")
    found = told(cli, old)
    assert found["grace_until"] == found["expires_at"]
    assert told(cli, "ci")["expires_at"] == "2030-01-01T00:00:00Z"


def test_a_dry_run_shows_the_plan_and_changes_nothing(cli: Cli) -> None:
    (old,) = ids(cli, "ci")
    before, recorded = told(cli, old), events(cli)
    plan = cli("apikey", "rotate", "ci", "--dry-run", "--json")
    found = json.loads(plan.out)
    assert (found["key"], found["changed"], found["new"]["id"]) == (None, False, None)
    assert found["old"]["grace_until"]
    assert not KEY.search(plan.out + plan.err)
    page = on_terminal(cli, "apikey", "rotate", "ci", "-n")
    assert f"{old} (ci) would live until" in page
    assert (told(cli, old), events(cli)) == (before, recorded)


def test_finish_ends_the_old_key_and_may_be_said_twice(cli: Cli) -> None:
    old = issued(cli, "ci")
    text = cli.ok("apikey", "rotate", "ci")
    assert verifies(cli, text)  # now the new one is in use
    new = cli.ok("apikey", "show", "ci", "--field", "id")
    assert cli.ok("apikey", "show", "ci", "--field", "rotation_status.safe_to_finish") == "true"
    plan = cli("apikey", "rotate", "ci", "--finish", "--dry-run")
    assert plan.code == 0
    assert states(cli) == ["grace", "live"]
    assert str(cli("apikey", "rotate", "ci", "--finish")) == (
        f"exit: 0\n--- stdout\n{new}\n--- stderr\n"
    )
    assert not verifies(cli, str(old.text))
    again = cli("apikey", "rotate", "ci", "--finish", "--json")
    assert (again.code, json.loads(again.out)["changed"]) == (0, False)
    assert events(cli).count("apikey.rotation-finished") == 1


def test_finishing_what_is_still_in_use_asks_whoever_can_be_asked(cli: Cli) -> None:
    (old,) = ids(cli, "ci")
    cli.ok("apikey", "rotate", "ci")
    child = asked(cli, "apikey", "rotate", "ci", "--finish")
    child.expect("end the old key's grace all the same\\? ")
    assert "neither key has been used yet" in str(child.before)
    child.sendline("n")
    assert finish(child)[0] == 130
    assert told(cli, old)["state"] == "grace"
    script = cli("apikey", "rotate", "ci", "--finish")
    assert (script.code, script.out) == (2, "")
    assert "hint: add --yes" in script.err
    assert told(cli, old)["state"] == "grace"
    script = cli("apikey", "rotate", "ci", "--finish", "--yes")
    assert script.code == 0
    assert "warning: neither key has been used yet" in script.err
    assert told(cli, old)["state"] == "superseded"


def test_abort_revokes_the_new_key_and_may_be_said_twice(cli: Cli) -> None:
    old = issued(cli, "ci")
    text = cli.ok("apikey", "rotate", "ci")
    key_id = display_id(old.key.id)
    assert cli.ok("apikey", "rotate", "ci", "--abort") == key_id
    assert not verifies(cli, text)
    assert verifies(cli, str(old.text))
    again = cli("apikey", "rotate", "ci", "--abort")
    assert (again.code, again.out) == (0, f"{key_id}\n")
    assert "aborted already" in again.err
    assert told(cli, key_id)["grace_until"] is None


def test_abort_of_a_key_in_use_needs_force(cli: Cli) -> None:
    ids(cli, "ci")
    text = cli.ok("apikey", "rotate", "ci")
    assert verifies(cli, text)
    refused = cli("apikey", "rotate", "ci", "--abort")
    assert (refused.code, refused.out) == (8, "")
    assert cli("apikey", "rotate", "ci", "--abort", "--force").code == 0


def test_what_is_not_alive_or_not_there(cli: Cli) -> None:
    (key_id,) = ids(cli, "ci")
    assert cli("apikey", "rotate", "nope").code == 7
    assert cli("apikey", "rotate", "ci", "--finish").code == 8
    assert cli("apikey", "rotate", "ci", "--abort").code == 8
    cli.ok("apikey", "disable", "ci")
    assert cli("apikey", "rotate", key_id).code == 8
    cli.ok("apikey", "revoke", "ci")
    assert cli("apikey", "rotate", key_id).code == 8


def test_the_key_takes_every_form_of_a_secret(cli: Cli) -> None:
    ids(cli, "ci")
    line = cli.ok("apikey", "rotate", "ci", "--format", "export", "--var", "DEPLOY_KEY")
    assert re.fullmatch(rf"export DEPLOY_KEY='{KEY.pattern}'", line)
    cli.ok("apikey", "rotate", "ci", "--finish", "--yes")
    cli.env["GITHUB_ENV"] = str(cli.home / "github")
    result = cli("apikey", "rotate", "ci", "--github-env", "DEPLOY_KEY")
    assert (result.code, result.out) == (0, "")
    assert KEY.search((cli.home / "github").read_text())
    assert "::add-mask::ak_live_" in result.err


def test_a_terminal_shows_the_key_and_then_what_to_know(cli: Cli) -> None:
    ids(cli, "ci")
    shown = on_terminal(cli, "apikey", "rotate", "ci").splitlines()
    assert KEY.fullmatch(shown[0])
    assert [line.split()[0] for line in shown[1:5]] == ["id", "name", "grants", "expires"]
    assert shown[5] == "the key is shown once: keep it now"
    assert "never used" in shown[6]


def test_of_two_rotations_at_once_one_wins(cli: Cli) -> None:
    ids(cli, "ci")
    runs = [
        subprocess.Popen(
            cli.command("apikey", "rotate", "ci"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=cli.environment(), cwd=cli.home, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    ends = [(run.communicate(timeout=60)[0], run.returncode) for run in runs]
    assert sorted(code for _, code in ends) == [0, 8, 8, 8]
    assert [verifies(cli, out) for out, code in ends if code == 0] == [True]
    assert states(cli) == ["grace", "live"]


def test_an_interrupt_leaves_no_key_that_nobody_saw(cli: Cli) -> None:
    """Ctrl-C at any moment: the key was printed and lives, or it does not live."""
    require("timeout")
    ids(cli, "ci")
    for delay in ("0.1", "0.2", "0.3", "0.5"):
        done = subprocess.run(
            ["timeout", "-s", "INT", delay, *cli.command("apikey", "rotate", "ci")],
            capture_output=True, env=cli.environment(), cwd=cli.home, text=True,
        )  # fmt: skip
        live = [state for state in states(cli) if state in ("live", "grace")]
        if done.stdout and "was aborted" not in done.stderr:
            assert verifies(cli, done.stdout)
            assert live == ["grace", "live"]
            cli.ok("apikey", "rotate", "ci", "--finish", "--yes")
        else:
            assert live == ["live"]
