"""A case: a seed, damaged. The same numbers give the same bytes, here and in another process."""

import gzip
import zlib
from collections.abc import Sequence
from random import Random

from benchmarks.fuzz.mutate_bytes import BYTES, span
from benchmarks.fuzz.mutate_shape import SHAPES

LONGEST = 1_500_000
"""Bytes of the longest case, before it is packed."""
BOMB = 100_000_000
"""Bytes that a bomb unpacks to: more than a page, a feed, a sitemap, a line or a row may have."""

GZIP = b"\x1f\x8b"


def damaged(seeds: Sequence[bytes], shape: str, chance: Random) -> bytes:
    """One of the seeds after one to six changes; what was gzip is so again, mostly, and its packed bytes may be hurt too."""
    data = chance.choice(seeds)
    packed = data.startswith(GZIP)
    if packed:
        data = unpacked(data)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 6))):
        if chance.random() < 0.1:
            data = spliced(data, chance.choice(seeds), chance)
        else:
            known = SHAPES[shape]
            change = chance.choice(known) if known and chance.random() < 0.5 else chance.choice(BYTES)
            data = change(data, chance)
        data = data[:LONGEST]
    if packed and chance.random() < 0.9:
        data = gzip.compress(data, 1, mtime=0)
        if chance.random() < 0.03:
            data += bomb(chance)
        if chance.random() < 0.4:
            data = chance.choice(BYTES[:5])(data, chance)
    return data


def spliced(one: bytes, other: bytes, chance: Random) -> bytes:
    """A piece of another seed in this one, or its end in place of this one's."""
    at, from_ = chance.randrange(len(one) + 1), chance.randrange(len(other) + 1)
    if chance.random() < 0.5:
        return one[:at] + other[from_:]
    begin, end = span(other, chance, 4_000)
    return one[:at] + other[begin:end] + one[at:]


def bomb(chance: Random) -> bytes:
    """A small gzip member of very many bytes, all the same."""
    pack = zlib.compressobj(9, wbits=31)
    piece = chance.choice((b"\0", b"a", b'"', b"<b>", b"[")) * 500_000
    return b"".join((*(pack.compress(piece) for _ in range(BOMB // len(piece))), pack.flush()))


def unpacked(data: bytes) -> bytes:
    """As much of gzip as a case may be long."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data, LONGEST)
    except zlib.error:
        return data
