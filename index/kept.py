"""The generations that a data folder keeps: listed, verified, gone back to, tidied."""

import hashlib
import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.checked import note_checked
from index.columns import FileSeal, check_seals, read_sealed_json, seal_of
from index.errors import ArchiveError, DamagedSnapshot, IncompatibleSnapshot, NoSnapshot, UnknownSnapshot
from index.lock import locked
from index.pointer import current_generation, generations, pointer, publish
from index.snapshot import Manifest, read_manifest

log = logging.getLogger(__name__)

READ_AT_ONCE = 1 << 22

Folder = tuple[Path, dict[str, FileSeal]]
"""A folder and what its files must be."""

Tell = Callable[[int, int], None]
"""Told how many bytes are read, and of how many."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A generation that is kept. Sizes in bytes, as the files stand on the disk."""

    generation: str
    current: bool
    manifest: Manifest | None
    """None where it cannot be read."""
    problem: str | None
    """Why it cannot be served, as far as names and sizes of its files tell; None when it can."""
    size: int
    size_alone: int
    """What removing this one alone would free: segments are shared."""


def kept_generations(data: Path) -> list[Kept]:
    """All that are kept, newest first."""
    current = published(data)
    parts = {generation: _folders(data, generation) for generation in generations(data)}
    users = Counter(folder for folders in parts.values() for folder in folders)
    sizes = {folder: _size(folder) for folder in users}
    return [
        Kept(
            generation,
            generation == current,
            manifest=_manifest(data, generation),
            problem=_problem(data, generation),
            size=sum(sizes[folder] for folder in folders),
            size_alone=sum(sizes[folder] for folder in folders if users[folder] == 1),
        )
        for generation, folders in reversed(parts.items())
    ]


def published(data: Path) -> str | None:
    """The published generation's name; None when nothing was published, or the pointer is damaged."""
    try:
        return pointer(data).generation
    except ArchiveError:
        return None


def verify(data: Path, generation: str, proven: set[Path], tell: Tell = lambda *_: None) -> None:
    """Read every byte of a generation but for the folders `proven` already, to which it adds its own.

    Raises `DamagedSnapshot` that names the first file that is not as written, or `IncompatibleSnapshot`.
    """
    folders = [(folder, seals) for folder, seals in sealed_folders(data, generation) if folder not in proven]
    total = sum(seal.size for _, seals in folders for seal in seals.values())
    done = 0
    for folder, seals in folders:
        for name, seal in seals.items():
            check_seals(folder, {name: seal}, content=False)
            for count in _read(folder / name, seal):
                done += count
                tell(done, total)
        proven.add(folder)


def check_once(data: Path) -> None:
    """Compare every byte of the published generation, with a thread for each core, and note it for the processes that are
    started from now on (`index.checked`). What is not whole is theirs to find, and to pass over."""
    note_checked(data, None)
    try:
        generation = current_generation(data)
        files = [
            (folder, name, seal) for folder, seals in sealed_folders(data, generation) for name, seal in seals.items()
        ]
        files.sort(key=lambda file: -file[2].size)
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            list(threads.map(lambda file: check_seals(file[0], {file[1]: file[2]}), files))
    except NoSnapshot:
        return
    except (ArchiveError, OSError) as error:
        log.warning("the index is not whole: %s", error)
    else:
        note_checked(data, generation)


def roll_back(data: Path, generation: str | None = None, tell: Tell = lambda *_: None) -> tuple[str | None, str]:
    """Publish another generation, by default the newest one older than the published one, once every byte of it was
    verified; gives the one published before (None where the pointer was damaged) and the one published now.

    Raises `UnknownSnapshot` when there is none such, `DamagedSnapshot` or `IncompatibleSnapshot` when it cannot be served,
    `RebuildLocked` while a rebuild runs.
    """
    if not data.is_dir():
        raise UnknownSnapshot(f"no index in {data}; make one with: alsoread rebuild SOURCE --data {data}")
    with locked(data):
        before, names = published(data), generations(data)
        target = generation or next((name for name in reversed(names) if before is None or name < before), None)
        if target is None:
            raise UnknownSnapshot(f"no snapshot older than {before} is kept" if before else f"no snapshot in {data}")
        find(data, target)
        if target == before:
            raise UnknownSnapshot(f"{target} is published already; choose another of: {', '.join(names)}")
        verify(data, target, set(), tell)
        publish(data, target, rolled_back=target != names[-1])
        return before, target


def find(data: Path, generation: str) -> str:
    """The name itself, where such a generation is kept. Raises `UnknownSnapshot`."""
    names = generations(data)
    if generation not in names:
        raise UnknownSnapshot(f"no snapshot {generation!r} is kept; there are: {', '.join(names) or 'none'}")
    return generation


def sealed_folders(data: Path, generation: str) -> list[Folder]:
    """The folders of a generation. Raises `DamagedSnapshot` or `IncompatibleSnapshot` when what describes them is not
    as written."""
    manifest = read_manifest(data, generation)
    folders: list[Folder] = [(data / "snapshots" / generation, manifest.seals)]
    for name, sha256 in manifest.segments:
        place = data / "segments" / name
        if not (place / "segment.json").is_file() or seal_of(place / "segment.json").sha256 != sha256:
            raise DamagedSnapshot(f"segments/{name} is missing, or is not the one that {generation} was made of")
        files = read_sealed_json(place / "segment.json")["files"]
        folders.append((place, {file: FileSeal(size, digest) for file, (size, digest) in files.items()}))
    return folders


def keep_newest(data: Path, serving: str, keep: int) -> None:
    """Leave the serving generation and the newest others, `keep` in all, and nothing that rebuilds cut short left. Of those
    that the indexer made by itself only the serving one stays: a busy morning is not to push out last night's."""
    others = [name for name in generations(data) if name != serving and not _is_fold(data, name)]
    _remove_all_but(data, {serving, *others[len(others) - keep + 1 :]} if keep <= len(others) else {serving, *others})


def remove_leftovers(data: Path, serving: str | None, keep: int) -> None:
    """Delete what rebuilds cut short left behind. Of those newer than the serving one, which were killed between being
    put in place and being published, or which a rollback left, the newest `keep` stay: not one more for each night."""
    names = generations(data)
    newer = [name for name in names if serving is None or name > serving]
    _remove_all_but(data, {*names[: len(names) - len(newer)], *newer[-keep:]})


def _remove_all_but(data: Path, kept: set[str]) -> None:
    """Delete all other generations, and segments that none of the kept ones uses."""
    _remove(data / "snapshots", kept)
    try:
        used = {name for generation in kept for name, _ in read_manifest(data, generation).segments}
    except (DamagedSnapshot, IncompatibleSnapshot):
        return  # nobody can say which segments that one needs
    _remove(data / "segments", used)


def _remove(folder: Path, wanted: Iterable[str]) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in wanted:
            shutil.rmtree(path, ignore_errors=True)


def _is_fold(data: Path, generation: str) -> bool:
    manifest = _manifest(data, generation)
    return manifest is not None and manifest.folded


def _folders(data: Path, generation: str) -> list[Path]:
    manifest = _manifest(data, generation)
    segments = [data / "segments" / name for name, _ in manifest.segments] if manifest else []
    return [data / "snapshots" / generation, *segments]


def _manifest(data: Path, generation: str) -> Manifest | None:
    try:
        return read_manifest(data, generation)
    except (DamagedSnapshot, IncompatibleSnapshot):
        return None


def _problem(data: Path, generation: str) -> str | None:
    try:
        for folder, seals in sealed_folders(data, generation):
            check_seals(folder, seals, content=False)
    except (DamagedSnapshot, IncompatibleSnapshot) as error:
        return str(error)
    return None


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0


def _read(path: Path, seal: FileSeal) -> Iterator[int]:
    """Read a file, giving how many bytes each step read. Raises `DamagedSnapshot` at its end when it is another."""
    proof = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(READ_AT_ONCE):
                proof.update(block)
                yield len(block)
    except OSError as error:
        raise DamagedSnapshot(f"{path.parent.name}/{path.name} cannot be read: {error.strerror}") from error
    if proof.hexdigest() != seal.sha256:
        raise DamagedSnapshot(f"{path.parent.name}/{path.name} is not what was written: its checksum differs")


def oldest_position(data: Path) -> int:
    """Up to which number of the change log every kept generation has read. A damaged one is never served, and has none."""
    known: list[int] = []
    for name in generations(data):
        with suppress(DamagedSnapshot, IncompatibleSnapshot):
            known.append(read_manifest(data, name).seq)
    return min(known, default=0)
