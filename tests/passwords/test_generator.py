"""New passwords and passphrases: of the asked kind, and with the entropy that they say."""

from __future__ import annotations

import itertools
import math
import string

import pytest

from authcli import passwords
from authcli.errors import InvalidInput
from authcli.passwords.generator import _bits
from authcli.passwords.schemes.libpass import word_list

#: Of every class one letter, among twenty thousand of none.
ONE_OF_EACH = "aA1!" + "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))


@pytest.mark.parametrize(
    ("alphabet", "members", "bits"),
    [
        ("alphanumeric", string.ascii_letters + string.digits, 119.0),
        ("digits", string.digits, 66.4),
        ("hex", "0123456789abcdef", 80.0),
        ("01", "01", 20.0),
        ("äöü", "äöü", 31.6),
    ],
)
def test_a_password_is_of_its_alphabet(alphabet: str, members: str, bits: float) -> None:
    seen = set()
    for _ in range(200):
        generated = passwords.generate(alphabet=alphabet)
        text = generated.password.reveal_text()
        assert len(text) == 20
        assert generated.entropy_bits == bits
        seen |= set(text)
    assert seen == set(members)


def test_every_class_is_there_when_asked_for() -> None:
    for _ in range(100):
        text = passwords.generate(8, every_class=True).password.reveal_text()
        assert any(c.isupper() for c in text)
        assert any(c.islower() for c in text)
        assert any(c.isdigit() for c in text)
        assert any(not c.isalnum() for c in text)


def test_the_entropy_of_every_class_is_counted_exactly() -> None:
    classes = [{"a", "b"}, {"1"}]
    count = sum(
        all(members & set(text) for members in classes)
        for text in itertools.product("ab1x", repeat=5)
    )
    assert _bits(4, 5, classes) == pytest.approx(math.log2(count))


def test_a_passphrase_is_of_the_effs_words() -> None:
    generated = passwords.generate_passphrase()
    assert set(generated.password.reveal_text().split("-")) <= {
        *word_list("eff_long"),
        "yo",
        "drop",
        "t",
        "shirt",
        "felt",
        "tip",
    }
    assert generated.entropy_bits == 77.5
    spaced = passwords.generate_passphrase(4, word_list="bip39", separator=" ")
    assert len(spaced.password.reveal_text().split()) == 4
    assert spaced.entropy_bits == 44.0


def test_what_is_rare_and_not_hopeless_is_made() -> None:
    made = passwords.generate(64, alphabet=ONE_OF_EACH[:100], every_class=True)
    assert {*"aA1!"} <= {*made.password.reveal_text()}


def test_no_two_are_alike_and_none_is_shown_by_accident() -> None:
    made = [passwords.generate() for _ in range(100)]
    assert len({generated.password.reveal() for generated in made}) == 100
    assert "'****'" in repr(made[0])


@pytest.mark.parametrize(
    ("length", "alphabet"),
    [
        *((7, "all"), (3, "digits"), (513, "all"), (20, ""), (20, "a"), (20, "aab")),
        *((20, "abc\ndef"), (20, "abc\x1b[m"), (20, "abc\udcff")),
    ],
)
def test_what_gives_no_password_is_refused(length: int, alphabet: str) -> None:
    with pytest.raises(InvalidInput):
        passwords.generate(length, alphabet=alphabet)


def test_what_gives_no_passphrase_is_refused() -> None:
    for attempt in (
        lambda: passwords.generate_passphrase(2),
        lambda: passwords.generate_passphrase(65),
        lambda: passwords.generate_passphrase(word_list="klingon"),
        lambda: passwords.generate_passphrase(separator="\n"),
        lambda: passwords.generate(alphabet="digits", every_class=True),
        lambda: passwords.generate(8, alphabet=ONE_OF_EACH, every_class=True),
    ):
        with pytest.raises(InvalidInput):
            attempt()
