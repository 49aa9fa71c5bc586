"""The operating system's keychain: a real one, none, and those that must not be trusted."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli.errors import NotFound, Unavailable
from authcli.keychain import system
from authcli.secret import Secret
from tests.keychain import keyrings
from tests.keychain.conftest import Open
from tests.keychain.secret_service import SecretService
from tests.requirements import require

Use = Callable[[str], None]
HERE = "tests.keychain.keyrings"
VALUE = Secret("geheim-0123456789-abcdefgh")
AWKWARD = [
    b"text",
    "Grüße, 世界 🔑".encode(),
    b"-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
    b"\x00\xff\xfe binary \x00",
    b"ends in a line break\r\n",
    b"\n",
    b" ",
    b"authcli-bytes:AAAA",
    "\ufeffmark\u202e".encode(),
    bytes(range(256)) * 64,
]


@pytest.fixture(autouse=True)
def empty() -> None:
    keyrings.HELD.clear()


def test_a_secret_service_keeps_every_value_exactly(
    secret_service_bus: SecretService, opened: Open, folder: Path
) -> None:
    keychain = opened("auto", passphrase="never asked")
    for number, value in enumerate(AWKWARD):
        assert keychain.set(f"n{number}", Secret(value)).backend == "system"
        assert opened("auto").get(f"n{number}").reveal() == value, value[:30]
    assert [entry.backend for entry in keychain.entries()] == ["system"] * len(AWKWARD)
    assert not (folder / "keychain.sealed").exists()
    keychain.remove("n0")
    with pytest.raises(NotFound):
        keychain.get("n0")


def test_another_program_reads_what_we_wrote_and_we_what_it_wrote(
    secret_service_bus: SecretService, opened: Open
) -> None:
    """libsecret's own `secret-tool`, by the attributes that `keyring` sets."""
    tool = require("secret-tool")
    opened("system").set("deploy", VALUE)
    attributes = ["service", "authcli", "username", "deploy"]
    shown = subprocess.run([tool, "lookup", *attributes], capture_output=True, check=True)
    assert shown.stdout == VALUE.reveal()
    subprocess.run(
        [tool, "store", "--label=x", *attributes, "application", "Python keyring library"],
        input=b"changed there", check=True,
    )  # fmt: skip
    assert opened("system").get("deploy").reveal() == b"changed there"
    subprocess.run([tool, "clear", *attributes], check=True)
    with pytest.raises(NotFound, match="no longer holds deploy"):
        opened("system").get("deploy")


def test_saved_accounts_are_kept_apart(secret_service_bus: SecretService, opened: Open) -> None:
    opened("system", namespace="otp").set("a", Secret("uri"))
    opened("system").set("a", Secret("other"))
    assert opened("system", namespace="otp").get("a") == Secret("uri")
    assert opened("system").get("a") == Secret("other")
    assert len(opened("system").entries()) == 1


# `keyring` leaves its connection to the bus open where the collection is locked.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_locked_collection_is_said_and_new_names_go_to_the_file(
    secret_service_bus: SecretService, opened: Open
) -> None:
    opened("auto").set("before", VALUE)
    secret_service_bus.lock()
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        opened("auto").get("before")
    assert caught.value.code == "keychain.locked"
    said: list[str] = []
    keychain = opened("auto", note=said.append)
    assert keychain.set("after", VALUE).backend == "file"
    assert len(said) == 1
    assert "after goes into the encrypted file" in said[0]
    assert keychain.get("after") == VALUE
    with pytest.raises(Unavailable):  # a name stays where it is: there would be two values
        keychain.set("before", Secret("second"))
    assert {e.name: e.backend for e in keychain.entries()} == {"after": "file", "before": "system"}
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("keyring.backends.fail.Keyring", "keychain.unavailable"),
        ("keyring.backends.null.Keyring", "keychain.plaintext"),
        ("no.such.module.Keyring", "keychain.unavailable"),
        ("keyring.backends.null.NoSuchClass", "keychain.unavailable"),
        ("nonsense", "keychain.unavailable"),
        (f"{HERE}.PlaintextKeyring", "keychain.plaintext"),
        (f"{HERE}.PlainChain", "keychain.plaintext"),
        (f"{HERE}.Dropping", "keychain.unwritable"),
        (f"{HERE}.Changing", "keychain.unwritable"),
        (f"{HERE}.Full", "keychain.unavailable"),
        (f"{HERE}.Locked", "keychain.locked"),
        (f"{HERE}.Exiting", "keychain.unavailable"),
        (f"{HERE}.Reading", "keychain.unavailable"),
        (f"{HERE}.Bytes", "keychain.unavailable"),
    ],
)
def test_what_keeps_nothing_safely_is_refused_and_the_file_used(
    name: str, code: str, use_keyring: Use, opened: Open, folder: Path
) -> None:
    use_keyring(name)
    with pytest.raises(Unavailable) as caught:
        opened("system").set("deploy", VALUE)
    assert caught.value.code == code
    assert VALUE.reveal_text() not in str(caught.value) + str(caught.value.hint)
    assert opened("system").entries() == []
    said: list[str] = []
    assert opened("auto", note=said.append).set("deploy", VALUE).backend == "file"
    assert len(said) == 1
    assert opened("auto").get("deploy") == VALUE
    assert VALUE.reveal() not in (folder / "keychain.sealed").read_bytes()
    assert "Plain" not in name or not keyrings.HELD


def test_without_a_passphrase_nothing_is_kept_at_all(use_keyring: Use, opened: Open) -> None:
    """Never plain text, whatever is missing."""
    use_keyring(f"{HERE}.PlaintextKeyring")
    with pytest.raises(Unavailable) as caught:
        opened("auto", passphrase=None).set("deploy", VALUE)
    assert caught.value.code == "keychain.passphrase"
    assert keyrings.HELD == {}
    assert opened("auto").entries() == []


def test_of_a_chain_the_first_that_may_be_used_is_used(use_keyring: Use, opened: Open) -> None:
    use_keyring(f"{HERE}.Chain")
    assert opened("system").set("deploy", VALUE).backend == "system"
    assert opened("system").get("deploy") == VALUE
    opened("system").remove("deploy")
    assert keyrings.HELD == {}


def test_a_keychain_that_does_not_answer_costs_its_limit_once(
    use_keyring: Use, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert system.LIMIT_SECONDS == 10
    monkeypatch.setattr(system, "LIMIT_SECONDS", 0.3)
    use_keyring(f"{HERE}.Hanging")
    started = time.monotonic()
    keychain = opened("system")
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            keychain.set("deploy", VALUE)
        assert caught.value.code == "keychain.timeout"
    assert 0.3 <= time.monotonic() - started < 0.8
    assert opened("auto").set("deploy", VALUE).backend == "file"


def test_a_name_is_found_where_it_was_put(use_keyring: Use, opened: Open) -> None:
    """Whatever the setting, and whatever keychain there is, today."""
    opened("file").set("mine", VALUE)
    use_keyring(f"{HERE}.Memory")
    assert opened("system").get("mine") == VALUE
    assert opened("auto").set("mine", Secret("second")).backend == "file"
    assert opened("auto").set("new", VALUE).backend == "system"
    use_keyring("keyring.backends.fail.Keyring")
    assert opened("file").get("mine") == Secret("second")
    with pytest.raises(Unavailable):
        opened("file").get("new")


def test_a_name_that_is_moved_leaves_no_old_value(use_keyring: Use, opened: Open) -> None:
    use_keyring(f"{HERE}.Memory")
    opened("system").set("deploy", VALUE)
    assert opened("file").set("deploy", Secret("second")).backend == "file"
    assert keyrings.HELD == {}
    opened("system").set("deploy", Secret("third"))
    opened("file").set("other", VALUE)
    assert opened("auto").get("deploy") == Secret("third")
    assert json.loads((opened("file")._folder / "keychain.names").read_text())["names"][0] == {
        "namespace": "", "name": "deploy", "backend": "system", "details": {},
        "saved_at": opened("file").entries()[0].saved_at,
    }  # fmt: skip


def test_without_its_list_of_names_the_system_is_asked(
    use_keyring: Use, opened: Open, folder: Path
) -> None:
    use_keyring(f"{HERE}.Memory")
    opened("system").set("deploy", VALUE)
    (folder / "keychain.names").unlink()
    assert opened("auto").get("deploy") == VALUE
    with pytest.raises(NotFound):
        opened("file").get("deploy")


@settings(max_examples=50)
@given(
    st.one_of(
        st.binary(min_size=1, max_size=100),
        st.text(st.characters(codec="utf-8"), min_size=1).map(str.encode),
    )
)
def test_what_is_stored_is_text_that_survives_and_comes_back(value: bytes) -> None:
    text = system._encoded(Secret(value))
    assert system._decoded(text).reveal() == value
    assert text.replace("\n", "").isprintable()


def test_what_a_keyring_made_of_a_secret_does_not_stay(use_keyring: Use, opened: Open) -> None:
    use_keyring(f"{HERE}.Changing")
    with pytest.raises(Unavailable):
        opened("system").set("deploy", VALUE)
    assert keyrings.HELD == {}


def test_one_failure_is_not_taken_for_the_next(use_keyring: Use, opened: Open) -> None:
    use_keyring(f"{HERE}.Full")
    keychain = opened("system")
    with pytest.raises(Unavailable):
        keychain.set("big", VALUE)
    keychain.set("small", Secret("x"))
    assert keychain.get("small") == Secret("x")


def test_what_another_program_damaged_is_one_error(use_keyring: Use, opened: Open) -> None:
    use_keyring(f"{HERE}.Memory")
    opened("system").set("deploy", Secret(b"\xff"))
    keyrings.HELD["authcli", "deploy"] = "authcli-bytes:!"
    with pytest.raises(Unavailable) as caught:
        opened("system").get("deploy")
    assert caught.value.code == "keychain.damaged"
