"""`authcli totp read`: what a URI, a list or a picture holds; the secret where it is asked for."""

from __future__ import annotations

import json

import pytest

from authcli import otp
from authcli.otp.migration import build_migration
from authcli.otp.qr import to_png
from authcli.secret import Secret
from tests.cli.harness import Cli
from tests.cli.saved_accounts import RFC_ACCOUNT, RFC_SECRET, ended, terminal
from tests.requirements import require_package

URI = otp.build_uri(RFC_ACCOUNT)
OTHER = RFC_ACCOUNT._replace(secret=Secret(b"x" * 20), issuer="Other", kind="hotp", counter=7)
SECRETS = (RFC_SECRET, otp.write_secret(OTHER.secret))


@pytest.fixture
def with_picture(cli: Cli) -> Cli:
    require_package("zxingcpp")
    (cli.home / "photo.png").write_bytes(to_png(URI, scale=4))
    return cli


def test_a_pipe_gets_the_uri_whole(cli: Cli) -> None:
    """So that what was read can be moved on: `totp read photo.png | totp add github -`."""
    assert cli.ok("totp", "read", stdin=URI.replace("&period=30", "")) == URI


def test_json_has_all_but_the_secret(cli: Cli) -> None:
    shown = cli.ok("totp", "read", "-", "--json", stdin=URI)
    assert json.loads(shown) == {
        "schema": "authcli/totp.read/1",
        "items": [
            {
                "kind": "totp",
                "issuer": "Example",
                "account": "alice",
                "algorithm": "SHA1",
                "digits": 6,
                "period_seconds": 30,
                "counter": None,
                "secret_bits": 160,
                "secret": None,
                "uri": None,
            }
        ],
    }
    assert RFC_SECRET not in shown


@pytest.mark.parametrize("flags", [("--show-secret", "--json"), ("--field", "secret")])
def test_the_secret_is_told_where_it_is_asked_for(cli: Cli, flags: tuple[str, ...]) -> None:
    assert RFC_SECRET in cli.ok("totp", "read", *flags, stdin=URI)


def test_other_fields_tell_nothing_secret(cli: Cli) -> None:
    fields = ("--field", "issuer", "--field", "counter", "--field", "kind")
    shown = cli.ok("totp", "read", *fields, stdin=f"{URI}\n{otp.build_uri(OTHER)}\n")
    assert shown == "Example\t\ttotp\nOther\t7\thotp"


def test_a_picture_is_read_by_its_bare_path(with_picture: Cli) -> None:
    for path in ("photo.png", "@photo.png"):
        assert with_picture.ok("totp", "read", path) == URI
    data = (with_picture.home / "photo.png").read_bytes()
    assert with_picture.ok("totp", "read", "-", stdin=data) == URI


def test_several_pictures_of_one_export_are_joined(cli: Cli) -> None:
    require_package("zxingcpp")
    accounts = [RFC_ACCOUNT._replace(name=f"user{n}") for n in range(12)]
    for number, uri in enumerate(build_migration(accounts), 1):
        (cli.home / f"page-{number}.png").write_bytes(to_png(uri, scale=3))
    wanted = "\n".join(f"user{n}" for n in range(12))
    assert cli.ok("totp", "read", "page-2.png", "page-1.png", "--field", "account") == wanted
    half = cli("totp", "read", "page-2.png", "--field", "account")
    assert (half.code, half.out) == (0, "user10\nuser11\n")
    assert half.err == "warning: part 1 of 2 of an export is missing, with the accounts in it\n"


def test_without_the_extra_pictures_are_refused_with_what_to_install(cli: Cli) -> None:
    (cli.home / "shadow").mkdir()
    (cli.home / "shadow" / "zxingcpp.py").write_text("raise ImportError\n")
    (cli.home / "photo.png").write_bytes(to_png(URI, scale=2))
    cli.env["PYTHONPATH"] = str(cli.home / "shadow")
    assert str(cli("totp", "read", "photo.png")) == (
        "exit: 9\n--- stdout\n--- stderr\n"
        "error: reading QR codes in pictures needs another package\n"
        'hint: pip install "authcli[qr-read]"\n'
    )


def test_a_uri_among_the_arguments_is_read_with_a_warning(cli: Cli) -> None:
    result = cli("totp", "read", URI)
    assert (result.code, result.out) == (0, f"{URI}\n")
    assert result.err == (
        "warning: the URI's secret is visible to every process; pipe it in, or use @FILE\n"
    )


def test_a_terminal_is_shown_a_page_without_the_secret(cli: Cli) -> None:
    (cli.home / "uri").write_text(URI)
    with terminal(cli, "totp", "read", "uri") as child:
        assert ended(child) == 0
    lines = child.before.split("\r\n")
    assert lines[:7] == [
        "issuer     Example",
        "account    alice",
        "kind       totp",
        "algorithm  SHA1",
        "digits     6",
        "period     30 s",
        "secret     160 bits, not shown",
    ]
    assert RFC_SECRET not in child.before
    with terminal(cli, "totp", "read", "uri", "--show-secret") as child:
        assert ended(child) == 0
    assert otp.write_secret(RFC_ACCOUNT.secret, grouped=True) in child.before


def test_names_from_outside_cannot_repaint_the_terminal(cli: Cli) -> None:
    evil = [
        RFC_ACCOUNT._replace(issuer="\x1b[2J\u202eevil", name="a\nb\tc" * 40),
        RFC_ACCOUNT._replace(name="\x07"),
    ]
    (cli.home / "list").write_text("".join(f"{otp.build_uri(one)}\n" for one in evil))
    (cli.home / "one").write_text(otp.build_uri(evil[0]))
    for file in ("list", "one"):
        with terminal(cli, "totp", "read", file, "--color", "never") as child:
            assert ended(child) == 0
        assert "\\x1b[2J\\u202eevil" in child.before
        assert not set("\x1b\u202e\x07\t") & set(child.before)


def test_a_list_with_a_bad_line_is_read_but_for_that(cli: Cli) -> None:
    result = cli("totp", "read", stdin=f"{URI}\notpauth://totp/x\n")
    assert (result.code, result.out) == (0, f"{URI}\n")
    assert result.err.startswith("warning: URI 2 is left out: ")


@pytest.mark.parametrize(
    "given",
    [
        "JBSWY3DPEHPK3PXP",
        "otpauth://totp/x?secret=JBSWY3DPEHPK3PX1",
        "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=99",
        "otpauth-migration://offline?data=JBSWY3DPEHPK3PXP",
    ],
)
def test_what_cannot_be_read_is_refused_and_not_repeated(cli: Cli, given: str) -> None:
    for result in (cli("totp", "read", given), cli("totp", "read", stdin=given)):
        assert (result.code, result.out) == (2, "")
        assert "JBSWY3DPEHPK3PX" not in result.err
        assert result.err.count("error: ") == 1


def test_no_source_of_secrets_is_followed_in_what_is_under_test(cli: Cli) -> None:
    for given in ("env:HOME", "cmd:id", "literal:x", "keychain:x"):
        assert cli("totp", "read", given).code == 2


def test_a_file_gets_the_uris_for_its_owner_alone(cli: Cli) -> None:
    cli.ok("totp", "read", "-o", "uris", stdin=URI)
    assert (cli.home / "uris").read_text() == f"{URI}\n"
    assert (cli.home / "uris").stat().st_mode & 0o777 == 0o600
    assert cli("totp", "read", "-o", "uris", stdin=URI).code == 8


def test_what_is_read_can_be_piped_into_a_saved_name(cli: Cli) -> None:
    from tests.cli.saved_accounts import with_accounts

    with_accounts(cli)
    cli.ok("totp", "add", "github", "-", stdin=cli.ok("totp", "read", stdin=URI))
    assert cli.ok("totp", "list") == "github"
