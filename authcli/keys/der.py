"""DER: the few types of ASN.1 that keys are made of, read strictly (ITU-T X.690, section 10).

One spelling for each value: definite lengths in the fewest bytes, integers without spare bytes,
nothing after the end. Everything else raises `NotDer`, which holds no byte of the input.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "BIT_STRING",
    "INTEGER",
    "NULL",
    "OCTET_STRING",
    "OID",
    "SEQUENCE",
    "Node",
    "NotDer",
    "bit_string",
    "children",
    "explicit",
    "integer",
    "natural",
    "oid",
    "parse",
]

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30
#: More members than any key structure has; a certificate's extensions are not walked.
_MAX_CHILDREN = 64


class NotDer(Exception):
    """Bytes that DER forbids, or another structure than the one expected."""


class Node(NamedTuple):
    """One value: its tag byte and its content."""

    tag: int
    body: bytes


def parse(data: bytes) -> Node:
    """Return the one value that `data` is, to its last byte."""
    node, end = _read(data, 0)
    if end != len(data):
        raise NotDer(f"{len(data) - end} bytes follow the structure's end")
    return node


def children(node: Node, *, tag: int = SEQUENCE) -> list[Node]:
    """Return the values inside a SEQUENCE."""
    _expect(node, tag)
    found: list[Node] = []
    position = 0
    while position < len(node.body):
        child, position = _read(node.body, position)
        found.append(child)
        if len(found) > _MAX_CHILDREN:
            raise NotDer(f"a structure has more than {_MAX_CHILDREN} members")
    return found


def explicit(node: Node) -> Node:
    """Return the one value inside an explicit tag, or inside an OCTET STRING that wraps DER."""
    return parse(node.body)


def integer(node: Node) -> int:
    """Return the value of an INTEGER."""
    _expect(node, INTEGER)
    body = node.body
    if not body or (len(body) > 1 and (body[0], body[1] >> 7) in ((0, 0), (0xFF, 1))):
        raise NotDer("an integer is not in its shortest form")
    return int.from_bytes(body, "big", signed=True)


def natural(node: Node) -> int:
    """Return the value of an INTEGER that is not negative."""
    value = integer(node)
    if value < 0:
        raise NotDer("an integer is negative")
    return value


def bit_string(node: Node) -> bytes:
    """Return the bytes of a BIT STRING of whole bytes."""
    _expect(node, BIT_STRING)
    if node.body[:1] != b"\0":
        raise NotDer("a bit string is not of whole bytes")
    return node.body[1:]


def oid(node: Node) -> str:
    """Return an OBJECT IDENTIFIER in dotted form."""
    _expect(node, OID)
    if not 1 <= len(node.body) <= 32 or node.body[-1] & 0x80:
        raise NotDer("an object identifier is cut short")
    arcs: list[int] = []
    value = 0
    for byte in node.body:
        if value == 0 and byte == 0x80:
            raise NotDer("an object identifier is not in its shortest form")
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _expect(node: Node, tag: int) -> None:
    if node.tag != tag:
        raise NotDer(f"a value of tag 0x{node.tag:02x} stands where 0x{tag:02x} belongs")


def _read(data: bytes, position: int) -> tuple[Node, int]:
    if position + 2 > len(data):
        raise NotDer("the structure is cut short")
    tag, length = data[position], data[position + 1]
    position += 2
    if tag & 0x1F == 0x1F:
        raise NotDer("a tag number above 30 belongs to no key")
    if length & 0x80:
        width = length & 0x7F
        length = int.from_bytes(data[position : position + width], "big")
        # 0x80 is BER's indefinite length; four bytes already count 4 GiB.
        if not 1 <= width <= 4 or length < (0x80 if width == 1 else 1 << 8 * (width - 1)):
            raise NotDer("a length is not in its shortest form")
        position += width
    end = position + length
    if end > len(data):
        raise NotDer("the structure is cut short")
    return Node(tag, data[position:end]), end
