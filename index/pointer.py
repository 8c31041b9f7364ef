"""Which generation is published: the pointer of a data folder, and the generations that it may point to."""

import os
from dataclasses import dataclass
from pathlib import Path

from index.columns import sync_folder
from index.errors import DamagedSnapshot, NoSnapshot

POINTER = "current"

ROLLED_BACK = "rolled back"
"""The pointer's second line where a person went back to an older generation."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which generation is published."""

    generation: str
    rolled_back: bool = False
    """True: a person went back to it, which nothing but a rebuild or another rollback undoes."""


def publish(data: Path, generation: str, rolled_back: bool = False) -> None:
    """Make a generation the current one by an atomic rename: readers see the old one or the new one, nothing between."""
    new = data / f".{POINTER}"
    with new.open("w", encoding="utf-8") as file:
        file.write(f"{generation}\n{ROLLED_BACK}\n" if rolled_back else f"{generation}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(data / POINTER)
    sync_folder(data)


def pointer(data: Path) -> Pointer:
    """What is published. Raises `NoSnapshot` when nothing was, `DamagedSnapshot` when the file names no generation."""
    try:
        text = (data / POINTER).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise NoSnapshot(f"no index in {data}; make one with: alsoread rebuild SOURCE --data {data}") from None
    name, _, mark = text.strip().partition("\n")
    if not name or "/" in name or name.startswith("."):
        raise DamagedSnapshot(f"{data / POINTER} names no generation")
    return Pointer(name.strip(), mark.strip() == ROLLED_BACK)


def current_generation(data: Path) -> str:
    """The published generation's name. Raises as `pointer` does."""
    return pointer(data).generation


def generations(data: Path) -> list[str]:
    """All finished generations, oldest first."""
    folder = data / "snapshots"
    return sorted(path.name for path in folder.iterdir() if path.name[0] != ".") if folder.is_dir() else []
