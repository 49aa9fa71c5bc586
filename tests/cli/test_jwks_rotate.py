"""`authcli jwks rotate`, `activate`, `retire`: what is due is done, and nothing else."""

from __future__ import annotations

import json

import pytest

from authcli.signing.rotation import init, rotate
from tests.cli.harness import Cli
from tests.cli.jwks import DAY, HOUR, MADE, kids, managed, opened, published, told


def at(ms: int) -> list[str]:
    return ["--now", str(ms // 1000), "-q"]


def test_where_nothing_is_due_nothing_is_changed(cli: Cli) -> None:
    before = managed(cli)
    found = told(cli, "jwks", "rotate", *at(MADE + DAY))
    assert (found["changed"], found["done"], kids(cli)) == (False, [], before)
    assert found["next_at"] == "2026-12-20T14:13:20Z"
    assert cli.ok("jwks", "rotate", *at(MADE + DAY)) == ""


def test_a_due_rotation_lets_the_next_key_sign_and_makes_another(cli: Cli) -> None:
    before = managed(cli)
    found = told(cli, "jwks", "rotate", *at(MADE + 90 * DAY))
    assert [step["action"] for step in found["done"]] == ["retire", "activate", "make"]
    after = kids(cli)
    assert (after["active"], after["retiring"]) == (before["next"], before["active"])
    assert after["next"] not in before.values()
    with opened(cli) as store:  # what signs no more cannot
        assert store.signing_keys.sealed(before["active"]) is None


def test_a_key_that_was_never_published_does_not_sign(cli: Cli) -> None:
    """However late it is, verifiers come first; and it is said what is missing."""
    cli.ok("jwks", "init", "--rotate-every", "2h")
    before = kids(cli)
    result = cli("jwks", "rotate", "--now", "+2d")
    assert (result.code, result.out, kids(cli)) == (0, "", before)
    assert "warning: a next key waits to be published" in result.err


def test_start_rotates_as_soon_as_verifiers_know_the_next_key(cli: Cli) -> None:
    before = managed(cli)
    early = told(cli, "jwks", "rotate", "--start", *at(MADE + HOUR // 2))
    assert (early["changed"], early["next_at"]) == (False, "2026-09-21T15:14:20Z")
    told(cli, "jwks", "rotate", *at(MADE + HOUR + 60_000))
    assert kids(cli)["active"] == before["next"]


def test_a_dry_run_says_it_and_changes_nothing(cli: Cli) -> None:
    before = managed(cli)
    result = cli("jwks", "rotate", "--dry-run", "--now", str((MADE + 91 * DAY) // 1000))
    done = [line.split("\t")[1] for line in result.out.splitlines()]
    assert done == ["retire", "activate", "make"]
    assert "note: nothing was changed" in result.err
    assert kids(cli) == before


def test_the_plan_is_a_calendar(cli: Cli) -> None:
    managed(cli)
    text = cli.raw("jwks", "rotate", "--dry-run", "--format", "ics", *at(MADE)).stdout
    assert text.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.count(b"BEGIN:VEVENT\r\n") == 3
    assert b"DTSTART:20261220T141320Z\r\n" in text
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert cli("jwks", "rotate", "--format", "ics").code == 2


def test_publishing_happens_under_the_same_lock(cli: Cli) -> None:
    """The JWKS holds the key that signs, the next one, and the one before while tokens live."""
    managed(cli)
    told(cli, "jwks", "rotate", "--publish", "pub/", *at(MADE + 90 * DAY))
    written = json.loads((cli.home / "pub/jwks.json").read_text())["keys"]
    after = kids(cli)
    assert {key["kid"] for key in written} == {after[s] for s in ("active", "next", "retiring")}
    assert all("d" not in key and key["alg"] == "ES256" for key in written)
    told(cli, "jwks", "rotate", "--publish", "pub/", *at(MADE + 92 * DAY))
    written = json.loads((cli.home / "pub/jwks.json").read_text())["keys"]
    assert after["retiring"] not in {key["kid"] for key in written}


def test_a_place_that_is_not_there_changes_nothing(cli: Cli) -> None:
    before = managed(cli)
    result = cli("jwks", "rotate", "--publish", "no/such/folder/x.json", *at(MADE + 91 * DAY))
    assert (result.code, kids(cli)) == (2, before)


def test_a_publication_that_fails_undoes_the_rotation(cli: Cli) -> None:
    before = managed(cli)
    (cli.home / "pub/jwks.json").mkdir(parents=True)
    result = cli("jwks", "rotate", "--publish", "pub/", *at(MADE + 91 * DAY))
    assert (result.code in (1, 2), result.out, kids(cli)) == (True, "", before), str(result)


def test_activating_before_verifiers_know_needs_force(cli: Cli) -> None:
    before = managed(cli)
    result = cli("jwks", "activate", before["next"][:12], *at(MADE + HOUR // 2))
    assert (result.code, "verifiers may not know" in result.err) == (8, True)
    nobody = cli("jwks", "activate", before["next"], "--force", *at(MADE + HOUR // 2))
    assert (nobody.code, "nobody to answer" in nobody.err) == (2, True)
    cli.ok("jwks", "activate", before["next"], "--force", "--yes", *at(MADE + HOUR // 2))
    assert kids(cli)["active"] == before["next"]


def test_only_a_next_key_is_activated(cli: Cli) -> None:
    result = cli("jwks", "activate", managed(cli)["active"])
    assert (result.code, "is active, not next" in result.err) == (8, True)


def test_a_stale_place_is_named_once_a_key_signs_that_it_lacks(cli: Cli) -> None:
    """A key waits for one publication: another that verifiers ask would not know it."""
    with opened(cli) as store:
        init(store.signing_keys, "ES256", at_ms=MADE)
    cli.ok("jwks", "publish", "-o", "real.json", *at(MADE))
    with opened(cli) as store:
        rotate(store.signing_keys, start=True, at_ms=MADE + 2 * HOUR)
    cli.ok("jwks", "publish", "-o", "trial.json", *at(MADE + 2 * HOUR))
    lacks = "real.json does not hold the key that signs; publish there"
    due = str((MADE + 92 * DAY) // 1000)
    assert lacks not in cli("jwks", "status", "--now", due).err
    assert lacks in cli("jwks", "rotate", "--now", due).err
    result = cli("jwks", "status", "--now", due)
    assert (result.code, result.err.count("does not hold")) == (0, 1), str(result)
    assert told(cli, "jwks", "status", "-q")["published"][0]["at"] == "2026-09-21T14:13:20Z"


@pytest.mark.parametrize("verb", ["activate", "retire"])
def test_a_dry_run_of_one_key_changes_nothing(cli: Cli, verb: str) -> None:
    before = managed(cli)
    result = cli("jwks", verb, before["next"], "--force", "-n")
    assert (result.code, result.out.strip(), kids(cli)) == (0, before["next"], before), str(result)
    assert "note: nothing was changed" in result.err


@pytest.mark.parametrize("verb", ["activate", "retire"])
def test_what_cannot_be_is_not_asked_about(cli: Cli, verb: str) -> None:
    """A person who said yes would be told no."""
    result = cli("jwks", verb, managed(cli)["active"], "--force")
    assert (result.code, "is active" in result.err) == (8, True), str(result)


@pytest.mark.parametrize("force", [False, True])
def test_a_key_whose_tokens_live_is_retired_with_force_alone(cli: Cli, force: bool) -> None:
    managed(cli)
    told(cli, "jwks", "rotate", *at(MADE + 90 * DAY))
    old = kids(cli)["retiring"]
    flags = ["--force", "--yes"] if force else []
    result = cli("jwks", "retire", old, *flags, *at(MADE + 90 * DAY))
    assert result.code == (0 if force else 8)
    assert (kids(cli).get("retired") == old) is force


def test_the_key_that_signs_is_not_retired(cli: Cli) -> None:
    result = cli("jwks", "retire", managed(cli)["active"], "--force", "--yes")
    assert (result.code, "is active, not next or retiring" in result.err) == (8, True)


def test_of_two_rings_one_is_rotated_by_its_algorithm(cli: Cli) -> None:
    managed(cli)
    managed(cli, "EdDSA")
    with opened(cli) as store:
        published(store, at_ms=MADE)
    done = told(cli, "jwks", "rotate", "--alg", "eddsa", *at(MADE + 91 * DAY))["done"]
    assert {step["alg"] for step in done} == {"EdDSA"}
    assert cli("jwks", "rotate", "--alg", "ES512").code == 7


def test_a_shared_secret_is_never_offered_as_a_managed_key(cli: Cli) -> None:
    managed(cli)
    refused = cli("jwks", "rotate", "--alg", "HS256")
    assert refused.code == 2
    assert "cannot be used for keys that are published" in refused.err
    assert "init HS256" not in refused.err


def test_a_publication_has_a_place_that_stdout_is_not(cli: Cli) -> None:
    managed(cli)
    refused = cli("jwks", "rotate", "--publish", "-")
    assert (refused.code, refused.out) == (2, "")
    assert "authcli jwks export" in refused.err
    assert not (cli.home / "-").exists()
