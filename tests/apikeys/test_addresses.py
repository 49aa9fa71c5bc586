"""Addresses and networks: IPv4, IPv6, and IPv4 in IPv6's clothes."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authcli.apikeys.addresses import check_address, check_cidr, check_cidrs, inside
from authcli.errors import InvalidInput


@pytest.mark.parametrize(
    ("address", "cidr", "within"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.8", "192.0.2.7", False),
        ("2001:db8::1", "2001:db8::/32", True),
        ("2001:db9::1", "2001:db8::/32", False),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True),
        ("::ffff:a01:203", "10.0.0.0/8", True),
        ("10.1.2.3", "::ffff:10.0.0.0/104", True),
        ("10.1.2.3", "::/0", False),
        ("::a01:203", "10.0.0.0/8", False),
        ("2001:db8::1", "0.0.0.0/0", False),
        ("1.2.3.4", "0.0.0.0/0", True),
        ("fe80::1%eth0", "fe80::/10", True),
    ],
)
def test_what_is_inside(address: str, cidr: str, within: bool) -> None:
    assert inside(address, [check_cidr(cidr)]) is within


def test_of_several_networks_one_is_enough_and_of_none_nothing_is_inside() -> None:
    assert inside("10.0.0.1", ["2001:db8::/32", "10.0.0.0/8"])
    assert not inside("10.0.0.1", [])


@given(st.ip_addresses(), st.data())
def test_every_address_is_in_every_network_around_it(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, data: st.DataObject
) -> None:
    width = data.draw(st.integers(0, address.max_prefixlen))
    network = ipaddress.ip_network((address, width), strict=False)
    mapped = address.version == 6 and address.ipv4_mapped is not None
    assert inside(str(address), [check_cidr(str(network))]) or mapped
    assert check_cidr(check_cidr(str(network))) == check_cidr(str(network))


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:DB8:0::/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::fffe:0:0/95", "::fffe:0:0/95"),
    ],
)
def test_a_network_is_kept_in_one_spelling(text: str, spelling: str) -> None:
    assert check_cidr(text) == spelling


@pytest.mark.parametrize(
    "text",
    [
        *("", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10/8", "010.0.0.0/8", "10.0.0.0 /8"),
        *(
            "example.com",
            "fe80::%eth0/64",
            "1" * 10**5,
            "\u0661\u0660.0.0.0/8",
            "::ffff:10.0.0.1/104",
        ),
    ],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_cidr(text)
    assert refused.value.code == "apikey.cidr"
    assert len(refused.value.message) < 200


def test_an_address_inside_a_network_is_refused_with_both_spellings() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_cidr("10.1.2.3/8")
    assert refused.value.hint == "write 10.0.0.0/8, or 10.1.2.3 for the one address"


@pytest.mark.parametrize("text", ["", "10.0.0", "[::1]", "1.2.3.4:80", "a" * 10**5, "1.2.3.4/32"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_address(text)
    assert refused.value.code == "apikey.address-invalid"


def test_an_address_is_kept_in_one_spelling() -> None:
    assert check_address("::FFFF:192.0.2.7") == "192.0.2.7"
    assert check_address("FE80::0:1%lo") == "fe80::1"


def test_the_text_of_an_address_or_a_network_is_bounded() -> None:
    """A zone is anything, and so many zeros may lead a width: 100 characters are enough of both."""
    assert check_address("::1%".ljust(100, "z")) == "::1"
    assert check_cidr("10.0.0.0/".ljust(99, "0") + "8") == "10.0.0.0/8"
    with pytest.raises(InvalidInput):
        check_address("::1%".ljust(101, "z"))
    with pytest.raises(InvalidInput):
        check_cidr("10.0.0.0/".ljust(100, "0") + "8")


def test_networks_are_kept_once_and_bounded() -> None:
    assert check_cidrs(["10.0.0.0/8", "::ffff:10.0.0.0/104"]) == ("10.0.0.0/8",)
    assert len(check_cidrs(f"10.0.{number}.0/24" for number in range(64))) == 64
    with pytest.raises(InvalidInput, match="over the limit of 64"):
        check_cidrs(f"10.0.{number}.0/24" for number in range(65))
