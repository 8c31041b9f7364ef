"""Which reports came before on this day, known without keeping any of them: a Bloom filter that all workers share.

What goes in is a keyed hash, whose key (the day's *salt*) is made by chance, lives in shared memory for one UTC day and is
overwritten at its end: from then on nobody, we ourselves included, can tell whether anything came from a given reader.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import sys
import tempfile
import threading
import weakref
from contextlib import suppress
from datetime import date
from pathlib import Path

BITS = 1 << 29
"""64 MB of shared memory, which the system gives only as it is used."""

HASHES = 7
"""Bits of each report. After n reports one that is new is taken for a repeat with the probability (1 − e^(−7n/BITS))^7
(Bloom 1970): below 0.0001 for 20 million a day, 0.006 for 50 million."""

SALT_BYTES = 32

_DAY = struct.Struct("<q")
_SALT = slice(_DAY.size, _DAY.size + SALT_BYTES)
_START = mmap.PAGESIZE
_NEVER_USED = 0
_BEING_FORGOTTEN = -1


class Repeats:
    """The reports of a day; any number of threads, and of processes forked after it was made, may ask.

    Bits are set without a lock: two processes that set two bits of one byte in the same instant may lose one, so that a
    repeat passes. A lock is held only where a day begins; the system takes it from a process that dies.
    """

    def __init__(self, bits: int = BITS) -> None:
        self._bits = bits
        self._memory = mmap.mmap(-1, _START + bits // 8)
        self._turn = threading.Lock()
        self._lock = _nameless_file()
        weakref.finalize(self, os.close, self._lock)

    def came_before(self, day: date, *parts: str) -> bool:
        """Whether these words were asked about on this day already; from now on they were."""
        salt = self._salt(day.toordinal())
        first, step = _hashes(salt, parts)
        known = True
        for number in range(HASHES):
            at, bit = divmod((first + number * step) % self._bits, 8)
            at += _START
            held = self._memory[at]
            if not held & 1 << bit:
                known = False
                self._memory[at] = held | 1 << bit
        return known

    def _salt(self, day: int) -> bytes:
        """The salt of a day. A request that began just before midnight takes the new day's; a clock that is set back by
        more than that begins a day anew."""
        held, salt = self._head()
        if held - 1 <= day <= held:
            return salt
        with self._turn:
            fcntl.lockf(self._lock, fcntl.LOCK_EX)
            try:
                held, salt = self._head()
                if not held - 1 <= day <= held:
                    salt = self._begin(day)
            finally:
                fcntl.lockf(self._lock, fcntl.LOCK_UN)
        return salt

    def _begin(self, day: int) -> bytes:
        """Forget the day before, and its salt first of all. Who dies on the way leaves no day: another begins it."""
        if self._head()[0] != _NEVER_USED:
            _DAY.pack_into(self._memory, 0, _BEING_FORGOTTEN)
            self._memory[_SALT] = bytes(SALT_BYTES)
            self._forget()
        salt = os.urandom(SALT_BYTES)
        self._memory[_SALT] = salt
        _DAY.pack_into(self._memory, 0, day)  # last: who reads this day finds its salt
        return salt

    def _forget(self) -> None:
        """All bits become 0; Linux takes the memory back."""
        with suppress(AttributeError, OSError):
            self._memory.madvise(mmap.MADV_REMOVE, _START, len(self._memory) - _START)
            return
        blank = bytes(1 << 20)
        for start in range(_START, len(self._memory), len(blank)):
            length = min(len(blank), len(self._memory) - start)
            self._memory[start : start + length] = blank[:length]

    def _head(self) -> tuple[int, bytes]:
        """The day and its salt; no day where another process changed them meanwhile, for that may be no salt at all, or half
        of one, and what is hashed with it could be found out."""
        day, salt = self._day(), self._memory[_SALT]
        return (day if self._day() == day else _BEING_FORGOTTEN), salt

    def _day(self) -> int:
        return int(_DAY.unpack_from(self._memory)[0])


def _nameless_file() -> int:
    """An empty file that no folder holds: something that processes can lock."""
    if sys.platform == "linux":
        return os.memfd_create("alsoread-repeats")
    handle, path = tempfile.mkstemp()
    Path(path).unlink()
    return handle


def _hashes(salt: bytes, parts: tuple[str, ...]) -> tuple[int, int]:
    """Two numbers of 64 bits, out of which all bits are made (Kirsch and Mitzenmacher 2006)."""
    hashed = hashlib.blake2b(key=salt, digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        hashed.update(len(raw).to_bytes(4, "little") + raw)
    first, step = struct.unpack("<QQ", hashed.digest())
    return first, step | 1


class _Shared:
    """What a main process makes before it forks its workers, for them to find."""

    repeats: Repeats | None = None


def share_repeats() -> None:
    """Make the filter that all workers forked from now on share, those started again too."""
    _Shared.repeats = _Shared.repeats or Repeats()


def shared_repeats() -> Repeats | None:
    """The filter of the main process; None where it made none, or where this process was not forked from it."""
    return _Shared.repeats
