"""`authcli jwks compromise`: a key is dropped at once, and its tokens with it."""

from __future__ import annotations

import json

from tests.cli.harness import Cli
from tests.cli.jwks import kids, managed, opened, told


def test_its_tokens_are_refused_and_the_next_key_signs(cli: Cli) -> None:
    before = managed(cli)
    token = cli.ok("jwt", "mint", "--sub", "alice")
    cli.ok("jwt", "verify", token)
    result = cli("jwks", "compromise", before["active"], "--reason", "laptop stolen", "--yes")
    assert (result.code, result.out.strip()) == (0, before["next"])
    assert "publish the JWKS without the dropped key now" in result.err
    refused = cli("jwt", "verify", token)
    assert (refused.code, "laptop stolen" in refused.err) == (5, True), str(refused)
    cli.ok("jwt", "verify", cli.ok("jwt", "mint", "--sub", "alice"))


def test_it_leaves_the_jwks_in_the_same_moment(cli: Cli) -> None:
    before = managed(cli)
    told(cli, "jwks", "compromise", before["active"], "--yes", "--publish", "pub/", "-q")
    written = json.loads((cli.home / "pub/jwks.json").read_text())["keys"]
    after = kids(cli)
    assert [key["kid"] for key in written] == [after["active"], after["next"]]
    assert after["active"] == before["next"]
    with opened(cli) as store:
        assert store.signing_keys.sealed(before["active"]) is None


def test_it_asks_first_and_is_told_once(cli: Cli) -> None:
    active = managed(cli)["active"]
    result = cli("jwks", "compromise", active)
    assert (result.code, "add --yes" in result.err) == (2, True)
    cli.ok("jwks", "compromise", active, "--yes")
    again = cli("jwks", "compromise", active)
    assert (again.code, "is compromised already" in again.err) == (8, True)
    events = [line.split()[1] for line in cli.ok("audit", "list").splitlines()]
    assert events.count("signing-key.compromised") == 1


def test_a_place_that_cannot_be_written_keeps_no_stolen_key_alive(cli: Cli) -> None:
    before = managed(cli)
    (cli.home / "pub/jwks.json").mkdir(parents=True)
    result = cli("jwks", "compromise", before["active"], "--yes", "--publish", "pub/")
    assert (result.code in (1, 2), result.out.strip()) == (True, before["next"]), str(result)
    assert "publish the JWKS without the dropped key now" in result.err
    assert kids(cli)["compromised"] == before["active"]


def test_a_lost_kek_keeps_no_stolen_key_alive(cli: Cli) -> None:
    """Who has the key has it still; the next one stands by, and signs once the KEK is back."""
    before = managed(cli)
    kek = cli.home / ".local/share/authcli/authcli.db.kek"
    kek.rename(cli.home / "kek")
    result = cli("jwks", "compromise", before["active"], "--yes")
    assert (result.code, result.out.strip()) == (0, before["next"]), str(result)
    assert "no key stands by: authcli jwks rotate" in result.err
    alone = cli("jwks", "compromise", before["next"], "--yes")
    assert (alone.code, alone.out) == (0, "")
    assert "no key signs: authcli jwks rotate" in alone.err
    (cli.home / "kek").rename(kek)
    assert told(cli, "jwks", "rotate", "-q")["done"][0]["action"] == "make"


def test_a_dry_run_says_it_and_changes_nothing(cli: Cli) -> None:
    before = managed(cli)
    result = cli("jwks", "compromise", before["active"], "-n", "--publish", "jwks.json")
    assert (result.code, result.out.strip()) == (0, before["next"]), str(result)
    assert "note: nothing was changed" in result.err
    assert told(cli, "jwks", "compromise", before["active"], "-n", "-q")["changed"] is False
    assert kids(cli) == before
    assert not (cli.home / "jwks.json").exists()


def test_other_places_that_hold_the_dropped_key_are_named(cli: Cli) -> None:
    active = managed(cli)["active"]
    for name in ("one.json", "two.json", "gone.json"):
        cli.ok("jwks", "publish", "-o", name)
    (cli.home / "gone.json").unlink()
    result = cli("jwks", "compromise", active, "--yes", "--publish", "one.json")
    assert (result.code, result.err.count("still holds the dropped key")) == (0, 1), str(result)
    assert "two.json still holds the dropped key; publish there now" in result.err


def test_a_standby_key_that_leaked_is_replaced(cli: Cli) -> None:
    before = managed(cli)
    cli.ok("jwks", "compromise", before["next"], "--yes")
    after = kids(cli)
    assert (after["active"], after["compromised"]) == (before["active"], before["next"])
    assert after["next"] not in before.values()


def test_a_forged_token_after_the_mark_has_died_is_refused(cli: Cli) -> None:
    """Who holds the key can sign at any time: the mark ends, the key's disgrace does not."""
    from authcli.signing.choosing import signer
    from authcli.tokens import mint

    active = managed(cli)["active"]
    with opened(cli) as store:
        stolen = signer(store.signing_keys).key
    cli.ok("jwks", "compromise", active, "--yes")
    later = 4_000_000_000
    for kid in (True, False):
        forged = mint({"sub": "eve"}, key=stolen, at=later, kid=kid)
        assert cli("jwt", "verify", forged, "--now", str(later)).code in (3, 5)
