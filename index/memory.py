"""Giving memory back to the system: the allocator keeps what was freed, and a process that once needed much stays large."""

import ctypes
import gc
from functools import cache
from typing import Any


def give_back() -> bool:
    """Hand what is free back to the system, after work that needed much for a moment; gives whether any was.

    glibc only: elsewhere it does nothing and gives False.
    """
    gc.collect()
    trim = _trim()
    return bool(trim(0)) if trim is not None else False


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
