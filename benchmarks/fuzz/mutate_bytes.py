"""Damage that knows nothing but bytes: flipped, cut, repeated, spliced, swapped for what readers trip over."""

from collections.abc import Callable, Sequence
from random import Random

Change = Callable[[bytes, Random], bytes]

NUMBERS = (
    b"0", b"-1", b"1e999", b"NaN", b"2147483648", b"4294967296", b"9223372036854775808", b"9" * 400, b"0x" + b"f" * 40,
    b"99999-99-99", b"0000-00-00T00:00:00Z", b"9999-12-31T23:59:59-23:59", b"1969-12-31T23:59:60Z",
)  # fmt: skip
PIECES = (
    b"\0", b"\0" * 300, b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xed\xb0\x80\xed\xa0\x80", b"\xc0\x80",
    b"\xf4\x90\x80\x80", b"\xe2\x80\xae", b"\x1b$B", b"\\ud800", b"\\u0000", b"&#0;", b"&#xD800;", b"&#" + b"9" * 60 + b";",
    b"\r", b"\r\n", b"\x0b", b"\x0c", b"\x1c", b"\x85", b"\xe2\x80\xa8", b'"', b"'", b"`", b"\\", b"]]>", b"<![CDATA[", b"<!--",
    b"-->", b"<", b">", b"&", b"{", b"}", b"[", b"]", b"---\n", b"+++\n", b"PAR1", b"PK\x03\x04", b"\x1f\x8b\x08",
    b"=== a.md\n", "é".encode("latin-1"), "日本".encode("shift_jis"), "Ωç".encode("utf-16"), b"http://[::1",
    b"https://a:99999/", b"//", b"../" * 30, b"javascript:alert(1)", b"data:,x", b"\xf0\x9f\x87\xa9" * 40,
)  # fmt: skip
ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-32", "utf-7", "cp1252", "shift_jis", "cp037")


def flip(data: bytes, chance: Random) -> bytes:
    """A few bits the other way round."""
    new = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 40)) if new else 0):
        new[chance.randrange(len(new))] ^= 1 << chance.randrange(8)
    return bytes(new)


def overwrite(data: bytes, chance: Random) -> bytes:
    """Some bytes, any others."""
    at, to = span(data, chance, 12)
    return data[:at] + chance.randbytes(to - at) + data[to:]


def cut(data: bytes, chance: Random) -> bytes:
    """The end is gone."""
    return data[: chance.randrange(len(data) + 1)]


def behead(data: bytes, chance: Random) -> bytes:
    """The beginning is gone."""
    return data[chance.randrange(min(len(data), 200) + 1) :]


def drop(data: bytes, chance: Random) -> bytes:
    """A piece is gone."""
    at, to = span(data, chance, max(20, len(data) // 4))
    return data[:at] + data[to:]


def repeat(data: bytes, chance: Random) -> bytes:
    """A piece comes many times: depth, counts and lengths that no one meant."""
    at, to = span(data, chance, 400)
    return data[:to] + data[at:to] * chance.choice((1, 2, 10, 300, 5_000)) + data[to:]


def stretch(data: bytes, chance: Random) -> bytes:
    """One byte comes very often."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + (data[at : at + 1] or b"<") * chance.choice((50, 5_000, 200_000)) + data[at:]


def insert(data: bytes, chance: Random) -> bytes:
    """Something that readers trip over stands where it should not."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 50)) + data[at:]


def renumber(data: bytes, chance: Random) -> bytes:
    """A number is another, too large, too small or none."""
    digits = [at for at, byte in enumerate(data[:200_000]) if 48 <= byte <= 57]
    if not digits:
        return insert(data, chance)
    at = to = chance.choice(digits)
    while to < len(data) and 48 <= data[to] <= 57:
        to += 1
    return data[:at] + chance.choice(NUMBERS) + data[to:]


def swap(data: bytes, chance: Random) -> bytes:
    """Two pieces change places."""
    a, b, c, d = sorted(chance.randrange(len(data) + 1) for _ in range(4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def recode(data: bytes, chance: Random) -> bytes:
    """A piece, or all of it, in another encoding."""
    at, to = (0, len(data)) if chance.random() < 0.4 else span(data, chance, 500)
    text = data[at:to].decode("utf-8", "replace")
    return data[:at] + text.encode(chance.choice(ENCODINGS), "replace") + data[to:]


def span(data: bytes, chance: Random, longest: int) -> tuple[int, int]:
    """Where a piece begins and ends."""
    at = chance.randrange(len(data) + 1)
    return at, min(len(data), at + 1 + int(longest * chance.random() ** 3))


BYTES: Sequence[Change] = (flip, overwrite, cut, behead, drop, repeat, stretch, insert, insert, renumber, swap, recode)
