"""Recovery codes: random, hashed, shown once, good once."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from authcli.errors import AuthError, CodeMismatch, Denied, InvalidInput, NotFound
from authcli.otp.recovery import CODE_BITS, MAX_CODES, new_codes, verify
from authcli.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "auth.db"), create=True) as found:
        yield found


def made(store: Store, name: str = "alice", **options: int) -> list[str]:
    return [c.reveal_text() for c in new_codes(store.one_time, name, at_ms=1, **options)]


def said(store: Store, code: str, name: str = "alice") -> str | int:
    """Return how many are left, or the code of the refusal."""
    try:
        return verify(store.one_time, name, code, at_ms=2).left
    except AuthError as refusal:
        return refusal.code


def test_ten_codes_of_eighty_bits_that_can_be_read_aloud(store: Store) -> None:
    codes = made(store)
    assert len(set(codes)) == 10
    group = "[0-9a-hjkmnp-tv-z]{4}"  # Crockford's: no i, l, o, u
    assert all(re.fullmatch(rf"{group}-{group}-{group}-{group}", code) for code in codes)
    assert CODE_BITS == 80
    # Each of the 32 letters comes up: in 20 sets of ten one is missing once in 10^43 times.
    letters = {letter for _ in range(20) for code in made(store) for letter in code}
    assert len(letters - {"-"}) == 32


def test_a_code_is_good_once(store: Store) -> None:
    codes = made(store)
    for spent, code in enumerate(codes, 1):
        assert said(store, code) == 10 - spent
        assert said(store, code) == "recovery.used"
    assert said(store, "0" * 16) == "recovery.mismatch"


@pytest.mark.parametrize(
    "typed",
    [
        str.upper,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"  {code}\n",
        lambda code: code.replace("-", "\u2013"),
        lambda code: code.replace("0", "o").replace("1", "l"),
        lambda code: code.upper().replace("0", "O").replace("1", "I"),
    ],
)
def test_a_code_may_be_typed_as_people_type(store: Store, typed: object) -> None:
    assert callable(typed)
    assert said(store, typed(made(store)[0])) == 9


@pytest.mark.parametrize(
    "text",
    ["", "x", "0" * 15, "0" * 17, "u" * 16, "\u0660" * 16, "0" * 8 + "\0" + "0" * 7, "0" * 10**6],
)
def test_what_has_not_the_form_of_a_code_is_told_apart_and_is_no_guess(
    store: Store, text: str
) -> None:
    codes = made(store)
    for _ in range(11):
        with pytest.raises(CodeMismatch) as caught:
            verify(store.one_time, "alice", text, at_ms=1)
        assert caught.value.code == "recovery.malformed"
        assert not text or text not in caught.value.message
    assert said(store, codes[0]) == 9


def test_new_codes_end_the_old_ones(store: Store) -> None:
    before, after = made(store), made(store, count=3)
    assert said(store, before[0]) == "recovery.mismatch"
    assert said(store, after[0]) == 2


def test_codes_are_their_names_alone(store: Store) -> None:
    codes = made(store, "alice")
    made(store, "bob")
    assert said(store, codes[0], "bob") == "recovery.mismatch"
    assert said(store, codes[0], "carol") == "recovery.none"
    assert said(store, codes[0], "alice") == 9


def test_a_name_that_spent_all_still_had_some(store: Store) -> None:
    (code,) = made(store, count=1)
    assert said(store, code) == 0
    assert said(store, code) == "recovery.used"


def test_after_ten_wrong_codes_the_right_one_is_refused_too(store: Store) -> None:
    codes = made(store)
    made(store, "bob")
    for number in range(10):
        assert said(store, f"{number:016}") == "recovery.mismatch"
    with pytest.raises(Denied) as caught:
        verify(store.one_time, "alice", codes[0], at_ms=1)
    assert caught.value.code == "recovery.blocked"
    assert said(store, "0" * 16, "bob") == "recovery.mismatch"
    store.database.run("UPDATE rate_buckets SET tat = tat - 31000000000")
    assert said(store, codes[0]) == 9


def test_the_store_has_keyed_digests_alone(store: Store) -> None:
    """As the schema says, so that another program can check them: no code, none without pepper."""
    codes = made(store)
    pepper = store.peppers.key(store.peppers.active_id)
    text = f"alice\0{codes[0].replace('-', '')}".encode()
    rows = store.database.rows("SELECT digest, pepper_id, created_at FROM recovery_codes")
    assert (hmac.new(pepper, text, "sha256").hexdigest(), 1, 1) in rows
    held = repr([rows, store.database.rows("SELECT * FROM audit_events")])
    for code in codes:
        assert code not in held
        assert code.replace("-", "") not in held


def test_what_was_done_is_in_the_audit(store: Store) -> None:
    codes = made(store)
    said(store, codes[0])
    said(store, codes[0])
    said(store, "0" * 16)
    made(store, count=2)
    told = [
        (event.event, event.target_id, event.members)
        for event in store.audit.find()
        if event.event.startswith("recovery.")
    ]
    assert told == [
        ("recovery.created", "alice", {"count": 10, "replaced": 0}),
        ("recovery.spent", "alice", {"left": 9}),
        ("recovery.created", "alice", {"count": 2, "replaced": 9}),
    ]
    assert store.audit.verify().valid


def test_who_cannot_show_them_undoes_them(store: Store) -> None:
    before = made(store)

    def fail() -> None:
        with store.one_time.change():
            made(store)
            raise OSError

    with pytest.raises(OSError, match=r"^$"):
        fail()
    assert said(store, before[0]) == 9


@pytest.mark.parametrize(
    "name", ["", " ", "a ", " a", "a\0b", "a\nb", "\x1b[2J", "\u202ea", "a" * 201]
)
def test_a_name_that_cannot_be_kept_or_shown_is_refused(store: Store, name: str) -> None:
    for use in (
        lambda: new_codes(store.one_time, name, at_ms=1),
        lambda: verify(store.one_time, name, "0" * 16, at_ms=1),
    ):
        with pytest.raises(InvalidInput) as caught:
            use()
        assert caught.value.code == "recovery.name"


@pytest.mark.parametrize("count", [0, -1, MAX_CODES + 1])
def test_a_number_that_nobody_keeps_is_refused(store: Store, count: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        made(store, count=count)
    assert caught.value.code == "recovery.count"


def test_a_name_without_codes_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound) as caught:
        verify(store.one_time, "nobody", "0" * 16, at_ms=1)
    assert caught.value.hint == "authcli totp recovery new NAME"
