"""Whether the data folder can be written to: what keeps it from that is said before anything is lost on it."""

import os
from pathlib import Path

from index.errors import CatalogueUnusable

LEAST_FREE = 8_000_000
"""Bytes; with less a write may still fit, and a rebuild surely does not."""


def disk_problem(data: Path) -> str | None:
    """That its disk is full; None when it is not, or nobody can tell."""
    try:
        status = os.statvfs(data)
    except OSError:
        return None
    free = status.f_bavail * status.f_frsize
    if free >= LEAST_FREE:
        return None
    return f"the disk of the data folder is full ({free / 1e6:.1f} MB free); what is indexed is served, writes may fail"


def read_only_problem(data: Path) -> str | None:
    """That nothing can be written there; None when it can."""
    if os.access(data, os.W_OK):
        return None
    return "the data folder is read-only; what is indexed is served, writes are refused"


def identity(place: Path | str) -> tuple[int, int] | None:
    """Which file stands at a path: two of different identity are different files. None for none, and for an address."""
    try:
        status = place.stat() if isinstance(place, Path) else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


def check_same(place: Path | str, file: tuple[int, int] | None) -> None:
    """Raises `CatalogueUnusable` when another file stands at a path than the one that was opened there: what is written
    through it would be lost, and closing it would take the log of the other along."""
    if file is not None and identity(place) != file:
        raise CatalogueUnusable("the catalogue's file was replaced while the service ran; start it again")
