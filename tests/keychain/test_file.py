"""The encrypted file: what is in it, who opens it, and what is left when something goes wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.encoding import base64url_decode
from authcli.errors import (
    AuthError,
    Conflict,
    InvalidInput,
    NotFound,
    PassphraseNeeded,
    Unavailable,
)
from authcli.keychain import Keychain, check_name, open_keychain
from authcli.secret import Secret
from tests.keychain.conftest import Open

VALUE = Secret(b"geheim-\x00\xff-0123456789")


def test_what_is_set_comes_back_and_is_listed_without_its_secret(
    opened: Open, folder: Path
) -> None:
    entry = opened().set("deploy", VALUE, details={"issuer": "GitHub", "digits": 6}, at=1234)
    assert entry == ("deploy", "file", 1234, {"issuer": "GitHub", "digits": 6})
    assert opened().get("deploy") == VALUE
    assert opened(passphrase=None).entries() == [entry]
    shown = "".join(path.read_text() for path in folder.iterdir())
    for form in ("geheim", base64.b64encode(VALUE.reveal()).decode()[4:-4]):
        assert form not in shown
    assert "deploy" not in (folder / "keychain.sealed").read_text()


def test_the_files_are_their_owners_alone(opened: Open, folder: Path) -> None:
    old = os.umask(0)
    try:
        opened().set("deploy", VALUE)
    finally:
        os.umask(old)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"keychain.lock": 0o600, "keychain.names": 0o600, "keychain.sealed": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_file_is_what_its_docstring_says(opened: Open, folder: Path) -> None:
    """Opened by hand, from the parts: so that another program can, in ten years."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    opened(passphrase="correct").set("deploy", VALUE)
    first, second, end = (folder / "keychain.sealed").read_text().split("\n")
    magic, digest = first.split(" ")
    assert (magic, end) == ("authcli-keychain-1", "")
    assert digest == hashlib.sha256(second.encode()).hexdigest()
    header, sealed = second.rsplit(".", 1)
    kind, memory, passes, lanes, salt, nonce = header.split(".")
    key = Argon2id(
        salt=base64url_decode(salt), length=32, iterations=int(passes), lanes=int(lanes),
        memory_cost=int(memory),
    ).derive(b"correct")  # fmt: skip
    opened_by_hand = AESGCM(key).decrypt(
        base64url_decode(nonce), base64url_decode(sealed), f"{header} {magic}".encode()
    )
    row = json.loads(opened_by_hand)[""]["deploy"]
    assert kind == "authcli-seal-a1"
    assert base64.b64decode(row["value"]) == VALUE.reveal()


def test_todays_cost_is_rfc_9106s_second_choice(folder: Path) -> None:
    asked: list[bool] = []
    keychain = open_keychain(
        folder, backend="file", passphrase=lambda new: asked.append(new) or Secret("p")
    )
    keychain.set("a", VALUE)
    keychain.set("b", VALUE)
    assert keychain.get("a") == keychain.get("b")
    assert asked == [True]  # once, for a new file
    assert ".65536.3.4." in (folder / "keychain.sealed").read_text()
    again = open_keychain(folder, passphrase=lambda new: asked.append(new) or Secret("p"))
    started = time.process_time()
    for _ in range(20):
        again.get("a")
    assert asked == [True, False]
    assert time.process_time() - started < 2  # the key is derived once, not twenty times


def test_nothing_is_opened_or_asked_before_it_is_needed(opened: Open, folder: Path) -> None:
    keychain = opened(passphrase=None)
    assert keychain.entries() == []
    with pytest.raises(NotFound):
        keychain.get("deploy")
    with pytest.raises(NotFound):
        keychain.remove("deploy")
    assert not folder.exists()
    assert "geheim" not in repr(keychain)


def test_a_wrong_passphrase_is_told_from_a_damaged_file(opened: Open, folder: Path) -> None:
    opened().set("deploy", VALUE)
    path = folder / "keychain.sealed"
    whole = path.read_bytes()
    for use in (
        lambda keychain: keychain.get("deploy"),
        lambda keychain: keychain.set("deploy", Secret("x")),
        lambda keychain: keychain.remove("deploy"),
    ):
        with pytest.raises(PassphraseNeeded) as wrong:
            use(opened(passphrase="incorrect"))
        assert wrong.value.code == "keychain.wrong-passphrase"
        for damaged in (whole[:-9], whole.replace(b"1", b"2", 1), b"", b"{}", whole + whole):
            path.write_bytes(damaged)
            with pytest.raises(Unavailable) as caught:
                use(opened(passphrase=None))
            assert caught.value.code == "keychain.damaged", damaged[:40]
            assert path.read_bytes() == damaged
        path.write_bytes(whole)
    assert opened().get("deploy") == VALUE


def test_every_single_character_counts(opened: Open, folder: Path) -> None:
    """The first line's hash notices damage; who mends it too meets the cipher."""
    opened().set("deploy", VALUE)
    path = folder / "keychain.sealed"
    text = path.read_text()
    for position in range(len(text) - 1):
        other = "B" if text[position] == "A" else "A"
        path.write_text(text[:position] + other + text[position + 1 :])
        with pytest.raises(Unavailable):
            opened(passphrase=None).get("deploy")
    second = text.split("\n")[1]
    forged = second[:-1] + ("B" if second[-1] == "A" else "A")
    for forgery in (second.replace(".1.4.", ".2.4."), forged, second.replace("-a1.", "-s1.")):
        digest = hashlib.sha256(forgery.encode()).hexdigest()
        path.write_text(f"authcli-keychain-1 {digest}\n{forgery}\n")
        with pytest.raises(AuthError) as caught:
            opened().get("deploy")
        assert caught.value.code in ("keychain.wrong-passphrase", "keychain.damaged")


def test_a_hostile_cost_is_refused_before_anything_is_computed(opened: Open, folder: Path) -> None:
    opened().set("deploy", VALUE)
    path = folder / "keychain.sealed"
    second = path.read_text().split("\n")[1].split(".")
    started = time.process_time()
    for cost in ("1048576.16.4", "9999999.1.1", "64.1.1", "65536.99.1", "65536.3.99",
                 "65536.0.4", "65536.-3.4"):  # fmt: skip
        text = ".".join([second[0], cost, *second[4:]])
        digest = hashlib.sha256(text.encode()).hexdigest()
        path.write_text(f"authcli-keychain-1 {digest}\n{text}\n")
        with pytest.raises(Unavailable) as caught:
            opened().get("deploy")
        assert caught.value.code == "keychain.damaged", cost
    assert time.process_time() - started < 0.2


def test_a_name_is_replaced_only_when_that_is_wanted(opened: Open) -> None:
    keychain = opened()
    keychain.set("deploy", VALUE)
    with pytest.raises(Conflict) as caught:
        opened(passphrase=None).set("deploy", Secret("second"), replace=False)
    assert caught.value.code == "keychain.exists"
    assert keychain.get("deploy") == VALUE
    keychain.set("deploy", Secret("second"))
    assert opened().get("deploy") == Secret("second")
    assert len(keychain.entries()) == 1


def test_what_is_removed_is_gone_from_the_file(opened: Open) -> None:
    keychain = opened()
    keychain.set("a", VALUE)
    keychain.set("b", Secret("other"))
    keychain.remove("a")
    with pytest.raises(NotFound):
        opened().get("a")
    assert opened().get("b") == Secret("other")
    assert [address.name for address, _ in keychain._file.entries()] == ["b"]
    with pytest.raises(NotFound):
        keychain.remove("a")


def test_namespaces_are_kept_apart(opened: Open) -> None:
    opened(namespace="otp").set("a", Secret("uri"))
    opened().set("a", Secret("other"))
    opened().remove("a")
    assert opened(namespace="otp").get("a") == Secret("uri")
    assert opened().entries() == []
    with pytest.raises(NotFound):
        opened().get("a")


def test_the_names_alone_can_be_lost(opened: Open, folder: Path) -> None:
    opened().set("old", VALUE)
    (folder / "keychain.names").unlink()
    assert opened().get("old") == VALUE
    opened().set("new", VALUE)
    assert [entry.name for entry in opened().entries()] == ["new", "old"]


def test_a_secret_whose_file_is_gone_is_said_to_be_gone(opened: Open, folder: Path) -> None:
    opened().set("deploy", VALUE)
    (folder / "keychain.sealed").unlink()
    with pytest.raises(NotFound, match="no longer holds deploy"):
        opened(passphrase=None).get("deploy")
    opened(passphrase=None).remove("deploy")
    assert opened().entries() == []


def _listed(**changed: object) -> bytes:
    """A list of one name, which TAB and terminals are to show, with members changed."""
    row = {"namespace": "", "name": "a", "backend": "file", "saved_at": 0, "details": {}}
    return json.dumps({"version": 1, "names": [row | changed]}).encode()


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"version":2,"names":[]}', b"\xff", b"[" * 100_000,
             b'{"version":1,"names":[{"namespace":"","name":"a","backend":"x"}]}',
             _listed(name="$(id)"), _listed(name="a\x1b[31m"), _listed(name="\ud800"),
             _listed(name=7), _listed(namespace="A b"), _listed(namespace=None),
             _listed(saved_at=-5), _listed(saved_at=10**20), _listed(saved_at=True),
             _listed(details=None), _listed(details={"issuer": []})],
)  # fmt: skip
def test_a_damaged_list_is_one_error(opened: Open, folder: Path, text: bytes) -> None:
    opened().set("deploy", VALUE)
    (folder / "keychain.names").write_bytes(text)
    for use in (lambda: opened().entries(), lambda: opened().set("b", VALUE)):
        with pytest.raises(Unavailable) as caught:
            use()
        assert caught.value.code == "keychain.damaged"
    assert (folder / "keychain.names").read_bytes() == text


@pytest.mark.parametrize("name", ["keychain.sealed", "keychain.names"])
def test_links_pipes_and_folders_in_a_files_place_are_refused(
    opened: Open, folder: Path, name: str
) -> None:
    opened().set("deploy", VALUE)
    path = folder / name
    kept = path.rename(folder / "kept")
    for make in (lambda: path.symlink_to(kept), lambda: os.mkfifo(path), path.mkdir):
        make()
        with pytest.raises(Unavailable) as caught:
            opened(passphrase=None).get("deploy")
        assert caught.value.code == "keychain.damaged"
        path.rmdir() if path.is_dir() else path.unlink()


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path, cheap: None) -> None:
    (tmp_path / "file").touch()
    keychain = open_keychain(
        tmp_path / "file" / "data", backend="file", passphrase=lambda new: Secret("p")
    )
    with pytest.raises(Unavailable):
        keychain.set("deploy", VALUE)


@pytest.mark.parametrize(
    "name",
    ["", "-x", ".x", "@x", "a b", "a:b", "a/b", "$(id)", "ä", "x" * 65, "a\n", "../up", "\x1b[2J"],
)
def test_what_is_no_name_is_refused_and_not_repeated(opened: Open, name: str) -> None:
    for use in (
        lambda: check_name(name),
        lambda: opened().get(name),
        lambda: opened().set(name, VALUE),
        lambda: opened().remove(name),
    ):
        with pytest.raises(InvalidInput) as caught:
            use()
        assert caught.value.code == "keychain.name"
        assert len(name) < 3 or name not in f"{caught.value} {caught.value.hint}"


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}", fullmatch=True))
def test_names_need_no_quoting_in_a_shell(name: str) -> None:
    import shlex

    assert check_name(name) == name
    assert shlex.quote(name) == name


@pytest.mark.parametrize("size", [0, (1 << 20) + 1])
def test_a_secret_has_a_byte_and_at_most_a_mebibyte(opened: Open, size: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        opened().set("deploy", Secret(b"x" * size))
    assert caught.value.code == "keychain.size"
    assert opened().entries() == []


@pytest.mark.parametrize(("backend", "namespace"), [("plain", ""), ("auto", "A/b")])
def test_there_is_no_other_backend(folder: Path, backend: str, namespace: str) -> None:
    with pytest.raises(InvalidInput):
        open_keychain(folder, backend=backend, namespace=namespace)


def test_an_empty_passphrase_opens_and_makes_nothing(opened: Open, folder: Path) -> None:
    with pytest.raises(PassphraseNeeded):
        opened(passphrase="").set("deploy", VALUE)
    assert not folder.exists()


def test_values_of_any_bytes_come_back(opened: Open) -> None:
    keychain: Keychain = opened()
    for value in (b"\x00", b"\n", bytes(range(256)), b"x" * (1 << 20), "\u2028ü".encode()):
        keychain.set("a", Secret(value))
        assert keychain.get("a").reveal() == value
