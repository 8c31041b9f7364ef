"""What lines of JSON said when they were read before: so that a line that is the same is not read again.

Of each line stands here a hash over it, how fields are named and `READ_VERSION`; and of the record that it gave the hash, by
which the catalogue knows it. So this is nothing but a shortcut: a line that is not found is read, a record that the
catalogue does not hold (any more) too, and where the files are missing or damaged every line is.
"""

import logging
import shutil
from array import array
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from index.article_columns import Hashes, KnownHashes, Rows, hashes_of
from index.article_record import READ_VERSION, FieldNames
from index.columns import FileSeal, FolderWriter, check_seals, open_array, read_sealed_json, write_sealed_json
from index.errors import DamagedSnapshot

log = logging.getLogger(__name__)

FOLDER = "read"

MOST_A_RECORD = 2
"""So many lines for each article are kept at most, should its record be written in several ways."""

WORTH_KEEPING = 0.9
"""Where nothing was read anew, the files are written again only when less of them than that is still worth keeping."""

MOST_SHAPES = 1 << 16

Shape = tuple[tuple[str, ...], tuple[str, ...]]
"""What the names of a record's fields were: those that no name of ours fits, and those of the reader's own."""


class LineHash:
    """The hash of a line under one way to name fields."""

    def __init__(self, own: Mapping[str, str]) -> None:
        self._key = blake2b(orjson.dumps([READ_VERSION, sorted(own.items())]), digest_size=16).digest()

    def of(self, lines: Iterable[bytes]) -> Hashes:
        """(n, 2), aligned with the lines; how they end does not count."""
        return hashes_of([blake2b(line.rstrip(b"\r\n"), digest_size=16, key=self._key).digest() for line in lines])


class ReadBefore:
    """Lines that were read, and those that are being read now."""

    def __init__(self, data: Path) -> None:
        """Opens what a data folder keeps; nothing where there is none, or it is not as it was written."""
        self._folder = data / FOLDER
        self._lines, self.records = np.zeros((0, 2), np.uint64), np.zeros((0, 2), np.uint64)
        self.changed, self._shape_of = np.zeros(0), np.zeros(0, np.uint16)
        self._shapes: dict[Shape, int] = {}
        if self._folder.is_dir():
            try:
                self._open()
            except (DamagedSnapshot, LookupError, TypeError, ValueError) as error:
                log.warning("every line is read anew: %s", error)
        self._known = KnownHashes(self._lines)
        self._used: list[Rows] = []
        self._new_lines, self._new_records = bytearray(), bytearray()
        self._new_changed, self._new_shapes = array("d"), array("H")

    def _open(self) -> None:
        body = read_sealed_json(self._folder / "read.json")
        check_seals(self._folder, {name: FileSeal(size, sha256) for name, (size, sha256) in body["files"].items()})
        shapes = {(tuple(unknown), tuple(own)): code for code, (unknown, own) in enumerate(body["shapes"])}
        self._lines, self.records = (open_array(self._folder, name) for name in ("lines", "records"))
        self.changed, self._shape_of = (open_array(self._folder, name) for name in ("changed", "shapes"))
        self._shapes = shapes

    def find(self, hashes: Hashes) -> Rows:
        """Where lines stand among those that were read before, (n,) int64; −1 where they do not."""
        return self._known.find(hashes)

    def use(self, rows: Rows, names: FieldNames) -> None:
        """Lines that were read before need not be read again: count how their fields were named."""
        self._used.append(rows)
        shapes = list(self._shapes)
        counts = np.bincount(self._shape_of[rows], minlength=len(shapes))
        for code in np.flatnonzero(counts).tolist():
            unknown, own = shapes[code]
            names.met.update(own)
            for name in unknown:
                names.unknown[name] = names.unknown.get(name, 0) + int(counts[code])

    def note(self, line: npt.NDArray[np.uint64], record_hash: bytes, changed: float, shape: Shape) -> None:
        """A line, by its hash, was read."""
        code = self._shapes.setdefault(shape, len(self._shapes)) if len(self._shapes) < MOST_SHAPES else None
        code = self._shapes.get(shape) if code is None else code
        if code is None:
            return
        self._new_lines += line.tobytes()
        self._new_records += record_hash
        self._new_changed.append(changed)
        self._new_shapes.append(code)

    def keep(self, records: Hashes) -> None:
        """Write down the lines of this run, and those of earlier ones that still say what is in the archive, of which these
        are the records. Raises `OSError`."""
        used = np.unique(np.concatenate([np.zeros(0, np.int64), *self._used]))
        unused = np.setdiff1d(np.arange(len(self._lines)), used, assume_unique=True)
        unused = unused[KnownHashes(records).find(self.records[unused]) >= 0]
        unused = unused[: max(0, MOST_A_RECORD * len(records) - len(used) - len(self._new_changed))]
        old = np.concatenate([used, unused])
        if not self._new_changed and len(old) >= WORTH_KEEPING * len(self._lines):
            return
        lines = np.concatenate([self._lines[old], _hashes(self._new_lines)])
        order = np.unique(lines[:, 0], return_index=True)[1]
        building = self._folder.with_name(f".{FOLDER}")
        shutil.rmtree(building, ignore_errors=True)
        writer = FolderWriter(building)
        writer.array("lines", lines[order])
        writer.array("records", np.concatenate([self.records[old], _hashes(self._new_records)])[order])
        writer.array("changed", np.concatenate([self.changed[old], np.array(self._new_changed)])[order])
        writer.array("shapes", np.concatenate([self._shape_of[old], np.array(self._new_shapes, np.uint16)])[order])
        files = {name: (seal.size, seal.sha256) for name, seal in writer.close().items()}
        write_sealed_json(building / "read.json", {"shapes": _listed(self._shapes), "files": files})
        shutil.rmtree(self._folder, ignore_errors=True)
        building.rename(self._folder)


def _listed(shapes: Iterable[Shape]) -> Sequence[Sequence[Sequence[str]]]:
    return [[list(unknown), list(own)] for unknown, own in shapes]


def _hashes(raw: bytearray) -> Hashes:
    return np.frombuffer(bytes(raw), np.uint64).reshape(-1, 2)
