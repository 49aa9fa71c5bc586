"""What must happen once does: the contract, and eight processes that want the same at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from authcli.clock import now_ms
from authcli.errors import AuthError, CodeMismatch, Conflict, Denied, Unavailable
from authcli.otp import code_at
from authcli.otp.model import Account
from authcli.otp.once import next_code, verify_once
from authcli.otp.recovery import new_codes
from authcli.otp.recovery import verify as verify_recovery
from authcli.otp.repository import OneTimeRepository
from authcli.otp.verifying import state_id
from authcli.secret import Secret
from authcli.store import Store
from authcli.store.one_time import FAILURES, OneTime
from authcli.store.upkeep.backup import back_up
from authcli.store.upkeep.backup_check import checked_backup
from authcli.store.upkeep.copying import copy_store
from authcli.store.upkeep.losses import losses_of
from authcli.store.upkeep.rekeying import finish_pepper, peppers_of, rekey_pepper
from authcli.store.upkeep.restoring import restore
from authcli.store.upkeep.rows import contents
from authcli.store.upkeep.status import status_of
from tests.store.stores import PROCESSES, opened

PATIENT = 60
LAST = 2**64 - 1


@pytest.fixture
def states(store: Store) -> OneTime:
    return store.one_time


def test_a_store_fills_the_repository(store: Store) -> None:
    filled: OneTimeRepository = store.one_time
    assert filled is store.one_time


# The contract.


def test_a_step_is_spent_once_and_none_before_it(states: OneTime) -> None:
    assert states.spend_step("a", step=7, name="n", at_ms=1)
    assert not states.spend_step("a", step=7, name="n", at_ms=1)
    assert not states.spend_step("a", step=6, name="n", at_ms=1)
    assert states.spend_step("a", step=8, name="n", at_ms=1)
    assert not states.spend_step("a", step=8, name="n", at_ms=1)
    assert states.spend_step("b", step=0, name="n", at_ms=1)


def test_a_counter_moves_from_where_it_is(states: OneTime) -> None:
    """As text, since 2^64 - 1 is more than a BIGINT holds."""
    assert states.counter("a") is None
    assert not states.move_counter("a", expected=0, to=1, name="n", at_ms=1)
    assert states.move_counter("a", expected=None, to=LAST, name="n", at_ms=1)
    assert not states.move_counter("a", expected=None, to=1, name="n", at_ms=1)
    assert not states.move_counter("a", expected=9, to=1, name="n", at_ms=1)
    assert states.counter("a") == LAST
    assert states.move_counter("a", expected=LAST, to=LAST + 1, name="n", at_ms=1)
    assert states.counter("a") == LAST + 1


def test_a_step_and_a_counter_of_one_secret_do_not_touch(states: OneTime) -> None:
    states.spend_step("a", step=7, name="n", at_ms=1)
    assert states.counter("a") is None
    assert states.move_counter("a", expected=None, to=3, name="n", at_ms=1)
    assert states.counter("a") == 3
    assert not states.spend_step("a", step=7, name="n", at_ms=1)
    assert states.move_counter("b", expected=None, to=3, name="n", at_ms=1)
    assert states.spend_step("b", step=7, name="n", at_ms=1)


def test_a_state_knows_its_last_name_and_time(store: Store, states: OneTime) -> None:
    states.spend_step("a", step=1, name="old", at_ms=1)
    states.spend_step("a", step=2, name="new", at_ms=5)
    assert store.database.rows("SELECT name, updated_at FROM otp_states") == [("new", 5)]


def test_failures_are_bounded_and_forgiven(store: Store, states: OneTime) -> None:
    """Ten at once, then one every thirty seconds; a bucket in the past is as good as none."""
    for _ in range(FAILURES.limit):
        assert states.blocked_until_ms("a") is None
        states.note_failure("a")
    until = states.blocked_until_ms("a")
    assert until is not None
    assert 25_000 < until - now_ms() <= 30_001
    states.note_failure("a")  # is not counted: nobody is blocked for longer by trying
    assert (states.blocked_until_ms("a") or 0) <= until + 1
    assert states.blocked_until_ms("b") is None
    store.database.run("UPDATE rate_buckets SET tat = tat - 31000000000")
    assert states.blocked_until_ms("a") is None


def test_a_turn_is_nobody_elses(store_url: str) -> None:
    with opened(store_url) as store, opened(store_url, wait_seconds=0.2) as other:
        with store.one_time.turn():
            store.one_time.spend_step("a", step=1, name="n", at_ms=1)
            with pytest.raises(Unavailable), other.one_time.turn():
                pass
        assert not other.one_time.spend_step("a", step=1, name="n", at_ms=1)


def test_a_turn_that_fails_is_undone(states: OneTime) -> None:
    def fail() -> None:
        with states.turn():
            states.spend_step("a", step=1, name="n", at_ms=1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert states.spend_step("a", step=1, name="n", at_ms=1)


def test_recovery_codes_are_replaced_and_spent(states: OneTime) -> None:
    assert states.recovery_codes_left("alice") is None
    with states.change():
        states.replace_recovery_codes("alice", ["aa", "bb"], pepper_id=1, at_ms=1)
        states.replace_recovery_codes("bob", ["aa"], pepper_id=1, at_ms=1)
    with states.change():
        assert states.spend_recovery_code("alice", ["zz", "bb"], at_ms=2) is True
        assert states.spend_recovery_code("alice", ["bb"], at_ms=2) is False
        assert states.spend_recovery_code("alice", ["cc"], at_ms=2) is None
        assert states.spend_recovery_code("alice", [], at_ms=2) is None
    assert (states.recovery_codes_left("alice"), states.recovery_codes_left("bob")) == (1, 1)
    with states.change():
        states.replace_recovery_codes("alice", ["cc"], pepper_id=2, at_ms=3)
        assert states.spend_recovery_code("alice", ["aa"], at_ms=3) is None
    assert states.recovery_pepper_ids("alice") == [2]
    with states.change():
        states.spend_recovery_code("alice", ["cc"], at_ms=4)
    assert states.recovery_codes_left("alice") == 0


@pytest.mark.parametrize("counter", ["'7'", "x'07'", "'000000000000000000077'", "1.5"])
def test_a_damaged_state_is_said_to_be_damaged(tmp_path: Path, counter: str) -> None:
    with opened(str(tmp_path / "auth.db")) as store:
        store.one_time.spend_step("a", step=1, name="n", at_ms=1)
        store.database.run(f"UPDATE otp_states SET counter = {counter}")
        with pytest.raises(Unavailable) as caught:
            store.one_time.counter("a")
        assert caught.value.code == "store.corrupt"


def test_who_is_blocked_waits_for_nobody(tmp_path: Path) -> None:
    """A guesser is refused before he takes a turn: he neither waits for others nor holds them."""
    url, account = str(tmp_path / "auth.db"), Account(Secret(b"12345678901234567890"))
    with opened(url) as store, opened(url, wait_seconds=0.2) as guesser:
        for _ in range(FAILURES.limit):
            guesser.one_time.note_failure(state_id(account))
            guesser.one_time.note_failure("recovery:alice")
        with store.change():
            new_codes(store.one_time, "alice", at_ms=1)
        with store.one_time.turn():
            with pytest.raises(Denied) as caught:
                verify_once(guesser.one_time, account, "000000", name="n")
            assert caught.value.code == "otp.blocked"
            with pytest.raises(Denied) as caught:
                verify_recovery(guesser.one_time, "alice", "0000-0000-0000-0000", at_ms=1)
            assert caught.value.code == "recovery.blocked"


def test_a_store_that_cannot_be_written_accepts_nothing(store_url: str) -> None:
    account = Account(Secret(b"12345678901234567890"))
    opened(store_url).close()
    with opened(store_url, create=False, read_only=True) as store:
        with pytest.raises(Unavailable) as caught:
            verify_once(store.one_time, account, code_at(account, 1).text, name="n", at=30)
        assert caught.value.code == "store.read-only"


# Eight processes, each at the same code at the same instant, a hundred times.

ROUNDS = 100
RACERS = 8
KINDS = ("totp", "hotp", "recovery", "taken")


def _race(url: str, barrier: Barrier, codes: list[str], answers: Any) -> None:
    """Show the same code as seven others, in each round of each kind; send back what was said."""
    said: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    with opened(url, wait_seconds=PATIENT) as store:
        for kind in KINDS:
            for number in range(ROUNDS):
                barrier.wait(PATIENT)
                said[kind].append(_told(store.one_time, kind, codes, number))
    answers.put(said)


def _told(states: OneTime, kind: str, codes: list[str], number: int) -> Any:
    try:
        if kind == "totp":
            verify_once(states, TOTP, code_at(TOTP, number).text, name="n", at=number * 30)
        elif kind == "hotp":
            verify_once(states, HOTP, code_at(HOTP, number).text, name="n")
        elif kind == "taken":
            return next_code(states, HOTP, name="n", at_ms=1).moment
        else:
            verify_recovery(states, "alice", codes[number], at_ms=1)
    except AuthError as error:
        return error.code
    return "yes"


TOTP = Account(Secret(b"totp-totp-totp-totp-"))
HOTP = Account(Secret(b"hotp-hotp-hotp-hotp-"), kind="hotp")


def _raced(url: str, codes: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the eight were told of each kind in each round."""
    barrier, answers = PROCESSES.Barrier(RACERS), PROCESSES.Queue()
    racers = [
        PROCESSES.Process(target=_race, args=(url, barrier, codes, answers)) for _ in range(RACERS)
    ]
    for racer in racers:
        racer.start()
    said = [answers.get(timeout=PATIENT) for _ in racers]
    for racer in racers:
        racer.join(PATIENT)
    return {kind: list(zip(*(each[kind] for each in said), strict=True)) for kind in KINDS}


def test_of_eight_processes_with_the_same_code_one_is_told_yes(store_url: str) -> None:
    """And of eight who take a counter, each has its own."""
    with opened(store_url) as store:
        made = new_codes(store.one_time, "alice", count=ROUNDS, at_ms=1)
    rounds = _raced(store_url, [code.reveal_text() for code in made])
    for kind, family in {"totp": "otp", "hotp": "otp", "recovery": "recovery"}.items():
        told = {tuple(sorted(said)) for said in rounds[kind]}
        assert (kind, told) == (kind, {(*[f"{family}.used"] * 7, "yes")})
    taken = sorted(counter for said in rounds["taken"] for counter in said)
    assert taken == [*range(ROUNDS * RACERS)]
    with opened(store_url) as store:
        assert store.audit.verify().valid
        spent = [event for event in store.audit.find() if event.event == "recovery.spent"]
        assert len(spent) == ROUNDS


def _guess(url: str, barrier: Barrier, answers: Any) -> None:
    said = []
    with opened(url, wait_seconds=PATIENT) as store:
        barrier.wait(PATIENT)
        for number in range(10):
            try:
                verify_once(store.one_time, TOTP, f"{number:06}", name="n", at=1_000_000_000)
            except AuthError as error:
                said.append(error.code)
    answers.put(said)


def test_eight_who_guess_at_once_get_no_more_guesses_than_one(store_url: str) -> None:
    """Between looking whether it is blocked and counting nobody slips in."""
    opened(store_url).close()
    barrier, answers = PROCESSES.Barrier(RACERS), PROCESSES.Queue()
    guessers = [
        PROCESSES.Process(target=_guess, args=(store_url, barrier, answers)) for _ in range(RACERS)
    ]
    for guesser in guessers:
        guesser.start()
    said = [code for _ in guessers for code in answers.get(timeout=PATIENT)]
    for guesser in guessers:
        guesser.join(PATIENT)
    assert said.count("otp.mismatch") == FAILURES.limit
    assert said.count("otp.blocked") == RACERS * 10 - FAILURES.limit


def _spend_until_killed(url: str, said: Any) -> None:
    with opened(url, wait_seconds=PATIENT) as store:
        counter = 0
        while True:
            verify_once(store.one_time, HOTP, code_at(HOTP, counter).text, name="n")
            said.send(counter)
            counter += 1


def test_what_was_accepted_before_a_kill_is_not_accepted_after_it(store_url: str) -> None:
    """Whoever was told yes, was told so by what is on the disk."""
    opened(store_url).close()
    for pause in (0.05, 0.1, 0.2):
        reader, writer = PROCESSES.Pipe(duplex=False)
        child = PROCESSES.Process(target=_spend_until_killed, args=(store_url, writer))
        child.start()
        writer.close()
        assert reader.poll(PATIENT)
        time.sleep(pause)
        child.kill()
        child.join(PATIENT)
        said = list(_received(reader))
        with opened(store_url) as store:
            after = store.one_time.counter(state_id(HOTP))
            assert after is not None
            assert after - 1 in (said[-1], said[-1] + 1)  # one more may be written, and not told
            with pytest.raises(CodeMismatch):
                verify_once(store.one_time, HOTP, code_at(HOTP, said[-1]).text, name="n")
            store.database.run("DELETE FROM otp_states")


def _received(reader: Any) -> Iterator[int]:
    try:
        while reader.poll(1):
            yield reader.recv()
    except EOFError:
        pass


# Upkeep.


def _filled(store: Store) -> list[str]:
    verify_once(store.one_time, TOTP, code_at(TOTP, 7).text, name="n", at=210)
    verify_once(store.one_time, HOTP, code_at(HOTP, 0).text, name="n")
    return [code.reveal_text() for code in new_codes(store.one_time, "alice", count=3, at_ms=1)]


def test_a_copy_and_a_backup_hold_them(store_url: str, tmp_path: Path) -> None:
    with opened(store_url) as store:
        codes = _filled(store)
        assert back_up(store, tmp_path / "b.db").counts["otp_states"] == 2
        url = str(tmp_path / "copy.db")
        done = copy_store(store, url, with_roots=True)
        assert (done.counts["otp_states"], done.counts["recovery_codes"]) == (2, 3)
        with opened(url, create=False) as copy:
            assert (
                contents(copy.database)["recovery_codes"]
                == contents(store.database)["recovery_codes"]
            )
            with pytest.raises(CodeMismatch):
                verify_once(copy.one_time, HOTP, code_at(HOTP, 0).text, name="n")
            assert verify_recovery(copy.one_time, "alice", codes[0], at_ms=1).left == 2


def test_a_store_with_nothing_but_spent_codes_is_not_copied_over(
    store_url: str, tmp_path: Path
) -> None:
    """Accepting a code is no event, but forgetting it would accept it again."""
    url = str(tmp_path / "other.db")
    with opened(url) as other:
        verify_once(other.one_time, HOTP, code_at(HOTP, 0).text, name="n")
    with opened(store_url) as store, pytest.raises(Conflict) as caught:
        copy_store(store, url)
    assert caught.value.code == "store.not-empty"


def test_what_a_restore_would_make_good_again_is_counted(store: Store, tmp_path: Path) -> None:
    codes = [c.reveal_text() for c in new_codes(store.one_time, "alice", at_ms=now_ms())]
    path = back_up(store, tmp_path / "b.db").path
    time.sleep(0.002)
    for code in codes[:2]:
        verify_recovery(store.one_time, "alice", code, at_ms=now_ms())
    verify_once(store.one_time, HOTP, code_at(HOTP, 0).text, name="n")
    verify_once(store.one_time, TOTP, code_at(TOTP, 7).text, name="n", at=210)
    with checked_backup(path) as checked:
        losses = losses_of(checked, live=store, sources=store.roots, added={})
        assert (losses.spent, losses.moved) == (2, 1)
        restore(
            store, checked, before=losses.present, lost=losses.lost, sources=store.roots, added={}
        )
    assert store.one_time.recovery_codes_left("alice") == 10


def test_status_counts_them(store: Store) -> None:
    codes = _filled(store)
    verify_recovery(store.one_time, "alice", codes[0], at_ms=1)
    found = status_of(store, at_ms=now_ms())
    assert (found.otp_states, found.recovery_codes) == (2, 2)
    assert "store.backup" in {finding.code for finding in found.findings}


# Peppers.


def test_codes_work_under_the_pepper_they_were_made_with(store: Store) -> None:
    first, second, _ = _filled(store)
    done = rekey_pepper(store, at_ms=now_ms())
    assert (done.waiting, done.codes) == (0, 3)
    assert verify_recovery(store.one_time, "alice", first, at_ms=1).left == 2
    assert [p.codes for p in peppers_of(store, at_ms=now_ms())] == [2, 0]
    new_codes(store.one_time, "bob", count=1, at_ms=1)
    assert [p.codes for p in peppers_of(store, at_ms=now_ms())] == [2, 1]
    assert verify_recovery(store.one_time, "alice", second, at_ms=1).left == 1


def test_a_pepper_stays_while_an_unspent_code_hangs_on_it(store: Store) -> None:
    """They cannot move: before a code is spent nobody knows its text, and then it is of no use."""
    *_, last = _filled(store)
    new_codes(store.one_time, "bob", count=1, at_ms=1)
    rekey_pepper(store, at_ms=now_ms())
    with pytest.raises(Conflict) as caught:
        finish_pepper(store, at_ms=now_ms())
    assert caught.value.code == "store.waiting"
    assert "4 unspent recovery codes" in caught.value.message
    assert "'alice' and others" in caught.value.message
    assert "authcli totp recovery new NAME" in str(caught.value.hint)
    new_codes(store.one_time, "bob", count=1, at_ms=1)
    store.database.run("UPDATE recovery_codes SET used_at = 1 WHERE name = 'alice'")
    with pytest.raises(CodeMismatch) as used:
        verify_recovery(store.one_time, "alice", last, at_ms=1)
    assert used.value.code == "recovery.used"
    assert finish_pepper(store, at_ms=now_ms()) == (1,)
    # Of what hung on a retired one nothing is known any more; least of all that it is right.
    with pytest.raises(CodeMismatch) as gone:
        verify_recovery(store.one_time, "alice", last, at_ms=1)
    assert gone.value.code == "recovery.mismatch"


def test_a_lost_list_of_peppers_is_noticed_by_the_codes(store: Store) -> None:
    """A new first pepper would make every code worthless without a word."""
    _filled(store)
    store.database.run("DELETE FROM root_keys WHERE root = 'pepper'")
    with pytest.raises(Unavailable) as caught:
        new_codes(store.one_time, "bob", at_ms=1)
    assert caught.value.code == "root.missing"
