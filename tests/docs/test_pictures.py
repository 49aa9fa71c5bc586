"""docs/pictures show what the program prints today, fetch nothing, and their QR code scans."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests import requirements
from tests.cli.harness import Cli
from tests.docs import pictures

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
NOW = "2026-12-01T09:00:00Z"
URI = "otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
#: RFC 8037, appendix A.1: its signatures are always the same.
KEY = """{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"2026-12"}"""
#: In the order in which they are met. Real ones hold the time, and chance.
IDS = ("ak_09G5qT3mXbW", "ak_09G5qVd81Ru", "ak_09G5qWk0zYp", "ak_09G5qZr7HcN", "ak_09GTw2Ls4Eg")


class Terminal(Cli):
    """Runs commands at a moment that stays, and shows them on a terminal."""

    def at(self, now: str, *arguments: str) -> str:
        return self.ok(*arguments, "-q", "--now", now).strip()

    def shown(self, *arguments: str) -> str:
        environment = self.environment({"AUTHCLI_NOW": NOW})
        return pictures.recorded(arguments, folder=self.home, environment=environment)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def inspected(terminal: Terminal) -> tuple[str, str]:
    (terminal.home / "key.jwk").write_text(KEY)
    (terminal.home / "key.jwk").chmod(0o600)
    terminal.ok("key", "public", "key.jwk", "-o", "public.jwk")
    claims = ("iss=https://login.example", "sub=alice", "aud=api", "role=admin")
    mint = ("jwt", "mint", *claims, "-k", "key.jwk", "--jti", "none")
    token = terminal.at("2026-12-01T08:55Z", *mint)
    printed = terminal.shown("jwt", "inspect", token, "--key", "public.jwk")
    return 'authcli jwt inspect "$TOKEN" --key public.jwk', printed


def listed(terminal: Terminal) -> tuple[str, str]:
    """Return a list of five keys; ids of the same length stand for the real ones."""
    issue = ("apikey", "issue")
    terminal.at("2026-09-15T09:00Z", *issue, "billing", "--scope", "read:*", "--owner", "team-a")
    terminal.at("2026-09-15T09:00Z", *issue, "ci", "--scope", "deploy", "--expires", "100d")
    partner = terminal.at("2026-09-15T09:00Z", *issue, "partner", "--scope", "read:*")
    terminal.at("2026-09-15T09:00Z", *issue, "old-laptop")
    terminal.at("2026-12-01T08:00Z", "apikey", "rotate", "billing", "--grace", "24h")
    terminal.at("2026-12-01T08:20Z", "apikey", "revoke", "old-laptop", "--yes")
    terminal.at("2026-12-01T08:57Z", "apikey", "verify", partner, "--scope", "read:invoices")
    printed = terminal.shown("apikey", "list")
    names: dict[str, str] = {}
    for id in re.findall(r"ak_\w{11}", printed):
        names.setdefault(id, IDS[len(names)])
    printed = re.sub(r"ak_\w{11}", lambda id: names[id[0]], printed)
    # A use is recorded by the real clock.
    return "authcli apikey list", re.sub(r"(partner .*  )\S.*", r"\g<1>3 min ago", printed)


def scannable(terminal: Terminal) -> tuple[str, str]:
    (terminal.home / "phone.txt").write_text(f"{URI}&issuer=Example\n")
    (terminal.home / "phone.txt").chmod(0o600)
    return "authcli totp qr @phone.txt", terminal.shown("totp", "qr", "@phone.txt")


SCENES: dict[str, Callable[[Terminal], tuple[str, str]]] = {
    "inspect": inspected,
    "apikeys": listed,
    "qr": scannable,
}


@pytest.mark.parametrize("name", SCENES)
def test_a_picture_shows_what_the_program_prints_today(
    name: str, terminal: Terminal, kept: Callable[[Path, str], None]
) -> None:
    command, printed = SCENES[name](terminal)
    assert "\x1b[" in printed, "there is colour on a terminal"
    svg = pictures.drawn(command, printed)
    kept(PICTURES / f"{name}.svg", svg)


@pytest.mark.parametrize("name", SCENES)
def test_a_picture_fetches_nothing_and_runs_nothing(name: str) -> None:
    """It is an image of its own: no font, style sheet, script or link from elsewhere."""
    text = (PICTURES / f"{name}.svg").read_text("utf-8")
    names = {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}
    assert names <= {"svg", "title", "rect", "path", "g", "text"}
    visible = re.sub(r">[^<]*<", "><", text)
    assert re.findall(r"https?:[^\"]*|url\(|href|@import|@font-face|\bon\w+=", visible) == [
        "http://www.w3.org/2000/svg"
    ]


def test_the_qr_code_of_the_picture_scans() -> None:
    zxingcpp = requirements.require_package("zxingcpp")
    image_draw = requirements.require_package("PIL.ImageDraw")
    image = requirements.require_package("PIL.Image")
    root = ET.parse(PICTURES / "qr.svg").getroot()
    canvas = image.new("RGB", (int(root.attrib["width"]), int(root.attrib["height"])), "#0d1117")
    draw = image_draw.Draw(canvas)
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        for numbers in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", path.attrib["d"]):
            x, y, width, height = map(int, numbers)
            draw.rectangle((x, y, x + width - 1, y + height - 1), fill=path.attrib["fill"])
    (found,) = zxingcpp.read_barcodes(canvas)
    assert found.text.startswith(URI), found.text
