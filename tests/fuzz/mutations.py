"""Random changes of seeds: what the ordinary suite has instead of libFuzzer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

__all__ = ["mutations"]

#: What readers stumble over in any language.
_ODD = (
    b"",
    b"\0",
    b"\n",
    b"\r\n",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"9" * 25,
    b"-1",
    b"=",
)
_ODD += (b'"', b"\\", b"\x1b[2J", b"\xe2\x80\xae", b"\xd9\xa3", b"[" * 300, b"." * 300, b"NaN")


def mutations(
    seeds: Sequence[bytes], *, words: Sequence[bytes], count: int, seed: int
) -> Iterator[bytes]:
    """Yield changed seeds, the same ones for the same `seed`.

    Args:
        seeds: what to begin with, each in turn.
        words: what to put in; of other seeds pieces are put in, too.
        count: how many.
        seed: of the random numbers.
    """
    chance = random.Random(seed)
    inserts = (*words, *_ODD)
    for number in range(count):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(chance.choice((1, 1, 2, 4))):
            _change(data, chance, seeds, inserts)
        yield bytes(data)


def _change(
    data: bytearray, chance: random.Random, seeds: Sequence[bytes], inserts: Sequence[bytes]
) -> None:
    start = chance.randint(0, len(data))
    end = min(len(data), start + chance.choice((0, 1, 1, 2, 4, 16, 64)))
    match chance.randrange(6):
        case 0 if data:
            data[min(start, len(data) - 1)] ^= 1 << chance.randrange(8)
        case 1:
            del data[start:end]
        case 2:
            data[start:end] = chance.choice(inserts)
        case 3:
            data[start:start] = data[start:end] * chance.choice((1, 2, 40))
        case 4:
            other = chance.choice(seeds)
            cut = chance.randint(0, len(other))
            data[start:end] = other[cut : cut + chance.choice((1, 4, 16, 64, 400))]
        case _:
            data[start:end] = chance.randbytes(end - start)
