"""A process that serves for weeks maps the files of what it serves, and of nothing before."""

import gc
import re
import sys
import time
from pathlib import Path

import pytest
from helpers import article, rebuild_with

from index.archive_writer import ArchiveWriter
from index.catalogue import FILE
from index.live_index import LiveIndex
from index.pointer import current_generation
from index.snapshot import read_manifest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def mapped(data: Path) -> set[str]:
    """The segments of which this process maps a file."""
    found = re.findall(rf"{re.escape(str(data))}/segments/([^/ ]+)/", Path("/proc/self/maps").read_text())
    return set(found)


def opened(data: Path) -> set[str]:
    """The segments of which this process has a file open."""
    names = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return {found[1] for name in names if (found := re.match(rf"{re.escape(str(data))}/segments/([^/]+)/", name))}


def test_what_was_switched_away_from_is_let_go(data: Path):
    words = [f"flood {number} wall {number * 7}" for number in range(40)]
    rebuild_with(data, [article(f"a{n}", f"Piece {n}", text) for n, text in enumerate(words)])
    live = LiveIndex(data, data / FILE)
    writer = ArchiveWriter(data / FILE, data)
    for edition in range(6):
        writer.put([article("new", f"New {edition}", "ferry")])
        live.snapshot()
        rebuild_with(data, [article(f"a{n}", f"Piece {n} {edition}", text) for n, text in enumerate(words)])
        end = time.monotonic() + 10
        while live.snapshot().generation != current_generation(data):
            assert time.monotonic() < end
            time.sleep(0.01)
    live.snapshot()
    time.sleep(0.1)
    gc.collect()
    wanted = {name for name, _ in read_manifest(data, current_generation(data)).segments}
    assert mapped(data) <= wanted
    assert opened(data) <= wanted
    writer.catalogue().close()
