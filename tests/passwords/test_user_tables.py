"""Tables of users: what a line says, whichever of the known forms it has."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.errors import InvalidInput
from authcli.passwords.user_columns import ROLES, Role
from authcli.passwords.user_tables import Table, UserLine, recognise

BCRYPT = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
SHADOW = "$6$rounds=5000$usesomesillystri$D4IrlXatmP7rx3P3InaxBeoomnAihCKRVQAr/36"
WERKZEUG = "pbkdf2:sha256:600000$salt$" + "ab" * 32
SCRYPT = "scrypt:32768:8:1$salt$" + "ab" * 64
DJANGO = "pbkdf2_sha256$600000$salt$abc="
HASH: tuple[Role, ...] = ("hash",)
PASSWORD: tuple[Role, ...] = ("password",)
BOTH: tuple[Role, ...] = ("hash", "password")


def read(
    table: str, wants: tuple[Role, ...], *, form: str | None = None, **columns: str
) -> list[tuple[str | None, str | None, str | None]]:
    """Return user, hash and password of each line, the form told by the first one."""
    first, *others = table.splitlines()
    found = recognise(first.encode(), wants=wants, form=form, columns=columns)
    lines = others if found.has_header else [first, *others]
    return [_plain(found.read(line.encode())) for line in lines]


def _plain(line: UserLine) -> tuple[str | None, str | None, str | None]:
    return line.user, line.hash, line.password.reveal_text() if line.password else None


def refused(table: Table, line: str | bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        table.read(line if isinstance(line, bytes) else line.encode())
    assert caught.value.code == "password.table-line"
    return caught.value.message


@pytest.mark.parametrize(
    ("line", "user", "hash"),
    [
        (f"alice:{BCRYPT}", "alice", BCRYPT),
        (f"root:{SHADOW}:19000:0:99999:7:::", "root", SHADOW),
        (f"bob:{BCRYPT}:a comment", "bob", BCRYPT),
        (f"eve:{WERKZEUG}", "eve", WERKZEUG),
        (f"eve:{SCRYPT}:more", "eve", SCRYPT),
        ("daemon:*:19000:0:99999:7:::", "daemon", "*"),
        ("ldap:{SSHA}c2FsdGVk", "ldap", "{SSHA}c2FsdGVk"),
        (BCRYPT, None, BCRYPT),
        (WERKZEUG, None, WERKZEUG),
        (DJANGO, None, DJANGO),
        (f"{DJANGO}:more", None, DJANGO),
        ("{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=", None, "{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M="),
        ("HOST$:aa3b4", "HOST$", "aa3b4"),
    ],
)
def test_htpasswd_shadow_and_bare_hashes(line: str, user: str | None, hash: str) -> None:
    assert read(line, HASH) == [(user, hash, None)]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (f"alice:{BCRYPT}:secret", ("alice", BCRYPT, "secret")),
        (f"alice:{BCRYPT}:se:c:ret ", ("alice", BCRYPT, "se:c:ret ")),
        (f"alice:{WERKZEUG}:secret", ("alice", WERKZEUG, "secret")),
        (f"{BCRYPT}:secret", (None, BCRYPT, "secret")),
        (f"{SCRYPT}:secret", (None, SCRYPT, "secret")),
    ],
)
def test_a_password_beside_its_hash(line: str, wanted: tuple[str, str, str]) -> None:
    """hash:password is what crackers write; a password may hold colons, most hashes may not."""
    assert read(line, BOTH) == [wanted]


def test_days_of_a_shadow_file_are_no_password() -> None:
    table = recognise(b"", wants=BOTH, form="pairs")
    wanted = "the line has a hash, and no password beside it"
    assert refused(table, f"root:{SHADOW}:19000:0:99999:7:::") == wanted
    assert refused(table, f"root:{SHADOW}") == wanted


@pytest.mark.parametrize(
    ("table", "wants"),
    [
        ("user:password\nalice:se:cret\n", PASSWORD),
        ("user,password\nalice,se:cret\n", PASSWORD),
        ("Password;User Name\nse:cret;alice\n", PASSWORD),
        ("id\tname\tpass_wd\n7\talice\tse:cret\n", PASSWORD),
        ('"user","password"\n"alice","se:cret"\n', PASSWORD),
        ('{"password":"se:cret","login":"alice"}\n', PASSWORD),
        ('\ufeffuser,password\r\nalice,se:cret\r\n', PASSWORD),
    ],
)  # fmt: skip
def test_users_with_passwords(table: str, wants: tuple[Role, ...]) -> None:
    assert read(table, wants)[-1] == ("alice", None, "se:cret")


def test_bare_passwords_are_those_whose_first_has_no_colon() -> None:
    assert read("se,cret\nb:c\n d \n{\n", PASSWORD) == [
        (None, None, text) for text in ("se,cret", "b:c", " d ", "{")
    ]
    assert read("a:b\nc\n", PASSWORD, form="plain") == [(None, None, "a:b"), (None, None, "c")]


def test_the_column_of_hashes_may_be_called_password() -> None:
    """As Django's auth_user has it; beside a column of hashes it is what it says."""
    assert read(f"id,username,password\n1,alice,{BCRYPT}\n", HASH) == [("alice", BCRYPT, None)]
    table = f"username,password,password_hash\nalice,secret,{BCRYPT}\n"
    assert read(table, HASH) == [("alice", BCRYPT, None)]
    assert read(table, BOTH) == [("alice", BCRYPT, "secret")]


def test_columns_are_named_where_nobody_can_guess_them() -> None:
    table = f"who,old,new\nalice,{BCRYPT},secret\n"
    named = {"user": "who", "hash": "old", "password": "new"}
    assert read(table, BOTH, **named) == [("alice", BCRYPT, "secret")]
    line = json.dumps({"who": 12, "old": BCRYPT, "new": "secret"})
    assert read(line, BOTH, **named) == [("12", BCRYPT, "secret")]


@pytest.mark.parametrize(
    ("first", "columns", "words"),
    [
        ("user,created", {}, "no column for the hash"),
        ("hash,Hash,user", {}, "two columns are called 'hash'"),
        ("a,b", {"hash": "c"}, "no column is called 'c'"),
        ("a,b,a", {"hash": "a"}, "two columns are called 'a'"),
        ("hash,user", {"salt": "a"}, "no 'salt' is looked for"),
    ],
)
def test_a_column_that_is_missing_or_twice(first: str, columns: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        recognise(first.encode(), wants=HASH, columns=columns)
    assert caught.value.code == "password.table-columns"


def test_columns_need_a_form_that_has_them() -> None:
    with pytest.raises(InvalidInput, match="only CSV and JSON lines"):
        recognise(b"a:b", wants=HASH, form="pairs", columns={"hash": "b"})
    with pytest.raises(InvalidInput, match="no form of a table"):
        recognise(b"a:b", wants=HASH, form="xlsx")
    with pytest.raises(InvalidInput, match="UTF-16"):
        recognise("user,hash".encode("utf-16"), wants=HASH)


@pytest.mark.parametrize(
    ("form", "line", "words"),
    [
        ("pairs", "secret", "no colon"),
        ("pairs", ":secret", "no user"),
        ("pairs", "alice:", "no password"),
        ("pairs", b"\xff:secret", "not UTF-8"),
        ("pairs", "u" * 2000 + ":x", "more than 1024"),
        ("csv", "alice", "1 cells, and the header 2"),
        ("csv", 'alice,"sec', "a cell in quotes has to end"),
        ("csv", "alice,", "no password"),
        ("jsonl", "[1]", "not a JSON object"),
        ("jsonl", '{"user":"a"}', "no member for the password"),
        ("jsonl", '{"password":12345678}', "the password is no text"),
        ("jsonl", '{"password":"a\\ud800"}', "half a character|surrogate"),
        ("jsonl", '{"password":null}', "no password"),
        ("jsonl", '{"password":"a","password":"b"}', "twice"),
        ("plain", "", "no password"),
        ("plain", "s" * 70_000, "65536 are the most"),
    ],
)
def test_a_bad_line_is_told_without_its_password(form: str, line: str | bytes, words: str) -> None:
    table = recognise(b"user,password", wants=PASSWORD, form=form)
    with pytest.raises(InvalidInput, match=words) as caught:
        table.read(line if isinstance(line, bytes) else line.encode())
    assert "sec" not in f"{caught.value.message} {caught.value.hint}"


def test_a_user_without_a_hash_is_named_as_what_it_is() -> None:
    """In /etc/shadow such a user logs in without a password."""
    table = recognise(b"", wants=HASH, form="pairs")
    assert "no password is asked for" in refused(table, "guest::19000:0:99999:7:::")


@pytest.mark.parametrize(
    ("form", "wants", "passed_over"),
    [
        ("pairs", HASH, {"", " ", "# a:b", " #"}),
        ("pairs", PASSWORD, {"", " "}),
        ("csv", HASH, {"", " "}),
        ("jsonl", HASH, {"", " "}),
        ("plain", PASSWORD, set()),
    ],
)
def test_lines_that_say_nothing(form: str, wants: tuple[Role, ...], passed_over: set[str]) -> None:
    table = recognise(b"user,hash", wants=wants, form=form)
    lines = ["", " ", "# a:b", " #", "a:b"]
    assert {line for line in lines if table.passes_over(line.encode())} == passed_over


def test_passwords_of_any_bytes_are_kept() -> None:
    found = recognise(b"alice:\xff\xfe", wants=PASSWORD).read(b"alice:\xff\xfe")
    assert found.password is not None
    assert found.password.reveal() == b"\xff\xfe"
    both = recognise(b"", wants=BOTH, form="pairs").read(f"a:{BCRYPT}:".encode() + b"\xff")
    assert both.password is not None
    assert both.password.reveal() == b"\xff"
    assert "\\xff" not in repr(both)


def test_every_name_of_a_column_stands_for_one_thing() -> None:
    names = [name for known in ROLES.values() for name in known]
    assert len(names) == len({*names})
    assert [name for name in names if not name.isalpha() or not name.islower()] == []


@given(st.binary(max_size=200), st.sampled_from([HASH, PASSWORD, BOTH]))
def test_any_bytes_are_read_or_refused(line: bytes, wants: tuple[Role, ...]) -> None:
    try:
        table = recognise(line, wants=wants)
        found = table.read(line)
    except InvalidInput as error:
        assert error.code.startswith(("password.table", "encoding."))
        return
    assert all(getattr(found, role) for role in wants)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=40),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=40),
)
def test_what_a_json_line_says_is_read(user: str, password: str) -> None:
    line = json.dumps({"user": user, "password": password})
    assert read(line, PASSWORD) == [(user, None, password)]
