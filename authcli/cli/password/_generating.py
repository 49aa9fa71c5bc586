"""Random passwords, one or many, and how much chance is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from authcli.cli._messages import note, warn
from authcli.cli._secret_output import SecretForm, emit_secret
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.passwords.generator import Generated

__all__ = ["Wanted", "emit_many", "emit_one"]

_MOST = 1_000_000
#: What a fast attack on a stolen hash tries: less is for where guesses are counted, as a PIN's.
_ENOUGH_BITS = 64


class Wanted(NamedTuple):
    """The flags that say what is to be made; None for what was not given."""

    length: int | None
    alphabet: str | None
    every_class: bool
    words: int | None
    word_list: str | None
    separator: str | None

    def check(self) -> None:
        """Refuse flags that would silently do nothing.

        Raises:
            InvalidInput: naming them.
        """
        of_words: dict[str, object] = {"--word-list": self.word_list, "--separator": self.separator}
        of_letters: dict[str, object] = {
            "--length": self.length,
            "--alphabet": self.alphabet,
            "--every-class": self.every_class or None,
        }
        if self.words is None:
            kind, others = "passphrases: add --words 6", of_words
        else:
            kind, others = "passwords of characters, not for --words", of_letters
        if given := [flag for flag, value in others.items() if value is not None]:
            raise InvalidInput(f"{given[0]} is for {kind}")

    def made(self) -> Generated:
        """Return a new password."""
        from authcli import passwords

        if self.words is None:
            return passwords.generate(
                20 if self.length is None else self.length,
                alphabet=self.alphabet or "all",
                every_class=self.every_class,
            )
        return passwords.generate_passphrase(
            self.words,
            word_list=self.word_list or "eff-long",
            separator="-" if self.separator is None else self.separator,
        )


def emit_one(run: Run, wanted: Wanted, form: SecretForm) -> None:
    """Make a password and write it in the form that was asked for."""
    made = wanted.made()
    _say_entropy(run, made)
    facts = _facts(made)
    emit_secret(run, facts, value=facts["password"], form=form, default_var="PASSWORD")


def emit_many(run: Run, wanted: Wanted, form: SecretForm, *, count: int) -> None:
    """Make passwords and write one a line.

    Raises:
        InvalidInput: too many or none; or a form that is for one alone.
    """
    from authcli.cli._listing import stream_table

    if not 1 <= count <= _MOST:
        raise InvalidInput(f"--count is 1 to {_MOST}, not {count}")
    if form != SecretForm():
        raise InvalidInput("--format, --var, --mask, --copy and --github-… are for one password")
    first = wanted.made()
    _say_entropy(run, first)

    def rows() -> Iterator[dict[str, Any]]:
        yield _facts(first)
        for _ in range(count - 1):
            yield _facts(wanted.made())

    def lines(items: Iterable[dict[str, Any]]) -> Iterator[str]:
        return (f"{item['password']}\n" for item in items)

    members = ("password", "entropy_bits")
    stream_table(run, rows(), members=members, plain=lambda row: row["password"], human=lines)


def _facts(made: Generated) -> dict[str, Any]:
    return {"password": made.password.reveal_text(), "entropy_bits": made.entropy_bits}


def _say_entropy(run: Run, made: Generated) -> None:
    if made.entropy_bits < _ENOUGH_BITS:
        warn(run, f"{made.entropy_bits:g} bits of entropy: for where guesses are counted, as a PIN")
    elif not (run.json or run.fields):
        note(run, f"{made.entropy_bits:g} bits of entropy")
